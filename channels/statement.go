package channels

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// StatementReader reads the day file that its Statementer fetched. It reads all
// of it or answers an error: a file of which a line is not understood has no
// lines that may be compared.
type StatementReader interface {
	ReadStatement(s Statement) ([]Line, error)
}

// ErrNotReadable is a statement whose columns are not the known ones. Nothing of
// it is guessed.
var ErrNotReadable = errors.New("statement: not readable")

// LineKind tells money that came from money that went back.
type LineKind string

const (
	PaymentLine LineKind = "payment"
	RefundLine  LineKind = "refund"
)

// Line is one movement of money in a platform's statement.
type Line struct {
	Kind       LineKind
	OutTradeNo string // of the payment; empty where a refund's line does not name it
	RefundNo   string // of a refund; a revoke's may be empty, or the payment's own number
	PlatformID string // of the payment or refund that this line is
	Amount     Money  // of the payment, or given back; never negative
	Status     string // as the file says it
	// Void: the file lists it, and says that no money moved (a refund that failed).
	Void bool
	At   time.Time // zero where the file does not tell
}

// Beijing is the zone in which all platforms count their days.
func Beijing() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

// ReadAmount reads an amount of a file without floats: in the currency's major
// unit, or else in its minor unit, which has no point. It takes no sign, no
// exponent and no separators.
func ReadAmount(text, currency string, major bool) (Money, bool) {
	m := Money{Currency: currency}
	whole, part, point := strings.Cut(text, ".")
	if whole == "" || point && (!major || part == "") || !onlyDigits(whole) || !onlyDigits(part) {
		return m, false
	}
	if major {
		exp, known := Exponent(currency)
		rest := ""
		if len(part) > exp {
			part, rest = part[:exp], part[exp:]
		}
		if !known || strings.Trim(rest, "0") != "" { // 100.00 JPY is 100; 100.50 JPY is nothing
			return m, false
		}
		whole += part + strings.Repeat("0", exp-len(part))
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	m.Amount = n
	return m, err == nil && n < math.MaxInt64
}

func onlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
