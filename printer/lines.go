package printer

// Here a slip is filled: each method adds lines that fit the paper.

func (s *slip) add(e Element) { s.elements = append(s.elements, e) }

func (s *slip) feed() { s.add(Element{Kind: Feed, Lines: 1}) }

// rule divides what stands above from what comes; two never meet.
func (s *slip) rule() {
	if n := len(s.elements); n > 0 && s.elements[n-1].Kind != Rule {
		s.add(Element{Kind: Rule})
	}
}

// heading is a text in double letters where they need no more lines than most;
// else it is only twice as high, which reads less well.
func (s *slip) heading(text string, most int) {
	style := Bold | Tall
	if text = clean(text); lines(text, s.columns/2) <= most {
		style |= Wide
	}
	s.text(text, style, Center)
}

// text adds a text, wrapped; nothing for an empty one.
func (s *slip) text(text string, style Style, align Align) {
	rest, columns := clean(text), s.columns/style.Scale()
	if align == Center {
		columns = balanced(rest, columns)
	}
	for rest != "" {
		var line string
		line, rest = wrap(rest, columns)
		s.add(Element{Kind: Line, Text: line, Style: style, Align: align})
	}
}

// pair sets two texts, already clean, at the two edges of one line; where they
// do not fit, the right one gets lines of its own.
func (s *slip) pair(left, right string, style Style) {
	if (Columns(left)+1+Columns(right))*style.Scale() <= s.columns {
		s.add(Element{Kind: Pair, Text: left, Right: right, Style: style})
		return
	}
	s.text(left, style, Left)
	if Columns(right)*style.Scale() <= s.columns {
		s.text(right, style, Right)
	} else {
		s.text(right, style, Left) // prose: ragged on the right, as prose is
	}
}

// ends is a pair of which either side may be missing.
func (s *slip) ends(left, right string) {
	left, right = clean(left), clean(right)
	switch {
	case left == "":
		s.text(right, 0, Left)
	case right == "":
		s.text(left, 0, Left)
	default:
		s.pair(left, right, 0)
	}
}

// fact is a label and what it says; nothing where there is nothing to say.
func (s *slip) fact(label, value string) {
	if value = clean(value); value != "" {
		s.pair(label, value, 0)
	}
}
