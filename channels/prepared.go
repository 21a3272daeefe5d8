package channels

import (
	"context"
	"encoding/json"
	"time"
)

// Preparer creates orders that a customer pays in a mini program or app.
type Preparer interface {
	// Prepare creates the order. The reply is Paying when it exists; params are
	// what the app needs to start the payment, as the platform gave them or, where
	// the till signs them, as the platform's page says.
	Prepare(ctx context.Context, p Preparation) (r Reply, params json.RawMessage)
	// CheckPreparation checks payer and options, before anything is sent. The error
	// names the member that is missing, not known, or not valid.
	CheckPreparation(payer, options map[string]json.RawMessage) error
}

// Preparation is an order to create.
type Preparation struct {
	OutTradeNo  string
	Amount      Money
	Description string
	Items       []Item
	Cashier     string
	// Payer says who will pay, and Options the rest, under the platform's own names.
	Payer, Options map[string]json.RawMessage
	// ExpiresAt is when the order is closed; drivers tell the platform.
	ExpiresAt time.Time
	// Durable is as in Payment.
	Durable func(context.Context) error
}

// Closer closes an order that is not paid. Its reply is never proof: only a
// Query after it is.
type Closer interface {
	Close(ctx context.Context, o Order) Reply
}

// Capturer settles a held deposit: amount goes to the merchant, the rest back to
// the customer. Its reply is never proof: only a Query whose Reply.Captured says
// so is.
type Capturer interface {
	Capture(ctx context.Context, o Order, amount Money) Reply
}
