package escpostest

import (
	"errors"
	"fmt"
	"strings"

	"tillpay/printer"
)

// patterns are Code 128's symbols (ISO/IEC 15417, table 1): widths of bar, space,
// bar, space, bar, space; 105 is start C, 106 the stop without its last bar.
var patterns = strings.Fields(`212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212
112232 122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212
322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331
132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211
221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121
111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 233111`)

// code128Bars draws the data of GS k 73, a digit a module.
func code128Bars(data []byte) (string, error) {
	var symbols []int
	set := byte(0)
	for i := 0; i < len(data); i++ {
		if data[i] == '{' && i+1 < len(data) && data[i+1] != '{' {
			i++
			switch next := data[i]; {
			case set == 0:
				symbols = append(symbols, map[byte]int{'A': 103, 'B': 104, 'C': 105}[next])
			default:
				symbols = append(symbols, map[byte]int{'A': 101, 'B': 100, 'C': 99}[next])
			}
			set = data[i]
			continue
		}
		if data[i] == '{' {
			i++
		}
		switch set {
		case 'B':
			symbols = append(symbols, int(data[i])-' ')
		case 'C':
			symbols = append(symbols, int(data[i]))
		default:
			return "", fmt.Errorf("bars: data in set %q", set)
		}
	}
	if len(symbols) == 0 {
		return "", errors.New("bars without data")
	}
	check := symbols[0]
	for i, s := range symbols[1:] {
		check += (i + 1) * s
	}
	var b strings.Builder
	for _, s := range append(symbols, check%103, 106) {
		for i, w := range patterns[s] {
			b.WriteString(strings.Repeat(string("10"[i%2]), int(w-'0')))
		}
	}
	return b.String() + "11", nil
}

// Code128 reads the bars that a row of a picture crosses.
func Code128(p *printer.Picture, y, module int) (string, error) {
	var row strings.Builder
	for x := range p.Width {
		row.WriteByte("01"[btoi(p.Black(x, y))])
	}
	bars := strings.Trim(row.String(), "0")
	var symbols []int
	for len(bars) > 2*module {
		widths := ""
		for range 6 {
			n := 1
			for n < len(bars) && bars[n] == bars[0] {
				n++
			}
			widths += fmt.Sprint(n / module)
			bars = bars[n:]
		}
		s := -1
		for i, pattern := range patterns {
			if pattern == widths {
				s = i
			}
		}
		if s < 0 {
			return "", fmt.Errorf("bars %s are no symbol of Code 128", widths)
		}
		symbols = append(symbols, s)
	}
	return code128Text(symbols)
}

func code128Text(symbols []int) (string, error) {
	n := len(symbols)
	if n < 4 || symbols[n-1] != 106 {
		return "", fmt.Errorf("%d symbols and no stop", n)
	}
	check := symbols[0]
	for i, s := range symbols[1 : n-2] {
		check += (i + 1) * s
	}
	if check%103 != symbols[n-2] {
		return "", errors.New("the check symbol of Code 128 is wrong")
	}
	text, set := "", symbols[0]
	for _, s := range symbols[1 : n-2] {
		switch {
		case s == 99 && set != 105:
			set = 105
		case s == 100 && set == 105:
			set = 104
		case set == 105 && s < 100:
			text += fmt.Sprintf("%02d", s)
		case set == 104 && s < 96:
			text += string(rune(s + ' '))
		default:
			return "", fmt.Errorf("symbol %d in set %d", s, set)
		}
	}
	return text, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
