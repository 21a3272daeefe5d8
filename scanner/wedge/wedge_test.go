package wedge

import (
	"errors"
	"strings"
	"testing"

	"tillpay/scanner/hid"
)

// recorder is a device that decodes what it was pressed as a keyboard's reader would.
type recorder struct {
	typed  strings.Builder
	fail   error
	closed int
}

func (r *recorder) press(strokes []stroke) error {
	if r.fail != nil {
		return r.fail
	}
	var keys hid.Keys
	for _, s := range strokes {
		for usage, key := range keyOf {
			if uint16(key) == s.key && usage != 0x32 { // it shares its key with backslash
				mods := byte(0)
				if s.shift {
					mods = 2
				}
				if c, ok := keys.Down(byte(usage), mods); ok {
					r.typed.WriteByte(c)
				}
			}
		}
	}
	return nil
}

func (r *recorder) Close() error { r.closed++; return nil }

func TestType(t *testing.T) {
	r, opened := &recorder{}, 0
	k := &Keyboard{open: func() (device, error) { opened++; return r, nil }}
	text := ""
	for c := byte(' '); c <= '~'; c++ {
		text += string(rune(c))
	}
	if err := k.Type(text); err != nil {
		t.Fatal(err)
	}
	if got := r.typed.String(); got != text+"\r" {
		t.Errorf("typed %q, want %q and Enter", got, text)
	}
	for _, wrong := range []string{"茶", "a\x00", "1\x1b"} {
		if err := k.Type(wrong); err == nil {
			t.Errorf("%q was typed", wrong)
		}
	}
	if got := r.typed.String(); got != text+"\r" {
		t.Errorf("half a text was typed: %q", got[len(text):])
	}
	r.fail = errors.New("gone")
	if err := k.Type("1"); err == nil || r.closed != 1 {
		t.Errorf("%v, closed %d times", err, r.closed)
	}
	r.fail = nil
	if err := k.Type("1"); err != nil || opened != 2 {
		t.Errorf("%v, opened %d times", err, opened)
	}
	if err := errors.Join(k.Close(), k.Close()); err != nil || r.closed != 2 {
		t.Errorf("%v, closed %d times", err, r.closed)
	}
}
