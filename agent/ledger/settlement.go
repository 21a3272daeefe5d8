package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tillpay/channels"
)

// KindDeposit is the kind of a sale that is held first and then captured or released.
const KindDeposit = "deposit"

// Taken is what of a paid sale is the shop's before refunds: of a deposit what
// was captured of it.
func (s Sale) Taken() int64 {
	if s.Kind == KindDeposit {
		return s.Captured
	}
	return s.Amount.Amount
}

// Kinds of a settlement.
const (
	Capture = "capture" // a part or all goes to the shop, the rest back
	Release = "release" // all goes back
)

// Settlement is how a person asked a deposit to end. Its state is the rules'
// business. A sale has one that is not refused at most.
type Settlement struct {
	Sale       int64
	Try        int // from 1
	OutTradeNo string
	Kind       string
	Amount     int64 // captured, or given back
	State      string
	Reason     channels.Reason
	Code       string // the platform's own code and message, for support
	Message    string
	AskedAt    time.Time
	EndedAt    time.Time
}

const settlementColumns = `sale, try, out_trade_no, kind, amount, state, reason, code, message, asked_at, ended_at FROM settlement `

func scanSettlement(r scannable) (Settlement, error) {
	var s Settlement
	var asked, ended int64
	err := r.Scan(&s.Sale, &s.Try, &s.OutTradeNo, &s.Kind, &s.Amount, &s.State, &s.Reason, &s.Code, &s.Message, &asked, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return s, ErrNotFound
	}
	s.AskedAt, s.EndedAt = fromMilli(asked), fromMilli(ended)
	return s, err
}

// CreateSettlement stores s as the sale's next try. A second one beside one that
// is not refused is an error of the file's own.
func (tx *Tx) CreateSettlement(s *Settlement) error {
	s.AskedAt = tx.Now().Truncate(time.Millisecond)
	if _, err := tx.Exec(`INSERT INTO settlement (sale, try, out_trade_no, kind, amount, state, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		s.Sale, s.Try, s.OutTradeNo, s.Kind, s.Amount, s.State, toMilli(s.AskedAt)); err != nil {
		return fmt.Errorf("ledger: settlement: %w", err)
	}
	return nil
}

// SaveSettlement stores what may change of a settlement.
func (tx *Tx) SaveSettlement(s Settlement) error {
	if _, err := tx.Exec(`UPDATE settlement SET state = ?, reason = ?, code = ?, message = ?, ended_at = ? WHERE sale = ? AND try = ?`,
		s.State, s.Reason, s.Code, s.Message, toMilli(s.EndedAt), s.Sale, s.Try); err != nil {
		return fmt.Errorf("ledger: settlement: %w", err)
	}
	return nil
}

const newestSettlement = `SELECT ` + settlementColumns + `WHERE sale = +? ORDER BY try DESC LIMIT 1` // the plus: see saleByNumber

// Settlement reads a sale's newest settlement inside the transaction, or ErrNotFound.
func (tx *Tx) Settlement(sale int64) (Settlement, error) {
	return scanSettlement(tx.row(newestSettlement, sale))
}

// Settlement reads a sale's newest settlement, or ErrNotFound.
func (db *DB) Settlement(ctx context.Context, sale int64) (Settlement, error) {
	return scanSettlement(db.read.QueryRowContext(ctx, newestSettlement, sale))
}

// depositSums are statements about deposits that must find nothing.
var depositSums = []struct{ query, wrong string }{
	{`SELECT n FROM sale WHERE kind <> 'deposit' AND (state IN ('held', 'released') OR captured <> 0) LIMIT 1`,
		"the sale is no deposit, and held, captured or released"},
	{`SELECT n FROM sale WHERE kind = 'deposit' AND CASE WHEN state IN ('paid', 'refunded')
		THEN captured NOT BETWEEN 1 AND amount ELSE captured <> 0 END LIMIT 1`,
		"the captured amount is not possible in this state"},
	{`SELECT n FROM sale WHERE kind = 'deposit' AND (refunded > captured OR (state = 'refunded') <> (captured > 0 AND refunded = captured)) LIMIT 1`,
		"the refunds are not what the captured amount allows"},
	{`SELECT n FROM sale WHERE kind = 'deposit' AND state IN ('paid', 'refunded') AND NOT EXISTS (SELECT 1 FROM journal
		WHERE journal.sale = n AND journal.kind = 'sale.captured' AND data ->> 'amount' = captured) LIMIT 1`,
		"the captured amount is not in the journal"},
	{`SELECT n FROM sale WHERE state = 'released' AND NOT EXISTS (SELECT 1 FROM journal
		WHERE journal.sale = n AND journal.kind = 'sale.released') LIMIT 1`,
		"the release is not in the journal"},
	{`SELECT n FROM sale WHERE kind = 'deposit' AND (SELECT count(*) FROM journal WHERE journal.sale = n AND journal.kind IN ('sale.captured', 'sale.released')) > 1 LIMIT 1`,
		"the deposit ended twice"},
	{`SELECT settlement.out_trade_no FROM settlement WHERE NOT EXISTS (SELECT 1 FROM journal WHERE number = out_trade_no
		AND journal.sale = settlement.sale AND journal.kind = 'sale.' || settlement.kind || '_' || state
		AND data ->> 'amount' = amount AND data ->> 'try' = try) LIMIT 1`,
		"the settlement is not as the journal says"},
	{`SELECT settlement.out_trade_no FROM settlement JOIN sale ON n = sale WHERE settlement.state = 'done' AND NOT CASE settlement.kind
		WHEN 'capture' THEN sale.state IN ('paid', 'refunded') AND captured = settlement.amount
		ELSE sale.state = 'released' END LIMIT 1`,
		"the settlement is done and its sale does not say so"},
	{`SELECT settlement.out_trade_no FROM settlement JOIN sale ON n = sale WHERE settlement.state IN ('asked', 'accepted') AND sale.state <> 'held' LIMIT 1`,
		"the deposit has ended and its settlement does not say so"},
}
