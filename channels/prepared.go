package channels

import (
	"context"
	"encoding/json"
	"strings"
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

// Scannable is a Preparer whose params may hold a code that the customer scans
// off a screen or off paper.
type Scannable interface {
	// ScanText is the text of that code; empty where params are for an app alone.
	ScanText(params json.RawMessage) string
}

// maxScanText is what a code still shows in modules that a phone reads off paper.
const maxScanText = 256

// ScanText is text if a wallet's camera can open it: an address, or a wallet's
// own scheme; else it is empty. What an app takes, such as the arguments of a
// mini program, is no code to show.
func ScanText(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || rest == "" || len(text) > maxScanText || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	switch strings.ToLower(scheme) {
	case "https", "weixin", "wxp", "alipays", "upwrp":
		return text
	}
	return ""
}

// Field is something that a prepared order needs to know, under the platform's name.
type Field struct {
	Name     string   `json:"name"`
	Required bool     `json:"required"`
	Values   []string `json:"values,omitempty"` // the only ones; empty: any text
}

// Closer closes an order that is not paid. Its reply is never proof: only a
// Query after it is.
type Closer interface {
	Close(ctx context.Context, o Order) Reply
}

// CloseQuerier asks what became of a closing, where the platform's query of the
// order itself may go on saying that it is not paid. Closed is said only of an
// order under whose number nothing can be paid any more.
type CloseQuerier interface {
	QueryClose(ctx context.Context, o Order) Reply
}

// Capturer settles a held deposit: amount goes to the merchant, the rest back to
// the customer. Its reply is never proof: only a Query whose Reply.Captured says
// so is.
type Capturer interface {
	Capture(ctx context.Context, o Order, amount Money) Reply
}
