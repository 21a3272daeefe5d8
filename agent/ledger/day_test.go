package ledger

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

func TestDaysMoney(t *testing.T) {
	db := open(t, t.TempDir())
	from := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for i, p := range []struct {
		number, state string
		submitted     time.Time
		paid          time.Time
	}{
		{"2026112300010001", "paid", from.Add(-time.Minute), from},                        // paid behind midnight
		{"2026112400010002", "paid", from.Add(time.Hour), from.Add(time.Hour)},            //
		{"2026112400010003", "paid", from.Add(23 * time.Hour), from.Add(24 * time.Hour)},  // the next day's
		{"2026112400010004", "revoked", from.Add(2 * time.Hour), from.Add(2 * time.Hour)}, //
		{"2026112400010005", "attention", from.Add(3 * time.Hour), time.Time{}},
		{"2026111000010006", "paid", from.Add(time.Hour), from.Add(time.Hour)}, // no number of these days
	} {
		s := tea(p.number)
		update(t, db, func(tx *Tx) error {
			if _, err := tx.CreateSale(&s); err != nil {
				return err
			}
			row := Payment{OutTradeNo: p.number, Sale: s.N, Channel: []string{"wechat", "huifu"}[i%2], State: p.state, SubmittedAt: p.submitted}
			if _, err := tx.InsertPayment(row, over); err != nil {
				return err
			}
			row.PaidAt = p.paid
			return tx.SavePayment(row)
		})
	}
	payments, err := db.PaymentsBetween(ctx, from, from.AddDate(0, 0, 1))
	if err != nil || len(payments) != 4 || payments[0].OutTradeNo != "2026112300010001" || payments[0].Amount != tea("x").Amount {
		t.Errorf("%+v, %v", payments, err)
	}
	totals, err := db.DayTotals(ctx, from, from.AddDate(0, 0, 1))
	amount := tea("x").Amount
	want := []DayTotal{
		{Channel: "huifu", Currency: amount.Currency, Payments: 1, Paid: amount.Amount},
		{Channel: "wechat", Currency: amount.Currency, Payments: 1, Paid: amount.Amount, Unsettled: 1},
	}
	if err != nil || len(totals) != 2 || totals[0] != want[0] || totals[1] != want[1] {
		t.Errorf("%+v, %v", totals, err)
	}
	if p, err := db.BookedPayment(ctx, "2026111000010006"); err != nil || p.Channel != "huifu" || p.State != "paid" {
		t.Errorf("%+v, %v", p, err)
	}
	for _, err := range []error{second(db.BookedPayment(ctx, "none")), second(db.BookedRefund(ctx, "none"))} {
		if !errors.Is(err, ErrNotFound) {
			t.Error(err)
		}
	}
}

// TestDaysDeposits: a deposit is a payment of the day on which it was captured.
func TestDaysDeposits(t *testing.T) {
	dir, clock := t.TempDir(), time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	db, err := Open(ctx, dir, func() time.Time { return clock })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	held := tea("held")
	held.Kind, held.State = KindDeposit, SaleHeld
	update(t, db, func(tx *Tx) error {
		_, err := tx.CreateSale(&held)
		for i, no := range []string{"2026110300010001", "2026110300010002"} {
			p := Payment{OutTradeNo: no, Sale: held.N, Channel: "vault", State: []string{"declined", "paid"}[i], SubmittedAt: clock}
			_, inserted := tx.InsertPayment(p, over)
			p.PaidAt = clock
			err = errors.Join(err, inserted, tx.SavePayment(p))
		}
		held.PaidBy = "2026110300010002"
		return errors.Join(err, tx.SaveSale(held))
	})
	day := func(d int) []DayTotal {
		from := time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC)
		totals, err := db.DayTotals(ctx, from, from.AddDate(0, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		return totals
	}
	if got := day(3); len(got) != 0 {
		t.Errorf("what is held is a payment: %+v", got)
	}
	clock = clock.AddDate(0, 0, 20)
	update(t, db, func(tx *Tx) error {
		held.State, held.Captured = SalePaid, 5000
		return errors.Join(tx.SaveSale(held), tx.Journal("sale.captured", held.N, held.PaidBy, map[string]any{"amount": 5000}))
	})
	if got := day(23); len(day(3)) != 0 || len(got) != 1 || got[0] != (DayTotal{Channel: "vault", Currency: held.Amount.Currency, Payments: 1, Paid: 5000}) {
		t.Errorf("captured: %+v, and where it was held %+v", got, day(3))
	}
	if p, err := db.BookedPayment(ctx, held.PaidBy); err != nil || !p.Moment().Equal(clock) {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := db.BookedPayment(ctx, "2026110300010001"); err != nil || !p.CapturedAt.IsZero() {
		t.Errorf("the try before: %+v, %v", p, err)
	}
}

// TestADayCostsNoHistory: no table is walked for a day's payments.
func TestADayCostsNoHistory(t *testing.T) {
	db := open(t, t.TempDir())
	plan, err := collect(func(r scannable) (line string, err error) {
		var n int
		return line, r.Scan(&n, &n, &n, &line)
	})(db.read.QueryContext(ctx, `EXPLAIN QUERY PLAN `+bookedBetween, "20261101", "20261105", 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(plan, "\n")
	if strings.Contains(all, "SCAN") || !strings.Contains(all, "journal_captured (at>? AND at<?)") || strings.Count(all, "journal_sale (sale=?)") != 2 {
		t.Error(all)
	}
}

func second[T any](_ T, err error) error { return err }

func TestTotalsOfRefunds(t *testing.T) {
	refund := func(state string, n int64) BookedRefund {
		return BookedRefund{Refund: Refund{State: state, Amount: n}, Channel: "wechat", Money: channels.Money{Amount: n, Currency: "HKD"}}
	}
	got := sumUp(nil, []BookedRefund{refund("done", 100), refund("accepted", 20), refund("refused", 3000), refund("attention", 4)})
	if len(got) != 1 || got[0] != (DayTotal{Channel: "wechat", Currency: "HKD", Refunds: 3, Refunded: 124, RefundsOpen: 2, RefundedOpen: 24}) {
		t.Errorf("%+v", got)
	}
}
