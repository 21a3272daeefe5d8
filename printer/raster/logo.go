package raster

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"

	"golang.org/x/image/bmp"

	"tillpay/printer"
)

const (
	maxLogo     = 4 << 20 // bytes of a file
	maxLogoSide = 4096    // dots
	logoHeight  = 240     // on paper: 30 mm are enough for any name
)

// Logo reads a PNG or BMP file and makes it fit for paper: no wider than dots, no
// higher than 30 mm, its shades dithered. It is never made larger.
func Logo(file []byte, dots int) (*printer.Picture, error) {
	if len(file) > maxLogo {
		return nil, fmt.Errorf("raster: a logo of %d bytes: 4 MiB are taken", len(file))
	}
	read := png.Decode
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if bytes.HasPrefix(file, []byte("BM")) {
		read = bmp.Decode
		size, err = bmp.DecodeConfig(bytes.NewReader(file))
	}
	switch {
	case err != nil:
		return nil, errors.New("raster: the logo is no PNG and no BMP file")
	case size.Width < 1 || size.Height < 1 || size.Width > maxLogoSide || size.Height > maxLogoSide:
		return nil, fmt.Errorf("raster: a logo of %d by %d dots: up to %d by %d are taken", size.Width, size.Height, maxLogoSide, maxLogoSide)
	}
	img, err := read(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("raster: the logo cannot be read: %w", err)
	}
	return dither(shrink(img, dots, logoHeight)), nil
}

// shades are how dark each dot is, 0 to 1, in rows.
type shades struct {
	width, height int
	dark          []float64
}

// shrink averages the dots that become one. What is transparent is white.
func shrink(img image.Image, width, height int) shades {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	scale := max(1, float64(w)/float64(width), float64(h)/float64(height))
	s := shades{width: max(1, int(float64(w)/scale)), height: max(1, int(float64(h)/scale))}
	s.dark = make([]float64, s.width*s.height)
	for y := range s.height {
		for x := range s.width {
			sum, n := 0.0, 0
			for sy := y * h / s.height; sy < max((y+1)*h/s.height, y*h/s.height+1); sy++ {
				for sx := x * w / s.width; sx < max((x+1)*w/s.width, x*w/s.width+1); sx++ {
					sum += darkness(img, b.Min.X+sx, b.Min.Y+sy)
					n++
				}
			}
			s.dark[y*s.width+x] = sum / float64(n)
		}
	}
	return s
}

// darkness is one less luma (ITU-R BT.601), over white.
func darkness(img image.Image, x, y int) float64 {
	r, g, b, a := img.At(x, y).RGBA() // premultiplied
	light := 0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b) + float64(0xFFFF-a)
	return 1 - light/0xFFFF
}

// dither spreads each dot's error over its neighbours (Floyd and Steinberg). Black
// and white stay as they are.
func dither(s shades) *printer.Picture {
	p := printer.NewPicture(s.width, s.height)
	spread := func(x, y int, e float64) {
		if 0 <= x && x < s.width && y < s.height {
			s.dark[y*s.width+x] += e
		}
	}
	for y := range s.height {
		for x := range s.width {
			e := s.dark[y*s.width+x]
			if e >= 0.5 {
				p.Set(x, y)
				e--
			}
			spread(x+1, y, e*7/16)
			spread(x-1, y+1, e*3/16)
			spread(x, y+1, e*5/16)
			spread(x+1, y+1, e*1/16)
		}
	}
	return p
}
