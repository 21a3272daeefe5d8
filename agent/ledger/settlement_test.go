package ledger

import (
	"errors"
	"strings"
	"testing"
)

// addDeposit books a deposit that was captured in part, as the engine does.
func addDeposit(t *testing.T, db *DB, reference, no string) Sale {
	t.Helper()
	s := tea(reference)
	s.Kind = KindDeposit
	update(t, db, func(tx *Tx) error { _, err := tx.CreateSale(&s); return err })
	update(t, db, func(tx *Tx) error {
		p := Payment{OutTradeNo: no, Sale: s.N, Channel: "vault", Wallet: "wechat", State: "submitting", SubmittedAt: tx.Now()}
		_, err := tx.InsertPayment(p, over)
		p.State, p.PaidAt = "paid", tx.Now()
		s.State, s.PaidBy = SaleHeld, no
		return errors.Join(err, tx.SavePayment(p), tx.SaveSale(s), tx.Journal("payment.paid", s.N, no, nil))
	})
	update(t, db, func(tx *Tx) error {
		d := Settlement{Sale: s.N, Try: 1, OutTradeNo: no, Kind: Capture, Amount: 5000, State: "asked"}
		err := errors.Join(tx.CreateSettlement(&d), tx.Journal("sale.capture_asked", s.N, no, map[string]any{"amount": 5000, "try": 1}))
		d.State, d.EndedAt = "done", tx.Now()
		s.State, s.Captured = SalePaid, 5000
		return errors.Join(err, tx.SaveSettlement(d), tx.SaveSale(s),
			tx.Journal("sale.capture_done", s.N, no, map[string]any{"amount": 5000, "try": 1}),
			tx.Journal("sale.captured", s.N, no, map[string]any{"amount": 5000}))
	})
	return s
}

func TestSettlementIsReadBackAndOneStands(t *testing.T) {
	db := open(t, t.TempDir())
	s := addDeposit(t, db, "d1", "p1")
	d, err := db.Settlement(ctx, s.N)
	if err != nil || d.Kind != Capture || d.Amount != 5000 || d.State != "done" || d.AskedAt.IsZero() || d.EndedAt.IsZero() {
		t.Errorf("%+v %v", d, err)
	}
	second := Settlement{Sale: s.N, Try: 2, OutTradeNo: "p1", Kind: Release, Amount: 8800, State: "asked"}
	if err := db.Update(ctx, func(tx *Tx) error { return tx.CreateSettlement(&second) }); err == nil {
		t.Error("a deposit was settled twice")
	}
	if _, err := db.Settlement(ctx, 1); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// Deposits are proven as sales are: each part of their books against the others.
func TestVerifyFindsInDeposits(t *testing.T) {
	db := open(t, t.TempDir())
	addDeposit(t, db, "d1", "p1")
	addPaid(t, db, "r1", "p2")
	if _, err := Verify(ctx, copied(t, db)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, says, statement string }{
		{"a sale with a captured amount", "no deposit", `UPDATE sale SET captured = 1 WHERE reference = 'r1'`},
		{"a sale made held", "no deposit", `UPDATE sale SET state = 'held' WHERE reference = 'r1'`},
		{"more captured than held", "not possible", `UPDATE sale SET captured = 8801 WHERE reference = 'd1'`},
		{"paid, nothing captured", "not possible", `UPDATE sale SET captured = 0 WHERE reference = 'd1'`},
		{"held, and captured", "not possible", `UPDATE sale SET state = 'held' WHERE reference = 'd1'`},
		{"another captured amount", "not in the journal", `UPDATE sale SET captured = 5001 WHERE reference = 'd1'`},
		{"a capture made a release", "release is not in the journal", `UPDATE sale SET state = 'released', captured = 0 WHERE reference = 'd1'`},
		{"another amount asked", "not as the journal says", `UPDATE settlement SET amount = 5001`},
		{"a settlement made open again", "has ended and its settlement", `UPDATE settlement SET state = 'asked'`},
		{"a capture undone", "does not say so", `UPDATE sale SET state = 'held', captured = 0 WHERE reference = 'd1'`},
		{"refunded without refunds", "what the captured amount allows", `UPDATE sale SET state = 'refunded' WHERE reference = 'd1'`},
		{"an unpaid deposit", "paid by no paid payment", `UPDATE payment SET state = 'revoked' WHERE out_trade_no = 'p1'`},
	} {
		t.Run(c.what, func(t *testing.T) {
			path := copied(t, db)
			tamper(t, path, c.statement)
			if _, err := Verify(ctx, path); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

// A damaged file that is mended leaves each deposit as it ended: also one that was
// captured or given back without a settlement of ours, or in another amount.
func TestMendedDeposits(t *testing.T) {
	db := open(t, t.TempDir())
	want := map[string]Sale{}
	for _, c := range []struct {
		name, entry, settlement string
		captured                int64
		state                   string
	}{
		{"console", "sale.captured", `DELETE FROM settlement WHERE sale = ?`, 7000, SalePaid},
		{"another amount", "sale.captured", `UPDATE settlement SET state = 'attention' WHERE sale = ?`, 7000, SalePaid},
		{"by itself", "sale.released", `DELETE FROM settlement WHERE sale = ?`, 0, SaleReleased},
		{"entry lost", "", `UPDATE settlement SET amount = amount WHERE sale = ?`, 5000, SalePaid},
		{"row lost", "sale.captured", `UPDATE sale SET captured = 0, state = 'held' WHERE n = ?`, 5000, SalePaid},
	} {
		s := addDeposit(t, db, c.name, "p-"+c.name)
		update(t, db, func(tx *Tx) error {
			_, err := tx.Exec(`DELETE FROM journal WHERE kind = 'sale.captured' AND sale = ?`, s.N)
			s.State, s.Captured = c.state, c.captured
			err = errors.Join(err, tx.SaveSale(s))
			if c.entry != "" {
				err = errors.Join(err, tx.Journal(c.entry, s.N, s.PaidBy, map[string]any{"amount": c.captured}))
			}
			_, err2 := tx.Exec(c.settlement, s.N)
			_, err3 := tx.Exec(`UPDATE sale SET refunded = 1 WHERE n = ?`, s.N) // the damage
			want[c.name] = s
			return errors.Join(err, err2, err3)
		})
	}
	update(t, db, func(tx *Tx) error { return tx.mend(ctx, nil, &Loss{}) })
	for name, w := range want {
		s, err := db.Sale(ctx, w.N)
		if err != nil || s.State != w.State || s.Captured != w.Captured || s.Refunded != 0 {
			t.Errorf("%s: %s, captured %d, refunded %d, %v; want %s, %d", name, s.State, s.Captured, s.Refunded, err, w.State, w.Captured)
		}
	}
	var twice int
	if err := db.read.QueryRow(`SELECT count(*) FROM sale WHERE 1 <> (SELECT count(*) FROM journal WHERE sale = n AND kind IN ('sale.captured', 'sale.released'))`).Scan(&twice); err != nil || twice > 0 {
		t.Errorf("%d deposits do not end once in the journal: %v", twice, err)
	}
}
