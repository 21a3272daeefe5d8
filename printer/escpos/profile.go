package escpos

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is what one model of printer can do, as data. Origin says where each
// fact comes from, and what nobody has confirmed is called assumed.
type Profile struct {
	Name    string
	Models  string // what it is for, in words
	Paper   int    // mm
	Columns int    // of Font A
	Dots    int    // across the printable width
	Charset Charset
	Cut     CutMode

	NativeQR      bool // GS ( k, else QR codes are sent as a picture
	NativeCode128 bool // GS k 73, else the number becomes a QR code
	Tabs          bool // ESC D and HT, else gaps are spaces
	Strip         int  // rows that a picture may have, for the printer's buffer; 0: 128
	Blind         bool // answers no question about its state, so it is not asked

	Origin string
}

// Charset is how text is coded.
type Charset string

const (
	GB18030 Charset = "gb18030"
	Big5    Charset = "big5"
	UTF8    Charset = "utf-8"
	ASCII   Charset = "ascii"
	Raster  Charset = "raster" // text as pictures, for printers with no Chinese
)

// CutMode is what ends a slip.
type CutMode string

const (
	NoCut      CutMode = "none" // a tear bar: the slip is fed past it
	PartialCut CutMode = "partial"
	FullCut    CutMode = "full"
)

// Profiles are the names that Find knows, in the order of the documents.
func Profiles() []Profile { return slices.Clone(profiles) }

// ProfileNames are for messages.
func ProfileNames() []string {
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	return names
}

// Find answers a profile by its name; charset may be empty for the profile's own.
// An empty name is the generic profile for the paper, in mm; 0 is the profile's.
func Find(name string, paper int, charset string) (Profile, error) {
	if name == "" {
		name = fmt.Sprintf("generic-%d", paper)
		if paper != 58 && paper != 80 {
			return Profile{}, fmt.Errorf("printer.paper: %d: use 58 or 80 (mm)", paper)
		}
	}
	i := slices.IndexFunc(profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, fmt.Errorf("printer.profile: %q is not known: use one of %s", name, strings.Join(ProfileNames(), ", "))
	}
	p := profiles[i]
	if paper != 0 && paper != p.Paper {
		return Profile{}, fmt.Errorf("printer.paper: %d: the profile %s prints on %d mm: leave paper out, or choose another profile", paper, name, p.Paper)
	}
	if charset != "" {
		p.Charset = Charset(strings.ToLower(charset))
	}
	if err := p.check(); err != nil {
		return Profile{}, fmt.Errorf("printer.%w", err)
	}
	return p, nil
}

// Generic answers the profile of any printer with a paper width in mm.
func Generic(paper int, charset string) (Profile, error) { return Find("", paper, charset) }

// strip is how many rows a picture may have.
func (p Profile) strip() int {
	if p.Strip == 0 {
		return maxStrip
	}
	return p.Strip
}

// LongestData is how many bytes at most a printer still takes for data when a slip
// is cut off in the middle of a command: a whole strip, and beyond it any code of
// the printer's own.
func (p Profile) LongestData() int { return p.strip()*((p.Dots+7)/8) + qrMaxBytes }

func (p Profile) check() error {
	switch p.Charset {
	case GB18030, Big5, UTF8, ASCII, Raster:
	default:
		return fmt.Errorf("charset: %q is not known: use gb18030, big5, utf-8, ascii or raster", p.Charset)
	}
	switch p.Cut {
	case NoCut, PartialCut, FullCut:
	default:
		return fmt.Errorf("cut: %q is not known: use none, partial or full", p.Cut)
	}
	if p.Columns <= 0 || p.Dots < 12*p.Columns {
		return fmt.Errorf("columns and dots: %d and %d: a column is 12 dots", p.Columns, p.Dots)
	}
	return nil
}
