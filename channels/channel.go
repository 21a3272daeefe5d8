// Package channels is what the till says to a payment platform and what it
// understands from the answer: a Channel, its Reply, and the closed set of
// outcomes. Drivers translate; they never wait, retry, remember or decide.
package channels

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"
)

// Channel is one configured account at a platform. One call is one HTTP
// exchange, and its Reply one outcome. Safe for concurrent use.
type Channel interface {
	// Pay asks the platform to charge p, once. See Payment.Durable.
	Pay(ctx context.Context, p Payment) Reply
	// Query asks what became of o.
	Query(ctx context.Context, o Order) Reply
	// Refund asks for r, and may be repeated with the same r safely.
	Refund(ctx context.Context, r Refund) Reply
	// QueryRefund asks what became of r.
	QueryRefund(ctx context.Context, r Refund) Reply
	// Sheet is what this channel can do. It is data, and does not change.
	Sheet() Sheet
}

// Revoker undoes a payment whose result is not wanted. Its reply is never
// proof: only a Query after it is.
type Revoker interface {
	Revoke(ctx context.Context, o Order) Reply
}

// Warmer gets ready for a Pay that is about to come: a verified connection,
// the platform's certificates. It sends no order. Calling it often is cheap.
type Warmer interface {
	Warm(ctx context.Context) error
}

// Watcher tells that what Warm made ready is lost: whoever waits for a code warms
// again, and learns whether the platform can still be reached.
type Watcher interface {
	Lost() <-chan struct{}
}

// Certified is a channel that shows the platform a client certificate in some of
// its calls.
type Certified interface {
	CertificateExpires() time.Time
	// ProveCertificate makes a call that demands it and touches nothing.
	ProveCertificate(ctx context.Context) error
}

// Statementer fetches the platform's account of one day (in the platform's
// zone) as the file that the platform gives, verified.
type Statementer interface {
	Statement(ctx context.Context, day time.Time) (Statement, error)
}

// Statement is a day file as it came, its integrity proven.
type Statement struct {
	Name string
	Body []byte
}

// Factory makes a channel from its settings. It checks settings and keys and
// does no I/O beyond reading key files, so that a till can start offline.
type Factory func(Settings) (Channel, error)

// Money is an amount in the minor unit of an ISO 4217 currency: HKD 888 is
// 8.88 dollars, JPY 100 is 100 yen.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Payment is one try at charging a customer's presented code.
type Payment struct {
	OutTradeNo  string
	Amount      Money
	Code        Code
	Description string
	Items       []Item
	Cashier     string
	// Options are optional fields under the platform's own names. A driver
	// refuses a name that it does not know (see Optioner).
	Options map[string]json.RawMessage
	// Durable, if not nil, is called after the request is built and signed and
	// before its first byte leaves; an error from it means NotSent. It is how
	// the engine proves that no Pay leaves before its row is on disk.
	Durable func(context.Context) error
	// Replay marks the one permitted repetition of the same business bytes.
	Replay bool
}

// Optioner checks a sale's options before anyone scans. The error names the
// option that the driver does not know, or whose value is not valid.
type Optioner interface {
	CheckOptions(options map[string]json.RawMessage) error
}

// Item is one line of goods.
type Item struct {
	ID       string `json:"id,omitempty"` // the merchant's article number
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
	Price    int64  `json:"price"` // of one, in the sale's minor unit
}

// Order names a payment that was submitted before.
type Order struct {
	OutTradeNo  string
	PlatformID  string // the platform's own number, empty while unknown
	Amount      Money
	SubmittedAt time.Time
	// ExpiresAt is when a prepared order can be paid no more; zero of a presented
	// code, whose end is the driver's to know.
	ExpiresAt time.Time
}

// Refund is money to give back from Order.
type Refund struct {
	Order      Order
	RefundNo   string
	PlatformID string // the platform's refund number, empty while unknown
	Amount     Money
	Reason     string
	// SentAt is when it was first sent under RefundNo, where the sheet says that a
	// refund is dated; else zero.
	SentAt time.Time
}

// Code is a customer's payment code: a bearer secret for about a minute. It
// formats, logs and marshals masked; Reveal is the only way to the digits.
type Code struct{ digits string }

// NewCode wraps the digits of a payment code.
func NewCode(digits string) Code { return Code{digits} }

// Reveal returns the digits, for the request to the platform and nothing else.
func (c Code) Reveal() string { return c.digits }

// Last4 is what may be kept of a code. A code too short to mask gives none.
func (c Code) Last4() string {
	if len(c.digits) < 12 {
		return ""
	}
	return c.digits[len(c.digits)-4:]
}

func (c Code) String() string {
	if c.digits == "" {
		return ""
	}
	return "****" + c.Last4()
}

// Mask takes the code out of a text, wherever it came from.
func (c Code) Mask(s string) string {
	digits := strings.TrimSpace(c.digits)
	if digits == "" {
		return s
	}
	return strings.ReplaceAll(s, digits, c.String())
}

// GoString masks %#v.
func (c Code) GoString() string { return `channels.Code("` + c.String() + `")` }

// LogValue masks the code in logs.
func (c Code) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText masks the code in JSON and TOML.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
