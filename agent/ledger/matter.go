package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Matter is something that a person must decide. What kinds there are, and what
// a choice does, is the agent's business; the ledger keeps the list.
type Matter struct {
	N        int64 // ID is its public form
	Kind     string
	Number   string          // what of its kind: an order, a refund, a slip, a job
	Sale     int64           // 0: of no sale
	Data     json.RawMessage // what its kind must know again
	RaisedAt time.Time
	ClosedAt time.Time // zero while it is open
	Choice   string    // empty where it ended by itself
	By, Note string    // who closed it, and why
}

// ID is the matter's opaque public name.
func (m Matter) ID() string { return "a" + strconv.FormatInt(m.N, 32) }

// Open tells whether it still waits for a person.
func (m Matter) Open() bool { return m.ClosedAt.IsZero() }

// ParseMatterID reads a public name; ErrNotFound if it is none of ours.
func ParseMatterID(id string) (int64, error) {
	if len(id) > 1 && id[0] == 'a' {
		if n, err := strconv.ParseInt(id[1:], 32, 64); err == nil && (Matter{N: n}).ID() == id {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%w: matter %q", ErrNotFound, id)
}

const matterColumns = `n, kind, number, sale, data, raised_at, closed_at, choice, by_whom, note FROM matter `

func scanMatter(r scannable) (Matter, error) {
	var m Matter
	var data string
	var raised, closed int64
	err := r.Scan(&m.N, &m.Kind, &m.Number, &m.Sale, &data, &raised, &closed, &m.Choice, &m.By, &m.Note)
	if errors.Is(err, sql.ErrNoRows) {
		return m, ErrNotFound
	}
	m.Data, m.RaisedAt, m.ClosedAt = json.RawMessage(data), fromMilli(raised), fromMilli(closed)
	return m, err
}

// Raise puts m on the list, in the transaction of what made it a matter. One of
// its kind and number that is open already stays as it is; one that a person
// closed is not raised again before quiet has passed.
func (tx *Tx) Raise(m Matter, quiet time.Duration) error {
	now := tx.Now()
	if len(m.Data) == 0 {
		m.Data = json.RawMessage(`{}`)
	}
	r, err := tx.Exec(`INSERT INTO matter (kind, number, sale, data, raised_at) SELECT ?1, ?2, ?3, ?4, ?5
		WHERE NOT EXISTS (SELECT 1 FROM matter WHERE kind = ?1 AND number = ?2 AND (closed_at = 0 OR choice <> '' AND closed_at > ?6))`,
		m.Kind, m.Number, m.Sale, string(m.Data), toMilli(now), toMilli(now.Add(-quiet)))
	if err != nil {
		return fmt.Errorf("ledger: matter: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if m.N, err = r.LastInsertId(); err != nil {
		return fmt.Errorf("ledger: matter: %w", err)
	}
	return tx.Journal("attention.raised", m.Sale, m.Number, map[string]any{"matter": m.ID(), "kind": m.Kind, "data": m.Data})
}

// Closing is how a matter ends. Choice is empty where nobody had to decide.
type Closing struct {
	Choice   string
	By, Note string
	Platform string // what the platform said when a person chose, empty where it was not asked
}

// ErrClosed: the matter was closed before.
var ErrClosed = errors.New("ledger: the matter is closed")

// CloseMatter takes a matter off the list, and journals who did and why.
func (tx *Tx) CloseMatter(n int64, c Closing) error {
	m, err := scanMatter(tx.row(`SELECT `+matterColumns+`WHERE n = ?`, n))
	if err != nil {
		return err
	}
	if !m.Open() {
		return ErrClosed
	}
	if _, err := tx.Exec(`UPDATE matter SET closed_at = ?, choice = ?, by_whom = ?, note = ? WHERE n = ?`,
		toMilli(tx.Now()), c.Choice, c.By, c.Note, n); err != nil {
		return fmt.Errorf("ledger: matter: %w", err)
	}
	return tx.Journal("attention.closed", m.Sale, m.Number, map[string]any{
		"matter": m.ID(), "kind": m.Kind, "choice": c.Choice, "by": c.By, "note": c.Note, "platform": c.Platform,
	})
}

// Mended closes the open matter of a kind and number, if there is one: what
// happened since has settled it. by is who or what did.
func (tx *Tx) Mended(kind, number, by string) error {
	m, err := scanMatter(tx.row(`SELECT `+matterColumns+`WHERE kind = ? AND number = ? AND closed_at = 0`, kind, number))
	if errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return tx.CloseMatter(m.N, Closing{By: by})
}

// Matter reads one matter, open or closed, or ErrNotFound.
func (db *DB) Matter(ctx context.Context, n int64) (Matter, error) {
	return scanMatter(db.read.QueryRowContext(ctx, `SELECT `+matterColumns+`WHERE n = ?`, n))
}

// Matters are those that wait for a person, oldest first.
func (db *DB) Matters(ctx context.Context) ([]Matter, error) {
	return collect(scanMatter)(db.read.QueryContext(ctx, `SELECT `+matterColumns+`WHERE closed_at = 0 ORDER BY raised_at, n`))
}

// OpenMatter reads the open matter of a kind and number, or ErrNotFound.
func (db *DB) OpenMatter(ctx context.Context, kind, number string) (Matter, error) {
	return scanMatter(db.read.QueryRowContext(ctx, `SELECT `+matterColumns+`WHERE kind = ? AND number = ? AND closed_at = 0`, kind, number))
}

// Attentions is the number of matters that wait for a person.
func (db *DB) Attentions(ctx context.Context) (n int, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT count(*) FROM matter WHERE closed_at = 0`).Scan(&n)
	return n, err
}

// matterSums are statements about the list that must find nothing.
var matterSums = []struct{ query, wrong string }{
	{`SELECT out_trade_no FROM payment WHERE state = 'attention' AND NOT EXISTS
		(SELECT 1 FROM matter WHERE kind = 'payment' AND number = out_trade_no AND closed_at = 0) LIMIT 1`,
		"the payment needs a person and is not on the list of what does"},
	{`SELECT refund_no FROM refund WHERE state = 'attention' AND NOT EXISTS
		(SELECT 1 FROM matter WHERE kind = 'refund' AND number = refund_no AND closed_at = 0) LIMIT 1`,
		"the refund needs a person and is not on the list of what does"},
	{`SELECT number FROM matter WHERE closed_at <> 0 AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.number = matter.number
		AND journal.sale = matter.sale AND journal.kind = 'attention.closed' AND data ->> 'choice' = choice AND data ->> 'by' = by_whom) LIMIT 1`,
		"the matter's closing is not in the journal"},
}
