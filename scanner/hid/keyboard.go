package hid

import "slices"

// Keys makes characters of keys that go down. It knows nothing of reports, so
// that whoever watches keys in another way types the same.
type Keys struct {
	caps bool
	alt  int // the number being typed while Alt is held: Alt+0233; -1: none
}

// Down is a key that went down while mods (bits from E0 on) were held. It answers
// the character, if the key makes one.
func (k *Keys) Down(usage, mods byte) (byte, bool) {
	if usage == keyCaps {
		k.caps = !k.caps
		return 0, false
	}
	if int(usage) >= len(usKeys) || usKeys[usage] == (key{}) {
		return 0, false
	}
	pad := keyPadFirst <= usage && usage <= keyPadLast
	if mods&alt != 0 {
		if pad { // the mode that scanners have against foreign layouts
			k.alt = min(max(k.alt, 0)*10+int(usKeys[usage].plain-'0'), 9999)
		}
		return 0, false
	}
	c := usKeys[usage]
	shifted := mods&shift != 0
	if 'a' <= c.plain && c.plain <= 'z' {
		shifted = shifted != k.caps
	}
	typed := c.plain
	if shifted {
		typed = c.shifted
	}
	if mods&ctrl != 0 && typed >= '@' { // GS is Ctrl+]
		typed &= 0x1f
	}
	return typed, true
}

// Mods is told of the modifiers that are held now. Letting go of Alt types the
// number that was typed meanwhile.
func (k *Keys) Mods(mods byte) (byte, bool) {
	if mods&alt != 0 {
		return 0, false
	}
	typed := k.alt
	k.alt = -1
	return byte(typed), 0 < typed && typed < 0x80
}

// KeyboardDecoder makes characters of a keyboard's reports, whatever their form: boot
// keyboards, several keys at once, a bit for each key.
type KeyboardDecoder struct {
	layout Layout
	keys   Keys
	held   map[byte][]byte // by report: the usages that are down
}

// NewKeyboardDecoder makes a decoder for a layout of mode Keyboard.
func NewKeyboardDecoder(l Layout) *KeyboardDecoder {
	return &KeyboardDecoder{layout: l, keys: Keys{alt: -1}, held: map[byte][]byte{}}
}

// Push takes one report and answers what was typed with it. A key types when it
// goes down: one that was down in the report before, though others came and went,
// does not type again.
func (d *KeyboardDecoder) Push(report []byte) (typed []byte) {
	id, body := d.layout.open(report)
	down, mods, ok := d.read(id, body)
	if !ok {
		return nil
	}
	if c, ok := d.keys.Mods(mods); ok {
		typed = append(typed, c)
	}
	for _, usage := range down {
		if slices.Contains(d.held[id], usage) {
			continue
		}
		if c, ok := d.keys.Down(usage, mods); ok {
			typed = append(typed, c)
		}
	}
	d.held[id] = down
	return typed
}

// read answers the keys that are down, in the report's order, and the modifiers;
// false for a report that has no keys, or says that it cannot tell them.
func (d *KeyboardDecoder) read(id byte, body []byte) (down []byte, mods byte, ok bool) {
	for _, f := range d.layout.fields {
		if f.report != id {
			continue
		}
		for i := range f.count {
			v := f.value(body, i)
			var usage uint32
			switch {
			case f.array:
				usage = f.usage(int(int64(v) - int64(f.logicalMin)))
			case v != 0:
				usage = f.usage(i)
			}
			switch own := byte(usage); {
			case usage>>16 != pageKeys || usage&0xff00 != 0:
				continue
			case keyRollover <= own && own <= keyUndefined:
				return nil, 0, false
			case modFirst <= own && own <= modLast:
				mods |= 1 << (own - modFirst)
			case own != 0 && !slices.Contains(down, own):
				down = append(down, own)
			}
		}
		ok = ok || f.page() == pageKeys
	}
	return down, mods, ok
}

// page is that of the field's first usage.
func (f field) page() uint32 {
	if len(f.usages) > 0 {
		return f.usages[0] >> 16
	}
	return max(f.min, f.max) >> 16
}
