package printer

// Picture is a bitmap of one bit a dot: rows from the top, each filled up to whole
// bytes, the leftmost dot in the highest bit, 1 for black.
type Picture struct {
	Width, Height int
	Bits          []byte
}

// NewPicture is white.
func NewPicture(width, height int) *Picture {
	return &Picture{width, height, make([]byte, (width+7)/8*height)}
}

// Stride is the bytes of a row.
func (p *Picture) Stride() int { return (p.Width + 7) / 8 }

// Black tells a dot's colour; outside of the picture all is white.
func (p *Picture) Black(x, y int) bool {
	return 0 <= x && x < p.Width && 0 <= y && y < p.Height && p.Bits[y*p.Stride()+x/8]&(0x80>>(x%8)) != 0
}

// Set blackens a dot.
func (p *Picture) Set(x, y int) {
	if 0 <= x && x < p.Width && 0 <= y && y < p.Height {
		p.Bits[y*p.Stride()+x/8] |= 0x80 >> (x % 8)
	}
}

// Fill blackens a rectangle.
func (p *Picture) Fill(x, y, width, height int) {
	for dy := range height {
		for dx := range width {
			p.Set(x+dx, y+dy)
		}
	}
}

// Paste lays another picture's black dots over p.
func (p *Picture) Paste(q *Picture, x, y int) {
	for dy := range q.Height {
		for dx := range q.Width {
			if q.Black(dx, dy) {
				p.Set(x+dx, y+dy)
			}
		}
	}
}

// Rows is a part of the picture, which it shares.
func (p *Picture) Rows(from, to int) *Picture {
	s := p.Stride()
	return &Picture{p.Width, to - from, p.Bits[from*s : to*s]}
}
