package scanner

import (
	"slices"
	"strings"
)

// The wallets that the built-in table knows.
const (
	WeChat   = "wechat"
	Alipay   = "alipay"
	UnionPay = "unionpay"
	ECNY     = "ecny"
	JD       = "jd"
	EMVCo    = "emvco"
)

// Row says what one wallet's payment codes look like. A wallet may have more
// than one row.
type Row struct {
	Wallet   string
	Prefixes []string
	Shortest int // characters
	Longest  int
	Base64   bool // the code is Base64, not digits
	Enabled  bool
	Source   string // who says so
}

// Table tells payment codes from everything else that can be scanned.
type Table []Row

// Default is what is known without any configuration. Only what an official
// page or several independent integrations agree on is switched on: a foreign
// barcode taken for a payment code is a request about somebody's money.
func Default() Table {
	return Table{
		{Wallet: WeChat, Prefixes: []string{"10", "11", "12", "13", "14", "15"}, Shortest: 18, Longest: 18, Enabled: true,
			Source: "WeChat Pay, code payment: 18 digits, first two 10 to 15"},
		{Wallet: Alipay, Prefixes: []string{"25", "26", "27", "28", "29", "30"}, Shortest: 16, Longest: 24, Enabled: true,
			Source: "Alipay, trade.pay auth_code: 16 to 24 digits, first two 25 to 30"},
		{Wallet: UnionPay, Prefixes: []string{"62"}, Shortest: 19, Longest: 19, Enabled: true,
			Source: "Jeepay and other integrations: 19 digits beginning 62"},
		{Wallet: WeChat, Prefixes: []string{"160"}, Shortest: 18, Longest: 18,
			Source: "one WeChat fusion-wallet page; the others contradict it"},
		{Wallet: EMVCo, Prefixes: []string{"hQVDUFYwM"}, Shortest: 20, Longest: MaxLength, Base64: true,
			Source: "EMVCo consumer-presented mode: Base64 of tag 85, length 5, CPV0…"},
		// Nothing citable says what these look like; a configuration may.
		{Wallet: ECNY, Source: "nothing citable found"},
		{Wallet: JD, Source: "nothing citable found"},
	}
}

// With lays rows over the table and returns the result; t stays as it was.
//
// A row with prefixes replaces the row of its wallet that has the same prefixes
// or none, and else is added. A row without prefixes changes what is there: off
// switches every row of its wallet off, on switches the wallet's first row on;
// its lengths, if given, are that first row's.
func (t Table) With(rows ...Row) Table {
	t = slices.Clone(t)
	for _, r := range rows {
		if len(r.Prefixes) > 0 {
			t = t.put(r)
			continue
		}
		t.adjust(r)
	}
	return t
}

func (t Table) put(r Row) Table {
	at := slices.IndexFunc(t, func(old Row) bool {
		return old.Wallet == r.Wallet && (len(old.Prefixes) == 0 || samePrefixes(old.Prefixes, r.Prefixes))
	})
	if at < 0 {
		return append(t, r)
	}
	old := t[at]
	if r.Longest == 0 {
		r.Shortest, r.Longest = old.Shortest, old.Longest
	}
	r.Base64 = r.Base64 || old.Base64
	t[at] = r
	return t
}

// adjust changes the rows of t in place: t is With's own copy.
func (t Table) adjust(r Row) {
	first := true
	for i := range t {
		if t[i].Wallet != r.Wallet {
			continue
		}
		if first && r.Longest > 0 {
			t[i].Shortest, t[i].Longest = r.Shortest, r.Longest
		}
		if first || !r.Enabled {
			t[i].Enabled = r.Enabled
		}
		first = false
	}
}

func samePrefixes(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// Wallets lists every wallet of the table once, switched on or not.
func (t Table) Wallets() []string {
	var names []string
	for _, r := range t {
		if !slices.Contains(names, r.Wallet) {
			names = append(names, r.Wallet)
		}
	}
	return names
}

// on tells whether any row of the wallet is switched on.
func (t Table) on(wallet string) bool {
	return slices.ContainsFunc(t, func(r Row) bool { return r.Wallet == wallet && r.Enabled })
}

// begins returns the row that text begins like and is made of, the longest
// prefix first, so that a special prefix can be cut out of a general one.
func (t Table) begins(text string, fits func(Row) bool) (Row, bool) {
	var best Row
	longest := 0
	for _, r := range t {
		if !fits(r) || !r.alphabet(text) {
			continue
		}
		for _, p := range r.Prefixes {
			if len(p) > longest && strings.HasPrefix(text, p) {
				best, longest = r, len(p)
			}
		}
	}
	return best, longest > 0
}

// length tells whether text is as long as this wallet's codes are.
func (r Row) length(text string) bool {
	return r.Shortest <= len(text) && len(text) <= r.Longest
}

func (r Row) alphabet(text string) bool {
	if !r.Base64 {
		return digitsOnly(text)
	}
	for i := range len(text) {
		c := text[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && !('0' <= c && c <= '9') && c != '+' && c != '/' && c != '=' {
			return false
		}
	}
	return true
}

// digitsOnly asks for ASCII digits and nothing else.
func digitsOnly(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
