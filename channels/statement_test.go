package channels

import "testing"

func TestReadAmount(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		major          bool
		want           int64
	}{
		{"8.88", "HKD", true, 888}, {"8.8", "HKD", true, 880}, {"8", "HKD", true, 800}, {"0.00", "HKD", true, 0},
		{"888", "HKD", false, 888}, {"100", "JPY", true, 100}, {"100.00", "JPY", true, 100}, {"1.234", "KWD", true, 1234},
		{"90071992547409.93", "HKD", true, 9007199254740993}, // no float holds it
		{"888", "XQZ", false, 888},
	} {
		if got, ok := ReadAmount(c.text, c.currency, c.major); !ok || got != (Money{c.want, c.currency}) {
			t.Errorf("%s %s major %v: %v, %v", c.text, c.currency, c.major, got, ok)
		}
	}
	for _, text := range []string{"", ".", ".5", "5.", "-1", "+1", "1e3", "1,000", "1.005", "１", "9223372036854775807", "99999999999999999999", "1.2.3"} {
		if got, ok := ReadAmount(text, "HKD", true); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
	for text, currency := range map[string]string{"1.5": "JPY", "8.88": "XQZ"} {
		if got, ok := ReadAmount(text, currency, true); ok {
			t.Errorf("%s %s is %v", text, currency, got)
		}
	}
	if _, ok := ReadAmount("8.88", "HKD", false); ok {
		t.Error("minor units have no point")
	}
}
