package agent

import (
	"context"
	"encoding/json"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// Sale is a sale as the API answers it.
type Sale struct {
	ID             string          `json:"id"`
	Reference      string          `json:"reference"`
	Kind           string          `json:"kind"`
	Amount         int64           `json:"amount"`
	Currency       string          `json:"currency"`
	Description    string          `json:"description"`
	Items          []channels.Item `json:"items,omitempty"`
	Cashier        string          `json:"cashier,omitempty"`
	State          string          `json:"state"`
	Armed          bool            `json:"armed"`
	Captured       int64           `json:"captured"`
	RefundedAmount int64           `json:"refunded_amount"`
	Payments       []Payment       `json:"payments"`
	Refunds        []Refund        `json:"refunds"`
	Receipt        string          `json:"receipt"`
	Copies         int             `json:"copies,omitempty"`
	Message        string          `json:"message"`
	Action         string          `json:"action"`
	Day            string          `json:"day"`
	Version        int64           `json:"version"` // grows with every journaled change
	CreatedAt      time.Time       `json:"created_at"`
	// Of a deposit: how it was asked to end, and when it goes back by itself.
	Settlement *Settlement `json:"settlement,omitempty"`
	ReturnsAt  *time.Time  `json:"returns_at,omitempty"`

	n      int64
	warned bool // of the deposit's automatic return
}

// Payment is one try at paying a sale, as the API answers it.
type Payment struct {
	OutTradeNo  string          `json:"out_trade_no"`
	Channel     string          `json:"channel"`
	Wallet      string          `json:"wallet"`
	Prepared    bool            `json:"prepared,omitempty"`   // an order that the customer pays in an app
	PayParams   json.RawMessage `json:"pay_params,omitempty"` // what starts it there, while it can be paid
	ScanText    string          `json:"scan_text,omitempty"`  // of a code that the customer scans, if the params hold one
	CodeLast4   string          `json:"code_last4,omitempty"`
	State       string          `json:"state"`
	Reason      channels.Reason `json:"reason,omitempty"`
	PlatformID  string          `json:"platform_id,omitempty"`
	Code        string          `json:"platform_code,omitempty"` // for support
	Message     string          `json:"platform_message,omitempty"`
	RequestID   string          `json:"request_id,omitempty"`
	Detail      json.RawMessage `json:"detail,omitempty"`
	SubmittedAt time.Time       `json:"submitted_at"`
	DeadlineAt  *time.Time      `json:"deadline_at,omitempty"` // while paying
	PaidAt      *time.Time      `json:"paid_at,omitempty"`
	EndedAt     *time.Time      `json:"ended_at,omitempty"`

	prompted bool
}

// Refund is money given back, as the API answers it.
type Refund struct {
	RefundNo   string          `json:"refund_no"`
	Reference  string          `json:"reference"`
	OutTradeNo string          `json:"out_trade_no"`
	Amount     int64           `json:"amount"`
	Note       string          `json:"note,omitempty"`
	State      string          `json:"state"`
	Reason     channels.Reason `json:"reason,omitempty"`
	PlatformID string          `json:"platform_id,omitempty"`
	AskedAt    time.Time       `json:"asked_at"`
	EndedAt    *time.Time      `json:"ended_at,omitempty"`
}

// Sale answers one sale with its payments and refunds.
func (t *Till) Sale(ctx context.Context, id string) (*Sale, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	return t.view(ctx, n)
}

// view is what the outside sees of a stored sale.
func (t *Till) view(ctx context.Context, n int64) (*Sale, error) {
	w, err := t.DB.Whole(ctx, n)
	if err != nil {
		return nil, err
	}
	s := w.Sale
	v := &Sale{
		ID: s.ID(), Reference: s.Reference, Kind: s.Kind, Amount: s.Amount.Amount, Currency: s.Amount.Currency,
		Description: s.Description, Items: s.Items, Cashier: s.Cashier, State: s.State, Captured: s.Captured,
		RefundedAmount: s.Refunded, Payments: []Payment{}, Refunds: []Refund{}, Receipt: s.Receipt, Copies: s.Copies,
		Day: s.Day, Version: w.Version, CreatedAt: s.CreatedAt.UTC(), n: s.N,
	}
	for _, p := range w.Payments {
		v.Payments = append(v.Payments, t.viewPayment(p))
	}
	for _, r := range w.Refunds {
		v.Refunds = append(v.Refunds, Refund{
			RefundNo: r.RefundNo, Reference: r.Reference, OutTradeNo: r.OutTradeNo, Amount: r.Amount, Note: r.Note, State: r.State,
			Reason: r.Reason, PlatformID: r.PlatformID, AskedAt: r.AskedAt.UTC(), EndedAt: moment(r.EndedAt),
		})
	}
	t.viewDeposit(v, w)
	if v.State == ledger.SaleOpen {
		v.State = openState(v.Payments)
	}
	v.Armed = v.State == stateOpen && t.armedSale() == s.N && t.online(v.Kind, v.Currency) // offline, no code is asked for
	v.Message, v.Action = t.say(v)
	return v, nil
}

func (t *Till) viewPayment(p ledger.Payment) Payment {
	v := Payment{
		OutTradeNo: p.OutTradeNo, Channel: p.Channel, Wallet: p.Wallet, CodeLast4: p.CodeLast4, State: p.State, Reason: p.Reason,
		PlatformID: p.PlatformID, Code: p.Code, Message: p.Message, RequestID: p.RequestID, Detail: p.Detail,
		SubmittedAt: p.SubmittedAt.UTC(), PaidAt: moment(p.PaidAt), EndedAt: moment(p.EndedAt),
	}
	if s := payment.State(p.State); s == payment.Paying || s == payment.Submitting {
		v.DeadlineAt = moment(p.DeadlineAt)
	}
	var life payment.Life
	if json.Unmarshal(p.Progress, &life) == nil {
		v.prompted, v.Prepared, v.PayParams = life.Prompted, life.Prepared, life.Params
		v.ScanText = t.scanText(p.Channel, life.Params)
	}
	return v
}

// openState tells an open sale that is being paid, or needs a person, from one
// that waits for a code. One that is both is being paid: the cashier must not
// send the customer away, and what needs a person is on the manager's list.
func openState(payments []Payment) string {
	state := stateOpen
	for _, p := range payments {
		switch payment.State(p.State) {
		case payment.Submitting, payment.Paying:
			return statePaying
		case payment.Attention:
			state = stateAttn
		}
	}
	return state
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
