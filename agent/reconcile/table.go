package reconcile

import (
	"cmp"
	"sort"
	"strings"
	"time"

	"tillpay/channels"
)

// Result is how the two sides agree on one movement of money.
type Result string

const (
	Matched   Result = "matched"
	OnlyHere  Result = "only_here"
	OnlyThere Result = "only_there"
	Different Result = "different"
)

// Side is what one of the two says.
type Side struct {
	Amount   int64      `json:"amount"`
	Currency string     `json:"currency"`
	State    string     `json:"state"` // the API's word here, the platform's there
	At       *time.Time `json:"at,omitempty"`
}

// Row is one movement, or one that a side misses.
type Row struct {
	Result     Result            `json:"result"`
	Kind       channels.LineKind `json:"kind"`
	Finding    Finding           `json:"finding"`
	Sale       string            `json:"sale,omitempty"`
	OutTradeNo string            `json:"out_trade_no,omitempty"`
	RefundNo   string            `json:"refund_no,omitempty"`
	PlatformID string            `json:"platform_id,omitempty"`
	Here       *Side             `json:"here"`
	There      *Side             `json:"there"`
	Message    string            `json:"message"` // what to do, in the till's language

	moved bool // our books say that money moved
}

// Sum is what moved in one currency, by each side.
type Sum struct {
	Currency string `json:"currency"`
	Here     Moves  `json:"here"`
	There    Moves  `json:"there"`
}

// Moves are counts and sums, in the minor unit.
type Moves struct {
	Payments int   `json:"payments"`
	Paid     int64 `json:"paid"`
	Refunds  int   `json:"refunds"`
	Refunded int64 `json:"refunded"`
}

// Table is a whole comparison. What needs a person comes first.
type Table struct {
	Matched    int   `json:"matched"`
	OnlyHere   int   `json:"only_here"`
	OnlyThere  int   `json:"only_there"`
	Different  int   `json:"different"`
	OtherTills int   `json:"other_tills"` // lines of other tills of this merchant: compared there
	Sums       []Sum `json:"sums"`
	Rows       []Row `json:"rows"`
	// Unit: every compared amount is off by the same power of ten, so the file's
	// unit was misread and its sums mean nothing.
	Unit bool `json:"unit_misread"`
}

// Differences is the number of rows that do not match.
func (t Table) Differences() int { return t.OnlyHere + t.OnlyThere + t.Different }

// Say puts what to do into every row.
func (t Table) Say(language string) {
	for i, r := range t.Rows {
		t.Rows[i].Message = r.Finding.In(language)
	}
}

var urgency = map[Result]int{Different: 0, OnlyThere: 1, OnlyHere: 2, Matched: 3}

func (t *Table) finish() {
	sort.SliceStable(t.Rows, func(i, j int) bool {
		a, b := &t.Rows[i], &t.Rows[j]
		return cmp.Or(cmp.Compare(urgency[a.Result], urgency[b.Result]), strings.Compare(a.OutTradeNo, b.OutTradeNo),
			strings.Compare(a.RefundNo, b.RefundNo), strings.Compare(a.PlatformID, b.PlatformID)) < 0
	})
	t.Sums = []Sum{}
	for _, r := range t.Rows {
		switch r.Result {
		case Matched:
			t.Matched++
		case OnlyHere:
			t.OnlyHere++
		case OnlyThere:
			t.OnlyThere++
		case Different:
			t.Different++
		}
		if r.Here != nil && r.moved {
			t.sum(r.Here.Currency).Here.add(r.Kind, r.Here.Amount)
		}
		if r.There != nil {
			t.sum(r.There.Currency).There.add(r.Kind, r.There.Amount)
		}
	}
	sort.Slice(t.Sums, func(i, j int) bool { return t.Sums[i].Currency < t.Sums[j].Currency })
	t.Unit = misread(t.Rows)
}

func (t *Table) sum(currency string) *Sum {
	for i := range t.Sums {
		if t.Sums[i].Currency == currency {
			return &t.Sums[i]
		}
	}
	t.Sums = append(t.Sums, Sum{Currency: currency})
	return &t.Sums[len(t.Sums)-1]
}

func (m *Moves) add(kind channels.LineKind, amount int64) {
	if kind == channels.PaymentLine {
		m.Payments++
		m.Paid += amount
		return
	}
	m.Refunds++
	m.Refunded += amount
}

// misread tells a file whose unit was misread from one with a wrong amount: at
// least three amounts, and all off by their currency's power of ten one way.
func misread(rows []Row) bool {
	up, down, compared := 0, 0, 0
	for _, r := range rows {
		if r.Here == nil || r.There == nil || r.Here.Currency != r.There.Currency || r.Here.Amount == 0 || !r.moved {
			continue
		}
		scale := int64(1)
		for exp, _ := channels.Exponent(r.Here.Currency); exp > 0; exp-- {
			scale *= 10
		}
		if scale == 1 {
			continue
		}
		compared++
		if r.There.Amount%scale == 0 && r.There.Amount/scale == r.Here.Amount {
			up++
		}
		if r.Here.Amount%scale == 0 && r.Here.Amount/scale == r.There.Amount {
			down++
		}
	}
	return compared >= 3 && (up == compared || down == compared)
}
