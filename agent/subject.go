package agent

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// subject is a matter with all that its kind reads: what the ledger knows, and
// what the platform said.
type subject struct {
	ledger.Matter
	kind       *matterKind
	sale       ledger.Sale
	payment    ledger.Payment
	refund     ledger.Refund
	settlement ledger.Settlement
	refunds    []ledger.Refund // of a deposit that was asked to end
	link       *link
	answer     *Answer
}

func (t *Till) findSubject(ctx context.Context, id string) (*subject, error) {
	n, err := ledger.ParseMatterID(id)
	if err != nil {
		return nil, err
	}
	m, err := t.DB.Matter(ctx, n)
	if err != nil {
		return nil, err
	}
	return t.subject(ctx, m)
}

// subject reads what a matter is about.
func (t *Till) subject(ctx context.Context, m ledger.Matter) (*subject, error) {
	s := &subject{Matter: m, kind: matterKinds[m.Kind]}
	if s.kind == nil {
		s.kind = &matterKind{happened: func(*Till, *subject) (sentence, []any) { return saySomething, []any{m.Kind} }, choices: []choice{justSeen}}
	}
	if m.Sale == 0 {
		return s, nil
	}
	var err error
	if s.sale, err = t.DB.Sale(ctx, m.Sale); err != nil {
		return nil, err
	}
	order := m.Number
	if s.refund, err = t.DB.Refund(ctx, m.Number); err == nil {
		order = s.refund.OutTradeNo
	} else if !errors.Is(err, ledger.ErrNotFound) {
		return nil, err
	}
	if s.payment, err = t.DB.Payment(ctx, order); err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return nil, err
	}
	if s.settlement, err = t.DB.Settlement(ctx, m.Sale); err == nil {
		s.refunds, err = t.DB.Refunds(ctx, m.Sale)
	}
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return nil, err
	}
	s.link = t.links[s.payment.Channel]
	return s, nil
}

// money is what the matter is about.
func (s *subject) money() channels.Money {
	m := s.sale.Amount
	if s.refund.RefundNo != "" {
		m.Amount = s.refund.Amount
	}
	return m
}

// said is the platform's answer for the journal.
func (s *subject) said() string {
	switch {
	case s.answer == nil:
		return ""
	case !s.answer.Answered:
		return "no answer"
	}
	return s.answer.Outcome
}

// choice finds one that can be chosen now.
func (s *subject) choice(name string) (*choice, error) {
	var names []string
	for i := range s.kind.choices {
		c := &s.kind.choices[i]
		if c.when != nil && !c.when(s) || slices.Contains(names, c.name) {
			continue
		}
		if c.name == name {
			return c, nil
		}
		names = append(names, c.name)
	}
	return nil, &Invalid{"choice", "must be one of " + strings.Join(names, ", ")}
}

// askAbout asks the platform about a matter, unless it said so a moment ago or
// cannot be reached.
func (t *Till) askAbout(ctx context.Context, s *subject) {
	if s.kind.ask == nil {
		return
	}
	now := t.Now()
	if given, ok := t.answers.fresh(s.N, now); ok {
		s.answer = &given
		return
	}
	given := Answer{AskedAt: now.UTC()}
	if s.link != nil && !s.link.offline() && ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(ctx, askTime)
		given.reply = s.kind.ask(ctx, t, s)
		cancel()
		t.exchanged(s.link.account.Name, given.reply)
	}
	if s.believed(given.reply) {
		given.Answered, given.Outcome = true, given.reply.Outcome.String()
		t.answers.keep(s.N, given)
	} else {
		given.odd = given.reply.Verified && given.reply.Reason == channels.Mismatch
		given.reply.Outcome, given.reply.Verified = channels.Unknown, false
	}
	s.answer = &given
}

// believed tells an answer that a decision may lean on.
func (s *subject) believed(r channels.Reply) bool {
	if s.link != nil && s.link.account.Sheet().Unsigned && r.Outcome == channels.NotFound {
		return true // see channels.Sheet
	}
	return r.Verified && r.Reason != channels.Mismatch && r.Outcome != channels.Unknown
}

// reply is the platform's answer; Unknown where it gave none.
func (s *subject) reply() channels.Reply {
	if s.answer == nil {
		return channels.Reply{}
	}
	return s.answer.reply
}
