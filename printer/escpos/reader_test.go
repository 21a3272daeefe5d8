package escpos_test

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// reader is a receipt printer on the desk: it walks bytes by the command
// reference, knows only what a slip may do, and keeps what the paper shows. It
// shares nothing with the encoder.
type reader struct {
	in      []byte
	columns int
	kanji   bool
	utf8    bool
	big5    bool

	line    []byte // of text, as received
	at      int    // print position in columns
	wide    bool
	tall    bool
	tabs    []int
	lines   []string // decoded
	widest  int
	symbols []string
	cuts    int
	stored  string
}

// read answers an error at the first thing that a slip may not do.
func read(in []byte, columns int, big5 bool) (*reader, error) {
	// Real-time commands are obeyed at any place, parameters included.
	for i := 0; i+1 < len(in); i++ {
		if in[i] == 0x10 && bytes.IndexByte([]byte{0x04, 0x05, 0x14}, in[i+1]) >= 0 {
			return nil, fmt.Errorf("real-time command DLE %#x at %d", in[i+1], i)
		}
	}
	r := &reader{in: in, columns: columns, big5: big5}
	for len(r.in) > 0 {
		before := len(in) - len(r.in)
		if err := r.step(); err != nil {
			return nil, fmt.Errorf("at byte %d: %w", before, err)
		}
	}
	if len(r.line) > 0 {
		return nil, fmt.Errorf("the last line %q is never printed", r.line)
	}
	return r, nil
}

func (r *reader) take(n int) ([]byte, error) {
	if len(r.in) < n {
		return nil, fmt.Errorf("a command of %d bytes is cut off", n)
	}
	out := r.in[:n]
	r.in = r.in[n:]
	return out, nil
}

func (r *reader) step() error {
	switch c := r.in[0]; {
	case c == '\n':
		r.in = r.in[1:]
		return r.endLine()
	case c == '\t':
		r.in = r.in[1:]
		return r.tab()
	case c == 0x1B:
		return r.escape()
	case c == 0x1C:
		return r.fileSeparator()
	case c == 0x1D:
		return r.groupSeparator()
	case c < ' ' || c == 0x7F:
		return fmt.Errorf("control byte %#x in text", c)
	default:
		return r.character()
	}
}

func (r *reader) character() error {
	n, cells := 1, 1
	switch c := r.in[0]; {
	case c < 0x80:
	case r.utf8:
		n = 2
		if c >= 0xE0 {
			n, cells = 3, 2
		}
		if c >= 0xF0 {
			n = 4
		}
	case r.kanji:
		n, cells = 2, 2
		if len(r.in) > 1 && !r.big5 && '0' <= r.in[1] && r.in[1] <= '9' {
			n = 4
		}
	default:
		return fmt.Errorf("byte %#x with no double-byte mode", c)
	}
	b, err := r.take(n)
	if err != nil {
		return err
	}
	for _, c := range b {
		if c < ' ' || c == 0x7F {
			return fmt.Errorf("control byte %#x inside a character", c)
		}
	}
	if r.wide {
		cells *= 2
	}
	r.line = append(r.line, b...)
	r.at += cells
	return nil
}

func (r *reader) tab() error {
	for _, stop := range r.tabs {
		if stop > r.at {
			r.line = append(r.line, strings.Repeat(" ", stop-r.at)...)
			r.at = stop
			return nil
		}
	}
	return fmt.Errorf("HT at column %d: no stop is left", r.at)
}

func (r *reader) endLine() error {
	if r.at > r.columns && !r.utf8 {
		return fmt.Errorf("%d columns on paper of %d: %q", r.at, r.columns, r.line)
	}
	r.widest = max(r.widest, r.at)
	text := string(r.line)
	var err error
	switch {
	case r.big5:
		text, err = traditionalchinese.Big5.NewDecoder().String(text)
	case r.kanji:
		text, err = simplifiedchinese.GB18030.NewDecoder().String(text)
	}
	r.lines = append(r.lines, text)
	r.line, r.at = r.line[:0], 0
	return err
}

func (r *reader) escape() error {
	b, err := r.take(2)
	if err != nil {
		return err
	}
	if b[1] == '@' {
		r.wide, r.tall = false, false
		return nil
	}
	if b[1] == 'D' {
		end := bytes.IndexByte(r.in, 0)
		if end < 0 || end > 32 {
			return fmt.Errorf("ESC D with no end")
		}
		r.tabs = nil
		for _, stop := range r.in[:end] {
			r.tabs = append(r.tabs, int(stop))
		}
		r.in = r.in[end+1:]
		return nil
	}
	n, err := r.take(1)
	if err != nil {
		return err
	}
	switch {
	case b[1] == 'E' && n[0] <= 1:
	case b[1] == 'R' && n[0] == 0:
	case b[1] == 'a' && n[0] <= 2 && r.at == 0:
	case b[1] == 'd' && r.at == 0 && n[0] < 16:
		for range n[0] {
			r.lines = append(r.lines, "")
		}
	default:
		return fmt.Errorf("ESC %q %#x is not for slips", b[1], n[0])
	}
	return nil
}

func (r *reader) fileSeparator() error {
	b, err := r.take(2)
	if err != nil {
		return err
	}
	switch b[1] {
	case '&':
		r.kanji = true
	case '.':
		r.kanji = false
	case '(':
		p, err := r.take(5)
		if err != nil || !bytes.Equal(p, []byte{'C', 2, 0, 48, 2}) {
			return fmt.Errorf("FS ( % x is not for slips", p)
		}
		r.utf8 = true
	default:
		return fmt.Errorf("FS %q is not for slips", b[1])
	}
	return nil
}

func (r *reader) groupSeparator() error {
	b, err := r.take(3)
	if err != nil {
		return err
	}
	switch n := b[2]; b[1] {
	case '!':
		r.wide, r.tall = n&0x70 != 0, n&0x07 != 0
		if n&^0x11 != 0 {
			return fmt.Errorf("GS ! %#x: more than doubled", n)
		}
	case 'h', 'w', 'H':
	case 'V':
		_, err = r.take(1)
		r.cuts++
		if n != 65 && n != 66 || r.at != 0 {
			return fmt.Errorf("GS V %d", n)
		}
	case 'k':
		return r.bars(n)
	case '(':
		return r.twoDimensional(n)
	case 'v':
		return r.picture(n)
	default:
		return fmt.Errorf("GS %q is not for slips", b[1])
	}
	return err
}

// bars undoes GS k 73: code sets B and C.
func (r *reader) bars(system byte) error {
	n, err := r.take(1)
	if err != nil || system != 73 {
		return fmt.Errorf("GS k %d", system)
	}
	d, err := r.take(int(n[0]))
	if err != nil {
		return err
	}
	text, set, symbols := "", byte(0), 1
	for i := 0; i < len(d); i++ {
		switch {
		case d[i] == '{' && i+1 < len(d) && (d[i+1] == 'B' || d[i+1] == 'C'):
			set = d[i+1]
			i++
		case set == 'B' && d[i] == '{':
			i++
			text += "{"
		case set == 'B' && d[i] >= ' ' && d[i] <= '~':
			text += string(d[i])
		case set == 'C' && d[i] < 100:
			text += fmt.Sprintf("%02d", d[i])
		default:
			return fmt.Errorf("Code 128 data %#x in set %q", d[i], set)
		}
		symbols++
	}
	if dots := (11*(symbols+1) + 13) * 2; dots > r.columns*12 {
		return fmt.Errorf("bars of %d dots on %d columns", dots, r.columns)
	}
	r.symbols = append(r.symbols, text)
	return nil
}

func (r *reader) twoDimensional(kind byte) error {
	size, err := r.take(2)
	if err != nil || kind != 'k' {
		return fmt.Errorf("GS ( %q is not for slips", kind)
	}
	d, err := r.take(int(size[0]) + int(size[1])<<8)
	if err != nil || len(d) < 3 || d[0] != '1' {
		return fmt.Errorf("GS ( k with %d bytes: not a QR code", len(d))
	}
	switch d[1] {
	case 'A', 'C', 'E':
	case 'P':
		r.stored = string(d[3:])
	case 'Q':
		r.symbols = append(r.symbols, r.stored)
	default:
		return fmt.Errorf("GS ( k function %q", d[1])
	}
	return nil
}

func (r *reader) picture(kind byte) error {
	p, err := r.take(5)
	if err != nil || kind != '0' {
		return fmt.Errorf("GS v %q", kind)
	}
	w, h := int(p[1])+int(p[2])<<8, int(p[3])+int(p[4])<<8
	if w*8 > r.columns*12+7 {
		return fmt.Errorf("a picture of %d bytes a row on %d columns", w, r.columns)
	}
	r.symbols = append(r.symbols, "picture")
	_, err = r.take(w * h)
	return err
}
