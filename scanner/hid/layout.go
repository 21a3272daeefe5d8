package hid

import (
	"errors"
	"fmt"
)

// Mode is how a scanner speaks.
type Mode string

const (
	Keyboard Mode = "keyboard" // it types
	POS      Mode = "hid-pos"  // it sends reports that say they are bar codes
)

// Usage pages and usages (HID Usage Tables 1.4; Point of Sale Usage Tables 1.02).
const (
	pageDesktop  = 0x01
	pageKeys     = 0x07
	pageBarcode  = 0x8c
	useKeyboard  = 0x06
	useKeypad    = 0x07
	useByteCount = pageDesktop<<16 | 0x3b
	useSymbology = pageBarcode<<16 | 0xfb // fb, fc, fd: the three letters of an AIM identifier
	useData      = pageBarcode<<16 | 0xfe
	useContinued = pageBarcode<<16 | 0xff
)

// Layout is where the values are in an interface's input reports.
type Layout struct {
	Mode   Mode // empty: neither a keyboard nor a bar code scanner
	fields []field
	ids    bool // reports begin with their number
}

// field is one Input item: count values of size bits.
type field struct {
	report     byte
	bit        int // from the report's beginning, its number not counted
	size       int
	count      int
	array      bool // its values name usages; else each value is its usage's own
	logicalMin int32
	usages     []uint32 // one after another
	min, max   uint32   // or all of a range
}

// Limits, far above what devices have: a descriptor is a stranger's.
const (
	maxDescriptor = 4096 // HID_MAX_DESCRIPTOR_SIZE of Linux
	maxFields     = 256
	maxBits       = 8 * 1024
	maxUsages     = 512
)

// state is what a descriptor's items set for the main items after them.
type state struct {
	page       uint32
	logicalMin int32
	size       uint32
	count      uint32
	report     byte
}

// parser walks a report descriptor (HID 1.11 section 6.2.2).
type parser struct {
	Layout
	now    state
	stack  []state
	depth  int // of collections
	usages []uint32
	min    uint32
	max    uint32
	bits   map[byte]int // where the next field of a report begins
}

// ParseDescriptor reads a report descriptor. What it does not understand it
// leaves out; an error means that the rest cannot be relied on.
func ParseDescriptor(b []byte) (Layout, error) {
	if len(b) > maxDescriptor {
		return Layout{}, errors.New("hid: descriptor: too long")
	}
	p := &parser{bits: map[byte]int{}}
	for len(b) > 0 {
		prefix := b[0]
		if prefix == 0xfe { // a long item: none is defined
			if len(b) < 3 || len(b) < 3+int(b[1]) {
				return Layout{}, errors.New("hid: descriptor: ends in an item")
			}
			b = b[3+int(b[1]):]
			continue
		}
		n := []int{0, 1, 2, 4}[prefix&3]
		if len(b) < 1+n {
			return Layout{}, errors.New("hid: descriptor: ends in an item")
		}
		if err := p.item(prefix&^3, b[1:1+n]); err != nil {
			return Layout{}, fmt.Errorf("hid: descriptor: %w", err)
		}
		b = b[1+n:]
	}
	return p.Layout, nil
}

func (p *parser) item(tag byte, data []byte) error {
	var v uint32
	for i, c := range data {
		v |= uint32(c) << (8 * i)
	}
	signed := int32(v)
	if n := len(data); n == 1 || n == 2 {
		shift := 32 - 8*n
		signed = int32(v<<shift) >> shift
	}
	switch tag {
	case 0x04:
		p.now.page = v
	case 0x14:
		p.now.logicalMin = signed
	case 0x74:
		p.now.size = v
	case 0x84:
		p.now.report, p.ids = byte(v), true
	case 0x94:
		p.now.count = v
	case 0xa4: // push
		if len(p.stack) >= 16 {
			return errors.New("too many pushes")
		}
		p.stack = append(p.stack, p.now)
	case 0xb4: // pop
		if len(p.stack) == 0 {
			return errors.New("a pop without its push")
		}
		p.now, p.stack = p.stack[len(p.stack)-1], p.stack[:len(p.stack)-1]
	case 0x08:
		if len(p.usages) < maxUsages {
			p.usages = append(p.usages, p.usage(v, len(data)))
		}
	case 0x18:
		p.min = p.usage(v, len(data))
	case 0x28:
		p.max = p.usage(v, len(data))
	default:
		return p.main(tag, v)
	}
	return nil
}

// usage is a usage with its page: a long one names its own.
func (p *parser) usage(v uint32, size int) uint32 {
	if size == 4 {
		return v
	}
	return p.now.page<<16 | v
}

func (p *parser) main(tag byte, v uint32) error {
	switch tag {
	case 0xa0: // collection
		if v == 1 && len(p.usages) > 0 { // an application
			p.application(p.usages[0])
		}
		p.depth++
	case 0xc0:
		if p.depth--; p.depth < 0 {
			return errors.New("a collection ends that never began")
		}
	case 0x80: // input
		if err := p.input(v); err != nil {
			return err
		}
	case 0x90, 0xb0: // output, feature: not read here
	default:
		return nil // physical units, designators and strings say nothing about where bits are
	}
	p.usages, p.min, p.max = nil, 0, 0
	return nil
}

// application notes what the device says it is. One that both types and scans is
// read as the scanner.
func (p *parser) application(usage uint32) {
	if mode := ModeOf(uint16(usage>>16), uint16(usage)); mode != "" && p.Mode != POS {
		p.Mode = mode
	}
}

// ModeOf is the mode of an application by its usage; empty: it neither types nor scans.
func ModeOf(page, usage uint16) Mode {
	switch {
	case page == pageBarcode:
		return POS
	case page == pageDesktop && (usage == useKeyboard || usage == useKeypad):
		return Keyboard
	}
	return ""
}

func (p *parser) input(flags uint32) error {
	size, count := int(p.now.size), int(p.now.count)
	if p.now.size > 32 && flags&1 == 0 || p.now.count > maxBits || p.now.size > maxBits {
		return fmt.Errorf("an input of %d times %d bits", p.now.count, p.now.size)
	}
	at := p.bits[p.now.report]
	if at+size*count > maxBits {
		return errors.New("a report is too long")
	}
	p.bits[p.now.report] = at + size*count
	if flags&1 != 0 || size == 0 || count == 0 { // padding
		return nil
	}
	if len(p.fields) >= maxFields {
		return errors.New("too many inputs")
	}
	p.fields = append(p.fields, field{
		report: p.now.report, bit: at, size: size, count: count, array: flags&2 == 0,
		logicalMin: p.now.logicalMin, usages: p.usages, min: p.min, max: p.max,
	})
	return nil
}

// usage is what the i-th of a field's usages is; 0: none. The last of several
// holds for all the values after it.
func (f field) usage(i int) uint32 {
	switch {
	case i < 0:
		return 0
	case len(f.usages) > 0 && f.array && i >= len(f.usages):
		return 0
	case len(f.usages) > 0:
		return f.usages[min(i, len(f.usages)-1)]
	case f.max < f.min || f.min == 0 && f.max == 0:
		return 0
	case uint64(f.min)+uint64(i) > uint64(f.max):
		return 0
	}
	return f.min + uint32(i)
}

// value reads the i-th value of a report's body; a short report ends in zeros.
func (f field) value(body []byte, i int) uint32 {
	at := f.bit + i*f.size
	var v uint64
	for n := range 5 { // 32 bits may begin in the middle of a byte
		if k := at/8 + n; k < len(body) {
			v |= uint64(body[k]) << (8 * n)
		}
	}
	return uint32(v >> (at % 8) & (1<<f.size - 1))
}

// open tells a report's number from its body.
func (l Layout) open(report []byte) (id byte, body []byte) {
	if l.ids && len(report) > 0 {
		return report[0], report[1:]
	}
	return 0, report
}
