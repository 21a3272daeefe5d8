package escpostest

import (
	"errors"
	"fmt"
	"strings"

	"tillpay/printer"
)

// blocks are how many data codewords each block of a QR code of level M has, by
// version (ISO/IEC 18004, table 9).
var blocks = map[int][]int{1: {16}, 2: {28}, 3: {44}, 4: {32, 32}, 5: {43, 43}, 6: {27, 27, 27, 27}}

// QR reads the code that is somewhere on a picture, and nothing but it in its
// columns and rows. A clean print needs no error correction: level M is only
// asserted, and versions to 6 are known.
func QR(p *printer.Picture) (string, error) {
	left, top, module, size, err := locate(p)
	if err != nil {
		return "", err
	}
	q := code{size, func(x, y int) bool { return p.Black(left+x*module+module/2, top+y*module+module/2) }}
	return q.read()
}

// locate finds the finder patterns by the code's outer edges.
func locate(p *printer.Picture) (left, top, module, size int, err error) {
	left, top = p.Width, -1
	right, bottom := 0, 0
	for y := range p.Height {
		for x := range p.Width {
			if p.Black(x, y) {
				if top < 0 {
					top = y
				}
				left, right, bottom = min(left, x), max(right, x), y
			}
		}
	}
	if top < 0 {
		return 0, 0, 0, 0, errors.New("the picture is white")
	}
	run := 0 // the finder's upper edge, seven modules long
	for p.Black(left+run, top) {
		run++
	}
	module = run / 7
	if module == 0 || run%7 != 0 || right-left != bottom-top || (right-left+1)%module != 0 {
		return 0, 0, 0, 0, fmt.Errorf("%d by %d dots, edge of %d: no QR code alone", right-left+1, bottom-top+1, run)
	}
	return left, top, module, (right - left + 1) / module, nil
}

type code struct {
	size  int
	black func(x, y int) bool
}

func (q code) read() (string, error) {
	version := (q.size - 17) / 4
	shape, ok := blocks[version]
	if !ok || q.size != 17+4*version {
		return "", fmt.Errorf("qr code of %d modules is not known here", q.size)
	}
	format := 0 // beside the upper left finder, from the top
	for _, at := range [][2]int{{0, 8}, {1, 8}, {2, 8}, {3, 8}, {4, 8}} {
		format = format<<1 | btoi(q.black(at[0], at[1]))
	}
	format ^= 0b10101 // the mask of format information: its first five bits
	if format>>3 != 0 {
		return "", fmt.Errorf("error correction level %02b, want M (00)", format>>3)
	}
	return parse(q.data(format&7, shape))
}

// data reads the codewords up and down in pairs of columns, unmasks them, and takes
// the blocks apart.
func (q code) data(mask int, shape []int) []byte {
	var words []byte
	n, bits := 0, byte(0)
	up := true
	for right := q.size - 1; right > 0; right -= 2 {
		if right == 6 { // the timing pattern
			right--
		}
		for i := range q.size {
			y := i
			if up {
				y = q.size - 1 - i
			}
			for _, x := range [...]int{right, right - 1} {
				if q.reserved(x, y) {
					continue
				}
				bits = bits<<1 | byte(btoi(q.black(x, y) != masked(mask, x, y)))
				if n++; n%8 == 0 {
					words = append(words, bits)
				}
			}
		}
		up = !up
	}
	out := make([][]byte, len(shape))
	at := 0
	for i := range shape[len(shape)-1] {
		for b := range shape {
			if i < shape[b] {
				out[b] = append(out[b], words[at])
				at++
			}
		}
	}
	var data []byte
	for _, b := range out {
		data = append(data, b...)
	}
	return data
}

// reserved are finders, format, timing, and the alignment pattern.
func (q code) reserved(x, y int) bool {
	far := q.size - 8
	if x < 9 && (y < 9 || y >= far) || y < 9 && x >= far || x == 6 || y == 6 {
		return true
	}
	c := q.size - 7
	return q.size > 21 && c-2 <= x && x <= c+2 && c-2 <= y && y <= c+2
}

func masked(mask, x, y int) bool {
	switch mask {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (y/2+x/3)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}

// parse reads the segments: numeric, alphanumeric, bytes.
func parse(data []byte) (string, error) {
	at := 0
	take := func(n int) int {
		v := 0
		for range n {
			if at >= 8*len(data) {
				return 0
			}
			v = v<<1 | int(data[at/8]>>(7-at%8)&1)
			at++
		}
		return v
	}
	var text strings.Builder
	for at+4 <= 8*len(data) {
		switch mode := take(4); mode {
		case 0:
			return text.String(), nil
		case 1:
			for n := take(10); n > 0; n -= 3 {
				digits := min(n, 3)
				fmt.Fprintf(&text, "%0*d", digits, take([...]int{0, 4, 7, 10}[digits]))
			}
		case 2:
			const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
			for n := take(9); n > 0; n -= 2 {
				if n == 1 {
					text.WriteByte(letters[take(6)])
					break
				}
				v := take(11)
				text.WriteString(letters[v/45:v/45+1] + letters[v%45:v%45+1])
			}
		case 4:
			for range take(8) {
				text.WriteByte(byte(take(8)))
			}
		default:
			return "", fmt.Errorf("segment of mode %d", mode)
		}
	}
	return text.String(), nil
}
