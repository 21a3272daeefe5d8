package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Backup copies a ledger to target and proves the copy. The file may be in use:
// the copy is the books at one moment, and sales go on beside it. It is whole or
// not there at all, and takes nobody's place. Where target is a folder the copy
// gets a name with the time in it.
func Backup(ctx context.Context, path, target string, now time.Time) (name string, v Verdict, err error) {
	if info, err := os.Stat(target); err == nil && info.IsDir() {
		target = filepath.Join(target, "tillpay-"+now.UTC().Format("20060102T150405Z")+".db")
	}
	if _, err := os.Stat(path); err != nil {
		return "", v, fmt.Errorf("ledger: backup: %w", err)
	}
	// The name is taken first, so that two backups cannot both believe that it is theirs.
	f, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", v, fmt.Errorf("ledger: backup: %s is there already, and no backup overwrites anything: give another name, or a folder", target)
	} else if err != nil {
		return "", v, fmt.Errorf("ledger: backup: %w", err)
	}
	err = f.Close()
	part := target + ".part"
	defer func() {
		if err != nil {
			err = errors.Join(err, removeFile(part), removeFile(target))
		}
	}()
	if err != nil {
		return "", v, fmt.Errorf("ledger: backup: %w", err)
	}
	if err = copyInto(ctx, path, part); err != nil {
		return "", v, fmt.Errorf("ledger: backup: %w", err)
	}
	if v, err = Verify(ctx, part); err != nil {
		return "", v, fmt.Errorf("ledger: backup: the copy is not good: %w", err)
	}
	if err = errors.Join(syncFile(part), os.Rename(part, target)); err != nil {
		return "", v, fmt.Errorf("ledger: backup: %w", err)
	}
	return target, v, syncFolder(filepath.Dir(target))
}

// copyInto writes a copy of a ledger that may be in use.
func copyInto(ctx context.Context, path, part string) error {
	if err := errors.Join(removeFile(part), makeFile(part)); err != nil {
		return err
	}
	db, err := sql.Open(SQLite, readOnly(path))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, part)
	return errors.Join(err, db.Close())
}

// readOnly opens a file without changing it, in use or a copy.
func readOnly(path string) string {
	return "file:" + uriPath.Replace(path) + "?mode=ro&_busy_timeout=5000"
}
