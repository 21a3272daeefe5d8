// Package escpos turns a laid-out slip into the bytes of a receipt printer.
// Command names are those of Epson's ESC/POS command reference.
package escpos

import (
	"fmt"
	"strings"

	"tillpay/printer"
)

// Bytes that begin or make commands.
const (
	ht  = 0x09
	lf  = 0x0A
	dle = 0x10
	esc = 0x1B
	fs  = 0x1C
	gs  = 0x1D
)

// Encode answers the whole slip, ready to send. It refuses what no slip may hold:
// a control character in a text, lines laid out for wider paper, a profile with
// gaps. The only commands it can emit are the ones in this package; none of them
// opens a cash drawer.
func Encode(doc printer.Document, p Profile) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("escpos: profile %s: %w", p.Name, err)
	}
	if doc.Columns > p.Columns {
		return nil, fmt.Errorf("escpos: laid out for %d columns, and %s has %d", doc.Columns, p.Name, p.Columns)
	}
	e := encoder{p: p, text: textFor(p.Charset), columns: doc.Columns, out: make([]byte, 0, 1024)}
	e.begin()
	if p.Tabs && p.Charset != UTF8 { // its fonts differ in widths: a tab may go a stop too short
		e.setTabs(doc.Elements)
	}
	for i := 0; i < len(doc.Elements); i++ {
		if n := drawn(doc.Elements[i:], p.Charset); n > 0 {
			if err := e.draw(doc, i, i+n); err != nil {
				return nil, fmt.Errorf("escpos: element %d: %w", i, err)
			}
			i += n - 1
			continue
		}
		if err := e.element(&doc.Elements[i]); err != nil {
			return nil, fmt.Errorf("escpos: element %d: %w", i, err)
		}
	}
	return e.out, nil
}

// encoder appends to out and knows how the printer stands, so that a mode is
// sent only when it changes.
type encoder struct {
	p       Profile
	text    appender
	columns int
	out     []byte
	right   []byte    // scratch: the right half of a pair
	stops   [128]bool // columns with a tab stop

	now   printer.Style
	align printer.Align
}

// begin brings any printer to the same start, whatever the last job left.
func (e *encoder) begin() {
	e.out = append(e.out, esc, '@')    // initialise
	e.out = append(e.out, esc, 'R', 0) // USA: '$', '\' and '|' are themselves
	switch e.p.Charset {
	case GB18030, Big5:
		e.out = append(e.out, fs, '&') // select Kanji mode: double-byte text
	case UTF8:
		e.out = append(e.out, fs, '.')
		e.out = append(e.out, fs, '(', 'C', 2, 0, 48, 2) // FS ( C <Function 48>: UTF-8
	default:
		e.out = append(e.out, fs, '.') // cancel Kanji mode
	}
}

func (e *encoder) element(el *printer.Element) error {
	if err := refuseControls(el); err != nil {
		return err
	}
	switch el.Kind {
	case printer.Line:
		e.aligned(el.Align)
		e.style(el.Style)
		e.out, _ = e.text(e.out, el.Text)
		e.out = append(e.out, lf)
	case printer.Pair:
		e.pair(el)
	case printer.Rule:
		e.rule()
	case printer.Symbol:
		return e.symbol(el)
	case printer.Feed:
		e.feed(el.Lines)
	case printer.Image:
		e.image(el.Picture)
	case printer.Cut:
		e.cut()
	default:
		return fmt.Errorf("kind %d is not known", el.Kind)
	}
	return nil
}

// rule is a row of double-width hyphens: half the bytes, and a finer dash.
func (e *encoder) rule() {
	e.aligned(printer.Left)
	e.style(printer.Wide)
	for range e.columns / 2 {
		e.out = append(e.out, '-')
	}
	e.out = append(e.out, lf)
}

// feed blank lines of the normal height. One or two are cheaper as LF, and the
// parameter of ESC d stays far from DLE, which printers obey at any place.
func (e *encoder) feed(lines int) {
	e.style(0)
	for ; lines > 8; lines -= 8 {
		e.out = append(e.out, esc, 'd', 8)
	}
	if lines > 2 {
		e.out = append(e.out, esc, 'd', byte(lines))
		return
	}
	for range lines {
		e.out = append(e.out, lf)
	}
}

func (e *encoder) cut() {
	switch e.p.Cut {
	case NoCut:
		e.feed(4) // past the tear bar
	case PartialCut:
		e.out = append(e.out, gs, 'V', 66, 0) // <Function B>: feed to the cutter, then cut
	case FullCut:
		e.out = append(e.out, gs, 'V', 65, 0)
	}
}

// style sends ESC E and GS ! for what changed. They are used instead of ESC !,
// whose sizes leave Chinese characters as they are.
func (e *encoder) style(s printer.Style) {
	changed := e.now ^ s
	if changed&printer.Bold != 0 {
		e.out = append(e.out, esc, 'E', byte(s&printer.Bold))
	}
	if changed&(printer.Wide|printer.Tall) != 0 {
		var size byte
		if s&printer.Wide != 0 {
			size |= 0x10
		}
		if s&printer.Tall != 0 {
			size |= 0x01
		}
		e.out = append(e.out, gs, '!', size)
	}
	e.now = s
}

// aligned sends ESC a, which counts at the beginning of a line only.
func (e *encoder) aligned(a printer.Align) {
	if a != e.align {
		e.out = append(e.out, esc, 'a', byte(a))
		e.align = a
	}
}

// refuseControls is the second of two locks: Layout has removed them already.
func refuseControls(el *printer.Element) error {
	for _, s := range [...]string{el.Text, el.Right} {
		i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || 0x7F <= r && r < 0xA0 })
		if i >= 0 {
			return fmt.Errorf("control character %#x in its text", s[i:min(len(s), i+2)])
		}
	}
	return nil
}
