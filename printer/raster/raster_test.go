package raster_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"tillpay/printer"
	"tillpay/printer/raster"
)

// gradient goes from black at the left to white at the right.
func gradient(width, height int) image.Image {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetGray(x, y, color.Gray{uint8(x * 255 / (width - 1))})
		}
	}
	return img
}

func TestLogo(t *testing.T) {
	var asPNG, asBMP bytes.Buffer
	img := gradient(800, 200)
	if err := png.Encode(&asPNG, img); err != nil {
		t.Fatal(err)
	}
	if err := bmp.Encode(&asBMP, img); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"PNG": asPNG.Bytes(), "BMP": asBMP.Bytes()} {
		p, err := raster.Logo(file, 384)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if p.Width != 384 || p.Height != 96 {
			t.Errorf("%s: %d by %d, want 384 by 96", name, p.Width, p.Height)
		}
		quarters := [4]int{}
		for y := range p.Height {
			for x := range p.Width {
				if p.Black(x, y) {
					quarters[x*4/p.Width]++
				}
			}
		}
		n := p.Width * p.Height / 4
		for i, want := range []int{7, 5, 3, 1} { // eighths of black
			if got := quarters[i] * 100 / n; got < want*100/8-4 || got > want*100/8+4 {
				t.Errorf("%s: quarter %d is %d %% black, want about %d", name, i, got, want*100/8)
			}
		}
	}
}

func TestLogoStaysSharp(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 16, 16)) // transparent
	img.Set(3, 4, color.Black)
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	p, err := raster.Logo(b.Bytes(), 384)
	if err != nil {
		t.Fatal(err)
	}
	for y := range 16 {
		for x := range 16 {
			if p.Black(x, y) != (x == 3 && y == 4) {
				t.Errorf("dot %d, %d", x, y)
			}
		}
	}
}

func TestLogoRefused(t *testing.T) {
	var wide bytes.Buffer
	if err := png.Encode(&wide, image.NewGray(image.Rect(0, 0, 5000, 1))); err != nil {
		t.Fatal(err)
	}
	for want, file := range map[string][]byte{
		"no PNG":         []byte("GIF89a"),
		"cannot be read": wide.Bytes()[:0],
		"5000 by 1":      wide.Bytes(),
		"4 MiB":          make([]byte, 5<<20),
	} {
		if want == "cannot be read" {
			var b bytes.Buffer
			if err := png.Encode(&b, gradient(20, 20)); err != nil {
				t.Fatal(err)
			}
			file = b.Bytes()[:50]
		}
		if _, err := raster.Logo(file, 384); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestMissing: what the font lacks is named once, and drawn as a box.
func TestMissing(t *testing.T) {
	doc := printer.Layout(printer.Receipt{Description: "🧋 茶 🧋 ꙮ"}, printer.Options{Columns: 32})
	if got := string(raster.Missing(doc)); got != "🧋ꙮ" {
		t.Errorf("missing %q", got)
	}
	p, err := raster.Draw(printer.Document{Columns: 32, Elements: []printer.Element{{Kind: printer.Line, Text: "🧋"}}}, 384)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Black(1, 2) || !p.Black(22, 21) || p.Black(12, 12) || p.Black(0, 0) {
		t.Error("no box")
	}
}
