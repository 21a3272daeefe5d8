package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Files of a salvage, beside the ledger. The last one is only there once it is
// whole; installSalvage then ends what a power cut may have interrupted.
const (
	scratchSuffix = ".scratch" // a copy of the damaged file: to read it may write to it
	partSuffix    = ".part"
	freshSuffix   = ".new"
	keptSuffix    = ".damaged-" // and a number
)

// salvage makes a fresh file of what can be read of a damaged one, which is kept
// under another name. Whatever was not over is owed again; what could not be read
// is told in the journal and to the manager.
func (db *DB) salvage(ctx context.Context, w *Mark, cause error) error {
	_ = db.shut() // on a damaged file: its complaints are known
	scratch, part := db.path+scratchSuffix, db.path+partSuffix
	if err := removeFile(scratch); err != nil {
		return fmt.Errorf("ledger: salvage: %w", err)
	}
	defer func() { _ = removeFile(scratch) }()
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(db.path+suffix, scratch+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("ledger: salvage: %w", err)
		}
	}
	loss := Loss{Why: cause.Error(), Kept: filepath.Base(keptName(db.path)), Read: map[string]int64{}}
	err := db.rescue(ctx, scratch, part, w, &loss)
	if err != nil && ctx.Err() == nil && !sqliteFull(err) {
		// What was read makes no books: the till starts with what the mark knows.
		loss = Loss{Why: fmt.Sprintf("%v; what could be read of it makes no books: %v", cause, err), Kept: loss.Kept, Read: map[string]int64{}}
		err = db.rescue(ctx, "", part, w, &loss)
	}
	if err != nil {
		return fmt.Errorf("ledger: salvage: %w (the damaged file is untouched: %w)", err, cause)
	}
	if err := syncFile(part); err != nil {
		return fmt.Errorf("ledger: salvage: %w", err)
	}
	if err := os.Rename(part, db.path+freshSuffix); err != nil {
		return fmt.Errorf("ledger: salvage: %w", err)
	}
	if err := db.sys.syncFolder(filepath.Dir(db.path)); err != nil {
		return fmt.Errorf("ledger: salvage: %w", err)
	}
	db.found = append(db.found, loss)
	return installSalvage(filepath.Dir(db.path), db.sys)
}

// keptName is the name under which a damaged file is kept.
func keptName(path string) string {
	for n := 1; ; n++ {
		name := fmt.Sprint(path, keptSuffix, n)
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}

// installSalvage puts a fresh file that is whole in the place of the damaged one.
// It can be cut anywhere and begun again. The log goes first: it must never lie
// beside a file that is not its own.
func installSalvage(dir string, sys system) error {
	path := filepath.Join(dir, FileName)
	fresh := path + freshSuffix
	if _, err := os.Lstat(fresh); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	kept := keptName(path)
	if err := errors.Join(rename(path+"-wal", kept+"-wal"), rename(path, kept)); err != nil {
		return fmt.Errorf("ledger: salvage: %w", err)
	}
	for _, suffix := range []string{"-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("ledger: salvage: %w", err)
		}
	}
	if err := sys.syncFolder(dir); err != nil {
		return fmt.Errorf("ledger: salvage: %w", err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("ledger: salvage: %w", err)
	}
	return sys.syncFolder(dir)
}

// rename leaves alone what is not there.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeFile removes a database with what SQLite keeps beside it.
func removeFile(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// rescue fills the fresh file, from the copy of the damaged one where there is one.
func (db *DB) rescue(ctx context.Context, scratch, part string, w *Mark, loss *Loss) (err error) {
	if err := errors.Join(removeFile(part), makeFile(part)); err != nil {
		return err
	}
	fresh := &DB{driver: db.driver, path: part, now: db.now, sys: db.sys, stmts: map[string]*sql.Stmt{}}
	// Nothing of it is anybody's before it is whole and synced.
	if fresh.writeDB, err = sql.Open(db.driver, "file:"+uriPath.Replace(part)+"?_journal_mode=MEMORY&_synchronous=OFF&_foreign_keys=off"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fresh.shut()) }()
	if fresh.conn, err = fresh.writeDB.Conn(ctx); err != nil {
		return err
	}
	if _, err := fresh.migrate(ctx, nil); err != nil {
		return err
	}
	if scratch != "" {
		if err := fresh.attach(ctx, scratch, w); err != nil {
			loss.Why += "; nothing of it could be read: " + err.Error()
		} else if err := fresh.copyTables(ctx, w, loss); err != nil {
			return err
		}
	}
	if err := fresh.do(`BEGIN`); err != nil {
		return err
	}
	tx := &Tx{db: fresh}
	if err := tx.mend(ctx, w, loss); err != nil {
		fresh.rollback()
		return err
	}
	return fresh.do(`COMMIT`)
}

// attach makes the damaged file readable as "old", if need be with the first
// page that the mark has kept.
func (db *DB) attach(ctx context.Context, scratch string, w *Mark) error {
	try := func() error {
		if _, err := db.conn.ExecContext(ctx, `ATTACH ? AS old`, scratch); err != nil {
			return err
		}
		err := db.mendSchema(ctx, w)
		if err != nil {
			_, _ = db.conn.ExecContext(ctx, `DETACH old`)
		}
		return err
	}
	err := try()
	if err == nil || w == nil || w.first == nil {
		return err
	}
	f, openErr := os.OpenFile(scratch, os.O_WRONLY, 0)
	if openErr != nil {
		return err
	}
	first := slices.Clone(w.first)
	clear(first[28:40]) // size and free pages of that time: SQLite takes the file's own size (fileformat2 §1.3.8)
	if _, writeErr := f.WriteAt(first, 0); errors.Join(writeErr, f.Close()) != nil {
		return err
	}
	return try()
}

// mendSchema gives the damaged file the words of the fresh one's schema, where a
// file of the same version has others: only where its tables begin is its own. A
// name that nobody knows is the one that is missing.
func (db *DB) mendSchema(ctx context.Context, w *Mark) error {
	const unknown = `(SELECT rowid FROM old.sqlite_schema o WHERE name NOT IN (SELECT name FROM main.sqlite_schema))`
	const missing = `(SELECT name FROM main.sqlite_schema WHERE name NOT IN (SELECT name FROM old.sqlite_schema))`
	for _, q := range []string{
		`PRAGMA writable_schema = ON`,
		`UPDATE old.sqlite_schema SET name = ` + missing + ` WHERE rowid IN ` + unknown + `
			AND (SELECT count(*) FROM ` + unknown + `) = 1 AND (SELECT count(*) FROM ` + missing + `) = 1`,
		`UPDATE old.sqlite_schema SET (type, tbl_name, sql) = (SELECT type, tbl_name, sql FROM main.sqlite_schema m WHERE m.name = sqlite_schema.name)
			WHERE name IN (SELECT name FROM main.sqlite_schema)
			AND (type, tbl_name, sql) IS NOT (SELECT type, tbl_name, sql FROM main.sqlite_schema m WHERE m.name = sqlite_schema.name)`,
		`PRAGMA writable_schema = RESET`,
	} {
		if w == nil || w.Schema != len(migrations) {
			break // an older one is read by the names that it has
		}
		if _, err := db.conn.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	var tables int
	err := db.conn.QueryRowContext(ctx, `SELECT count(*) FROM old.sqlite_schema WHERE name IN ('sale', 'payment', 'journal', 'job')`).Scan(&tables)
	if err == nil && tables < 4 {
		err = errDamaged
	}
	return err
}

// columnsOf lists a table's columns, the first ones of its key first as declared.
func (db *DB) columnsOf(ctx context.Context, schema, table string) ([]string, error) {
	return collect(func(r scannable) (name string, err error) { err = r.Scan(&name); return name, err })(
		db.conn.QueryContext(ctx, `SELECT name FROM pragma_table_info(?, ?)`, table, schema))
}

// tablesOf lists what the fresh file has room for.
func (db *DB) tablesOf(ctx context.Context) ([]string, error) {
	return collect(func(r scannable) (name string, err error) { err = r.Scan(&name); return name, err })(
		db.conn.QueryContext(ctx, `SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name = 'journal' DESC, rowid`))
}

// salvageTime bounds the search for single rows: the till must start.
const salvageTime = 4 * time.Second

// copyTables brings over what can be read: a whole table at once where it is
// whole, else from both of its ends, and in between by the keys that the journal
// tells of.
func (db *DB) copyTables(ctx context.Context, w *Mark, loss *Loss) error {
	tables, err := db.tablesOf(ctx)
	if err != nil {
		return err
	}
	until := time.Now().Add(salvageTime)
	for _, table := range tables { // the journal first
		columns, err := db.columnsOf(ctx, "main", table)
		if err != nil {
			return err
		}
		if old, err := db.columnsOf(ctx, "old", table); err == nil && len(old) > 0 { // an older version had fewer
			columns = both(columns, old)
		}
		list := strings.Join(columns, ", ")
		into := `INSERT OR IGNORE INTO main.` + table + ` (` + list + `) `
		from := `SELECT ` + list + ` FROM old.` + table
		if _, err := db.conn.ExecContext(ctx, into+from); err != nil {
			loss.Why += fmt.Sprintf("; %s: %v", table, err)
			db.copyRows(ctx, table, columns, into, from, until, w)
		}
		var n int64
		if err := db.conn.QueryRowContext(ctx, `SELECT count(*) FROM main.`+table).Scan(&n); err != nil {
			return err
		}
		loss.Read[table] = n
	}
	return nil
}

func both(a, b []string) (all []string) {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				all = append(all, x)
			}
		}
	}
	return all
}

// keysOf are where single rows of a damaged table are found: column, and what is
// known of it from elsewhere.
var keysOf = map[string]struct{ order, column, known string }{
	"journal": {"seq", "seq", `WITH RECURSIVE s (n) AS (SELECT ?1 UNION ALL SELECT n - 1 FROM s WHERE n > 1)
		SELECT n FROM s WHERE n > 0 AND n NOT IN (SELECT seq FROM main.journal)`},
	"sale":       {"n", "n", `SELECT DISTINCT sale FROM main.journal WHERE sale NOT IN (SELECT n FROM main.sale) ORDER BY 1 DESC`},
	"payment":    {"out_trade_no", "out_trade_no", `SELECT DISTINCT number FROM main.journal WHERE kind = 'payment.submitted' AND number NOT IN (SELECT out_trade_no FROM main.payment) ORDER BY 1 DESC`},
	"refund":     {"refund_no", "refund_no", `SELECT DISTINCT number FROM main.journal WHERE kind = 'refund.asked' AND number NOT IN (SELECT refund_no FROM main.refund) ORDER BY 1 DESC`},
	"settlement": {"sale, try", "sale", `SELECT DISTINCT sale FROM main.journal WHERE kind IN ('sale.capture_asked', 'sale.release_asked') ORDER BY 1 DESC`},
	"job":        {"kind, key", "", ``},
	"matter":     {"n", "", ``},
}

// copyRows brings over the rows of a damaged table one by one. A row that cannot
// be read, or that is nonsense, is left.
func (db *DB) copyRows(ctx context.Context, table string, columns []string, into, from string, until time.Time, w *Mark) {
	into += `VALUES (?` + strings.Repeat(`, ?`, len(columns)-1) + `)`
	take := func(query string, args ...any) (ended bool) {
		rows, err := db.conn.QueryContext(ctx, query, args...)
		if err != nil {
			return false
		}
		defer rows.Close()
		values, into2 := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into2[i] = &values[i]
		}
		for rows.Next() {
			if rows.Scan(into2...) == nil {
				_, _ = db.conn.ExecContext(ctx, into, values...)
			}
		}
		return rows.Err() == nil
	}
	k, known := keysOf[table]
	if !known { // of a later version: from its one end
		take(from)
		return
	}
	descending := strings.ReplaceAll(k.order, ",", " DESC,") + " DESC"
	if take(from+` ORDER BY `+k.order) || take(from+` ORDER BY `+descending) || k.column == "" {
		return
	}
	top := int64(0)
	_ = db.conn.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM main.journal`).Scan(&top)
	if w != nil {
		top = max(top, w.Seq)
	}
	keys, err := collect(func(r scannable) (key any, err error) { err = r.Scan(&key); return key, err })(db.conn.QueryContext(ctx, k.known, top))
	if err != nil {
		return
	}
	for _, key := range keys {
		if time.Now().After(until) {
			return
		}
		take(from+` WHERE `+k.column+` = ?`, key)
	}
}
