package sandbox

import (
	"fmt"
	"slices"
)

// Call is what a request asks for: what a Fault matches.
type Call string

// The calls of §4.
const (
	AnyCall       Call = "any"
	Pay           Call = "pay"
	Query         Call = "query"
	Revoke        Call = "revoke"
	RefundCreate  Call = "refund"
	RefundQuery   Call = "refund_query" // one refund, and all of an order
	Certificates  Call = "certificates"
	StatementFile Call = "statement"
	Balance       Call = "balance"
	Prepare       Call = "prepare" // an order that the customer pays elsewhere
	Capture       Call = "capture"
	Close         Call = "close"
	ShopInfo      Call = "shop" // stores, cashiers, addresses and the time
	CloseQuery    Call = "close_query"
	UserID        Call = "user_id"

	StatementDownload Call = "statement_download"
)

var calls = []Call{AnyCall, Pay, Query, Revoke, RefundCreate, RefundQuery, Certificates, StatementFile, Balance,
	Prepare, Capture, Close, ShopInfo, CloseQuery, UserID, StatementDownload}

// Kind is what a Fault does.
type Kind string

// Faults of the way there and back.
const (
	Slow       Kind = "delay"               // the answer takes DelayMS; any other kind may have a delay too
	DropBefore Kind = "drop_before_booking" // the request never arrives
	DropAfter  Kind = "drop_after_booking"  // it is done, and its answer lost
	Reset      Kind = "reset"               // RST; Booked says whether it was done
	Late       Kind = "late_booking"        // the connection is cut, and the request arrives DelayMS later
	Truncate   Kind = "truncate"            // half the body comes
	Oversize   Kind = "oversize"            // more than 1 MiB, well signed
	Answer     Kind = "answer"              // Status with Code, or with Body as it stands; Booked as above
)

// Faults of the proof. The books are done, and the content is true.
const (
	ForgeSignature         Kind = "forge_signature"
	ForgeSuccess           Kind = "forge_success" // and the content says SUCCESS
	NoSignature            Kind = "no_signature"
	SignTest               Kind = "signtest" // the platform's own probe, §3.2
	ReplayOld              Kind = "replay_old"
	StaleTimestamp         Kind = "stale_timestamp" // signed ten minutes ago
	WrongClock             Kind = "wrong_clock"     // Date and timestamp ShiftSeconds off
	Rotation               Kind = "rotate"          // signed by a certificate that was published this moment
	UnpublishedCertificate Kind = "unpublished_certificate"
)

// Faults of the content, properly signed.
const (
	WrongAmount   Kind = "wrong_amount"
	WrongCurrency Kind = "wrong_currency"
	WrongMerchant Kind = "wrong_merchant"
	WrongOrder    Kind = "wrong_order"
	UnknownState  Kind = "unknown_state"
	OddMembers    Kind = "odd_members"    // unknown, null and re-ordered ones
	DuplicateKeys Kind = "duplicate_keys" // trade_state twice, NOTPAY first
	HashMismatch  Kind = "hash_mismatch"  // of a statement, §10.1
)

var kinds = []Kind{
	Slow, DropBefore, DropAfter, Reset, Late, Truncate, Oversize, Answer,
	ForgeSignature, ForgeSuccess, NoSignature, SignTest, ReplayOld, StaleTimestamp, WrongClock, Rotation, UnpublishedCertificate,
	WrongAmount, WrongCurrency, WrongMerchant, WrongOrder, UnknownState, OddMembers, DuplicateKeys, HashMismatch,
	OtherAlgorithm, UnsignedElement, Doctype, Nested, Recall,
	Ignored, TextAmounts, NoData,
	CapitalTrue, TextSuccess, NullResult, FixedWords, HiddenWords, Zipped,
	Unsorted, Escaped, WrongDate,
}

// Fault is one thing that goes wrong with one kind of call. A call meets at
// most one: the first that matches, those added by hand before those that a
// payment code brought.
type Fault struct {
	ID         int    `json:"id"`
	Call       Call   `json:"call"`
	OutTradeNo string `json:"out_trade_no,omitempty"` // empty: of any order
	Skip       int    `json:"skip,omitempty"`         // let so many matching calls pass first
	Times      int    `json:"times"`                  // then so many fail; 0 until cleared
	What       Kind   `json:"what"`
	DelayMS    int64  `json:"delay_ms,omitempty"`

	// Of Answer, and Booked also of Reset.
	Status   int    `json:"status,omitempty"`
	Code     string `json:"code,omitempty"`
	Message  string `json:"message,omitempty"`
	Body     string `json:"body,omitempty"`
	Internal int    `json:"internal,omitempty"` // the number that ends Request-ID, §14.5
	Unsigned bool   `json:"unsigned,omitempty"`
	Forged   bool   `json:"forged,omitempty"`
	Booked   bool   `json:"booked,omitempty"`
	AsResult bool   `json:"as_result,omitempty"` // Code stands in a business result, and is no refusal of the gateway

	ShiftSeconds int64 `json:"shift_seconds,omitempty"` // of WrongClock; 0 is an hour

	// FromCode is the test code that brought it; empty when added by hand.
	FromCode string `json:"from_code,omitempty"`
}

// before says that the call must not reach the books.
func (f *Fault) before() bool {
	switch f.What {
	case DropBefore, Late:
		return true
	case Answer, Reset:
		return !f.Booked
	}
	return false
}

// proof is what becomes of the signature.
func (f *Fault) proof() Kind {
	if f.Forged || f.What == ForgeSuccess {
		return ForgeSignature
	}
	return f.What
}

func (f *Fault) check() error {
	switch {
	case !slices.Contains(calls, f.Call):
		return fmt.Errorf("sandbox: fault: call %q: want one of %v", f.Call, calls)
	case !slices.Contains(kinds, f.What):
		return fmt.Errorf("sandbox: fault: what %q: want one of %v", f.What, kinds)
	case f.Skip < 0 || f.Times < 0 || f.DelayMS < 0:
		return fmt.Errorf("sandbox: fault: skip, times and delay_ms are not negative")
	case f.What == Answer && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("sandbox: fault: status %d: want 200 to 599", f.Status)
	case (f.What == Slow || f.What == Late) && f.DelayMS == 0:
		return fmt.Errorf("sandbox: fault: what %q needs delay_ms", f.What)
	}
	return nil
}
