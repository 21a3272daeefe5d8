package printer

import (
	"reflect"
	"testing"
)

// TestNoWordMissing walks every field of every language.
func TestNoWordMissing(t *testing.T) {
	for language, w := range vocabulary {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			missing(t, language+"."+v.Type().Field(i).Name, v.Field(i))
		}
		for name := range english.Wallets {
			if w.Wallets[name] == "" {
				t.Errorf("%s: wallet %s has no word", language, name)
			}
		}
	}
	for _, language := range []string{"en", "zh-CN", "zh-HK"} {
		if vocabulary[language] == nil {
			t.Errorf("no words in %s", language)
		}
	}
}

func missing(t *testing.T, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Array:
		for i := range v.Len() {
			missing(t, name, v.Index(i))
		}
	case reflect.String:
		if v.String() == "" {
			t.Errorf("%s is missing", name)
		}
		if clean(v.String()) != v.String() {
			t.Errorf("%s: %q holds what cannot be printed", name, v.String())
		}
	}
}

func TestWordsFor(t *testing.T) {
	for language, want := range map[string]*words{
		"en": english, "zh-CN": mainland, "zh-HK": hongKong, "zh-TW": hongKong, "zh-Hant-MO": hongKong,
		"zh": mainland, "zh-SG": mainland, "fr": english, "": english,
	} {
		if wordsFor(language) != want {
			t.Errorf("%s: other words than expected", language)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in         string
		columns    int
		line, rest string
	}{
		{"two words", 9, "two words", ""},
		{"two words", 8, "two", "words"},
		{"two  words", 4, "two", "words"},
		{"incomprehensible", 6, "incomp", "rehensible"},
		{"凍檸茶走甜", 6, "凍檸茶", "走甜"},
		{"凍檸茶走甜", 7, "凍檸茶", "走甜"},       // never half a rune
		{"凍檸茶，走甜", 6, "凍檸", "茶，走甜"},     // no comma at the beginning
		{"大（少甜）茶", 5, "大", "（少甜）茶"},     // no bracket at the end
		{"茶a12茶", 5, "茶a12", "茶"},       // words stay whole beside Han
		{"茶abc茶", 4, "茶", "abc茶"},       //
		{"茶", 1, "茶", ""},               // too narrow for any: it must end
		{"e\u0301e", 1, "e\u0301", "e"}, // an accent stays with its letter
	} {
		if line, rest := wrap(c.in, c.columns); line != c.line || rest != c.rest {
			t.Errorf("wrap(%q, %d) = %q, %q; want %q, %q", c.in, c.columns, line, rest, c.line, c.rest)
		}
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{
		"abc": 3, "凍檸茶": 6, "ＡＢ": 4, "ｶﾅ": 2, "e\u0301": 1, "한글": 4, "\u3000": 2, "，": 2, "é": 2, "": 0,
	} {
		if got := Columns(s); got != want {
			t.Errorf("Columns(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestAmount(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{
		{12800, "HKD", "HKD 128.00"},
		{1280000, "HKD", "HKD 12,800.00"},
		{5, "CNY", "CNY 0.05"},
		{0, "CNY", "CNY 0.00"},
		{-50, "CNY", "CNY -0.50"},
		{1280, "JPY", "JPY 1,280"},
		{0, "JPY", "JPY 0"},
		{1, "KWD", "KWD 0.001"},
		{1234567, "BHD", "BHD 1,234.567"},
		{10000, "UYW", "UYW 1.0000"},
		{-1 << 63, "USD", "USD -92,233,720,368,547,758.08"},
		{1280, "ABC", "ABC 1280 minor units"},
		{100000, "", "100000 minor units"},
	} {
		if got := Amount(c.minor, c.currency); got != c.want {
			t.Errorf("Amount(%d, %s) = %q, want %q", c.minor, c.currency, got, c.want)
		}
	}
}

func TestItemSums(t *testing.T) {
	for _, c := range []struct {
		it   Item
		want string
	}{
		{Item{Quantity: 3, Price: 1500}, "45.00"},
		{Item{Quantity: 0, Price: 1500}, "0.00"},
		{Item{Quantity: 1 << 40, Price: 1 << 40}, ""}, // leaves int64
	} {
		if got := c.it.sum("HKD"); got != c.want {
			t.Errorf("%+v: %q, want %q", c.it, got, c.want)
		}
	}
}
