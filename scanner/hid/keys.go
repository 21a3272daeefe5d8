package hid

// Usages of the keyboard page (HID Usage Tables 1.4, section 10) that are no
// characters.
const (
	keyRollover  = 0x01 // too many keys: the report says nothing
	keyFail      = 0x02
	keyUndefined = 0x03
	keyCaps      = 0x39
	keyPadFirst  = 0x59 // 1 to 9, 0
	keyPadLast   = 0x62
	modFirst     = 0xe0 // Ctrl, Shift, Alt and GUI of the left, then of the right
	modLast      = 0xe7
)

const (
	ctrl  = 1<<0 | 1<<4
	shift = 1<<1 | 1<<5
	alt   = 1<<2 | 1<<6
)

// key is what a usage types on the US layout, which is what scanners send: the
// till's own layout and input method never see these keys.
type key struct{ plain, shifted byte }

// usKeys is by usage from 04 on. Function and cursor keys type nothing.
var usKeys = func() (k [0x68]key) {
	for i := range byte(26) {
		k[0x04+i] = key{'a' + i, 'A' + i}
	}
	for i, shifted := range []byte("!@#$%^&*()") {
		k[0x1e+i] = key{"1234567890"[i], shifted}
		k[keyPadFirst+i] = key{"1234567890"[i], "1234567890"[i]}
	}
	for usage, pair := range map[byte]string{
		0x28: "\r\r", 0x2b: "\t\t", 0x2c: "  ", 0x2d: "-_", 0x2e: "=+", 0x2f: "[{", 0x30: "]}", 0x31: `\|`, 0x32: "#~",
		0x33: ";:", 0x34: `'"`, 0x35: "`~", 0x36: ",<", 0x37: ".>", 0x38: "/?",
		0x54: "//", 0x55: "**", 0x56: "--", 0x57: "++", 0x58: "\r\r", 0x63: "..", 0x64: `\|`, 0x67: "==",
	} {
		k[usage] = key{pair[0], pair[1]}
	}
	return k
}()

// Stroke is the key that types c, and whether with Shift.
func Stroke(c byte) (usage byte, shift, ok bool) {
	for u := byte(0x04); u <= 0x38; u++ { // the main keys alone
		switch k := usKeys[u]; {
		case c == 0 || u == 0x32: // a key that US keyboards lack
		case k.plain == c:
			return u, false, true
		case k.shifted == c:
			return u, true, true
		}
	}
	return 0, false, false
}
