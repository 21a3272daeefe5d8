package ledger

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
)

// Verdict is what Verify proved.
type Verdict struct {
	Entries  int64  `json:"entries"`
	Sales    int64  `json:"sales"`
	Payments int64  `json:"payments"`
	Refunds  int64  `json:"refunds"`
	Lost     int64  `json:"lost"` // entries that the journal itself says are gone
	Last     int64  `json:"last"` // the newest entry, and its hash: whoever writes them down can tell later whether it is still there
	Hash     string `json:"hash"`
	Mark     int64  `json:"mark"` // the entry that the mark beside the file names; 0: there is no mark
}

// Verify proves a ledger file without changing it: SQLite's own structure, the
// journal's chain, and the books' sums. The file may be in use or a copy.
func Verify(ctx context.Context, path string) (Verdict, error) {
	var v Verdict
	witness := readMark(filepath.Dir(path)) // before the journal, which may grow meanwhile
	if filepath.Base(path) != FileName {
		witness = nil // a copy: what lies beside it is not its own
	}
	db, err := sql.Open(SQLite, readOnly(path)+"&_query_only=1")
	if err != nil {
		return v, fmt.Errorf("ledger: %w", err)
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil) // one snapshot for all questions
	if err != nil {
		return v, fmt.Errorf("ledger: open %s: %w", path, err)
	}
	defer tx.Rollback()
	var whole string
	if err := tx.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&whole); err != nil {
		return v, fmt.Errorf("ledger: %s: %w", path, err)
	}
	if whole != "ok" {
		return v, fmt.Errorf("ledger: %s is damaged: %s", path, whole)
	}
	journal, err := checkChain(ctx, tx, func(Entry) error { return nil })
	v.Entries, v.Lost, v.Last, v.Hash = journal.entries, journal.lost, journal.end.seq, hex.EncodeToString(journal.end.hash)
	if err != nil {
		return v, err
	}
	if witness != nil {
		if v.Mark = witness.Seq; v.Mark > journal.end.seq {
			return v, &ChainError{journal.end.seq, fmt.Sprintf("is the last one, and the journal had come to %d (%s knows): the entries behind it are gone", v.Mark, MarkName)}
		}
		if v.Mark == journal.end.seq && string(witness.Hash) != string(journal.end.hash) {
			return v, &ChainError{v.Mark, "is not the entry that was written (" + MarkName + " knows its hash)"}
		}
	}
	var version int // of a copy that was made before a migration: it lacks the later tables
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return v, fmt.Errorf("ledger: %s: %w", path, err)
	}
	all := slices.Concat(sums, wellFormed)
	if version >= 2 {
		all = append(all, depositSums...)
	}
	if version >= 3 {
		all = append(all, matterSums...)
	}
	for _, c := range all {
		var bad string
		switch err := tx.QueryRowContext(ctx, c.query).Scan(&bad); err {
		case sql.ErrNoRows:
		case nil:
			return v, fmt.Errorf("ledger: %s: %s", bad, c.wrong)
		default:
			return v, fmt.Errorf("ledger: verify: %w", err)
		}
	}
	err = tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM sale), (SELECT count(*) FROM payment), (SELECT count(*) FROM refund)`).
		Scan(&v.Sales, &v.Payments, &v.Refunds)
	return v, err
}

// texts that are JSON must be.
var wellFormed = []struct{ query, wrong string }{
	{`SELECT n FROM sale WHERE NOT json_valid(items) OR NOT json_valid(options) LIMIT 1`, "the sale's items or options cannot be read"},
}

// sums are statements about the books that must find nothing.
var sums = []struct{ query, wrong string }{
	{`SELECT sale FROM payment WHERE state = 'paid' GROUP BY sale HAVING count(*) > 1 LIMIT 1`, "the sale has two paid payments"},
	{`SELECT n FROM sale WHERE state IN ('paid', 'refunded', 'held', 'released') AND NOT EXISTS
		(SELECT 1 FROM payment WHERE out_trade_no = paid_by AND payment.sale = n AND state = 'paid') LIMIT 1`, "the sale is paid by no paid payment"},
	{`SELECT n FROM sale WHERE refunded <> (SELECT coalesce(sum(amount), 0) FROM refund WHERE refund.sale = n AND state = 'done') LIMIT 1`,
		"the refunded amount is not the sum of the refunds that are done"},
	{`SELECT out_trade_no FROM payment JOIN sale ON n = sale WHERE payment.state = 'paid' AND paid_by <> out_trade_no LIMIT 1`,
		"the payment is paid and its sale does not say so"},
	{`SELECT n FROM sale WHERE NOT EXISTS (SELECT 1 FROM journal WHERE journal.sale = n AND journal.kind = 'sale.created'
		AND data ->> 'reference' = reference AND data ->> 'amount' = amount AND data ->> 'currency' = currency) LIMIT 1`,
		"the sale is not as the journal says it was made"},
	{`SELECT out_trade_no FROM payment WHERE NOT EXISTS (SELECT 1 FROM journal WHERE number = out_trade_no AND journal.sale = payment.sale
		AND kind = 'payment.' || CASE state WHEN 'submitting' THEN 'submitted' ELSE state END) LIMIT 1`,
		"the payment's state is not in the journal"},
	{`SELECT refund_no FROM refund WHERE NOT EXISTS (SELECT 1 FROM journal WHERE number = refund_no AND journal.sale = refund.sale
		AND kind = 'refund.' || state AND data ->> 'amount' = amount) LIMIT 1`,
		"the refund is not as the journal says"},
}
