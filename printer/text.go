package printer

import "strings"

// Text draws a document in plain characters, columns wide, for terminals, logs
// and whoever cannot see the paper. Large letters are normal ones here, and a
// symbol is its kind in brackets: its number stands below it anyway.
func Text(doc Document, columns int) string {
	t := plain{columns: max(columns, 1)}
	for _, e := range doc.Elements {
		t.element(e)
	}
	return t.String()
}

type plain struct {
	strings.Builder
	columns int
}

func (t *plain) element(e Element) {
	switch e.Kind {
	case Line:
		t.text(e.Text, e.Align)
	case Pair:
		gap := t.columns - screenColumns(e.Text) - screenColumns(e.Right)
		if gap < 1 {
			t.text(e.Text, Left)
			t.text(e.Right, Right)
			return
		}
		t.line(e.Text + strings.Repeat(" ", gap) + e.Right)
	case Rule:
		t.line(strings.Repeat("-", t.columns))
	case Symbol:
		name := "[QR code]"
		if e.Barcode == Code128 {
			name = "[bar code]"
		}
		t.text(name, Center)
	case Image:
		t.text("[logo]", Center)
	case Feed:
		t.WriteString(strings.Repeat("\n", e.Lines))
	case Cut: // the end says it
	}
}

// text wraps: the document may have been laid out for wider paper.
func (t *plain) text(s string, align Align) {
	for s != "" {
		var line string
		line, s = wrap(s, t.columns)
		gap := max(0, t.columns-screenColumns(line))
		switch align {
		case Center:
			gap /= 2
		case Left:
			gap = 0
		}
		t.line(strings.Repeat(" ", gap) + line)
	}
}

func (t *plain) line(s string) {
	t.WriteString(strings.TrimRight(s, " "))
	t.WriteByte('\n')
}
