package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tillpay/channels"
)

// Payment is one try at paying a sale. Its state is the rules' business; the
// ledger only keeps it.
type Payment struct {
	OutTradeNo  string
	Sale        int64
	Channel     string
	Wallet      string
	CodeLast4   string
	State       string
	Reason      channels.Reason
	Verified    bool
	PlatformID  string
	Code        string // the platform's own code and message, for support
	Message     string
	RequestID   string
	Detail      json.RawMessage // what else the platform told
	Progress    json.RawMessage // what the rules count, while they do
	SubmittedAt time.Time
	DeadlineAt  time.Time
	PaidAt      time.Time
	EndedAt     time.Time
}

const paymentColumns = `out_trade_no, sale, channel, wallet, code_last4, state, reason, verified, platform_id, code, message,
	request_id, detail, progress, submitted_at, deadline_at, paid_at, ended_at FROM payment `

func scanPayment(r scannable) (Payment, error) {
	var p Payment
	var detail, progress string
	var submitted, deadline, paid, ended int64
	err := r.Scan(&p.OutTradeNo, &p.Sale, &p.Channel, &p.Wallet, &p.CodeLast4, &p.State, &p.Reason, &p.Verified, &p.PlatformID,
		&p.Code, &p.Message, &p.RequestID, &detail, &progress, &submitted, &deadline, &paid, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return p, ErrNotFound
	} else if err != nil {
		return p, err
	}
	p.Detail, p.Progress = json.RawMessage(detail), json.RawMessage(progress)
	p.SubmittedAt, p.DeadlineAt, p.PaidAt, p.EndedAt = fromMilli(submitted), fromMilli(deadline), fromMilli(paid), fromMilli(ended)
	return p, nil
}

// payable tells a sale that may start a payment: it is open, and each payment that it
// has is in one of the states ?1 to ?3.
const payable = `state = 'open' AND NOT EXISTS (SELECT 1 FROM payment WHERE payment.sale = sale.n AND payment.state NOT IN (?1, ?2, ?3))`

// InsertPayment stores a new payment of an open sale, unless another payment of
// it has none of the states in over: then it stores nothing and answers false.
func (tx *Tx) InsertPayment(p Payment, over [3]string) (bool, error) {
	r, err := tx.Exec(`INSERT INTO payment (out_trade_no, sale, channel, wallet, code_last4, state, submitted_at, progress)
		SELECT ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM sale WHERE n = ?5 AND `+payable,
		over[0], over[1], over[2], p.OutTradeNo, p.Sale, p.Channel, p.Wallet, p.CodeLast4, p.State, toMilli(p.SubmittedAt), string(p.Progress))
	if err != nil {
		return false, fmt.Errorf("ledger: payment: %w", err)
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// SavePayment stores what may change of a payment.
func (tx *Tx) SavePayment(p Payment) error {
	if _, err := tx.Exec(`UPDATE payment SET state = ?, reason = ?, verified = ?, platform_id = ?, code = ?, message = ?, request_id = ?,
		detail = ?, progress = ?, deadline_at = ?, paid_at = ?, ended_at = ? WHERE out_trade_no = ?`,
		p.State, p.Reason, p.Verified, p.PlatformID, p.Code, p.Message, p.RequestID, string(p.Detail), string(p.Progress),
		toMilli(p.DeadlineAt), toMilli(p.PaidAt), toMilli(p.EndedAt), p.OutTradeNo); err != nil {
		return fmt.Errorf("ledger: payment: %w", err)
	}
	return nil
}

// Payments reads a sale's payments inside the transaction, oldest first.
func (tx *Tx) Payments(sale int64) ([]Payment, error) {
	return collect(scanPayment)(tx.Query(paymentsOfSale, sale))
}

// Payment reads one payment.
func (db *DB) Payment(ctx context.Context, outTradeNo string) (Payment, error) {
	return scanPayment(db.read.QueryRowContext(ctx, `SELECT `+paymentColumns+`WHERE out_trade_no = ?`, outTradeNo))
}

// Payments reads a sale's payments, oldest first.
func (db *DB) Payments(ctx context.Context, sale int64) ([]Payment, error) {
	return collect(scanPayment)(db.read.QueryContext(ctx, paymentsOfSale, sale))
}

// LastNumber is the highest order or refund number that starts with prefix, or "".
func (db *DB) LastNumber(ctx context.Context, prefix string) (string, error) {
	var payment, refund sql.NullString
	err := db.read.QueryRowContext(ctx, `SELECT (SELECT max(out_trade_no) FROM payment WHERE out_trade_no BETWEEN ?1 AND ?1 || 'z'),
		(SELECT max(refund_no) FROM refund WHERE refund_no BETWEEN ?1 AND ?1 || 'z')`, prefix).Scan(&payment, &refund)
	return max(payment.String, refund.String), err
}

func toMilli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
