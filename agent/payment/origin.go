package payment

import "tillpay/scanner"

// Origin is who made an order number.
type Origin int

const (
	Stranger  Origin = iota // no till of this program
	OtherTill               // another till's
	ThisTill
)

// OriginOf tells who made a number, from its form, its check digit and the till
// in it. Two tills share their four digits once in ten thousand.
func OriginOf(number, tillID string) Origin {
	if len(number) != 28 {
		return Stranger
	}
	for _, r := range number {
		if r < '0' || r > '9' {
			return Stranger
		}
	}
	switch {
	case number[27] != byte(scanner.CheckDigit(number[:27])):
		return Stranger
	case number[8:12] != tillDigits(tillID):
		return OtherTill
	}
	return ThisTill
}
