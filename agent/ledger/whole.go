package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
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
	ctx = context.WithoutCancel(ctx) // a transaction that is cut off would stay open
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return w, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `BEGIN DEFERRED`); err != nil {
		return w, err
	}
	defer func() {
		if _, end := conn.ExecContext(ctx, `COMMIT`); end != nil {
			// What stays open would show this moment to whoever reads next.
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
			err = errors.Join(err, end)
		}
	}()
	if w.Sale, err = scanSale(conn.QueryRowContext(ctx, saleByNumber, n)); err != nil {
		return w, err
	}
	if w.Payments, err = collect(scanPayment)(conn.QueryContext(ctx, paymentsOfSale, n)); err != nil {
		return w, err
	}
	if w.Refunds, err = collect(scanRefund)(conn.QueryContext(ctx, refundsOfSale, n)); err != nil {
		return w, err
	}
	if w.Sale.Kind == KindDeposit {
		s, err := scanSettlement(conn.QueryRowContext(ctx, newestSettlement, n))
		if err == nil {
			w.Settlement = &s
		} else if !errors.Is(err, ErrNotFound) {
			return w, err
		}
	}
	var version sql.NullInt64
	err = conn.QueryRowContext(ctx, versionOfSale, n).Scan(&version)
	w.Version = version.Int64
	return w, err
}

// The plus keeps SQLite from looking at the number for its plan. Since 3.54 it
// takes a bare parameter that is compared with an indexed column for a hint, and the
// driver's cache of statements clears it after each use: each reading would
// prepare its statements anew (sqlite3ExprIsInteger, sqlite3_clear_bindings).
const (
	saleByNumber   = `SELECT ` + saleColumns + `WHERE n = ?`
	paymentsOfSale = `SELECT ` + paymentColumns + `WHERE sale = +? ORDER BY submitted_at, out_trade_no`
	refundsOfSale  = `SELECT ` + refundColumns + `WHERE sale = +? ORDER BY asked_at, refund_no`
	versionOfSale  = `SELECT max(seq) FROM journal WHERE sale = +?`
)
