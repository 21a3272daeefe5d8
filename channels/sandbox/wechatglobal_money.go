package sandbox

import (
	"math/big"
	"strconv"
	"strings"
)

const rateOne = 100_000_000 // §5.2: a ratio times ten to the eighth

// ratesToCNY are the day's rates, between major units. They never change, so
// that books can be computed by hand.
func ratesToCNY() map[string]int64 {
	return map[string]int64{
		"CNY": rateOne,
		"HKD": 92_000_000,
		"MOP": 90_000_000,
		"JPY": 4_800_000,
		"KRW": 520_000,
		"USD": 720_000_000,
		"EUR": 780_000_000,
		"GBP": 910_000_000,
	}
}

// decimals is §16: yen and won have none.
func decimals(currency string) int {
	if currency == "JPY" || currency == "KRW" {
		return 0
	}
	return 2
}

// payerMoney is n of the order's minor units in the payer's, cut downwards.
func (o *order) payerMoney(n int64) int64 {
	if o.payerCurrency == o.request.Amount.Currency {
		return n
	}
	v := new(big.Int).Mul(big.NewInt(n), big.NewInt(o.rate))
	if decimals(o.request.Amount.Currency) == 0 {
		v.Mul(v, big.NewInt(100))
	}
	return v.Div(v, big.NewInt(rateOne)).Int64()
}

// major writes minor units as a statement does (A7): 888 HKD is 8.88.
func major(n int64, currency string) string {
	places := decimals(currency)
	if places == 0 {
		return strconv.FormatInt(n, 10)
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	digits := strconv.FormatInt(n, 10)
	if len(digits) <= places {
		digits = strings.Repeat("0", places+1-len(digits)) + digits
	}
	return sign + digits[:len(digits)-places] + "." + digits[len(digits)-places:]
}
