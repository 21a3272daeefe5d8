package hid

import (
	"bytes"

	"tillpay/scanner"
)

// Code is what a HID-POS scanner read.
type Code struct {
	Text      string
	Symbology string // AIM identifier: ]Q3; empty if it is not told
}

// POSDecoder puts codes together of a HID-POS scanner's reports. A code that is longer
// than one report comes in several, all but the last marked as continued.
type POSDecoder struct {
	layout Layout
	held   []byte
	part   bool // more of the code is to come
	skip   bool // too long, and said so: leave the rest out
}

// usualPOS is how these reports are laid out by every maker whose manual says it
// (Honeywell, Zebra, Newland, Datalogic), for systems that do not tell the
// descriptor: number 2, then length, AIM identifier (3), data (56), the maker's
// own (2), and a last bit: continued.
var usualPOS = Layout{Mode: POS, ids: true, fields: []field{
	{report: 2, bit: 0, size: 8, count: 1, usages: []uint32{useByteCount}},
	{report: 2, bit: 8, size: 8, count: 3, usages: []uint32{useSymbology, useSymbology + 1, useSymbology + 2}},
	{report: 2, bit: 4 * 8, size: 8, count: 56, usages: []uint32{useData}},
	{report: 2, bit: 62 * 8, size: 1, count: 1, usages: []uint32{useContinued}},
}}

// NewPOSDecoder makes a decoder for a layout of mode POS.
func NewPOSDecoder(l Layout) *POSDecoder { return &POSDecoder{layout: l} }

// Push takes one report and answers the code that it completes.
func (d *POSDecoder) Push(report []byte) (Code, bool) {
	id, body := d.layout.open(report)
	var data []byte
	var symbology [3]byte
	length, continued, found := -1, false, false
	for _, f := range d.layout.fields {
		if f.report != id {
			continue
		}
		for i := range f.count {
			v := f.value(body, i)
			switch usage := f.usage(i); usage {
			case useByteCount:
				length = int(v)
			case useSymbology, useSymbology + 1, useSymbology + 2:
				symbology[usage-useSymbology] = byte(v)
			case useData:
				data, found = append(data, byte(v)), true
			case useContinued:
				continued = v != 0
			}
		}
	}
	if !found {
		return Code{}, false // a trigger, a battery: no code
	}
	if length < 0 { // nothing says where it ends
		data = bytes.TrimRight(data, "\x00")
	} else {
		data = data[:min(length, len(data))]
	}
	return d.add(data, symbology, continued)
}

func (d *POSDecoder) add(data []byte, symbology [3]byte, continued bool) (Code, bool) {
	if !d.skip {
		d.held = append(d.held, data...)
	}
	clear(data)
	tooLong := !d.skip && len(d.held) > scanner.MaxLength+8 // a suffix may be among it
	d.part = continued
	if tooLong && continued {
		d.drop()
		d.skip = true
		return Code{Text: scanner.Overlong}, true
	}
	if continued {
		return Code{}, false
	}
	c := Code{Text: scanner.Clean(d.held)}
	if symbology[0] == ']' {
		c.Symbology = scanner.Clean(symbology[:])
	}
	if len(c.Text) > scanner.MaxLength {
		c.Text = scanner.Overlong
	}
	skipped := d.skip
	d.drop()
	d.skip = false
	return c, c.Text != "" && !skipped
}

// Part tells whether a code has begun whose rest is to come.
func (d *POSDecoder) Part() bool { return d.part }

// GiveUp is told that the rest does not come. It answers what there is, so that
// somebody says that it is of no use.
func (d *POSDecoder) GiveUp() (Code, bool) {
	return d.add(nil, [3]byte{}, false)
}

// drop overwrites what is held: it may be a payment code.
func (d *POSDecoder) drop() {
	clear(d.held)
	d.held = d.held[:0]
}
