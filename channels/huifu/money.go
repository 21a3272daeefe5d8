package huifu

import (
	"errors"
	"strconv"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// The platform knows yuan alone, and has no currency field (§1).
const currency = "CNY"

// maxFen is what 14 characters of yuan with two decimals can say (§4).
const maxFen = 99_999_999_999_99

// yuan writes fen as yuan with exactly two decimals: "1" and "1.0" are refused
// (§15.4).
func yuan(fen int64) string {
	cents := strconv.FormatInt(fen%100, 10)
	if len(cents) < 2 {
		cents = "0" + cents
	}
	return strconv.FormatInt(fen/100, 10) + "." + cents
}

// fen reads yuan with at most two decimals, and nothing else.
func fen(s string) (int64, bool) {
	whole, frac, dotted := strings.Cut(s, ".")
	if whole == "" || len(whole) > 12 || strings.ContainsFunc(whole, notDigit) {
		return 0, false
	}
	if dotted && (frac == "" || len(frac) > 2 || strings.ContainsFunc(frac, notDigit)) {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+(frac + "00")[:2], 10, 64)
	return n, err == nil
}

func checkMoney(m channels.Money) error {
	switch {
	case m.Currency != currency:
		return errors.New("currency: " + wire.Cut(plain(m.Currency), 16) + " is not one that the platform takes: CNY alone")
	case m.Amount <= 0:
		return errors.New("amount: is not above zero")
	case m.Amount > maxFen:
		return errors.New("amount: is more than the platform can write")
	}
	return nil
}
