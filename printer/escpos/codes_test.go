package escpos

import (
	"flag"
	"os"
	"testing"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// TestBig5Bin: the file is what x/text's decoder says, made anew with -big5.
func TestBig5Bin(t *testing.T) {
	var made []byte
	dec := traditionalchinese.Big5.NewDecoder().Transformer
	for lead := big5First; lead <= big5Last; lead++ {
		for trail := 0x40; trail < 0x40+big5Row; trail++ {
			r, ok := decode(dec, byte(lead), byte(trail))
			if !ok || r > 0xFFFF {
				r = 0
			}
			made = append(made, byte(r>>8), byte(r))
		}
	}
	if *makeBig5 {
		if err := os.WriteFile("big5.bin", made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(made) != big5 {
		t.Error("big5.bin is not what x/text says")
	}
}

var makeBig5 = flag.Bool("big5", false, "write big5.bin anew")

// TestCodesAreTheStandards: the tables are the encoders of x/text, rune by rune.
func TestCodesAreTheStandards(t *testing.T) {
	for _, c := range []struct {
		name      string
		charset   encoding.Encoding
		table     *codes
		low, high byte
	}{
		{"gb18030", simplifiedchinese.GB18030, gbTable(), 0x81, 0xFE},
		{"big5", traditionalchinese.Big5, big5Table(), 0xA1, 0xF9},
	} {
		for r := rune(0x80); r <= 0xFFFD; r++ {
			if 0xD800 <= r && r < 0xF900 {
				continue
			}
			want, err := c.charset.NewEncoder().Bytes([]byte(string(r)))
			if err != nil || len(want) != 2 || want[0] < c.low || want[0] > c.high {
				continue // none, or one that printers lack
			}
			twice := map[rune]bool{'〃': true, '仝': true}[r] || 0x2550 <= r && r <= 0x2570 // each code draws it
			if got := c.table.of(r); got != uint16(want[0])<<8|uint16(want[1]) && !twice || got == 0 {
				t.Errorf("%s: %U %c: %04x, want %x", c.name, r, r, got, want)
			}
		}
		for r := rune(0x80); r <= 0xFFFD; r++ {
			code := c.table.of(r)
			if code == 0 {
				continue
			}
			if back, err := c.charset.NewDecoder().String(string([]byte{byte(code >> 8), byte(code)})); back != string(r) || err != nil {
				t.Errorf("%s: %U is %04x, which is %q, %v", c.name, r, code, back, err)
			}
		}
	}
	// x/text encodes these by Hong Kong's supplement: they printed as question marks.
	for r, want := range map[rune]uint16{'包': 0xA55D, '港': 0xB4E4, '晴': 0xB4B8, '煮': 0xB54E, '婷': 0xB440, '十': 0xA451, '　': 0xA140} {
		if got := big5Table().of(r); got != want {
			t.Errorf("big5 %c: %04x, want %04x", r, got, want)
		}
	}
	for _, r := range "㐀㐁䶵𠮷𠀀𪚥丂" {
		got, ok := gbFour(nil, r)
		want, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(string(r)))
		if len(want) != 4 {
			if ok {
				t.Errorf("%U has %x, and %x too", r, want, got)
			}
			continue
		}
		if err != nil || string(got) != string(want) || !ok {
			t.Errorf("%U: %x %v, want %x", r, got, ok, want)
		}
	}
	if !unicode.Is(unicode.Han, '㐀') {
		t.Fatal("the test asks for Han")
	}
}
