package escpos

import "strings"

// code128 answers the data of GS k 73 and how many symbols it draws, the start
// and the switches between code sets among them.
//
// Set C packs two digits into a symbol, but it is sent as a byte of 0 to 99, and a
// printer obeys DLE EOT, DLE ENQ and DLE DC4 wherever they stand, in the middle
// of another command's data too ("Real-time commands"). The digits 16 20 in a row
// would be DLE DC4: the cash drawer. So the pair before such a one goes in set B.
func code128(text string) (data []byte, symbols int) {
	packed := digits(text) && len(text)%2 == 0
	set := byte(0)
	use := func(s byte) {
		if set != s {
			data = append(data, '{', s)
			symbols++
			set = s
		}
	}
	for i := 0; i < len(text); {
		if packed && !realTime(text[i:]) {
			use('C')
			data = append(data, (text[i]-'0')*10+text[i+1]-'0')
			symbols++
			i += 2
			continue
		}
		use('B')
		n := 1
		if packed {
			n = 2
		}
		for _, c := range []byte(text[i : i+n]) {
			if c == '{' {
				data = append(data, '{') // the sign for a code set, doubled, is itself
			}
			data = append(data, c)
			symbols++
		}
		i += n
	}
	return data, symbols
}

// realTime tells whether the digits begin with DLE and, next, EOT, ENQ or DC4.
func realTime(digits string) bool {
	return strings.HasPrefix(digits, "1604") || strings.HasPrefix(digits, "1605") || strings.HasPrefix(digits, "1620")
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
