package channels

import (
	"encoding/json"
	"time"
)

// Outcome is what a driver understood from one reply. The set is closed and
// its zero value is Unknown: whatever no table knows is unknown, never a refusal.
type Outcome uint8

const (
	Unknown  Outcome = iota // anything not listed below
	Paid                    // verified: this order, amount, currency and merchant, paid
	Paying                  // the customer is being asked
	Declined                // final: nothing will ever be charged under this order number
	NotFound                // the platform has no such order now
	Revoked                 // undone, money returned
	Closed                  // closed, nothing charged
	Refunded                // paid once, and given back
	Accepted                // the platform took the request to undo or refund, and has not finished
	Refused                 // it will not do this
	NotSent                 // the request surely never left
)

var outcomeNames = [...]string{"unknown", "paid", "paying", "declined", "not_found", "revoked", "closed", "refunded", "accepted", "refused", "not_sent"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "outcome(?)"
}

// Reason says why, in the words of the API's contract. One may be added, none renamed.
type Reason string

const (
	NoReason          Reason = ""
	InsufficientFunds Reason = "insufficient_funds"
	CodeInvalid       Reason = "code_invalid"
	CodeExpired       Reason = "code_expired"
	CodeUsed          Reason = "code_used"
	CustomerCancelled Reason = "customer_cancelled"
	LimitExceeded     Reason = "limit_exceeded"
	CardNotSupported  Reason = "card_not_supported"
	OtherCustomer     Reason = "other_customer"
	MerchantConfig    Reason = "merchant_config"
	BadSignature      Reason = "signature"
	ClockSkew         Reason = "clock"
	DuplicateOrder    Reason = "duplicate_order"
	RateLimited       Reason = "rate_limited"
	PlatformBusy      Reason = "platform_busy"
	Network           Reason = "network"
	LocalRefusal      Reason = "not_sent"
	Mismatch          Reason = "mismatch" // verified, yet contradicts our order
	Unverified        Reason = "unverified"
	Deadline          Reason = "deadline"
	CashierCancelled  Reason = "cashier_cancelled"
	Restarted         Reason = "restarted"
	ReasonUnknown     Reason = "unknown"
	// Reasons of refunds and undoing.
	TooLate        Reason = "too_late"         // the platform's window has passed
	NotEnoughMoney Reason = "merchant_balance" // the merchant's balance cannot cover the refund now
	AccountClosed  Reason = "customer_account" // the customer's account cannot take the money
	TradeFailed    Reason = "trade_failed"     // refused by bank or platform without saying why
)

// Reply is all that one exchange taught us.
type Reply struct {
	Outcome Outcome
	Reason  Reason
	// Verified: signature (or what the sheet names instead) and identity were
	// checked. Only a verified reply may be Paid, Revoked, Closed or Refunded.
	Verified bool
	// Code and Message are the platform's own, for support.
	Code, Message string
	PlatformID    string
	RequestID     string
	PaidAt        time.Time
	Payer         Money // what the customer's wallet paid, in its own currency
	Captured      int64 // of a deposit: what was settled, in the order's minor unit
	// Detail is what else the platform told (bank, promotions, exchange rate …)
	// as one JSON object under the platform's names, never holding a secret.
	Detail json.RawMessage
}

// Masked holds no payment code, whatever the platform echoed.
func (r Reply) Masked(c Code) Reply {
	r.Code, r.Message, r.PlatformID, r.RequestID = c.Mask(r.Code), c.Mask(r.Message), c.Mask(r.PlatformID), c.Mask(r.RequestID)
	if d := c.Mask(string(r.Detail)); d != string(r.Detail) {
		r.Detail = nil
		if json.Valid([]byte(d)) { // else it stood where no text may
			r.Detail = json.RawMessage(d)
		}
	}
	return r
}

// Sheet is what a channel can do, as data. The rules read it.
type Sheet struct {
	Driver     string
	Wallets    []string // whose presented codes it takes
	Currencies []string // ISO 4217; what a sale may be in
	Presented  bool
	Prepared   bool
	// Undo is how a payment is taken back, in the order to try.
	Undo []Undo
	// UndoPrepared is the same for prepared orders, where it differs.
	UndoPrepared []Undo
	// Payer is what Preparation.Payer may say of who pays a prepared order.
	Payer []Field
	// UnsignedDecline: a refusal that TLS protected but nobody signed may be
	// shown as declined; the engine then looks again later.
	UnsignedDecline bool
	// Unsigned: the platform signs nothing, and its errors echo nothing, so that
	// TLS to its own host is all their proof. "No such order" and "cannot be
	// undone" are then believed, which moves no money by itself.
	Unsigned bool
	// RefundWindow is how long after payment a refund is taken; RefundGap the
	// least time between two refunds of one order.
	RefundWindow, RefundGap time.Duration
	MaxRefunds              int
	// RefundDated: the platform knows a refund by its number and the day on which it
	// was asked for, and takes it on that day alone.
	RefundDated bool
	// Hold is how long a deposit is held before the platform gives all of it back
	// by itself. A channel with a Hold takes deposits and nothing else.
	Hold time.Duration
	// MostAmount is the largest amount that an order's form can hold, in the minor
	// unit; 0 where no page has a figure.
	MostAmount int64
	Texts      Texts
	Timing     Timing
	Limits     Limits
	Statement  bool
	// StatementToday: a day's statement may be asked for while the day goes on. No
	// platform has one then; a sandbox at a loopback endpoint may.
	StatementToday bool
	// Proof says in words how a reply is proven and an undo confirmed.
	Proof, UndoProof string
}

// Undo is one way to take a payment back.
type Undo struct {
	How    UndoHow
	MinAge time.Duration // not before this, from the end of the Pay's exchange
	Window time.Duration // not after this, from the payment; 0: no limit known
	// Tries is after how many the next way is taken, should the platform go on
	// saying that the order is paid; 0: only a refusal or the window leads there.
	Tries  int
	Source string // where the figures come from
}

// UndoHow names a way to take a payment back.
type UndoHow string

const (
	ByRevoke UndoHow = "revoke"
	ByClose  UndoHow = "close"
	ByRefund UndoHow = "refund" // only of what is proven paid
)

// Texts are the longest that the platform takes, in its page's own count; a sale's
// description is cut to fit.
type Texts struct {
	OrderNo, Description int
	Attach               int    // what comes back unchanged in queries and callbacks
	AttachName           string // under which option it is given
}

// Limits are how many calls a second the platform takes of one merchant; 0 where
// it publishes no figure.
type Limits struct {
	Query, Undo, Refund, RefundQuery int
	Source                           string
}

// Timing is when to ask. Offsets count from the end of the Pay's exchange.
type Timing struct {
	Advised, Quick []time.Duration // query schedules; see design section 8
	Deadline       time.Duration
	LateLooks      []time.Duration // after an unsigned refusal
	NotFoundProof  time.Duration   // a NotFound this old confirms
	LateNotFound   time.Duration   // one more look after such a confirmation
	CodeLife       time.Duration   // how old a code may be for a replay
	Source         string
}
