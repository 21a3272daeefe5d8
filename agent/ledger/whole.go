package ledger

import (
	"cmp"
	"context"
	"errors"
)

// Whole is a sale with all that hangs on it, as everything stood at one moment.
type Whole struct {
	Sale       Sale
	Payments   []Payment   // oldest first
	Refunds    []Refund    // oldest first
	Settlement *Settlement // of a deposit that was asked to end
	Version    int64       // grows with every journaled change
}

// Whole reads a sale from one snapshot. Read one after another, its parts may
// come from both sides of a commit, and an open sale seem to have a paid payment.
func (db *DB) Whole(ctx context.Context, n int64) (w Whole, err error) {
	if err := ctx.Err(); err != nil {
		return w, err
	}
	ctx = context.WithoutCancel(ctx) // SQLite's driver needs a goroutine beside each statement that can be cut off
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return w, err
	}
	defer conn.Close()
	// A connection sees one moment for as long as any of its statements is under way:
	// this one is until all is read, and two commands more are spared.
	snapshot, err := conn.QueryContext(ctx, wholeSale, n)
	if err != nil {
		return w, err
	}
	defer snapshot.Close()
	if !snapshot.Next() {
		return w, cmp.Or(snapshot.Err(), ErrNotFound)
	}
	var refunds bool
	if w.Sale, err = scanSale(behind{[]any{&w.Version, &refunds}, snapshot}); err != nil {
		return w, err
	}
	if w.Payments, err = collect(scanPayment)(conn.QueryContext(ctx, paymentsOfSale, n)); err != nil {
		return w, err
	}
	if refunds {
		if w.Refunds, err = collect(scanRefund)(conn.QueryContext(ctx, refundsOfSale, n)); err != nil {
			return w, err
		}
	}
	if w.Sale.Kind == KindDeposit {
		s, err := scanSettlement(conn.QueryRowContext(ctx, newestSettlement, n))
		if err == nil {
			w.Settlement = &s
		} else if !errors.Is(err, ErrNotFound) {
			return w, err
		}
	}
	return w, nil
}

// behind scans the columns that follow some others.
type behind struct {
	first []any
	row   scannable
}

func (b behind) Scan(into ...any) error { return b.row.Scan(append(b.first, into...)...) }

// The plus keeps SQLite from looking at the number for its plan. Since 3.54 it
// takes a bare parameter that is compared with an indexed column for a hint, and the
// driver's cache of statements clears it after each use: each reading would
// prepare its statements anew (sqlite3ExprIsInteger, sqlite3_clear_bindings).
const (
	saleByNumber = `SELECT ` + saleColumns + `WHERE n = ?`
	wholeSale    = `SELECT coalesce((SELECT max(seq) FROM journal WHERE journal.sale = sale.n), 0),
		EXISTS (SELECT 1 FROM refund WHERE refund.sale = sale.n), ` + saleColumns + `WHERE n = ?`
	paymentsOfSale = `SELECT ` + paymentColumns + `WHERE sale = +? ORDER BY submitted_at, out_trade_no`
	refundsOfSale  = `SELECT ` + refundColumns + `WHERE sale = +? ORDER BY asked_at, refund_no`
	versionOfSale  = `SELECT max(seq) FROM journal WHERE sale = +?`
)
