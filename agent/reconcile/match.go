package reconcile

import (
	"time"

	"tillpay/channels"
)

// Match compares books with a statement's lines. Every line that says that money
// moved is in exactly one row, or belongs to another till; every movement of
// ours that the day should hold is in one too.
func Match(b Books, lines []channels.Line) Table {
	m := &matcher{Books: b, payments: map[string]*ours{}, refunds: map[string]*refund{}}
	for _, p := range b.Payments {
		m.payments[p.OutTradeNo] = &ours{Payment: p}
	}
	for _, f := range b.Refunds {
		m.refunds[f.RefundNo] = &refund{Refund: f}
	}
	for _, l := range lines {
		m.sort(l)
	}
	for _, p := range b.Payments {
		m.payment(m.payments[p.OutTradeNo])
	}
	for _, f := range b.Refunds {
		m.refund(m.refunds[f.RefundNo])
	}
	m.finish()
	return m.Table
}

type matcher struct {
	Books
	Table
	payments map[string]*ours
	refunds  map[string]*refund
}

// ours is a payment with the lines that name it: what was charged, and what went
// back without a refund of ours, as a revoke does.
type ours struct {
	Payment
	charges, returns []channels.Line
}

type refund struct {
	Refund
	lines []channels.Line
}

// sort gives a line to the payment or refund that it names, or finds that we
// have none.
func (m *matcher) sort(l channels.Line) {
	if l.Kind == channels.RefundLine {
		if f := m.refunds[l.RefundNo]; f != nil {
			f.lines = append(f.lines, l)
			return
		}
	}
	p := m.payments[l.OutTradeNo]
	switch {
	case l.Void: // nothing moved, and nobody here says that it did
	case p != nil && l.Kind == channels.PaymentLine:
		p.charges = append(p.charges, l)
	case p != nil:
		p.returns = append(p.returns, l)
	default:
		m.stranger(l)
	}
}

// stranger is a line about an order that our books do not have.
func (m *matcher) stranger(l channels.Line) {
	number := l.OutTradeNo
	if number == "" {
		number = l.RefundNo
	}
	finding := map[Origin][2]Finding{
		Stranger: {PaymentForeign, RefundForeign},
		ThisTill: {PaymentUnknown, RefundUnknown},
	}
	origin := m.OriginOf(number)
	if origin == OtherTill {
		m.OtherTills++
		return
	}
	say := finding[origin][0]
	if l.Kind == channels.RefundLine {
		say = finding[origin][1]
	}
	m.add(OnlyThere, say, Row{Kind: l.Kind}, nil, &l)
}

// payment judges one of ours. Charges that a revoke gave back agree with a
// payment that the till calls undone.
func (m *matcher) payment(p *ours) {
	row := Row{Kind: channels.PaymentLine, Sale: p.Sale, OutTradeNo: p.OutTradeNo, PlatformID: p.PlatformID, moved: p.State == Moved}
	back := Row{Kind: channels.RefundLine, Sale: p.Sale, OutTradeNo: p.OutTradeNo}
	here := &Side{p.Amount.Amount, p.Amount.Currency, p.Word, when(p.At)}
	if p.State == Moved {
		m.paid(p, row, here)
		for _, l := range p.returns {
			m.add(OnlyThere, RefundOutside, back, nil, &l)
		}
		return
	}
	result, say := Different, ChargedUnsettled
	switch {
	case len(p.charges) == 0 && len(p.returns) == 0:
		if p.State != Still && m.holds(p.At) {
			m.add(OnlyHere, Unsettled, row, here, nil)
		}
		return
	case len(p.charges) == 0 || sum(p.charges) == sum(p.returns):
		if result, say = Matched, Returned; p.State != Still {
			result, say = Different, ReturnedUnsettled
		}
	case p.State == Still:
		say = ChargedNotPaid
	}
	for _, l := range p.charges {
		m.add(result, say, row, here, &l)
	}
	for _, l := range p.returns {
		m.add(result, say, back, nil, &l)
	}
}

// paid judges a payment that our books call paid.
func (m *matcher) paid(p *ours, row Row, here *Side) {
	if len(p.charges) == 0 {
		if m.holds(p.At) {
			m.add(OnlyHere, PaymentMissing, row, here, nil)
		}
		return
	}
	for i, l := range p.charges {
		result, say := compare(p.Amount, p.PlatformID, l)
		if i > 0 {
			result, say, here = Different, ListedTwice, nil
		}
		m.add(result, say, row, here, &l)
	}
}

// compare is the same money, to the cent, under the same number of the platform's.
func compare(amount channels.Money, platformID string, l channels.Line) (Result, Finding) {
	switch {
	case l.Amount.Currency != amount.Currency:
		return Different, CurrencyDiffers
	case l.Amount.Amount != amount.Amount:
		return Different, AmountDiffers
	case l.PlatformID != "" && platformID != "" && l.PlatformID != platformID:
		return Different, NumberDiffers
	}
	return Matched, Agrees
}

// refund judges one of ours.
func (m *matcher) refund(f *refund) {
	row := Row{Kind: channels.RefundLine, Sale: f.Sale, OutTradeNo: f.OutTradeNo, RefundNo: f.RefundNo, PlatformID: f.PlatformID, moved: f.State != Still}
	here := &Side{f.Amount.Amount, f.Amount.Currency, f.Word, when(f.AskedAt)}
	moved := 0
	for _, l := range f.lines {
		if l.Void {
			continue
		}
		moved++
		result, say := compare(f.Amount, f.PlatformID, l)
		switch {
		case moved > 1:
			result, say, here = Different, ListedTwice, nil
		case l.OutTradeNo != "" && l.OutTradeNo != f.OutTradeNo:
			result, say = Different, NumberDiffers
		case f.State == Still:
			result, say = Different, RefundedAfterAll
		case f.State == Stopped && result == Matched:
			result, say = Different, RefundStopped
		}
		m.add(result, say, row, here, &l)
	}
	if moved > 0 || f.State == Still || len(f.lines) == 0 && !m.holds(f.AskedAt) {
		return
	}
	result, say := OnlyHere, RefundMissing
	switch {
	case len(f.lines) > 0:
		result, say = Different, RefundFailed
	case f.State != Moved:
		say = RefundOpen
	case !f.EndedAt.Before(m.To):
		say = OtherDay
	}
	m.add(result, say, row, here, nil)
}

// add makes a row. The platform's number in it is the line's, where there is one.
func (m *matcher) add(result Result, say Finding, row Row, here *Side, line *channels.Line) {
	row.Result, row.Finding, row.Here = result, say, here
	if line != nil {
		row.There = &Side{line.Amount.Amount, line.Amount.Currency, line.Status, when(line.At)}
		if line.PlatformID != "" {
			row.PlatformID = line.PlatformID
		}
		if row.OutTradeNo == "" {
			row.OutTradeNo = line.OutTradeNo
		}
		if row.RefundNo == "" {
			row.RefundNo = line.RefundNo
		}
	}
	m.Rows = append(m.Rows, row)
}

func sum(lines []channels.Line) (total int64) {
	for _, l := range lines {
		total += l.Amount.Amount
	}
	return total
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
