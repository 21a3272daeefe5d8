// Package escpostest is a receipt printer on the desk: it walks bytes by Epson's
// command reference, refuses what a slip may not do, and keeps what the paper
// shows, as text and as dots. It shares no code with the encoder.
package escpostest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"tillpay/printer"
)

// Printer is the machine that reads.
type Printer struct {
	Columns int
	Dots    int  // across; 0: 12 a column
	Strip   int  // the most rows of a picture; 0: any
	Big5    bool // its double-byte mode
	Drawer  bool // it may be told to kick
	Draw    bool // keep the paper as a picture
	Torn    int  // bytes of a slip that was cut off, which stand before the one to be read
}

// Paper is what came out.
type Paper struct {
	Lines   []string // decoded
	Widest  int      // columns
	Symbols []string // what bar codes and QR codes of the printer's own say
	Strips  int      // pictures
	Cuts    int
	Kicks   [][]byte         // pin and two times
	Picture *printer.Picture // with Draw
}

// Read answers an error at the first thing that a slip may not do.
func (p Printer) Read(in []byte) (*Paper, error) {
	// Real-time commands are obeyed at any place, parameters included.
	for i := 0; i+1 < len(in); i++ {
		if in[i] == 0x10 && bytes.IndexByte([]byte{0x04, 0x05, 0x14}, in[i+1]) >= 0 {
			return nil, fmt.Errorf("real-time command DLE %#x at %d", in[i+1], i)
		}
	}
	if p.Dots == 0 {
		p.Dots = p.Columns * 12
	}
	in, err := p.behindTorn(in)
	if err != nil {
		return nil, err
	}
	r := p.reader(in)
	for len(r.in) > 0 {
		before := len(in) - len(r.in)
		if err := r.step(); err != nil {
			return nil, fmt.Errorf("at byte %d: %w", before, err)
		}
	}
	if len(r.line) > 0 {
		return nil, fmt.Errorf("the last line %q is never printed", r.line)
	}
	if p.Draw {
		r.Picture = r.paper.picture()
	}
	return &r.Paper, nil
}

// behindTorn obeys what was cut off and passes over what makes no sense there, until
// it is told to begin anew (ESC @).
func (p Printer) behindTorn(in []byte) ([]byte, error) {
	if p.Torn == 0 {
		return in, nil
	}
	for r := p.reader(in); len(r.in) > 0; {
		left := len(r.in)
		if left <= len(in)-p.Torn && bytes.HasPrefix(r.in, []byte("\x1B@")) {
			return r.in, nil
		}
		if err := r.step(); errors.Is(err, errCutOff) {
			return nil, err // the printer waits for the rest
		}
		if len(r.in) == left {
			r.in = r.in[1:]
		}
	}
	return nil, errors.New("the slip's beginning was taken for the end of what was cut off")
}

func (p Printer) reader(in []byte) *reader {
	r := &reader{Printer: p, in: in}
	r.paper.dots = p.Dots
	return r
}

// reader is one job.
type reader struct {
	Printer
	Paper
	in    []byte
	kanji bool
	utf8  bool

	line  []byte // of text, as received
	at    int    // print position in columns
	style printer.Style
	align byte
	tabs  []int

	stored    string // QR
	module    int
	barHeight int
	barWidth  int

	paper sheet
	runs  []run
}

// run is text of one style on the line that is being filled.
type run struct {
	at    int // columns
	text  []byte
	style printer.Style
}

var errCutOff = errors.New("a command is cut off")

func (r *reader) take(n int) ([]byte, error) {
	if len(r.in) < n {
		return nil, fmt.Errorf("%w, of %d bytes", errCutOff, n)
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
		if len(r.in) > 1 && !r.Big5 && '0' <= r.in[1] && r.in[1] <= '9' {
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
	if r.Draw {
		r.runs = append(r.runs, run{r.at, b, r.style})
	}
	r.line = append(r.line, b...)
	r.at += cells * r.style.Scale()
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
	if r.at > r.Columns && !r.utf8 {
		return fmt.Errorf("%d columns on paper of %d: %q", r.at, r.Columns, r.line)
	}
	r.Widest = max(r.Widest, r.at)
	text, err := r.decode(r.line)
	r.Lines = append(r.Lines, text)
	if err == nil && r.Draw {
		err = r.drawLine()
	}
	r.line, r.runs, r.at = r.line[:0], nil, 0
	return err
}

func (r *reader) decode(b []byte) (string, error) {
	switch {
	case r.kanji && r.Big5:
		return traditionalchinese.Big5.NewDecoder().String(string(b))
	case r.kanji:
		return simplifiedchinese.GB18030.NewDecoder().String(string(b))
	}
	return string(b), nil
}

func (r *reader) drawLine() error {
	width := r.at * 12
	left := map[byte]int{0: 0, 1: (r.Dots - width) / 2, 2: r.Dots - width}[r.align]
	high := 1
	for _, run := range r.runs {
		if run.style&printer.Tall != 0 {
			high = 2
		}
	}
	for _, run := range r.runs {
		text, err := r.decode(run.text)
		if err != nil {
			return err
		}
		base := 24 * high // characters of different heights stand on one base line
		if run.style&printer.Tall != 0 {
			base -= 24
		}
		r.paper.character(left+12*run.at, base-24, []rune(text)[0], run.style)
	}
	r.paper.feed(24*high + 6)
	return nil
}

func (r *reader) escape() error {
	b, err := r.take(2)
	if err != nil {
		return err
	}
	switch b[1] {
	case '@':
		r.style, r.align, r.tabs, r.kanji = 0, 0, nil, false
		return nil
	case 'D':
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
	case 'p':
		p, err := r.take(3)
		if err != nil || !r.Drawer || p[0] > 1 {
			return fmt.Errorf("ESC p % x is not for slips", p)
		}
		r.Kicks = append(r.Kicks, p)
		return nil
	}
	n, err := r.take(1)
	if err != nil {
		return err
	}
	switch {
	case b[1] == 'E' && n[0] <= 1:
		r.style = r.style&^printer.Bold | printer.Style(n[0])*printer.Bold
	case b[1] == 'R' && n[0] == 0:
	case b[1] == 'a' && n[0] <= 2 && r.at == 0:
		r.align = n[0]
	case b[1] == 'd' && r.at == 0 && n[0] < 16:
		for range n[0] {
			r.Lines = append(r.Lines, "")
		}
		r.paper.feed(30 * int(n[0]))
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
		if n&^0x11 != 0 {
			return fmt.Errorf("GS ! %#x: more than doubled", n)
		}
		r.style &= printer.Bold
		if n&0x10 != 0 {
			r.style |= printer.Wide
		}
		if n&0x01 != 0 {
			r.style |= printer.Tall
		}
	case 'h':
		r.barHeight = int(n)
	case 'w':
		r.barWidth = int(n)
	case 'H':
	case 'V':
		_, err = r.take(1)
		r.Cuts++
		if n != 65 && n != 66 || r.at != 0 {
			return fmt.Errorf("GS V %d", n)
		}
		r.paper.feed(60)
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
			return fmt.Errorf("bars: data %#x in set %q", d[i], set)
		}
		symbols++
	}
	if dots := (11*(symbols+1) + 13) * r.barWidth; dots > r.Dots {
		return fmt.Errorf("bars of %d dots on paper of %d", dots, r.Dots)
	}
	r.Symbols = append(r.Symbols, text)
	if r.Draw {
		bars, err := code128Bars(d)
		if err != nil {
			return err
		}
		r.paper.symbol(bars, r.barWidth, r.barHeight, r.align)
	}
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
	case 'A', 'E':
	case 'C':
		r.module = int(d[2])
	case 'P':
		r.stored = string(d[3:])
	case 'Q':
		r.Symbols = append(r.Symbols, r.stored)
		if r.Draw {
			return r.paper.qr(r.stored, r.module, r.align)
		}
	default:
		return fmt.Errorf("GS ( k function %q", d[1])
	}
	return nil
}

// picture is GS v 0.
func (r *reader) picture(kind byte) error {
	p, err := r.take(5)
	if err != nil || kind != '0' || p[0] > 3 {
		return fmt.Errorf("GS v %q % x", kind, p)
	}
	w, h := int(p[1])+int(p[2])<<8, int(p[3])+int(p[4])<<8
	across, down := 1+int(p[0]&1), 1+int(p[0]>>1)
	switch {
	case r.at != 0:
		return fmt.Errorf("a picture in the middle of a line")
	case w == 0 || h == 0:
		return fmt.Errorf("a picture of %d bytes by %d rows", w, h)
	case w*8*across > r.Dots+7:
		return fmt.Errorf("a picture of %d bytes a row on paper of %d dots", w, r.Dots)
	case r.Strip > 0 && h > r.Strip:
		return fmt.Errorf("a picture of %d rows: the printer takes %d", h, r.Strip)
	}
	bits, err := r.take(w * h)
	if err != nil {
		return err
	}
	r.Strips++
	if r.Draw {
		r.paper.picture1(&printer.Picture{Width: w * 8, Height: h, Bits: bits}, across, down, r.align)
	}
	return nil
}
