package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// mend makes books of what could be read: rows that are gone are made again from
// the journal and the mark, sums are made right, what was not over is owed, and
// the loss is told.
func (tx *Tx) mend(ctx context.Context, w *Mark, loss *Loss) error {
	if err := tx.holes(ctx, w, loss); err != nil {
		return err
	}
	if err := tx.restoreLost(w, loss); err != nil {
		return err
	}
	for _, q := range astray {
		sales, err := collect(scanNumber)(tx.Query(q))
		if err != nil {
			return err
		}
		for _, n := range sales {
			if err := tx.settleSale(n); err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
		}
	}
	for _, q := range owed {
		if _, err := tx.Exec(q, tx.Now().Add(-10*time.Minute).UnixMilli()); err != nil {
			return err
		}
	}
	if err := tx.journalAgain(); err != nil {
		return err
	}
	return tx.reportLoss(loss)
}

func scanNumber(r scannable) (n int64, err error) { err = r.Scan(&n); return n, err }

// holes sets the journal's end behind everything that is known of, and tells
// which numbers are gone.
func (tx *Tx) holes(ctx context.Context, w *Mark, loss *Loss) error {
	if err := tx.db.loadTail(ctx); err != nil {
		return err
	}
	tx.tail = tx.db.tail
	end := int64(0)
	known, err := losses(ctx, tx.db.conn)
	if err != nil {
		return err
	}
	told := chain{known: known}
	seqs, err := collect(scanNumber)(tx.Query(`SELECT seq FROM journal ORDER BY seq`))
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		if seq > end+1 && !told.owned(end+1, seq-1, seq) {
			loss.Missing = append(loss.Missing, [2]int64{end + 1, seq - 1})
		}
		end = seq
	}
	if w != nil && w.Seq > tx.tail.seq {
		loss.Missing = append(loss.Missing, [2]int64{tx.tail.seq + 1, w.Seq})
		tx.tail = tail{w.Seq, w.Hash}
	}
	return nil
}

// restoreLost makes rows again that the journal or the mark tell of.
func (tx *Tx) restoreLost(w *Mark, loss *Loss) error {
	sales, err := collect(scanNumber)(tx.Query(`SELECT sale FROM journal WHERE kind = 'payment.submitted' AND number NOT IN (SELECT out_trade_no FROM payment)
		UNION SELECT sale FROM journal WHERE kind = 'refund.asked' AND number NOT IN (SELECT refund_no FROM refund)
		UNION SELECT sale FROM journal WHERE kind IN ('sale.capture_asked', 'sale.release_asked') AND sale NOT IN (SELECT sale FROM settlement)
		UNION SELECT sale FROM journal WHERE sale <> 0 AND sale NOT IN (SELECT n FROM sale)
		UNION SELECT sale FROM payment WHERE sale NOT IN (SELECT n FROM sale)
		UNION SELECT sale FROM refund WHERE sale NOT IN (SELECT n FROM sale)`))
	if err != nil {
		return err
	}
	var lines []Line
	if w != nil {
		lines, loss.Omitted = w.Open, w.Omitted
	}
	for _, n := range sales {
		entries, err := collect(scanEntry)(tx.Query(`SELECT `+entryColumns+`WHERE sale = ? ORDER BY seq`, n))
		if err != nil {
			return err
		}
		if len(entries) == 0 { // a payment or refund alone is left
			entries = append(entries, Entry{Seq: -1, Sale: n, At: time.UnixMilli(n), prev: []byte{}})
		}
		for _, e := range entries {
			lines = append(lines, e.Line())
		}
	}
	return tx.restore(lines, loss)
}

// astray finds sales that do not say what their payments, refunds and settlements say.
var astray = []string{
	`SELECT n FROM sale WHERE state IN ('paid', 'refunded', 'held', 'released') AND NOT EXISTS
		(SELECT 1 FROM payment WHERE out_trade_no = paid_by AND payment.sale = n AND state = 'paid')`,
	`SELECT sale FROM payment JOIN sale ON n = sale WHERE payment.state = 'paid' AND paid_by <> out_trade_no`,
	`SELECT n FROM sale WHERE refunded <> (SELECT coalesce(sum(amount), 0) FROM refund WHERE refund.sale = n AND state = 'done')`,
	`SELECT n FROM sale WHERE kind = 'deposit' AND captured <> (` + depositCaptured + `)`,
}

// depositEnd is how a deposit ended by the journal, depositCaptured what was captured of it.
// Its settlement knows less: who captured it in the merchant's console made none, and
// a platform may have captured another amount than was asked.
const (
	depositEnd      = `FROM journal WHERE journal.sale = sale.n AND journal.kind IN ('sale.captured', 'sale.released') AND json_valid(data) ORDER BY seq DESC LIMIT 1`
	depositCaptured = `SELECT coalesce((SELECT CASE journal.kind WHEN 'sale.captured' THEN data ->> 'amount' ELSE 0 END ` + depositEnd + `),
		(SELECT sum(amount) FROM settlement WHERE sale = sale.n AND kind = 'capture' AND state = 'done'), 0)`
	depositReleased = `SELECT coalesce((SELECT journal.kind = 'sale.released' ` + depositEnd + `),
		EXISTS (SELECT 1 FROM settlement WHERE sale = sale.n AND kind = 'release' AND state = 'done'))`
)

// owed puts a job for everything that is not over and has none, and for what may
// still want its late look. ?1 is some minutes ago.
var owed = []string{
	`INSERT OR IGNORE INTO job (kind, key, due, payload) SELECT 'payment', out_trade_no, 0, x'' FROM payment
		WHERE state NOT IN ('paid', 'declined', 'revoked', 'attention') OR state <> 'paid' AND state <> 'attention' AND ended_at > ?1`,
	`INSERT OR IGNORE INTO job (kind, key, due, payload) SELECT 'refund', refund_no, 0, x'' FROM refund WHERE state IN ('asked', 'accepted') AND ?1 > 0`,
	`INSERT OR IGNORE INTO job (kind, key, due, payload) SELECT 'settle', out_trade_no, 0, x'' FROM settlement WHERE state IN ('asked', 'accepted') AND ?1 > 0`,
	`INSERT OR IGNORE INTO job (kind, key, due, payload) SELECT 'hold', paid_by, 0, x'' FROM sale WHERE state = 'held' AND ?1 > 0`,
	// A slip whose job is gone: a person looks whether it came out.
	`UPDATE sale SET receipt = 'unknown' WHERE receipt = 'queued' AND NOT EXISTS (SELECT 1 FROM job WHERE kind = 'print') AND ?1 > 0`,
}

// journalAgain writes what rows say and the journal no longer does.
func (tx *Tx) journalAgain() error {
	rows, err := collect(func(r scannable) (l Line, err error) {
		err = r.Scan(&l.Kind, &l.Sale, &l.Number, &l.Data)
		return l, err
	})(tx.Query(`
		SELECT 'sale.created', n, '', json_object('reference', reference, 'kind', kind, 'amount', amount, 'currency', currency, 'cashier', cashier, 'restored', json('true'))
			FROM sale WHERE NOT EXISTS (SELECT 1 FROM journal WHERE journal.sale = n AND journal.kind = 'sale.created'
			AND (CASE WHEN json_valid(data) THEN data ->> 'reference' END) = reference AND (CASE WHEN json_valid(data) THEN data ->> 'amount' END) = amount AND (CASE WHEN json_valid(data) THEN data ->> 'currency' END) = currency)
		UNION ALL SELECT 'payment.' || CASE state WHEN 'submitting' THEN 'submitted' ELSE state END, sale, out_trade_no,
			json_object('channel', channel, 'wallet', wallet, 'platform_id', platform_id, 'reason', reason, 'restored', json('true'))
			FROM payment WHERE NOT EXISTS (SELECT 1 FROM journal WHERE number = out_trade_no AND journal.sale = payment.sale
			AND kind = 'payment.' || CASE state WHEN 'submitting' THEN 'submitted' ELSE state END)
		UNION ALL SELECT 'refund.' || state, sale, refund_no, json_object('amount', amount, 'reference', reference, 'out_trade_no', out_trade_no, 'restored', json('true'))
			FROM refund WHERE NOT EXISTS (SELECT 1 FROM journal WHERE number = refund_no AND journal.sale = refund.sale
			AND kind = 'refund.' || state AND (CASE WHEN json_valid(data) THEN data ->> 'amount' END) = amount)
		UNION ALL SELECT 'sale.captured', n, paid_by, json_object('amount', captured, 'restored', json('true')) FROM sale
			WHERE captured > 0 AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.sale = n AND kind = 'sale.captured')
		UNION ALL SELECT 'sale.released', n, paid_by, json_object('amount', 0, 'restored', json('true')) FROM sale
			WHERE state = 'released' AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.sale = n AND kind = 'sale.released')
		UNION ALL SELECT 'attention.closed', sale, number, json_object('matter', n, 'kind', kind, 'choice', choice, 'by', by_whom, 'note', note, 'restored', json('true'))
			FROM matter WHERE closed_at <> 0 AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.number = matter.number
			AND journal.sale = matter.sale AND journal.kind = 'attention.closed' AND (CASE WHEN json_valid(data) THEN data ->> 'choice' END) = choice AND (CASE WHEN json_valid(data) THEN data ->> 'by' END) = by_whom)`))
	if err != nil {
		return err
	}
	for _, l := range rows {
		if err := tx.Journal(l.Kind, l.Sale, l.Number, l.entry().Data); err != nil {
			return err
		}
	}
	for _, q := range []string{
		`SELECT 'payment', out_trade_no, sale FROM payment WHERE state = 'attention'`,
		`SELECT 'refund', refund_no, sale FROM refund WHERE state = 'attention'`,
	} {
		matters, err := collect(func(r scannable) (m Matter, err error) { err = r.Scan(&m.Kind, &m.Number, &m.Sale); return m, err })(tx.Query(q))
		if err != nil {
			return err
		}
		for _, m := range matters {
			if err := tx.Raise(m, 0); err != nil { // one that is open stays as it is
				return err
			}
		}
	}
	return nil
}

// MatterLoss is the kind of matter that a loss is.
const MatterLoss = "ledger"

// reportLoss journals a loss, behind the newest number that is known, and puts it
// on the manager's list.
func (tx *Tx) reportLoss(loss *Loss) error {
	if err := tx.Journal(KindLoss, 0, "", loss); err != nil {
		return err
	}
	loss.Seq = tx.tail.seq
	data, err := json.Marshal(loss)
	if err != nil {
		return err
	}
	return tx.Raise(Matter{Kind: MatterLoss, Number: fmt.Sprint("loss-", loss.Seq), Data: data}, 0)
}
