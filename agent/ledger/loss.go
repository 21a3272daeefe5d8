package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// KindLoss is the journal's entry about entries that are gone. Its number lies
// behind theirs: none is ever given twice.
const KindLoss = "ledger.loss"

// Loss is what an Open found to be gone, or damaged.
type Loss struct {
	Seq      int64            `json:"-"`                  // of its entry
	Why      string           `json:"why"`                // in words
	Missing  [][2]int64       `json:"missing,omitempty"`  // numbers of journal entries, from and to
	Kept     string           `json:"kept,omitempty"`     // the damaged file's new name
	Read     map[string]int64 `json:"read,omitempty"`     // rows that could be read of it, by table
	Restored []string         `json:"restored,omitempty"` // orders and refunds that are known from elsewhere, and asked about again
	Omitted  int              `json:"omitted,omitempty"`  // under way, and known by their count alone
}

// Entries is how many of the journal's are gone.
func (l Loss) Entries() (n int64) {
	for _, m := range l.Missing {
		n += m[1] - m[0] + 1
	}
	return n
}

// Found is what Open found to be gone or damaged, each in the journal too.
func (db *DB) Found() []Loss { return db.found }

// compare holds the ledger against what the mark remembers, and from then on
// keeps the mark.
func (db *DB) compare(ctx context.Context, w *Mark) error {
	loss, err := db.missing(ctx, w)
	if err != nil {
		return err
	}
	if loss != nil || w != nil && w.Suspect {
		if err := db.whole(ctx); err != nil {
			return err
		}
	}
	if loss != nil && len(loss.Missing) > 0 {
		db.tail = tail{w.Seq, w.Hash} // what comes next has a number of its own
	}
	words, err := db.words(ctx)
	if err != nil {
		return err
	}
	if w != nil && w.Schema == len(migrations) && w.Words != nil && !bytes.Equal(w.Words, words) {
		return fmt.Errorf("ledger: %s: %w: its tables are not declared as they were", db.path, errDamaged)
	}
	first, err := readFirst(db.path)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if db.mark, err = openMark(filepath.Dir(db.path), len(migrations), first); err != nil {
		return err
	}
	db.mark.words = words
	if err := db.loadUnderWay(ctx); err != nil {
		return err
	}
	if loss != nil {
		if err := db.Update(ctx, func(tx *Tx) error { return tx.lose(loss, w) }); err != nil {
			return err
		}
		db.found = append(db.found, *loss)
	}
	if err := db.mark.write(db.tail); err != nil {
		return fmt.Errorf("ledger: %s: %w", MarkName, err)
	}
	return nil
}

// missing tells what the mark knows and the journal does not, or nil.
func (db *DB) missing(ctx context.Context, w *Mark) (*Loss, error) {
	if w == nil || w.Seq == 0 {
		return nil, nil
	}
	if db.tail.seq < w.Seq {
		return &Loss{Why: fmt.Sprintf("the journal ends at entry %d, and had come to %d", db.tail.seq, w.Seq), Missing: [][2]int64{{db.tail.seq + 1, w.Seq}}}, nil
	}
	e, err := scanEntry(db.conn.QueryRowContext(ctx, `SELECT `+entryColumns+`WHERE seq = ?`, w.Seq))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		known, err := losses(ctx, db.conn)
		if err != nil {
			return nil, unreadable(err)
		}
		if told := (chain{known: known}); told.owned(w.Seq, w.Seq, w.Seq) {
			return nil, nil
		}
	case err != nil:
		return nil, fmt.Errorf("ledger: journal: %w", unreadable(err))
	case string(e.hash()) == string(w.Hash):
		return nil, nil
	}
	return &Loss{Why: fmt.Sprintf("entry %d of the journal is not the one that was written", w.Seq)}, nil
}

// words is a hash of how the tables are declared: a flipped bit there makes
// another column, and SQLite does not mind.
func (db *DB) words(ctx context.Context) ([]byte, error) {
	var all string
	if err := db.conn.QueryRowContext(ctx, `SELECT coalesce(group_concat(sql, char(10) ORDER BY name), '') FROM sqlite_schema WHERE type IN ('table', 'index')`).Scan(&all); err != nil {
		return nil, fmt.Errorf("ledger: schema: %w", unreadable(err))
	}
	sum := sha256.Sum256([]byte(all))
	return sum[:], nil
}

// readable reads what a start depends on: the jobs that are owed.
func (db *DB) readable(ctx context.Context) error {
	var nonsense int
	err := db.conn.QueryRowContext(ctx, `SELECT count(*) FROM job WHERE typeof(kind) <> 'text' OR typeof(key) <> 'text' OR typeof(due) NOT IN ('integer', 'null')
		OR typeof(attempts) <> 'integer' OR typeof(generation) <> 'integer' OR typeof(payload) <> 'blob'`).Scan(&nonsense)
	if err == nil && nonsense > 0 {
		err = errDamaged
	}
	if err != nil {
		return fmt.Errorf("ledger: jobs: %w", unreadable(err))
	}
	return nil
}

// whole has SQLite look at every page: only where there is a reason, since that
// costs time in proportion to history.
func (db *DB) whole(ctx context.Context) error {
	var says string
	if err := db.conn.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&says); err != nil {
		return fmt.Errorf("ledger: %s: %w", db.path, err)
	}
	if says != "ok" {
		return fmt.Errorf("ledger: %s: %w: %s", db.path, errDamaged, says)
	}
	return nil
}

// lose brings back what was under way, and tells of the loss.
func (tx *Tx) lose(loss *Loss, w *Mark) error {
	if w != nil {
		if err := tx.restore(w.Open, loss); err != nil {
			return err
		}
		loss.Omitted = w.Omitted
	}
	return tx.reportLoss(loss)
}

// loadUnderWay tells the mark what is under way, from the jobs that follow it.
func (db *DB) loadUnderWay(ctx context.Context) error {
	entries, err := collect(scanEntry)(db.conn.QueryContext(ctx, `SELECT j.seq, j.at, j.kind, j.sale, j.number, j.data, j.prev FROM job
		JOIN journal j ON j.sale = coalesce(
			(SELECT sale FROM payment WHERE job.kind = 'payment' AND out_trade_no = job.key AND state IN ('submitting', 'paying', 'revoking')),
			(SELECT sale FROM refund WHERE job.kind = 'refund' AND refund_no = job.key),
			(SELECT sale FROM settlement WHERE job.kind = 'settle' AND out_trade_no = job.key AND state IN ('asked', 'accepted')))
		WHERE job.kind IN ('payment', 'refund', 'settle') AND (j.kind = '`+created+`' OR j.number = job.key AND
			j.kind IN ('payment.submitted', 'refund.asked', 'sale.capture_asked', 'sale.release_asked'))
		ORDER BY j.seq DESC LIMIT ?`, 3*maxOpen))
	if err != nil {
		return unreadable(err)
	}
	for i := len(entries) - 1; i >= 0; i-- {
		db.mark.learn(entries[i:i+1], db.beginning)
	}
	return nil
}

// readFirst reads the ledger's first page as it lies in the file.
func readFirst(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	page := make([]byte, firstSize)
	_, err = f.ReadAt(page, 0)
	return page, errors.Join(err, f.Close())
}

// losses reads what a journal says of its own holes.
func losses(ctx context.Context, q querier) ([]Loss, error) {
	return collect(func(r scannable) (Loss, error) {
		var l Loss
		var data string
		if err := r.Scan(&l.Seq, &data); err != nil {
			return l, err
		}
		return l, json.Unmarshal([]byte(data), &l)
	})(q.QueryContext(ctx, `SELECT seq, data FROM journal WHERE sale = 0 AND kind = ? ORDER BY seq`, KindLoss))
}
