package agent

import (
	"maps"
	"slices"
	"time"

	"tillpay/agent/payment"
	"tillpay/channels"
)

// ChannelSheet is what one configured channel can do: its driver's sheet, and
// the abilities that the driver has. Times are in seconds.
type ChannelSheet struct {
	Name       string   `json:"name"`
	Driver     string   `json:"driver"`
	Routes     []string `json:"routes"` // wallets, or "deposit", that the till sends here
	Wallets    []string `json:"wallets"`
	Currencies []string `json:"currencies"`

	Presented bool             `json:"presented"`
	Prepared  bool             `json:"prepared"`
	Payer     []channels.Field `json:"payer"` // what a prepared order may say of who pays
	Revoke    bool             `json:"revoke"`
	Close     bool             `json:"close"`
	Capture   bool             `json:"capture"`
	Statement bool             `json:"statement"`
	// Reconciled: every movement of money in the statement can be compared.
	Reconciled bool `json:"reconciled"`
	Callbacks  bool `json:"callbacks"`

	Undo            []ChannelUndo `json:"undo"`
	UndoPrepared    []ChannelUndo `json:"undo_prepared"` // of a prepared order
	UnsignedDecline bool          `json:"unsigned_decline"`
	RefundWindow    float64       `json:"refund_window_seconds"` // 0: no limit is known
	RefundGap       float64       `json:"refund_gap_seconds"`
	MaxRefunds      int           `json:"max_refunds"` // 0: no limit is known
	MostAmount      int64         `json:"most_amount"` // in the minor unit; 0: no limit is known
	Texts           ChannelTexts  `json:"texts"`
	Limits          ChannelLimits `json:"limits"`
	Timing          ChannelTiming `json:"timing"`
	Proof           string        `json:"proof"`
	UndoProof       string        `json:"undo_proof"`
}

// ChannelUndo is one way to take a payment back, in the order to try.
type ChannelUndo struct {
	How    string  `json:"how"`
	MinAge float64 `json:"min_age_seconds"`
	Window float64 `json:"window_seconds"` // 0: no limit is known
	Tries  int     `json:"tries"`          // then the next way, should the order stay paid; 0: no such number
	Source string  `json:"source"`
}

// ChannelTexts are the longest texts that the platform takes.
type ChannelTexts struct {
	OrderNo     int    `json:"order_no"`
	Description int    `json:"description"`
	Attach      int    `json:"attach"`
	AttachName  string `json:"attach_name"` // the option that comes back unchanged
}

// ChannelLimits are calls a second; 0: no figure is published.
type ChannelLimits struct {
	Query       int    `json:"query"`
	Undo        int    `json:"undo"`
	Refund      int    `json:"refund"`
	RefundQuery int    `json:"refund_query"`
	Source      string `json:"source"`
}

// ChannelTiming is when the platform is asked.
type ChannelTiming struct {
	Advised       []float64 `json:"advised_seconds"`
	Quick         []float64 `json:"quick_seconds"`
	Deadline      float64   `json:"deadline_seconds"`
	LateLooks     []float64 `json:"late_looks_seconds"`
	NotFoundProof float64   `json:"not_found_proof_seconds"`
	LateNotFound  float64   `json:"late_not_found_seconds"`
	CodeLife      float64   `json:"code_life_seconds"`
	Source        string    `json:"source"`
}

// Channels answers what every configured channel can do, by name.
func (t *Till) Channels() []ChannelSheet {
	all := []ChannelSheet{}
	for _, name := range slices.Sorted(maps.Keys(t.Accounts)) {
		s := NewChannelSheet(t.Accounts[name])
		for wallet, to := range t.Routes {
			if to == name {
				s.Routes = append(s.Routes, wallet)
			}
		}
		slices.Sort(s.Routes)
		all = append(all, s)
	}
	return all
}

// NewChannelSheet is an account's sheet, without the till's routes.
func NewChannelSheet(a *payment.Account) ChannelSheet {
	s := a.Sheet()
	_, revokes := a.Channel.(channels.Revoker)
	_, captures := a.Channel.(channels.Capturer)
	_, notified := a.Channel.(channels.Notifiee)
	_, reads := a.Channel.(channels.StatementReader)
	c := ChannelSheet{
		Name: a.Name, Driver: a.Driver, Routes: []string{}, Wallets: filled(s.Wallets), Currencies: filled(s.Currencies),
		Presented: s.Presented, Prepared: s.Prepared, Revoke: revokes, Close: closes(a.Channel, s), Capture: captures, Statement: s.Statement, Reconciled: s.Statement && reads, Callbacks: notified,
		Payer: append([]channels.Field{}, s.Payer...), UnsignedDecline: s.UnsignedDecline,
		MostAmount: s.MostAmount, Texts: ChannelTexts(s.Texts), Limits: ChannelLimits(s.Limits),
		RefundWindow: s.RefundWindow.Seconds(), RefundGap: s.RefundGap.Seconds(), MaxRefunds: s.MaxRefunds, Proof: s.Proof, UndoProof: s.UndoProof,
		Timing: ChannelTiming{
			Advised: inSeconds(s.Timing.Advised), Quick: inSeconds(s.Timing.Quick), Deadline: s.Timing.Deadline.Seconds(),
			LateLooks: inSeconds(s.Timing.LateLooks), NotFoundProof: s.Timing.NotFoundProof.Seconds(),
			LateNotFound: s.Timing.LateNotFound.Seconds(), CodeLife: s.Timing.CodeLife.Seconds(), Source: s.Timing.Source,
		},
	}
	c.Undo, c.UndoPrepared = undoWays(s.Undo), []ChannelUndo{}
	if c.Prepared {
		c.UndoPrepared = c.Undo
		if s.UndoPrepared != nil {
			c.UndoPrepared = undoWays(s.UndoPrepared)
		}
	}
	return c
}

func undoWays(ways []channels.Undo) []ChannelUndo {
	all := []ChannelUndo{}
	for _, u := range ways {
		all = append(all, ChannelUndo{string(u.How), u.MinAge.Seconds(), u.Window.Seconds(), u.Tries, u.Source})
	}
	return all
}

// closes tells whether an order can be closed, were it only a prepared one: a driver
// may know how, and its account not allow it.
func closes(c channels.Channel, s channels.Sheet) bool {
	_, can := c.(channels.Closer)
	return can && slices.ContainsFunc(slices.Concat(s.Undo, s.UndoPrepared), func(u channels.Undo) bool { return u.How == channels.ByClose })
}

func inSeconds(all []time.Duration) []float64 {
	s := make([]float64, len(all))
	for i, d := range all {
		s[i] = d.Seconds()
	}
	return s
}

// filled is never null in JSON.
func filled(all []string) []string { return append([]string{}, all...) }
