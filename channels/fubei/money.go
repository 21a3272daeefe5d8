package fubei

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const currency = "CNY" // no call has a currency field (§1)

// Bounds of an order in fen: ten characters in 1.0 (seed, §10), 10 000 000 yuan
// in 2.0 (§7).
const (
	maxFenOne = 999_999_999
	maxFenTwo = 1_000_000_000
)

// yuan writes an amount as the platform's "float": always with two decimals,
// and never by way of a float (§10).
func yuan(fen int64) []byte {
	b := strconv.AppendInt(nil, fen/100, 10)
	rest := fen % 100
	return append(b, '.', byte('0'+rest/10), byte('0'+rest%10))
}

// digitsAtMost bounds what is computed of a literal; fen of any shop fit.
const digitsAtMost = 17

// parseFen reads a decimal literal exactly, in fen: 12.3, 12.30 and 1.23e1 are
// 1230. What has a sign, or a part of a fen, is no amount.
func parseFen(s string) (int64, bool) {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, pointed := strings.Cut(mantissa, ".")
	if !digits(whole) || pointed && !digits(fraction) || len(s) > 32 {
		return 0, false
	}
	shift := 2 - len(fraction)
	if scientific { // as Java prints 10000000
		e, err := strconv.Atoi(exponent)
		if err != nil || e < -digitsAtMost || e > digitsAtMost {
			return 0, false
		}
		shift += e
	}
	all := strings.TrimLeft(whole+fraction, "0")
	for ; shift < 0 && all != ""; shift++ {
		if !strings.HasSuffix(all, "0") {
			return 0, false
		}
		all = all[:len(all)-1]
	}
	if all == "" {
		return 0, true
	}
	if shift > 0 {
		all += strings.Repeat("0", shift)
	}
	if len(all) > digitsAtMost {
		return 0, false
	}
	n, err := strconv.ParseInt(all, 10, 64)
	return n, err == nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// fen is a member that is an amount, as number or as text (§10). An empty text
// counts as absent.
func fen(o wire.Object, name string) (n int64, there, right bool) {
	switch v := o[name].(type) {
	case json.Number:
		n, right = parseFen(v.String())
		return n, true, right
	case string:
		if v == "" {
			return 0, false, false
		}
		n, right = parseFen(v)
		return n, true, right
	case nil:
		return 0, false, false
	}
	return 0, true, false
}

// mostAmount is the seed's length 10 in 1.0, and §7's figure in 2.0.
func (c *Channel) mostAmount() int64 {
	if c.set.gen.two {
		return maxFenTwo
	}
	return maxFenOne
}

// checkMoney refuses here what the platform cannot take.
func (c *Channel) checkMoney(m channels.Money) error {
	most := c.mostAmount()
	switch {
	case m.Currency != currency:
		return errors.New("currency: " + wire.Cut(m.Currency, 16) + " is not CNY, all that the platform takes")
	case m.Amount <= 0:
		return errors.New("amount: is not above zero")
	case m.Amount > most:
		return errors.New("amount: is more than the platform takes (" + string(yuan(most)) + " yuan)")
	}
	return nil
}
