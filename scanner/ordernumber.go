package scanner

import "time"

// OrderNumberLength is how long our own numbers are: date 8, till 4, sequence
// 5, random 10, check digit 1.
const OrderNumberLength = 28

// IsOrderNumber tells our own numbers: 28 digits that begin with a day and end
// with the check digit of the rest.
func IsOrderNumber(text string) bool {
	if len(text) != OrderNumberLength || !digitsOnly(text) {
		return false
	}
	// A till whose clock battery is dead numbers from 1970. The upper bound
	// keeps 28 digits that begin like Alipay's codes out.
	day, err := time.Parse("20060102", text[:8])
	if err != nil || day.Year() < 1970 || day.Year() >= 2200 {
		return false
	}
	last := OrderNumberLength - 1
	return CheckDigit(text[:last]) == text[last]
}

// CheckDigit returns the Luhn check digit ('0' to '9') of digits, ISO/IEC
// 7812-1 annex B: from the right every other digit counts twice. It is 0, no
// digit at all, for what is not all digits.
func CheckDigit(digits string) byte {
	if !digitsOnly(digits) {
		return 0
	}
	sum, double := 0, true
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return '0' + byte((10-sum%10)%10)
}
