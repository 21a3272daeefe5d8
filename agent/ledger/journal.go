package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Entry is one line of the journal: what happened to money, in order, for ever.
type Entry struct {
	Seq    int64           `json:"seq"`
	At     time.Time       `json:"at"`
	Kind   string          `json:"kind"` // sale.created, payment.paid, refund.done, receipt.printed …
	Sale   int64           `json:"-"`
	Number string          `json:"number,omitempty"` // out_trade_no or refund_no
	Data   json.RawMessage `json:"data"`
	prev   []byte
}

// Topic is the part of Kind before the dot: the event that tells of it.
func (e Entry) Topic() string {
	topic, _, _ := strings.Cut(e.Kind, ".")
	return topic
}

// hash covers every field, each with its length, and the hash of the entry before.
func (e Entry) hash() []byte {
	h := sha256.New()
	var n [8]byte
	field := func(b []byte) {
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	number := func(i int64) {
		binary.BigEndian.PutUint64(n[:], uint64(i))
		h.Write(n[:])
	}
	field(e.prev)
	number(e.Seq)
	number(e.At.UnixMilli())
	number(e.Sale)
	field([]byte(e.Kind))
	field([]byte(e.Number))
	field(e.Data)
	return h.Sum(nil)
}

// tail is the journal's end: the last number and the hash of its entry.
type tail struct {
	seq  int64
	hash []byte
}

// Journal appends one entry. data becomes JSON and must hold no secret.
func (tx *Tx) Journal(kind string, sale int64, number string, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("ledger: journal %s: %w", kind, err)
	}
	e := Entry{Seq: tx.tail.seq + 1, At: tx.Now(), Kind: kind, Sale: sale, Number: number, Data: b, prev: tx.tail.hash}
	if _, err := tx.Exec(`INSERT INTO journal (seq, at, kind, sale, number, data, prev) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, e.At.UnixMilli(), e.Kind, e.Sale, e.Number, string(e.Data), e.prev); err != nil {
		return fmt.Errorf("ledger: journal %s: %w", kind, err)
	}
	tx.tail = tail{e.Seq, e.hash()}
	if _, follow := underWay[kind]; follow || kind == created {
		tx.wrote = append(tx.wrote, e)
	}
	return nil
}

const entryColumns = `seq, at, kind, sale, number, data, prev FROM journal `

func scanEntry(r scannable) (Entry, error) {
	var e Entry
	var at int64
	var data string
	err := r.Scan(&e.Seq, &at, &e.Kind, &e.Sale, &e.Number, &data, &e.prev)
	e.At, e.Data = time.UnixMilli(at), json.RawMessage(data)
	return e, err
}

func (db *DB) loadTail(ctx context.Context) error {
	e, err := scanEntry(db.conn.QueryRowContext(ctx, `SELECT `+entryColumns+`ORDER BY seq DESC LIMIT 1`))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		db.tail = tail{0, []byte{}}
		return nil
	case err != nil:
		return fmt.Errorf("ledger: journal's end: %w", unreadable(err))
	}
	db.tail = tail{e.Seq, e.hash()}
	return nil
}

// LastSeq is the number of the newest entry.
func (db *DB) LastSeq(ctx context.Context) (int64, error) {
	var n sql.NullInt64
	err := db.read.QueryRowContext(ctx, `SELECT max(seq) FROM journal`).Scan(&n)
	return n.Int64, err
}

// Version is the number of a sale's newest entry: it grows with every change.
func (db *DB) Version(ctx context.Context, sale int64) (int64, error) {
	var n sql.NullInt64
	err := db.read.QueryRowContext(ctx, versionOfSale, sale).Scan(&n)
	return n.Int64, err
}

// Entries reads at most limit entries after seq.
func (db *DB) Entries(ctx context.Context, after int64, limit int) ([]Entry, error) {
	return collect(scanEntry)(db.read.QueryContext(ctx, `SELECT `+entryColumns+`WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit))
}

// History is the journal of one sale.
func (db *DB) History(ctx context.Context, sale int64) ([]Entry, error) {
	return collect(scanEntry)(db.read.QueryContext(ctx, `SELECT `+entryColumns+`WHERE sale = ? ORDER BY seq`, sale))
}

// ChainError is where the journal's chain is broken.
type ChainError struct {
	Seq     int64
	Problem string
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("ledger: journal entry %d: %s", e.Seq, e.Problem)
}

// chain walks a journal from its beginning: numbers without a gap, each entry
// carrying the hash of the one before. A gap is let pass where a later entry of
// the journal owns up to it.
type chain struct {
	end     tail
	entries int64
	lost    int64
	known   []Loss
}

func (c *chain) next(e Entry) error {
	if e.Seq != c.end.seq+1 {
		if !c.owned(c.end.seq+1, e.Seq-1, e.Seq) {
			return &ChainError{e.Seq, fmt.Sprintf("follows entry %d: entries are missing", c.end.seq)}
		}
		c.lost += e.Seq - 1 - c.end.seq
	} else if string(e.prev) != string(c.end.hash) {
		return &ChainError{e.Seq, fmt.Sprintf("does not carry the hash of entry %d: one of the two was changed", c.end.seq)}
	}
	c.end = tail{e.Seq, e.hash()}
	c.entries++
	return nil
}

// owned tells whether an entry of number before or later says that from to to are gone.
func (c *chain) owned(from, to, before int64) bool {
	for _, l := range c.known {
		for _, m := range l.Missing {
			if l.Seq >= before && m[0] <= from && to <= m[1] {
				return true
			}
		}
	}
	return false
}

// checkChain walks the whole journal, and hands each entry out once its place in
// the chain is proven.
func checkChain(ctx context.Context, q querier, each func(Entry) error) (*chain, error) {
	c := &chain{end: tail{0, []byte{}}}
	var err error
	if c.known, err = losses(ctx, q); err != nil {
		return c, err
	}
	rows, err := q.QueryContext(ctx, `SELECT `+entryColumns+`ORDER BY seq`)
	if err != nil {
		return c, fmt.Errorf("ledger: verify: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return c, fmt.Errorf("ledger: verify: %w", err)
		}
		if err := errors.Join(c.next(e), each(e)); err != nil {
			return c, err
		}
	}
	return c, rows.Err()
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect reads all rows with one scan function.
func collect[T any](scan func(scannable) (T, error)) func(result, error) ([]T, error) {
	return func(rows result, err error) ([]T, error) {
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		defer rows.Close()
		var all []T
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return nil, fmt.Errorf("ledger: %w", err)
			}
			all = append(all, v)
		}
		return all, rows.Err()
	}
}
