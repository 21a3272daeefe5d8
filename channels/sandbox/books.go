package sandbox

import (
	"slices"
	"sort"
	"time"
)

// Books is what the platforms hold to be true at one moment, and everything
// that was ever asked of them. It is a copy.
type Books struct {
	At       time.Time `json:"at"`
	Orders   []Order   `json:"orders"` // oldest first
	Requests []Request `json:"requests"`
}

// Order is one out_trade_no of one merchant. Amounts are minor units.
type Order struct {
	Platform      string    `json:"platform,omitempty"` // empty: wechat-global
	Prepared      bool      `json:"prepared,omitempty"`
	OutTradeNo    string    `json:"out_trade_no"`
	ID            string    `json:"id"` // the platform's number
	MchID         string    `json:"mchid"`
	SubMchID      string    `json:"sub_mchid,omitempty"`
	State         string    `json:"state"` // §13
	Amount        int64     `json:"amount"`
	Currency      string    `json:"currency"`
	Charged       int64     `json:"charged"` // what the customer is out of pocket now, in Currency
	PayerAmount   int64     `json:"payer_amount,omitempty"`
	PayerCurrency string    `json:"payer_currency,omitempty"`
	Consumed      int64     `json:"consumed,omitempty"`  // of a deposit, what the shop kept
	HeldUntil     time.Time `json:"held_until,omitzero"` // of a deposit that is held, when it goes back by itself
	Refunds       []Refund  `json:"refunds,omitempty"`
	CodeDigits    string    `json:"code_digits"` // the code's last two
	Description   string    `json:"description"`
	DeviceID      string    `json:"device_id,omitempty"`
	CreatedAt     time.Time `json:"created_at"`
	PaidAt        time.Time `json:"paid_at,omitzero"`
	RevokedAt     time.Time `json:"revoked_at,omitzero"`
	ClosedAt      time.Time `json:"closed_at,omitzero"`
}

// Refund is money on its way back, or there.
type Refund struct {
	OutRefundNo string    `json:"out_refund_no"`
	ID          string    `json:"id"`
	Status      string    `json:"status"` // §8.2
	Amount      int64     `json:"amount"`
	Currency    string    `json:"currency"`
	Reason      string    `json:"reason,omitempty"`
	ByRevoke    bool      `json:"by_revoke,omitempty"` // not asked for: a revoke gave the money back
	CreatedAt   time.Time `json:"created_at"`
	SucceededAt time.Time `json:"succeeded_at,omitzero"`
}

// Outcome is what became of an exchange.
type Outcome string

// Outcomes. Only Answered reached the caller whole.
const (
	Answered     Outcome = "answered"
	CutBefore    Outcome = "cut before booking"
	CutAfter     Outcome = "cut after booking"
	CutMidway    Outcome = "cut in the middle of the answer"
	ArrivesLater Outcome = "cut, and booked later"
	ArrivedLate  Outcome = "booked, with nobody waiting"
	NotAccepted  Outcome = "refused at the door" // headers, signature, shape: no rule was reached
)

// Request is one exchange. It holds no body: bodies hold payment codes.
type Request struct {
	Seq        int       `json:"seq"`
	Method     string    `json:"method"`
	Path       string    `json:"path"` // with its query
	Call       Call      `json:"call,omitempty"`
	OutTradeNo string    `json:"out_trade_no,omitempty"`
	At         time.Time `json:"at"`
	Status     int       `json:"status,omitempty"`
	Code       string    `json:"code,omitempty"`
	Outcome    Outcome   `json:"outcome"`
	Fault      Kind      `json:"fault,omitempty"`
}

// Order finds an order by its number.
func (b Books) Order(outTradeNo string) (Order, bool) {
	i := slices.IndexFunc(b.Orders, func(o Order) bool { return o.OutTradeNo == outTradeNo })
	if i < 0 {
		return Order{}, false
	}
	return b.Orders[i], true
}

// Charged is what customers paid and did not get back, by currency.
func (b Books) Charged() map[string]int64 {
	sum := map[string]int64{}
	for _, o := range b.Orders {
		sum[o.Currency] += o.Charged
	}
	return sum
}

// Of is every request about one order, in order of arrival.
func (b Books) Of(outTradeNo string) []Request {
	var of []Request
	for _, r := range b.Requests {
		if r.OutTradeNo == outTradeNo {
			of = append(of, r)
		}
	}
	return of
}

// Books copies the books as they stand now.
func (s *Sandbox) Books() Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	orders := s.wechat.orders(now)
	orders = append(orders, s.deposit.orders(now)...)
	orders = append(orders, s.fubei.orders(now)...)
	orders = append(orders, s.huishouqian.orders(now)...)
	orders = append(orders, s.huifu.orders(now)...)
	sort.SliceStable(orders, func(i, j int) bool { return orders[i].CreatedAt.Before(orders[j].CreatedAt) })
	return Books{At: now, Orders: orders, Requests: slices.Clone(s.log.requests)}
}

// requestLog forgets its oldest half when it is full: a sandbox may run for
// months beside somebody's desk.
type requestLog struct {
	seq      int
	requests []Request
}

const maxRequests = 200_000

func (l *requestLog) add(r Request) {
	if len(l.requests) >= maxRequests {
		l.requests = slices.Clone(l.requests[maxRequests/2:])
	}
	l.seq++
	r.Seq = l.seq
	l.requests = append(l.requests, r)
}
