package channels

import (
	"strconv"
	"strings"
)

// exponents is how many decimals a currency's major unit has, by ISO 4217: the
// currencies of the platforms' lists (wechat-global.md §16) and their
// neighbours. What is not here has no known exponent, and none is guessed.
var exponents = map[string]int{
	"AED": 2, "AMD": 2, "AUD": 2, "AZN": 2, "BHD": 3, "BND": 2, "BRL": 2,
	"CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2,
	"FJD": 2, "GBP": 2, "GEL": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2,
	"INR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KGS": 2, "KHR": 2, "KRW": 0,
	"KWD": 3, "KZT": 2, "LAK": 2, "LKR": 2, "MMK": 2, "MNT": 2, "MOP": 2,
	"MVR": 2, "MXN": 2, "MYR": 2, "NOK": 2, "NPR": 2, "NZD": 2, "OMR": 3,
	"PHP": 2, "PKR": 2, "PLN": 2, "QAR": 2, "RON": 2, "RUB": 2, "SAR": 2,
	"SEK": 2, "SGD": 2, "THB": 2, "TND": 3, "TRY": 2, "TWD": 2, "UAH": 2,
	"USD": 2, "UZS": 2, "VND": 0, "XPF": 0, "ZAR": 2,
}

// Exponent is the number of decimals of a currency's major unit, and whether
// the currency is known.
func Exponent(currency string) (int, bool) {
	e, ok := exponents[currency]
	return e, ok
}

// Format writes an amount for people: "HKD 8.88", "JPY 100". An amount in an
// unknown currency is shown as it is, in minor units, and says so.
func Format(m Money) string {
	exp, ok := Exponent(m.Currency)
	if !ok {
		return m.Currency + " " + strconv.FormatInt(m.Amount, 10) + " (minor units)"
	}
	digits, sign := strconv.FormatInt(m.Amount, 10), ""
	if m.Amount < 0 {
		digits, sign = digits[1:], "-"
	}
	if exp == 0 {
		return m.Currency + " " + sign + digits
	}
	if len(digits) <= exp {
		digits = strings.Repeat("0", exp+1-len(digits)) + digits
	}
	cut := len(digits) - exp
	return m.Currency + " " + sign + digits[:cut] + "." + digits[cut:]
}
