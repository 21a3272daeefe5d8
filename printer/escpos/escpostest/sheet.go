package escpostest

import (
	"fmt"

	"rsc.io/qr"

	"tillpay/printer"
	"tillpay/printer/font"
)

// sheet is the paper as it comes out, at 203 dots an inch. Its characters are those
// of package font, in the place of the printer's own.
type sheet struct {
	dots int
	rows [][]bool
	y    int
}

func (s *sheet) set(x, y int) {
	y += s.y
	for len(s.rows) <= y {
		s.rows = append(s.rows, make([]bool, s.dots))
	}
	if 0 <= x && x < s.dots && y >= 0 {
		s.rows[y][x] = true
	}
}

func (s *sheet) fill(x, y, width, height int) {
	for dy := range height {
		for dx := range width {
			s.set(x+dx, y+dy)
		}
	}
}

func (s *sheet) feed(dots int) { s.y += dots }

func (s *sheet) character(x, y int, r rune, style printer.Style) {
	if r == ' ' {
		return
	}
	g, _ := font.Find(r, printer.RuneColumns(r) == 2)
	wide, tall := 1, 1
	if style&printer.Wide != 0 {
		wide = 2
	}
	if style&printer.Tall != 0 {
		tall = 2
	}
	for row, bits := range g.Rows {
		for column := range g.Width {
			if bits>>(31-column)&1 == 0 {
				continue
			}
			width := wide
			if style&printer.Bold != 0 {
				width++
			}
			s.fill(x+column*wide, y+row*tall, width, tall)
		}
	}
}

func (s *sheet) left(width int, align byte) int {
	return map[byte]int{0: 0, 1: (s.dots - width) / 2, 2: s.dots - width}[align]
}

// picture1 lays a picture down, its dots doubled where they should be.
func (s *sheet) picture1(p *printer.Picture, across, down int, align byte) {
	left := s.left(p.Width*across, align)
	for y := range p.Height {
		for x := range p.Width {
			if p.Black(x, y) {
				s.fill(left+x*across, y*down, across, down)
			}
		}
	}
	s.feed(p.Height * down)
}

func (s *sheet) symbol(bars string, module, height int, align byte) {
	x := s.left(len(bars)*module, align)
	for _, b := range bars {
		if b == '1' {
			s.fill(x, 0, module, height)
		}
		x += module
	}
	s.feed(height)
}

func (s *sheet) qr(text string, module int, align byte) error {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return fmt.Errorf("qr code: %w", err)
	}
	left := s.left(c.Size*module, align)
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				s.fill(left+x*module, y*module, module, module)
			}
		}
	}
	s.feed(c.Size * module)
	return nil
}

func (s *sheet) picture() *printer.Picture {
	p := printer.NewPicture(s.dots, max(s.y, len(s.rows)))
	for y, row := range s.rows {
		for x, black := range row {
			if black {
				p.Set(x, y)
			}
		}
	}
	return p
}
