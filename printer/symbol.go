package printer

// A column is twelve dots (Font A of every receipt printer), and the narrowest
// bar that a laser gun reads off thermal paper for sure is two dots.
const (
	columnDots = 12
	moduleDots = 2
	quietZone  = 10 // modules, each side: ISO/IEC 15417
)

// code128Fits tells whether the text's Code 128 fits the paper with its quiet
// zones. 28 digits are 189 modules: 418 dots, right for 80 mm paper (576) and too
// much for 58 mm (384), which gets a QR code.
func code128Fits(text string, columns int) bool {
	symbols := len(text)
	if digits(text) && len(text)%2 == 0 {
		symbols = len(text) / 2 // code set C packs two digits into one
	}
	modules := 11*(1+symbols+1) + 13 // start, data, check; stop
	return (modules+2*quietZone)*moduleDots <= columns*columnDots
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// drawable tells whether a number can be a bar code on any printer.
func drawable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
