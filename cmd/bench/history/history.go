// Package history writes the ledger of a till that has sold for years, for what
// measures such a till.
package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tillpay/agent/ledger"
)

// perStatement is how many sales go in with one statement of each table.
const perStatement = 100

// Fill makes a ledger of n paid sales that ended the day before now. It writes
// the rows itself, past the ledger, which would take an hour: a test proves what
// it writes with ledger.Verify.
func Fill(ctx context.Context, dir string, n int, now time.Time) (err error) {
	empty, err := ledger.Open(ctx, dir, time.Now) // the schema is the ledger's own
	if err != nil {
		return err
	}
	if err := empty.Close(); err != nil {
		return err
	}
	path := filepath.Join(dir, ledger.FileName)
	// No rollback and no sync: a run that is cut short throws the file away.
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=OFF&_synchronous=OFF&_locking_mode=EXCLUSIVE&_cache_size=-200000")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	h := &historian{now: now, n: n, prev: []byte{}}
	for h.at < n {
		if err := h.write(ctx, tx, min(perStatement, n-h.at)); err != nil {
			return err
		}
	}
	if err := errors.Join(h.close(), tx.Commit()); err != nil {
		return err
	}
	return settleFile(path)
}

// settleFile waits until the file is on the disk, so that no measurement after
// it pays for that.
func settleFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// historian writes sales in order, and the journal's chain over them.
type historian struct {
	now   time.Time
	n, at int
	seq   int64
	prev  []byte

	made    int // sales that the statements below take
	inserts []*sql.Stmt
}

// tables and their columns, in the order that foreign keys ask for.
var tables = [...]struct {
	insert  string
	columns int
	each    int // rows for one sale
}{
	{`INSERT INTO sale (n, reference, fingerprint, kind, amount, currency, description, items, cashier, options, day, state, paid_by, receipt, created_at) VALUES `, 15, 1},
	{`INSERT INTO payment (out_trade_no, sale, channel, wallet, code_last4, state, verified, platform_id, code, request_id, progress, submitted_at, deadline_at, paid_at, ended_at) VALUES `, 15, 1},
	{`INSERT INTO journal (seq, at, kind, sale, number, data, prev) VALUES `, 7, 3},
}

// prepare readies statements for so many sales.
func (h *historian) prepare(ctx context.Context, tx *sql.Tx, sales int) error {
	if h.made == sales {
		return nil
	}
	if err := h.close(); err != nil {
		return err
	}
	for _, t := range tables {
		row := "(" + strings.TrimSuffix(strings.Repeat("?,", t.columns), ",") + ")"
		s, err := tx.PrepareContext(ctx, t.insert+strings.TrimSuffix(strings.Repeat(row+",", sales*t.each), ","))
		if err != nil {
			return err
		}
		h.inserts = append(h.inserts, s)
	}
	h.made = sales
	return nil
}

func (h *historian) close() error {
	var errs []error
	for _, s := range h.inserts {
		errs = append(errs, s.Close())
	}
	h.inserts, h.made = nil, 0
	return errors.Join(errs...)
}

// write stores the next sales with their payments and journal.
func (h *historian) write(ctx context.Context, tx *sql.Tx, sales int) error {
	if err := h.prepare(ctx, tx, sales); err != nil {
		return err
	}
	var values [len(tables)][]any
	for range sales {
		for i, more := range h.sale() {
			values[i] = append(values[i], more...)
		}
	}
	for i, s := range h.inserts {
		if _, err := s.ExecContext(ctx, values[i]...); err != nil {
			return fmt.Errorf("history: %w", err)
		}
	}
	return nil
}

// sale is the next one's rows: a shop that sells every half minute, to the day
// before now.
func (h *historian) sale() [len(tables)][]any {
	h.at++
	at := h.now.Add(-24*time.Hour - time.Duration(h.n-h.at)*30*time.Second)
	day := at.UTC().Format(time.DateOnly)
	n, amount := at.UnixMilli(), int64(1000+h.at%9000)
	reference, no := fmt.Sprintf("POS-%09d", h.at), fmt.Sprintf("%s0001%05d%010d0", strings.ReplaceAll(day, "-", ""), h.at%100_000, h.at)
	platform := fmt.Sprintf("4200%024d", h.at)
	finger := sha256.Sum256([]byte(reference))
	paid := at.Add(6 * time.Second).UnixMilli()
	rows := [len(tables)][]any{
		{n, reference, finger[:], "sale", amount, "HKD", "Sandbox Branch", `[{"id":"4901","name":"冻柠茶","quantity":2,"price":1800}]`, "amy", "null",
			day, "paid", no, "printed", n},
		{no, n, "wechat", "wechat", "1395", "paid", 1, platform, "SUCCESS", fmt.Sprintf("08E9-%09d", h.at), "{}", n + 5000, n + 50_000, paid, paid},
	}
	rows[2] = slices.Concat(
		h.entry(n, "sale.created", n, "", fmt.Sprintf(`{"amount":%d,"cashier":"amy","currency":"HKD","kind":"sale","reference":%q}`, amount, reference)),
		h.entry(n+5000, "payment.submitted", n, no, fmt.Sprintf(`{"amount":%d,"channel":"wechat","code_last4":"1395","currency":"HKD","wallet":"wechat"}`, amount)),
		h.entry(paid, "payment.paid", n, no, fmt.Sprintf(`{"code":"SUCCESS","message":"","platform_id":%q,"reason":"","request_id":""}`, platform)),
	)
	return rows
}

// entry is one line of the journal, chained as ledger's are.
func (h *historian) entry(at int64, kind string, sale int64, number, data string) []any {
	h.seq++
	values := []any{h.seq, at, kind, sale, number, data, h.prev}
	var b []byte
	field := func(s string) { b = append(binary.BigEndian.AppendUint64(b, uint64(len(s))), s...) }
	field(string(h.prev))
	for _, i := range []int64{h.seq, at, sale} {
		b = binary.BigEndian.AppendUint64(b, uint64(i))
	}
	field(kind)
	field(number)
	field(data)
	sum := sha256.Sum256(b)
	h.prev = sum[:]
	return values
}
