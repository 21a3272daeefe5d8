package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"tillpay/channels"
)

// BookedPayment is a payment with what its sale says of the money.
type BookedPayment struct {
	Payment
	Kind       string
	Amount     channels.Money // of a deposit: what was captured
	CapturedAt time.Time      // of a deposit: when that was known
}

// Moment is when the payment belongs to a day: when the platform was paid, or
// while that is not known, when it was asked. A deposit is the shop's once it is
// captured, which may be weeks after it was held.
func (p BookedPayment) Moment() time.Time {
	switch {
	case !p.CapturedAt.IsZero():
		return p.CapturedAt
	case !p.PaidAt.IsZero():
		return p.PaidAt
	}
	return p.SubmittedAt
}

// BookedRefund is a refund with its payment's channel and currency.
type BookedRefund struct {
	Refund
	Channel string
	Money   channels.Money
}

const bookedPaymentColumns = `out_trade_no, sale, channel, payment.state, platform_id, submitted_at, paid_at, payment.ended_at,
	kind, CASE kind WHEN 'deposit' THEN captured ELSE amount END, currency, CASE kind WHEN 'deposit' THEN (SELECT coalesce(min(at), 0) FROM journal
		WHERE journal.sale = n AND number = out_trade_no AND +journal.kind = 'sale.captured') ELSE 0 END -- the plus: by the sale's index
	FROM payment JOIN sale ON n = sale `

// bookedBetween: what is held, or was given back before it was captured, is no
// payment; what was captured is found by when, as its number may be weeks older.
const bookedBetween = `SELECT ` + bookedPaymentColumns + `WHERE out_trade_no BETWEEN ? AND ? AND NOT (kind = 'deposit' AND payment.state = 'paid')
	UNION ALL SELECT ` + bookedPaymentColumns + `WHERE out_trade_no IN (SELECT number FROM journal WHERE kind = 'sale.captured' AND at >= ? AND at < ?)
	ORDER BY out_trade_no`

func scanBookedPayment(r scannable) (BookedPayment, error) {
	var p BookedPayment
	var submitted, paid, ended, captured int64
	err := r.Scan(&p.OutTradeNo, &p.Sale, &p.Channel, &p.State, &p.PlatformID, &submitted, &paid, &ended, &p.Kind, &p.Amount.Amount, &p.Amount.Currency, &captured)
	p.SubmittedAt, p.PaidAt, p.EndedAt, p.CapturedAt = fromMilli(submitted), fromMilli(paid), fromMilli(ended), fromMilli(captured)
	return p, err
}

const bookedRefundColumns = `refund_no, refund.sale, refund.out_trade_no, refund.state, refund.platform_id, refund.asked_at, refund.ended_at,
	channel, refund.amount, currency FROM refund JOIN payment ON payment.out_trade_no = refund.out_trade_no JOIN sale ON n = refund.sale `

func scanBookedRefund(r scannable) (BookedRefund, error) {
	var f BookedRefund
	var asked, ended int64
	err := r.Scan(&f.RefundNo, &f.Sale, &f.OutTradeNo, &f.State, &f.PlatformID, &asked, &ended, &f.Channel, &f.Money.Amount, &f.Money.Currency)
	f.Amount, f.AskedAt, f.EndedAt = f.Money.Amount, fromMilli(asked), fromMilli(ended)
	return f, err
}

// numberedAround are the numbers made around a span: they begin with the till's
// date, and a payment is paid, if at all, within hours of its number. So a day
// is found by the primary key, and its cost does not grow with history; but see
// bookedBetween of deposits.
func numberedAround(from, to time.Time) (low, high string) {
	const date = "20060102"
	return from.AddDate(0, 0, -2).Format(date), to.AddDate(0, 0, 2).Format(date)
}

// PaymentsBetween are the payments whose moment is at or after from and before
// to, whatever became of them, in the order of their numbers.
func (db *DB) PaymentsBetween(ctx context.Context, from, to time.Time) ([]BookedPayment, error) {
	low, high := numberedAround(from, to)
	all, err := collect(scanBookedPayment)(db.read.QueryContext(ctx, bookedBetween, low, high, toMilli(from), toMilli(to)))
	return within(all, err, from, to, BookedPayment.Moment)
}

// RefundsBetween are the refunds asked for at or after from and before to.
func (db *DB) RefundsBetween(ctx context.Context, from, to time.Time) ([]BookedRefund, error) {
	low, high := numberedAround(from, to)
	all, err := collect(scanBookedRefund)(db.read.QueryContext(ctx, `SELECT `+bookedRefundColumns+
		`WHERE refund_no BETWEEN ? AND ? ORDER BY refund_no`, low, high))
	return within(all, err, from, to, func(f BookedRefund) time.Time { return f.AskedAt })
}

func within[T any](all []T, err error, from, to time.Time, moment func(T) time.Time) ([]T, error) {
	var some []T
	for _, v := range all {
		if at := moment(v); !at.Before(from) && at.Before(to) {
			some = append(some, v)
		}
	}
	return some, err
}

// BookedPayment reads one payment of whatever day, or ErrNotFound.
func (db *DB) BookedPayment(ctx context.Context, outTradeNo string) (BookedPayment, error) {
	return one(collect(scanBookedPayment)(db.read.QueryContext(ctx, `SELECT `+bookedPaymentColumns+`WHERE out_trade_no = ?`, outTradeNo)))
}

// BookedRefund reads one refund of whatever day, or ErrNotFound.
func (db *DB) BookedRefund(ctx context.Context, refundNo string) (BookedRefund, error) {
	return one(collect(scanBookedRefund)(db.read.QueryContext(ctx, `SELECT `+bookedRefundColumns+`WHERE refund_no = ?`, refundNo)))
}

func one[T any](all []T, err error) (v T, _ error) {
	switch {
	case err != nil:
		return v, err
	case len(all) == 0:
		return v, ErrNotFound
	case len(all) > 1:
		return v, errors.New("ledger: a key was found twice")
	}
	return all[0], nil
}

// DayTotal is what one channel took and gave back in one currency.
type DayTotal struct {
	Channel      string `json:"channel"`
	Currency     string `json:"currency"`
	Payments     int    `json:"payments"`      // that were paid, and deposits that were captured
	Paid         int64  `json:"paid"`          // their sum, in the minor unit
	Refunds      int    `json:"refunds"`       // asked for that day, and not refused
	Refunded     int64  `json:"refunded"`      // their sum
	RefundsOpen  int    `json:"refunds_open"`  // of them, not yet at the customer
	RefundedOpen int64  `json:"refunded_open"` // their sum
	Unsettled    int    `json:"unsettled"`     // payments whose result is not known yet
}

// DayTotals sums up a span by channel and currency. A payment counts when it was
// paid, a deposit when it was captured, a refund when it was asked for: none moves
// to another day later.
func (db *DB) DayTotals(ctx context.Context, from, to time.Time) ([]DayTotal, error) {
	payments, err := db.PaymentsBetween(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("ledger: day: %w", err)
	}
	refunds, err := db.RefundsBetween(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("ledger: day: %w", err)
	}
	return sumUp(payments, refunds), nil
}

func sumUp(payments []BookedPayment, refunds []BookedRefund) []DayTotal {
	type key struct{ channel, currency string }
	sums := map[key]*DayTotal{}
	at := func(channel, currency string) *DayTotal {
		k := key{channel, currency}
		if sums[k] == nil {
			sums[k] = &DayTotal{Channel: channel, Currency: currency}
		}
		return sums[k]
	}
	for _, p := range payments {
		switch p.State {
		case "paid":
			s := at(p.Channel, p.Amount.Currency)
			s.Payments++
			s.Paid += p.Amount.Amount
		case "declined", "revoked":
		default:
			at(p.Channel, p.Amount.Currency).Unsettled++
		}
	}
	for _, f := range refunds {
		if f.State == "refused" {
			continue
		}
		s := at(f.Channel, f.Money.Currency)
		s.Refunds++
		s.Refunded += f.Amount
		if f.State != "done" {
			s.RefundsOpen++
			s.RefundedOpen += f.Amount
		}
	}
	totals := make([]DayTotal, 0, len(sums))
	for _, s := range sums {
		totals = append(totals, *s)
	}
	sort.Slice(totals, func(i, j int) bool {
		a, b := &totals[i], &totals[j]
		return cmp.Or(strings.Compare(a.Channel, b.Channel), strings.Compare(a.Currency, b.Currency)) < 0
	})
	return totals
}
