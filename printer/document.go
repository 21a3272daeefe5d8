package printer

// Document is a slip laid out for a width in columns: lines that fit, in the
// order of the paper. Every renderer draws the same one. Layout makes it; its
// texts hold no control character.
type Document struct {
	Columns  int
	Language string // picks the shapes of Han characters on a screen
	Elements []Element
}

// Element is one thing on the paper. Which fields count depends on its Kind.
type Element struct {
	Kind    ElementKind
	Text    string // Line; the left of a Pair; what a Symbol encodes
	Right   string // Pair: set against the right edge
	Style   Style  // Line, Pair
	Align   Align  // Line
	Barcode Barcode
	Lines   int      // Feed
	Picture *Picture // Image
}

// ElementKind is what an Element is.
type ElementKind uint8

const (
	Line   ElementKind = iota // one line of text
	Pair                      // a left and a right text on one line
	Rule                      // a line across the paper
	Symbol                    // a bar code or QR code, centred
	Image                     // a picture, centred: the shop's logo
	Feed                      // blank lines
	Cut                       // the end of the slip
)

// Style is a set of the three things every receipt printer can do to a
// character.
type Style uint8

const (
	Bold Style = 1 << iota
	Wide       // two columns for each
	Tall       // two lines high
)

// Align is where a line stands.
type Align uint8

const (
	Left Align = iota
	Center
	Right
)

// Scale is how many times its normal width a text takes in this style.
func (s Style) Scale() int {
	if s&Wide != 0 {
		return 2
	}
	return 1
}
