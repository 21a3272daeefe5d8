package hid

import (
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"tillpay/scanner"
)

const code = "134650720866361395"

// Report descriptors as devices have them.
const (
	// HID 1.11 appendix B.1: modifiers, a reserved byte, six keys.
	bootKeyboard = "05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508150025650507190029658100c0"
	// A bar code scanner with report 2: length, AIM identifier, 56 of data, the
	// maker's own, continued (POS usage tables 1.02, as Honeywell's manual prints it).
	barcode = "058c0902a1010912a1028502150026ff00750895010501093b81029503058c09fb09fc09fd8102953809fe82020195020666ff090409008102058c9501750109ff810295078103c0c0"
	// A keyboard with a bit for each key (report 1) and media keys (report 2).
	bitKeyboard = "05010906a101850105071500250119e029e77501950881021900297775019578" + "8102c0" + "050c0901a101850219002a3c02150026" + "3c0295017510" + "8100c0"
	mouse       = "05010902a1010901a1000509190129031500250195037501810295017505810305010930093115812" + "57f750895028106c0c0"
)

func layout(t testing.TB, descriptor string) Layout {
	t.Helper()
	b, err := hex.DecodeString(descriptor)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ParseDescriptor(b)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestParseDescriptor(t *testing.T) {
	for descriptor, want := range map[string]Mode{bootKeyboard: Keyboard, bitKeyboard: Keyboard, barcode: POS, mouse: "", "": "",
		bootKeyboard + barcode: POS, barcode + bootKeyboard: POS} {
		if l := layout(t, descriptor); l.Mode != want {
			t.Errorf("%.20s… is %q, want %q", descriptor, l.Mode, want)
		}
	}
	got := layout(t, barcode)
	for i, f := range got.fields { // the usual layout is this one
		if i < 3 && (f.bit != usualPOS.fields[i].bit || f.count != usualPOS.fields[i].count || f.usage(0) != usualPOS.fields[i].usage(0)) {
			t.Errorf("field %d: %+v, usual: %+v", i, f, usualPOS.fields[i])
		}
	}
	for _, wrong := range []string{"05", "c0", "b4", "0501a4" + strings.Repeat("a4", 16), "7508" + "96ffff" + "8102", "75ff95018102", "fe", "fe0500"} {
		b, err := hex.DecodeString(wrong)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseDescriptor(b); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
}

// push feeds boot reports, written as their bytes in hex without trailing zeros.
func push(d *KeyboardDecoder, reports string) string {
	var typed []byte
	for r := range strings.FieldsSeq(reports) {
		b, _ := hex.DecodeString(r)
		typed = append(typed, d.Push(append(b, make([]byte, 8-len(b))...))...)
	}
	return string(typed)
}

func TestKeyboard(t *testing.T) {
	for name, c := range map[string]struct{ reports, want string }{
		"digits and Enter":           {"00001e 00 00001f 00 000027 00 000028 00", "120\r"},
		"a digit twice":              {"00001e 00 00001e 00", "11"},
		"held, not twice":            {"00001e 00001e 00001e 00", "1"},
		"no releases":                {"00001e 00001f 000020", "123"},
		"roll-over":                  {"00001e 00001e1f 00001f 00001f20 000020 00", "123"},
		"roll-over in another order": {"00001e 00001f1e 00001f 0000201f 00", "123"},
		"two at once":                {"00001e1f 00", "12"},
		"again beside another":       {"00001e 00001e1f 00001f 00001e1f 00", "121"},
		"too many keys":              {"00001e1f 0000010101010101 00001e1f 00 00001e 00", "121"},
		"shift":                      {"020004 02 00 000004 00 200005 00 020025 00", "AaB*"},
		"shift alone":                {"02 00 20 00", ""},
		"caps lock":                  {"000039 00 000004 00 020004 00 00001e 00 000039 00 000004 00", "Aa1a"},
		"keypad":                     {"000059 00 000062 00 000061 00 000058 00", "109\r"},
		"keypad, num lock off":       {"000053 00 00005a 00", "2"}, // a scanner means digits
		"tab":                        {"00001e 00 00002b 00", "1\t"},
		"control":                    {"010030 00 01000d 00", "\x1d\n"},
		"alt and a number":           {"04 040059 04 040062 04 040061 04 00", "m"}, // Alt+109
		"alt and no number":          {"04 00 04001e 00", ""},
		"function and cursor keys":   {"00003a 00 00004f 00 000065 00", ""},
		"symbols":                    {"00002d 00 02002d 00 000031 00 020034 00 000038 00", "-_\\\"/"},
		"gui":                        {"08 080004 00", "a"},
		"short reports":              {"", ""},
	} {
		if got := push(NewKeyboardDecoder(layout(t, bootKeyboard)), c.reports); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	d := NewKeyboardDecoder(layout(t, bootKeyboard))
	if got := string(d.Push([]byte{0, 0, 0x1e})) + string(d.Push(nil)) + string(d.Push([]byte{2})) + string(d.Push([]byte{2, 0, 0x1e})); got != "1!" {
		t.Errorf("short reports: %q", got)
	}
}

func TestBitKeyboard(t *testing.T) {
	d := NewKeyboardDecoder(layout(t, bitKeyboard))
	bits := func(mods byte, usages ...byte) []byte {
		r := make([]byte, 17)
		r[0], r[1] = 1, mods
		for _, u := range usages {
			r[2+u/8] |= 1 << (u % 8)
		}
		return r
	}
	var got []byte
	for _, r := range [][]byte{bits(0, 0x1e), bits(0, 0x1e, 0x1f), {2, 0xe9, 0}, bits(0, 0x1f), bits(2), bits(2, 4), bits(0), bits(0, 0x28)} {
		got = append(got, d.Push(r)...)
	}
	if string(got) != "12A\r" {
		t.Errorf("got %q", got)
	}
}

// However fast a scanner types, its keys overlapping or not, the text comes out.
func TestKeyboardTypesWhatWasScanned(t *testing.T) {
	l := layout(t, bootKeyboard)
	usages := map[byte]struct{ usage, mods byte }{}
	for u := len(usKeys) - 1; u >= 0; u-- { // the main keys after the keypad's
		if k := usKeys[u]; k != (key{}) {
			usages[k.shifted] = struct{ usage, mods byte }{byte(u), 2}
			usages[k.plain] = struct{ usage, mods byte }{byte(u), 0}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~]{0,40}`).Draw(t, "text")
		d := NewKeyboardDecoder(l)
		var got []byte
		var held byte // the key before, still down
		for i := range len(text) {
			k, ok := usages[text[i]]
			if !ok {
				t.Fatalf("no key types %q", text[i])
			}
			report := []byte{k.mods, 0, k.usage, 0, 0, 0, 0, 0}
			switch {
			case held == 0:
			case held == k.usage || rapid.Bool().Draw(t, "let go"):
				got = append(got, d.Push(make([]byte, 8))...)
			default: // the one before it is still down
				got = append(got, d.Push([]byte{k.mods, 0, held, 0, 0, 0, 0, 0})...)
				report[2], report[3] = held, k.usage
			}
			got = append(got, d.Push(report)...)
			held = k.usage
		}
		if string(got) != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	})
}

// posReport is a report 2 of the descriptor barcode.
func posReport(data string, length int, continued byte) []byte {
	r := make([]byte, 64)
	r[0], r[1], r[63] = 2, byte(length), continued
	copy(r[2:], "]Q3")
	copy(r[5:], data)
	return r
}

func TestPOS(t *testing.T) {
	long := strings.Repeat("0123456789", 12)
	for _, l := range []Layout{layout(t, barcode), usualPOS} {
		d := NewPOSDecoder(l)
		for name, c := range map[string]struct {
			reports [][]byte
			want    []string
		}{
			"one report":         {[][]byte{posReport(code, len(code), 0)}, []string{code}},
			"twice":              {[][]byte{posReport(code, len(code), 0), posReport(code, len(code), 0)}, []string{code, code}},
			"a suffix":           {[][]byte{posReport(code+"\r\n", len(code)+2, 0)}, []string{code}},
			"stale bytes behind": {[][]byte{posReport(code+"999", len(code), 0)}, []string{code}},
			"a length too large": {[][]byte{posReport(code, 200, 0)}, []string{code}},
			"three reports": {[][]byte{posReport(long[:56], 56, 1), posReport(long[56:112], 56, 1), posReport(long[112:], 8, 0)},
				[]string{long}},
			"ends in an empty one": {[][]byte{posReport(long[:56], 56, 1), posReport("", 0, 0)}, []string{long[:56]}},
			"nothing":              {[][]byte{posReport("", 0, 0)}, nil},
			"another report":       {[][]byte{{4, 1, 2, 3}, {}}, nil},
			"far too long": {[][]byte{posReport(long[:56], 56, 1), posReport(long[:56], 56, 1), posReport(long[:56], 56, 1), posReport(long[:56], 56, 1),
				posReport(long[:56], 56, 1), posReport(long[:56], 56, 1), posReport(long[:56], 56, 0), posReport(code, len(code), 0)}, []string{scanner.Overlong, code}},
			"too long at the end": {[][]byte{posReport(long[:56], 56, 1), posReport(long[:56], 56, 1), posReport(long[:56], 56, 1), posReport(long[:56], 56, 1),
				posReport(long[:56], 56, 0)}, []string{scanner.Overlong}},
		} {
			var got []string
			for _, r := range c.reports {
				if read, ok := d.Push(r); ok {
					got = append(got, read.Text)
					if read.Text == code && read.Symbology != "]Q3" {
						t.Errorf("%s: symbology %q", name, read.Symbology)
					}
				}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
			if d.Part() || len(d.held) > 0 {
				t.Errorf("%s: holds %d bytes", name, len(d.held))
			}
		}
	}
}

func FuzzParseDescriptor(f *testing.F) {
	for _, d := range []string{bootKeyboard, barcode, bitKeyboard, mouse, "a4b4", "fe01ff00"} {
		b, err := hex.DecodeString(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, []byte{2, 18, ']', 'Q', '3', '1', '2'})
	}
	f.Fuzz(func(t *testing.T, descriptor, report []byte) {
		l, err := ParseDescriptor(descriptor)
		if err != nil {
			if l.Mode != "" || l.fields != nil {
				t.Error("a layout beside an error")
			}
			return
		}
		// Whatever the layout, reading a report by it must end well.
		NewKeyboardDecoder(l).Push(report)
		if c, ok := NewPOSDecoder(l).Push(report); ok {
			checkText(t, c.Text)
		}
	})
}

func checkText(t *testing.T, text string) {
	t.Helper()
	if text == "" || text != strings.TrimSpace(text) || len(text) > scanner.MaxLength && text != scanner.Overlong ||
		strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%q", text)
	}
}

func FuzzKeyboardDecoder(f *testing.F) {
	boot, bits := layout(f, bootKeyboard), layout(f, bitKeyboard)
	f.Add([]byte("\x00\x00\x1e\x00\x00\x00\x00\x00\x00\x00\x1e\x1f\x00\x00\x00\x00"), 8)
	f.Add([]byte("\x02\x00\x04\x01\x01\x01\x01\x01\x04\x00\x59\x00"), 8)
	f.Add([]byte("\x01\x02\x10\x00\x00\x00\x00\x40"), 4)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		a, b := NewKeyboardDecoder(boot), NewKeyboardDecoder(bits)
		for len(stream) > 0 {
			n := min(max(size, 1), len(stream))
			typed := a.Push(stream[:n])
			if len(typed) > 7 { // six keys and an Alt number
				t.Errorf("one report typed %q", typed)
			}
			again := a.Push(stream[:n])
			for _, c := range again {
				t.Errorf("the same report typed %q again", c)
			}
			b.Push(stream[:n])
			stream = stream[n:]
		}
	})
}

func FuzzPOSDecoder(f *testing.F) {
	l := layout(f, barcode)
	f.Add(posReport(code, len(code), 0))
	f.Add(append(posReport(code+code+code, 56, 1), posReport(code, 7, 0)...))
	f.Add([]byte{2, 255, 0, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		d := NewPOSDecoder(l)
		for len(stream) > 0 {
			n := min(64, len(stream))
			if c, ok := d.Push(stream[:n]); ok {
				checkText(t, c.Text)
			}
			stream = stream[n:]
		}
		if c, ok := d.GiveUp(); ok {
			checkText(t, c.Text)
		}
		if d.Part() || len(d.held) > 0 {
			t.Error("holds something after it gave up")
		}
	})
}
