package fubei

import (
	"testing"

	"tillpay/channels/wire"
)

func TestYuan(t *testing.T) {
	for n, want := range map[int64]string{1: "0.01", 10: "0.10", 99: "0.99", 100: "1.00", 1230: "12.30", 999_999_999: "9999999.99", 1_000_000_000: "10000000.00"} {
		if got := string(yuan(n)); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestParseFen(t *testing.T) {
	for s, want := range map[string]int64{
		"12.3": 1230, "12.30": 1230, "12.300": 1230, "12": 1200, "0.01": 1, "0": 0, "0.00": 0, "0012.30": 1230,
		"1.0E7": 1_000_000_000, "1.23e1": 1230, "1230e-2": 1230, "123e+1": 123000, "0e17": 0, "0.1": 10, "9999999.99": 999_999_999,
	} {
		if got, ok := parseFen(s); !ok || got != want {
			t.Errorf("%s: %d, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-1", "+1", "1.", ".5", "12.301", "0.001", "1e-3", "1e18", "1e", "e2", "1e2e2", " 1", "1 ", "0x10", "1_0", "NaN", "Inf",
		"1,00", "１", "99999999999999999999", "1e17", "12.30.1", "00000000000000000000000000000000001"} {
		if got, ok := parseFen(s); ok {
			t.Errorf("%q: taken as %d", s, got)
		}
	}
	// Every fen up to ten yuan, and each way of writing it.
	for n := int64(0); n <= 1000; n++ {
		if got, ok := parseFen(string(yuan(n))); !ok || got != n {
			t.Errorf("%d came back as %d, %v", n, got, ok)
		}
	}
}

func TestFenMembers(t *testing.T) {
	o, err := wire.ParseObject([]byte(`{"a":12.3,"b":"12.30","c":"","d":null,"e":true,"f":"x","g":{},"h":-1}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		n            int64
		there, right bool
	}{"a": {1230, true, true}, "b": {1230, true, true}, "c": {}, "d": {}, "e": {0, true, false}, "f": {0, true, false}, "g": {0, true, false}, "h": {0, true, false}, "z": {}} {
		if n, there, right := fen(o, name); n != want.n || there != want.there || right != want.right {
			t.Errorf("%s: %d %v %v", name, n, there, right)
		}
	}
}
