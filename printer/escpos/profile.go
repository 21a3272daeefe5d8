package escpos

import (
	"fmt"
	"strings"
)

// Profile is what one model of printer can do, as data. Origin says where each
// fact comes from: a manual, a self-test page, somebody's report.
type Profile struct {
	Name    string
	Columns int // of Font A
	Dots    int // across the printable width
	Charset Charset
	Cut     CutMode

	NativeQR      bool // GS ( k, else QR codes are sent as a picture
	NativeCode128 bool // GS k 73, else the number becomes a QR code
	Tabs          bool // ESC D and HT, else gaps are spaces

	Origin string
}

// Charset is how text is coded.
type Charset string

const (
	GB18030 Charset = "gb18030"
	Big5    Charset = "big5"
	UTF8    Charset = "utf-8"
	ASCII   Charset = "ascii"
	Raster  Charset = "raster" // text as pictures, for printers with no Chinese: not built yet
)

// CutMode is what ends a slip.
type CutMode string

const (
	NoCut      CutMode = "none" // a tear bar: the slip is fed past it
	PartialCut CutMode = "partial"
	FullCut    CutMode = "full"
)

// generic are the two papers of the config. What they claim is what the clones
// on sale in mainland China and Hong Kong share with the manual they copy.
var generic = map[int]Profile{
	58: {
		Name: "generic-58", Columns: 32, Dots: 384, Cut: NoCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: "Epson ESC/POS command reference; 58 mm mechanisms have a tear bar",
	},
	80: {
		Name: "generic-80", Columns: 48, Dots: 576, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: "Epson ESC/POS command reference (TM-T88 class)",
	},
}

// Generic answers the profile for a paper width in mm and a charset, as the
// config names them.
func Generic(paper int, charset string) (Profile, error) {
	p, ok := generic[paper]
	if !ok {
		return Profile{}, fmt.Errorf("printer.paper: %d: use 58 or 80 (mm)", paper)
	}
	p.Charset = Charset(strings.ToLower(charset))
	if err := p.check(); err != nil {
		return Profile{}, fmt.Errorf("printer.%w", err)
	}
	return p, nil
}

func (p Profile) check() error {
	switch p.Charset {
	case GB18030, Big5, UTF8, ASCII:
	case Raster:
		return fmt.Errorf("charset: raster is not built yet: use gb18030, big5, utf-8 or ascii")
	default:
		return fmt.Errorf("charset: %q is not known: use gb18030, big5, utf-8 or ascii", p.Charset)
	}
	switch p.Cut {
	case NoCut, PartialCut, FullCut:
	default:
		return fmt.Errorf("cut: %q is not known: use none, partial or full", p.Cut)
	}
	if p.Columns <= 0 || p.Dots <= 0 {
		return fmt.Errorf("columns and dots: %d and %d: both must be more than 0", p.Columns, p.Dots)
	}
	return nil
}
