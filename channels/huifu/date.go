package huifu

import (
	"strings"
	"time"

	"tillpay/channels"
)

// beijing is the platform's zone everywhere (§1); it has had no summer time
// since 1991.
var beijing = time.FixedZone("UTC+8", 8*60*60)

const (
	dayForm    = "20060102"
	secondForm = "20060102150405"
)

// dateOf is the day that an order's or refund's number carries: in front, or,
// where the number begins with a letter (U…, T01…), the first that is one. A
// request's day belongs to its number for good: asked again under another day
// the same number would be another order, or another refund (§15.1). An empty
// battery says 1970, and what was numbered then must be asked about too.
func dateOf(number string) (string, bool) {
	last := len(number) - len(dayForm)
	if number == "" || !notDigit(rune(number[0])) {
		last = min(last, 0)
	}
	for i := 0; i <= last; i++ {
		day := number[i : i+len(dayForm)]
		if strings.ContainsFunc(day, notDigit) {
			continue
		}
		if t, err := time.Parse(dayForm, day); err == nil && 1970 <= t.Year() && t.Year() < 2100 {
			return day, true
		}
	}
	return "", false
}

// dateOfOrder is the payment's day: its number's, or, of an order that only
// the platform's number names, the day in Beijing on which it was submitted.
func dateOfOrder(o channels.Order) (string, bool) {
	if o.OutTradeNo != "" {
		return dateOf(o.OutTradeNo)
	}
	return o.SubmittedAt.In(beijing).Format(dayForm), !o.SubmittedAt.IsZero()
}

// dateOfRefund is the day on which r was first sent, or its number's.
func dateOfRefund(r channels.Refund) (string, bool) {
	if !r.SentAt.IsZero() {
		return r.SentAt.In(beijing).Format(dayForm), true
	}
	return dateOf(r.RefundNo)
}

// today is the day in Beijing by the corrected clock.
func (c *Channel) today() string { return c.clock.Now().In(beijing).Format(dayForm) }

// moment reads a time as the platform writes it; the zero time if it is none.
func moment(s string) time.Time {
	t, err := time.ParseInLocation(secondForm, s, beijing)
	if err != nil {
		return time.Time{}
	}
	return t
}
