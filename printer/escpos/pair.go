package escpos

import "tillpay/printer"

// maxStops is how many tab stops ESC D takes.
const maxStops = 32

// setTabs puts tab stops where the right-hand texts of the slip begin. Tabs in the
// place of spaces are a quarter of a receipt's bytes, and on a serial printer the
// bytes are the time. A stop costs every gap that crosses it a byte, so one that
// serves a single line must save it some. None is at column 16: its byte would be
// DLE, and DLE with a stop at column 20 after it is DLE DC4, the cash drawer, which
// a printer obeys in the middle of a command (a fuzz test found it).
func (e *encoder) setTabs(elements []printer.Element) {
	var begins [len(e.stops)]int
	for i := range elements {
		if el := &elements[i]; el.Kind == printer.Pair {
			at := e.columns - printer.Columns(el.Right)*el.Style.Scale()
			if 0 < at && at < e.columns && at < len(begins) && at != dle {
				begins[at] += el.Style.Scale() // a wide text must land on its column
			}
		}
	}
	var tabs []byte
	last := 0
	for column, n := range begins {
		if len(tabs) < maxStops && (n >= 2 || n == 1 && column-last >= 4) {
			tabs = append(tabs, byte(column))
			e.stops[column] = true
			last = column
		}
	}
	if len(tabs) > 0 {
		e.out = append(append(append(e.out, esc, 'D'), tabs...), 0)
	}
}

// pair prints the left text, a gap, and the right text up to the edge. The gap
// is measured in what is really printed: a character that the charset lacks may
// be narrower than the layout thought.
func (e *encoder) pair(el *printer.Element) {
	e.aligned(printer.Left)
	e.style(el.Style)
	var left, right int
	e.out, left = e.text(e.out, el.Text)
	e.right, right = e.text(e.right[:0], el.Right)
	if scale := el.Style.Scale(); right > 0 {
		e.gap(left*scale, e.columns-right*scale, scale)
	}
	e.out = append(append(e.out, e.right...), lf)
}

// gap moves from one column to another, both counted in normal characters: over
// every tab stop between them, then by spaces.
func (e *encoder) gap(from, to, scale int) {
	if to <= from {
		return
	}
	last := min(to, len(e.stops)-1)
	if scale > 1 && !e.stops[last] {
		last = 0 // tabs might leave half a wide space
	}
	for column := from + 1; column <= last; column++ {
		if e.stops[column] {
			e.out = append(e.out, ht)
			from = column
		}
	}
	for ; from+scale <= to; from += scale {
		e.out = append(e.out, ' ')
	}
}
