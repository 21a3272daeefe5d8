package channels

import (
	"math"
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		m    Money
		want string
	}{
		{Money{888, "HKD"}, "HKD 8.88"}, // wechat-global.md §1.10
		{Money{100, "JPY"}, "JPY 100"},
		{Money{1750, "USD"}, "USD 17.50"},
		{Money{5, "CNY"}, "CNY 0.05"},
		{Money{0, "CNY"}, "CNY 0.00"},
		{Money{-5, "CNY"}, "CNY -0.05"},
		{Money{-123456, "EUR"}, "EUR -1234.56"},
		{Money{1, "KWD"}, "KWD 0.001"},
		{Money{0, "JPY"}, "JPY 0"},
		{Money{888, "XQZ"}, "XQZ 888 (minor units)"},
		{Money{math.MinInt64, "HKD"}, "HKD -92233720368547758.08"},
	} {
		if got := Format(c.m); got != c.want {
			t.Errorf("Format(%+v) = %q, want %q", c.m, got, c.want)
		}
	}
}

// Section 16 of wechat-global.md: every listed currency has an exponent, and
// only four of them have none.
func TestExponentsOfWeChatList(t *testing.T) {
	list := "CNY HKD GBP USD JPY CAD AUD EUR NZD KRW THB SGD RUB CHF SEK DKK NOK AED TRY MOP TWD CZK MYR PHP IDR MNT QAR HUF KHR ISK PLN RON VND KZT AZN KGS FJD AMD"
	zero := map[string]bool{"JPY": true, "KRW": true, "VND": true, "ISK": true}
	for c := range strings.FieldsSeq(list) {
		e, ok := Exponent(c)
		want := 2
		if zero[c] {
			want = 0
		}
		if !ok || e != want {
			t.Errorf("Exponent(%s) = %d, %v; want %d", c, e, ok, want)
		}
	}
	if _, ok := Exponent("hkd"); ok {
		t.Error("codes are upper case")
	}
}
