package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tillpay/channels"
)

// Refund is money given back for a paid payment, whole or in part.
type Refund struct {
	RefundNo    string
	Sale        int64
	OutTradeNo  string
	Reference   string
	Fingerprint []byte
	Amount      int64
	Note        string // why, in the manager's words
	State       string
	Reason      channels.Reason
	PlatformID  string
	Code        string
	Message     string
	AskedAt     time.Time
	EndedAt     time.Time
}

const refundColumns = `refund_no, sale, out_trade_no, reference, fingerprint, amount, note, state, reason, platform_id, code, message,
	asked_at, ended_at FROM refund `

func scanRefund(r scannable) (Refund, error) {
	var f Refund
	var asked, ended int64
	err := r.Scan(&f.RefundNo, &f.Sale, &f.OutTradeNo, &f.Reference, &f.Fingerprint, &f.Amount, &f.Note, &f.State, &f.Reason,
		&f.PlatformID, &f.Code, &f.Message, &asked, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return f, ErrNotFound
	}
	f.AskedAt, f.EndedAt = fromMilli(asked), fromMilli(ended)
	return f, err
}

// CreateRefund stores f, or finds the refund that its reference already names,
// as CreateSale does. Whether the money may be given back is the caller's question.
func (tx *Tx) CreateRefund(f *Refund) (fresh bool, err error) {
	old, err := scanRefund(tx.row(`SELECT `+refundColumns+`WHERE reference = ?`, f.Reference))
	switch {
	case err == nil && string(old.Fingerprint) == string(f.Fingerprint):
		*f = old
		return false, nil
	case err == nil:
		return false, fmt.Errorf("%w: refund %s", ErrConflict, old.RefundNo)
	case !errors.Is(err, ErrNotFound):
		return false, err
	}
	f.AskedAt = tx.Now().Truncate(time.Millisecond)
	if _, err := tx.Exec(`INSERT INTO refund (refund_no, sale, out_trade_no, reference, fingerprint, amount, note, state, asked_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		f.RefundNo, f.Sale, f.OutTradeNo, f.Reference, f.Fingerprint, f.Amount, f.Note, f.State, toMilli(f.AskedAt)); err != nil {
		return false, fmt.Errorf("ledger: refund: %w", err)
	}
	return true, nil
}

// Refund reads one refund inside the transaction.
func (tx *Tx) Refund(refundNo string) (Refund, error) {
	return scanRefund(tx.row(`SELECT `+refundColumns+`WHERE refund_no = ?`, refundNo))
}

// RefundFor reads the refund of a reference, or ErrNotFound.
func (tx *Tx) RefundFor(reference string) (Refund, error) {
	return scanRefund(tx.row(`SELECT `+refundColumns+`WHERE reference = ?`, reference))
}

// OnPaper tells whether a slip with the number may have come out of the printer.
func (tx *Tx) OnPaper(sale int64, number string) (bool, error) {
	return tx.have(`SELECT 1 FROM journal WHERE sale = ? AND number = ? AND kind IN ('receipt.printed', 'receipt.unknown')`, sale, number)
}

// SaveRefund stores what may change of a refund.
func (tx *Tx) SaveRefund(f Refund) error {
	if _, err := tx.Exec(`UPDATE refund SET state = ?, reason = ?, platform_id = ?, code = ?, message = ?, ended_at = ? WHERE refund_no = ?`,
		f.State, f.Reason, f.PlatformID, f.Code, f.Message, toMilli(f.EndedAt), f.RefundNo); err != nil {
		return fmt.Errorf("ledger: refund: %w", err)
	}
	return nil
}

// Refunds reads a sale's refunds inside the transaction, oldest first.
func (tx *Tx) Refunds(sale int64) ([]Refund, error) {
	return collect(scanRefund)(tx.Query(refundsOfSale, sale))
}

// Refunds reads a sale's refunds, oldest first.
func (db *DB) Refunds(ctx context.Context, sale int64) ([]Refund, error) {
	return collect(scanRefund)(db.read.QueryContext(ctx, refundsOfSale, sale))
}

// Refund reads one refund.
func (db *DB) Refund(ctx context.Context, refundNo string) (Refund, error) {
	return scanRefund(db.read.QueryRowContext(ctx, `SELECT `+refundColumns+`WHERE refund_no = ?`, refundNo))
}
