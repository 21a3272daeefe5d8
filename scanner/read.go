package scanner

import (
	"strings"
	"unicode"
)

// MaxLength is the longest text that a scanner delivers, in bytes.
const MaxLength = 256

// Overlong is what a scanner delivers, once, in the place of a longer text.
// Table.Read says TooLong of it.
var Overlong = strings.Repeat("?", MaxLength+1)

// Kind is what a scanned text is to a till.
type Kind string

const (
	PaymentCode Kind = "payment_code"
	Goods       Kind = "goods"        // EAN-8, UPC-A, EAN-13 or GTIN-14
	OrderNumber Kind = "order_number" // ours: a receipt was scanned
	Unusable    Kind = "unusable"     // Problem says why
)

// Problem is why a text is of no use. It is for a sentence to the cashier.
type Problem string

const (
	Empty        Problem = "empty"
	HalfACode    Problem = "half_a_code"  // begins like a payment code and breaks off
	TwoCodes     Problem = "two_codes"    // a payment code with another code stuck to it
	WalletOff    Problem = "wallet_off"   // a payment code of a wallet that is switched off
	FullWidth    Problem = "full_width"   // an input method made full-width digits of it
	SymbologyID  Problem = "symbology_id" // the scanner is set to send AIM identifiers
	Letters      Problem = "letters"
	TooLong      Problem = "too_long"
	Unrecognized Problem = "unrecognized" // digits of nothing that is known
)

// Read is what one scanned text turned out to be. It never holds the text.
type Read struct {
	Kind    Kind
	Wallet  string  // of a PaymentCode, and of one that is WalletOff
	Problem Problem // of an Unusable
}

// Read tells what text is. Where two readings are possible the more certain
// one wins: a payment code that fits, then what a check digit proves, then what
// is wrong with it.
func (t Table) Read(text string) Read {
	if len(text) > MaxLength {
		return Read{Kind: Unusable, Problem: TooLong}
	}
	if strings.TrimSpace(text) == "" {
		return Read{Kind: Unusable, Problem: Empty}
	}
	if strings.ContainsFunc(text, fullWidth) {
		return Read{Kind: Unusable, Problem: FullWidth}
	}
	if wallet, ok := t.payment(text); ok {
		return Read{Kind: PaymentCode, Wallet: wallet}
	}
	if isGoods(text) {
		return Read{Kind: Goods}
	}
	if IsOrderNumber(text) {
		return Read{Kind: OrderNumber}
	}
	if wallet, ok := t.off(text); ok {
		return Read{Kind: Unusable, Wallet: wallet, Problem: WalletOff}
	}
	return Read{Kind: Unusable, Problem: t.problem(text)}
}

// payment returns whose payment code text is, if it is one.
func (t Table) payment(text string) (string, bool) {
	r, ok := t.begins(text, func(r Row) bool { return r.Enabled && r.length(text) })
	return r.Wallet, ok
}

// off returns the wallet of a code that would be taken if its wallet were
// switched on. A wallet with another row that is on is not off.
func (t Table) off(text string) (string, bool) {
	r, ok := t.begins(text, func(r Row) bool { return r.length(text) && !t.on(r.Wallet) })
	return r.Wallet, ok
}

func (t Table) problem(text string) Problem {
	row, known := t.begins(text, func(r Row) bool { return r.Enabled })
	switch {
	case known && len(text) < row.Shortest:
		return HalfACode
	case symbologyID(text):
		return SymbologyID
	case !digitsOnly(text) && !known:
		return Letters
	case t.glued(text):
		return TwoCodes
	case known || len(text) > OrderNumberLength:
		return TooLong
	}
	return Unrecognized
}

// glued tells whether text is a payment code and other codes with nothing
// between them: a scanner without a suffix, read twice within its silence.
func (t Table) glued(text string) bool {
	// split[i] says that text[:i] can be cut into whole codes; paid[i] that one
	// of them can be a payment code.
	split, paid := make([]bool, len(text)+1), make([]bool, len(text)+1)
	split[0] = true
	longest := t.longest()
	for from := range text {
		if !split[from] {
			continue
		}
		for to := from + 8; to <= min(len(text), from+longest); to++ { // EAN-8 is the shortest
			piece := text[from:to]
			_, payment := t.payment(piece)
			if !payment && !isGoods(piece) && !IsOrderNumber(piece) {
				continue
			}
			split[to] = true
			paid[to] = paid[to] || paid[from] || payment
		}
	}
	return paid[len(text)]
}

// longest is the length of the longest code that is all digits.
func (t Table) longest() int {
	n := OrderNumberLength
	for _, r := range t {
		if r.Enabled && !r.Base64 {
			n = max(n, r.Longest)
		}
	}
	return n
}

// isGoods asks for the length of a GTIN and its check digit (GS1 General
// Specifications, 7.9): weights 3 and 1 from the right.
func isGoods(text string) bool {
	switch len(text) {
	case 8, 12, 13, 14:
	default:
		return false
	}
	if !digitsOnly(text) {
		return false
	}
	sum, weight := 0, 1
	for i := len(text) - 1; i >= 0; i-- {
		sum += weight * int(text[i]-'0')
		weight = 4 - weight
	}
	return sum%10 == 0
}

func fullWidth(r rune) bool { return r >= '０' && r <= '９' }

// symbologyID finds "]Q1" and its like before the text (ISO/IEC 15424). The
// mend is in the scanner's manual, so it is worth its own word.
func symbologyID(text string) bool {
	return len(text) > 3 && text[0] == ']' &&
		unicode.IsLetter(rune(text[1])) && digitsOnly(text[2:])
}
