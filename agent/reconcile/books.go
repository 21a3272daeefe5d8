// Package reconcile compares what the till says of a day with what a platform
// says of it. It is pure: books and lines in, a table out.
package reconcile

import (
	"time"

	"tillpay/channels"
)

// State is what our books say of a payment or refund, as far as it matters here.
type State string

const (
	Moved   State = "moved"   // paid, or given back
	Still   State = "still"   // nothing stays charged; or the refund was refused
	Open    State = "open"    // not known yet
	Stopped State = "stopped" // waits for a person
)

// Payment is one of ours.
type Payment struct {
	Sale       string
	OutTradeNo string
	PlatformID string
	Amount     channels.Money
	State      State
	Word       string    // the state in the API's word
	At         time.Time // when it was paid, or asked
}

// Refund is one of ours.
type Refund struct {
	Sale       string
	OutTradeNo string
	RefundNo   string
	PlatformID string
	Amount     channels.Money
	State      State
	Word       string
	AskedAt    time.Time
	EndedAt    time.Time
}

// Origin is who made a number that our books do not have.
type Origin int

const (
	Stranger Origin = iota
	OtherTill
	ThisTill
)

// Books are ours: everything of the day at the channel, and whatever else the
// day's lines name.
type Books struct {
	Payments []Payment
	Refunds  []Refund
	// From and To are the platform's day; what lies outside was named by a line.
	From, To time.Time
	// OriginOf tells whose a number is that is not in the books.
	OriginOf func(number string) Origin
}

func (b Books) holds(at time.Time) bool { return !at.Before(b.From) && at.Before(b.To) }
