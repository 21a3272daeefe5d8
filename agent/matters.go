package agent

import (
	"context"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// Kinds of matter that the till raises beside the engine's.
const (
	matterReceipt = "receipt" // nobody knows whether a slip came out
	matterJob     = "job"     // a task that is parked, or fails again and again
)

// matterKind is what the till knows of one kind of matter. A new kind is an entry
// of matterKinds, and a ledger.Tx.Raise in the transaction where it comes about.
type matterKind struct {
	// happened says what happened, and what it means: a sentence and what fills it.
	happened func(t *Till, s *subject) (sentence, []any)
	// ask asks the platform what it says now; nil where no platform is concerned.
	ask     func(ctx context.Context, t *Till, s *subject) channels.Reply
	choices []choice
}

// choice is one thing that a person can do about a matter. Its name is a promise
// to programs.
type choice struct {
	name string
	say  sentence
	// fill fills say; nil where nothing is to be filled in.
	fill func(s *subject) []any
	// when tells whether it can be done as things are; nil: always. Of two choices
	// with one name the first that can be done counts.
	when func(s *subject) bool
	// standing judges it by the platform's answer, Unknown where there is none; nil
	// where the platform has no say.
	standing func(s *subject, r channels.Reply) Standing
	// do carries it out and runs closed in the same commit; nil: there is nothing
	// to do but to close the matter.
	do func(ctx context.Context, t *Till, s *subject, r Resolution, closed func(*ledger.Tx) error) error
}

func (c *choice) words(s *subject, language string) string {
	if c.fill == nil {
		return c.say.in(language)
	}
	return c.say.in(language, c.fill(s)...)
}

// matterKinds is every kind of matter there is.
var matterKinds = map[string]*matterKind{
	payment.MatterPayment: {
		happened: always(sayPaymentMatter), ask: askPayment,
		choices: []choice{
			{name: "paid", say: doPaid, when: func(s *subject) bool { return s.sale.PaidBy == "" }, standing: standsPaid, do: decide(payment.SaidPaid)},
			{name: "revoked", say: doRevoked, standing: standsRevoked, do: decide(payment.SaidRevoked)},
			{name: "undo_again", say: doUndoAgain, standing: standsUndo, do: decide(payment.SaidUndo)},
		},
	},
	payment.MatterUndo: {
		happened: func(t *Till, s *subject) (sentence, []any) { return sayUndoMatter, []any{t.clock(undoingSince(s))} }, ask: askPayment,
		choices: []choice{
			{name: "wait", say: doWait},
			{name: "stop", say: doStop, standing: standsStop, do: decide(payment.SaidStop)},
		},
	},
	payment.MatterRefund: {
		happened: refundHappened, ask: askRefund,
		choices: []choice{
			{name: "given_back", say: doGivenBack, when: refundIs(payment.RefundAttention), standing: standsGivenBack, do: decideRefund(payment.RefundDone)},
			{name: "again", say: doAgain, when: refundIs(payment.RefundAttention), do: decideRefund(payment.RefundAsked)},
			{name: "not_given_back", say: doNotGivenBack, when: refundIs(payment.RefundAttention), standing: standsNotGivenBack, do: decideRefund(payment.RefundRefused)},
			{name: "wait", say: doWait, when: func(s *subject) bool {
				return refundIs(payment.RefundAsked)(s) || refundIs(payment.RefundAccepted)(s)
			}},
			{name: "seen", say: doTold, when: refundIs(payment.RefundRefused)},
		},
	},
	payment.MatterSettlement: {
		happened: settlementHappened, ask: askPayment,
		choices: []choice{
			{name: "give_difference", say: doDifference, fill: func(s *subject) []any { return []any{s.in(s.tooMuch())} },
				when: func(s *subject) bool { return s.tooMuch() > 0 }, do: refundDifference},
			{name: "accept", say: doAccept, when: settlementIs(payment.SettleAttention)},
			{name: "again", say: doAgain, when: refusedAndHeld, standing: standsHeld, do: settleAgain("")},
			{name: "release", say: doRelease, when: func(s *subject) bool { return refusedAndHeld(s) && s.settlement.Kind == ledger.Capture },
				standing: standsHeld, do: settleAgain(ledger.Release)},
			{name: "leave", say: doLeave, when: refusedAndHeld},
			{name: "wait", say: doWait, when: func(s *subject) bool { return s.settlement.EndedAt.IsZero() }},
			{name: "seen", say: doTold, when: func(s *subject) bool { return settlementIs(payment.SettleRefused)(s) && !refusedAndHeld(s) }},
		},
	},
	payment.MatterDeposit: {
		happened: func(t *Till, s *subject) (sentence, []any) { return sayDepositMatter, []any{t.clock(s.returns())} }, ask: askPayment,
		choices: []choice{
			{name: "capture_all", say: doCaptureAll, fill: func(s *subject) []any { return []any{s.in(s.sale.Amount.Amount)} }, standing: standsHeld, do: settleAgain(ledger.Capture)},
			{name: "release", say: doRelease, standing: standsHeld, do: settleAgain(ledger.Release)},
			{name: "let_return", say: doLetReturn},
		},
	},
	matterReceipt: {
		happened: receiptHappened,
		choices: []choice{
			{name: "came_out", say: doCameOut, do: cameOut},
			{name: "print_again", say: doPrintAgain, do: printAgain},
		},
	},
	matterJob: {
		happened: jobHappened,
		choices: []choice{
			{name: "try_again", say: doTryAgain, do: tryJobAgain},
			{name: "drop", say: doDrop, when: mayDrop, standing: func(*subject, channels.Reply) Standing { return StandsConfirm }, do: dropJob},
		},
	},
	matterCertificate: {
		happened: certificateHappened,
		choices:  []choice{{name: "try_again", say: doTryAgain, do: proveAgain}, {name: "wait", say: doWait}},
	},
	ledger.MatterLoss: {
		happened: lossHappened,
		choices: []choice{
			{name: "compared", say: doCompared}, justSeen,
		},
	},
}

// justSeen closes a matter of which there is nothing to do but to know of it.
var justSeen = choice{name: "seen", say: doSeen}

func always(s sentence) func(*Till, *subject) (sentence, []any) {
	return func(*Till, *subject) (sentence, []any) { return s, nil }
}

// ---- payments, and undoing them

func askPayment(ctx context.Context, t *Till, s *subject) channels.Reply {
	return t.engine.Ask(ctx, s.payment, s.sale)
}

// nothingTaken are answers that prove that the customer keeps the money.
func nothingTaken(r channels.Reply) bool {
	switch r.Outcome {
	case channels.Revoked, channels.Closed, channels.Refunded, channels.Declined, channels.NotFound:
		return true
	}
	return false
}

func standsPaid(_ *subject, r channels.Reply) Standing {
	switch {
	case r.Outcome == channels.Paid:
		return StandsOpen
	case nothingTaken(r), r.Outcome == channels.Accepted: // the customer has it back, or is about to
		return StandsContradicted
	}
	return StandsConfirm
}

// standsRevoked lets a person give the money back outside the platform.
func standsRevoked(_ *subject, r channels.Reply) Standing {
	if nothingTaken(r) {
		return StandsOpen
	}
	return StandsConfirm
}

func standsUndo(_ *subject, r channels.Reply) Standing {
	if nothingTaken(r) {
		return StandsContradicted // there is nothing to take back
	}
	return StandsOpen
}

func standsStop(_ *subject, r channels.Reply) Standing {
	if nothingTaken(r) {
		return StandsContradicted // it is done: the till finds it by itself
	}
	return StandsConfirm
}

func decide(on payment.Event) func(context.Context, *Till, *subject, Resolution, func(*ledger.Tx) error) error {
	return func(ctx context.Context, t *Till, s *subject, _ Resolution, closed func(*ledger.Tx) error) error {
		return t.engine.Decide(ctx, s.payment.OutTradeNo, on, s.reply(), closed)
	}
}

// ---- refunds

func refundIs(state payment.RefundState) func(*subject) bool {
	return func(s *subject) bool { return s.refund.State == string(state) }
}

func askRefund(ctx context.Context, t *Till, s *subject) channels.Reply {
	return t.engine.AskRefund(ctx, s.refund, s.payment, s.sale)
}

func underWay(r channels.Reply) bool {
	return r.Outcome == channels.Accepted || r.Outcome == channels.Paying
}

// standsGivenBack lets a person hand out cash, unless the platform is about to
// give the money back as well.
func standsGivenBack(_ *subject, r channels.Reply) Standing {
	switch {
	case r.Outcome == channels.Refunded:
		return StandsOpen
	case underWay(r):
		return StandsContradicted
	}
	return StandsConfirm
}

func standsNotGivenBack(_ *subject, r channels.Reply) Standing {
	switch {
	case r.Outcome == channels.Refunded, underWay(r):
		return StandsContradicted
	case r.Outcome == channels.Unknown:
		return StandsConfirm
	}
	return StandsOpen
}

func decideRefund(to payment.RefundState) func(context.Context, *Till, *subject, Resolution, func(*ledger.Tx) error) error {
	return func(ctx context.Context, t *Till, s *subject, _ Resolution, closed func(*ledger.Tx) error) error {
		r := s.reply()
		r.Reason, r.Code, r.Message = s.refund.Reason, s.refund.Code, s.refund.Message // why it was stuck stays on it
		return t.engine.DecideRefund(ctx, s.refund.RefundNo, to, r, closed)
	}
}

// ---- deposits

func settlementIs(state payment.SettleState) func(*subject) bool {
	return func(s *subject) bool { return s.settlement.State == string(state) }
}

func refusedAndHeld(s *subject) bool {
	return settlementIs(payment.SettleRefused)(s) && s.sale.State == ledger.SaleHeld
}

// tooMuch is what the platform captured beyond what was asked, less what went
// back since or is on its way back.
func (s *subject) tooMuch() int64 {
	if !settlementIs(payment.SettleAttention)(s) {
		return 0
	}
	more := s.sale.Captured
	if s.settlement.Kind == ledger.Capture {
		more -= s.settlement.Amount
	}
	for _, r := range s.refunds {
		if r.State != string(payment.RefundRefused) {
			more -= r.Amount
		}
	}
	return more
}

func standsHeld(_ *subject, r channels.Reply) Standing {
	if nothingTaken(r) || r.Captured > 0 {
		return StandsContradicted // nothing is held any more
	}
	return StandsOpen
}

// settleAgain asks for a capture or release of the whole deposit, or for what was
// asked and refused.
func settleAgain(kind string) func(context.Context, *Till, *subject, Resolution, func(*ledger.Tx) error) error {
	return func(ctx context.Context, t *Till, s *subject, r Resolution, closed func(*ledger.Tx) error) error {
		kind, amount := kind, s.sale.Amount.Amount
		if kind == "" {
			kind, amount = s.settlement.Kind, s.settlement.Amount
		}
		return t.engine.Settle(ctx, s.sale.N, kind, amount, r.By, closed)
	}
}

// refundDifference owes the refund in the commit that closes the matter, and only
// while nobody else has begun to give any of it back.
func refundDifference(ctx context.Context, t *Till, s *subject, r Resolution, closed func(*ledger.Tx) error) error {
	n := NewRefund{Reference: "attention-" + s.ID(), Amount: s.tooMuch(), Reason: r.Note}
	if runes := []rune(n.Reason); len(runes) > 80 {
		n.Reason = string(runes[:80])
	}
	f, err := n.row()
	if err != nil {
		return err
	}
	_, _, err = t.engine.RefundWith(ctx, s.sale.N, f, r.By, func(tx *ledger.Tx) (err error) {
		now := *s
		if now.refunds, err = tx.Refunds(s.sale.N); err != nil {
			return err
		}
		if now.tooMuch() != n.Amount {
			return payment.ErrDecided
		}
		return closed(tx)
	})
	return err
}

// in writes an amount of the matter's sale.
func (s *subject) in(amount int64) string {
	return channels.Format(channels.Money{Amount: amount, Currency: s.sale.Amount.Currency})
}
