package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tillpay/queue"

	"github.com/mattn/go-sqlite3"
)

// ErrLocked: another agent works on this data folder.
var ErrLocked = errors.New("ledger: another tillpay is running on this data folder")

// ErrNewer: the file was written by a newer program.
var ErrNewer = errors.New("ledger: the file was written by a newer tillpay")

// migrations take the file from version i to i+1. Forward only; one that has
// shipped is never edited.
var migrations = [][]string{
	{ // 1: sales, payments, refunds, journal, jobs
		`CREATE TABLE sale (
			n           INTEGER PRIMARY KEY, -- unix ms of its making, made unique; its id is n in base 32
			reference   TEXT NOT NULL UNIQUE,
			fingerprint BLOB NOT NULL,       -- of what was asked: the same reference with another body is refused
			kind        TEXT NOT NULL,
			amount      INTEGER NOT NULL CHECK (amount > 0),
			currency    TEXT NOT NULL,
			description TEXT NOT NULL,
			items       TEXT NOT NULL,
			cashier     TEXT NOT NULL,
			options     TEXT NOT NULL,
			day         TEXT NOT NULL,       -- in the till's zone
			state       TEXT NOT NULL,
			paid_by     TEXT NOT NULL DEFAULT '',
			captured    INTEGER NOT NULL DEFAULT 0,
			refunded    INTEGER NOT NULL DEFAULT 0,
			receipt     TEXT NOT NULL DEFAULT 'none',
			copies      INTEGER NOT NULL DEFAULT 0,
			created_at  INTEGER NOT NULL,
			CHECK (refunded BETWEEN 0 AND amount)
		) STRICT`,
		`CREATE INDEX sale_day ON sale (day)`,
		`CREATE INDEX sale_open ON sale (n) WHERE state = 'open'`,
		`CREATE TABLE payment (
			out_trade_no TEXT PRIMARY KEY,
			sale         INTEGER NOT NULL REFERENCES sale (n),
			channel      TEXT NOT NULL,
			wallet       TEXT NOT NULL,
			code_last4   TEXT NOT NULL,
			state        TEXT NOT NULL,
			reason       TEXT NOT NULL DEFAULT '',
			verified     INTEGER NOT NULL DEFAULT 0,
			platform_id  TEXT NOT NULL DEFAULT '',
			code         TEXT NOT NULL DEFAULT '', -- the platform's own, for support
			message      TEXT NOT NULL DEFAULT '',
			request_id   TEXT NOT NULL DEFAULT '',
			detail       TEXT NOT NULL DEFAULT '',
			progress     TEXT NOT NULL DEFAULT '', -- what the rules count, while they do
			submitted_at INTEGER NOT NULL,
			deadline_at  INTEGER NOT NULL DEFAULT 0,
			paid_at      INTEGER NOT NULL DEFAULT 0,
			ended_at     INTEGER NOT NULL DEFAULT 0
		) STRICT, WITHOUT ROWID`,
		`CREATE INDEX payment_sale ON payment (sale)`,
		`CREATE INDEX payment_platform ON payment (platform_id) WHERE platform_id <> ''`,
		`CREATE INDEX payment_attention ON payment (sale) WHERE state = 'attention'`,
		`CREATE TABLE refund (
			refund_no    TEXT PRIMARY KEY,
			sale         INTEGER NOT NULL REFERENCES sale (n),
			out_trade_no TEXT NOT NULL REFERENCES payment (out_trade_no),
			reference    TEXT NOT NULL UNIQUE,
			fingerprint  BLOB NOT NULL,
			amount       INTEGER NOT NULL CHECK (amount > 0),
			note         TEXT NOT NULL, -- why, in the manager's words
			state        TEXT NOT NULL,
			reason       TEXT NOT NULL DEFAULT '',
			platform_id  TEXT NOT NULL DEFAULT '',
			code         TEXT NOT NULL DEFAULT '',
			message      TEXT NOT NULL DEFAULT '',
			asked_at     INTEGER NOT NULL,
			ended_at     INTEGER NOT NULL DEFAULT 0
		) STRICT, WITHOUT ROWID`,
		`CREATE INDEX refund_sale ON refund (sale)`,
		`CREATE INDEX refund_attention ON refund (sale) WHERE state = 'attention'`,
		`CREATE TABLE journal (
			seq    INTEGER PRIMARY KEY,
			at     INTEGER NOT NULL,
			kind   TEXT NOT NULL,
			sale   INTEGER NOT NULL,
			number TEXT NOT NULL, -- out_trade_no or refund_no, or empty
			data   TEXT NOT NULL,
			prev   BLOB NOT NULL  -- hash of the entry before
		) STRICT`,
		`CREATE INDEX journal_sale ON journal (sale)`,
		queue.Schema,
	},
	{ // 2: how deposits end
		`CREATE TABLE settlement (
			sale         INTEGER NOT NULL REFERENCES sale (n),
			try          INTEGER NOT NULL,   -- from 1; another one only after a refusal
			out_trade_no TEXT NOT NULL REFERENCES payment (out_trade_no),
			kind         TEXT NOT NULL,      -- capture, release
			amount       INTEGER NOT NULL CHECK (amount > 0),
			state        TEXT NOT NULL,
			reason       TEXT NOT NULL DEFAULT '',
			code         TEXT NOT NULL DEFAULT '',
			message      TEXT NOT NULL DEFAULT '',
			asked_at     INTEGER NOT NULL,
			ended_at     INTEGER NOT NULL DEFAULT 0,
			PRIMARY KEY (sale, try)
		) STRICT, WITHOUT ROWID`,
		`CREATE UNIQUE INDEX settlement_one ON settlement (sale) WHERE state <> 'refused'`, // a deposit is settled once
		`CREATE INDEX settlement_attention ON settlement (sale) WHERE state = 'attention'`,
	},
	{ // 3: what a person must decide, with what was undecided before there was a list
		`CREATE TABLE matter (
			n         INTEGER PRIMARY KEY,
			kind      TEXT NOT NULL,
			number    TEXT NOT NULL,
			sale      INTEGER NOT NULL,            -- 0: of no sale
			data      TEXT NOT NULL,
			raised_at INTEGER NOT NULL,
			closed_at INTEGER NOT NULL DEFAULT 0,
			choice    TEXT NOT NULL DEFAULT '',    -- empty: it ended by itself
			by_whom   TEXT NOT NULL DEFAULT '',
			note      TEXT NOT NULL DEFAULT ''
		) STRICT`,
		`CREATE UNIQUE INDEX matter_open ON matter (kind, number) WHERE closed_at = 0`,
		`CREATE INDEX matter_number ON matter (number, kind)`,
		`INSERT INTO matter (kind, number, sale, data, raised_at)
			SELECT 'payment', out_trade_no, sale, '{}', max(ended_at, submitted_at) FROM payment WHERE state = 'attention'
			UNION ALL SELECT 'refund', refund_no, sale, '{}', max(ended_at, asked_at) FROM refund WHERE state = 'attention'
			UNION ALL SELECT 'settlement', out_trade_no, sale, '{}', max(ended_at, asked_at) FROM settlement WHERE state = 'attention'
			UNION ALL SELECT 'job', kind || '/' || key, 0, json_object('reason', error), 0 FROM job WHERE due IS NULL`,
		`UPDATE matter SET raised_at = (SELECT coalesce(max(at), 1) FROM journal) WHERE raised_at = 0`,
		`DROP INDEX payment_attention`,
		`DROP INDEX refund_attention`,
		`DROP INDEX settlement_attention`,
	},
	{ // 4: a day's captured deposits, whatever day they were held
		`CREATE INDEX journal_captured ON journal (at) WHERE kind = 'sale.captured'`,
	},
}

// migrate brings the file to the program's version, after a backup copy of one
// that holds anything. It tells whether there was anything to do.
func (db *DB) migrate(ctx context.Context, witness *Mark) (changed bool, err error) {
	var version int
	if err := db.conn.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return false, fmt.Errorf("ledger: %s: %w", db.path, err)
	}
	switch {
	case version < 0 || version > len(migrations)+100 || version == 0 && !db.blank(ctx):
		return false, fmt.Errorf("ledger: %s: %w: it says that it is of version %d", db.path, errDamaged, version)
	case version > len(migrations):
		return false, fmt.Errorf("%w: %s is of version %d and this program knows %d: install the newer tillpay again", ErrNewer, db.path, version, len(migrations))
	case version == len(migrations):
		return false, nil
	case version > 0:
		if err := db.backup(ctx, fmt.Sprintf("%s.v%d.backup", db.path, version)); err != nil {
			return false, fmt.Errorf("ledger: backup before migrating: %w", err)
		}
	}
	// Not to be cancelled, SQLite's driver needs no goroutine beside each statement.
	reached, err := db.migrateFrom(context.WithoutCancel(ctx), version)
	if is(err, sqlite3.ErrError) && witness != nil && witness.Schema > reached { // these tables were there before
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	if err != nil {
		return false, fmt.Errorf("ledger: migrate %s to version %d: %w", db.path, reached+1, err)
	}
	return true, nil
}

// blank tells a file that holds nothing yet.
func (db *DB) blank(ctx context.Context) bool {
	var tables int
	return db.conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables) == nil && tables == 0
}

// backup copies the file to path, whole or not at all: a try that was cut short
// is made again.
func (db *DB) backup(ctx context.Context, path string) error {
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := makeFile(part); err != nil {
		return err
	}
	if _, err := db.conn.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return err
	}
	if err := syncFile(part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return db.sys.syncFolder(filepath.Dir(path))
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// migrateFrom makes all steps one commit: the file is as it was, or of the program's
// version. An error comes with the version behind which it was met.
func (db *DB) migrateFrom(ctx context.Context, version int) (reached int, err error) {
	if _, err := db.conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return version, err
	}
	for ; version < len(migrations); version++ {
		for _, statement := range append(migrations[version], fmt.Sprintf(`PRAGMA user_version = %d`, version+1)) {
			if _, err := db.conn.ExecContext(ctx, statement); err != nil {
				db.rollback()
				return version, err
			}
		}
	}
	_, err = db.conn.ExecContext(ctx, `COMMIT`)
	return version - 1, err
}
