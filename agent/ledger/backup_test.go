package ledger

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/channels/private/privatetest"
)

// Copies that are made while sales go on are books of one moment, each whole.
func TestBackupWhileInUse(t *testing.T) {
	db := books(t)
	stop, cancel := context.WithCancel(ctx)
	var sales sync.WaitGroup
	sales.Go(func() {
		for i := 0; stop.Err() == nil; i++ {
			s := tea(fmt.Sprint("busy", i))
			if err := db.Update(ctx, func(tx *Tx) error { _, err := tx.CreateSale(&s); return err }); err != nil {
				t.Error(err)
				return
			}
		}
	})
	dir := t.TempDir()
	last := int64(0)
	for i := range 10 {
		name, v, err := Backup(ctx, db.Path(), filepath.Join(dir, fmt.Sprint(i, ".db")), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if v.Last < last || v.Entries != v.Last {
			t.Errorf("%s has %d entries to %d, the one before had %d", name, v.Entries, v.Last, last)
		}
		last = v.Last
		privatetest.Check(t, name)
	}
	cancel()
	sales.Wait()
	if last <= 8 {
		t.Error("no sale went on beside the backups")
	}
}

// A backup takes nobody's place, and one that fails leaves nothing behind.
func TestBackupRefuses(t *testing.T) {
	db := books(t)
	dir := t.TempDir()
	target := filepath.Join(dir, "copy.db")
	if err := os.WriteFile(target, []byte("last year's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Backup(ctx, db.Path(), target, time.Now()); err == nil || !strings.Contains(err.Error(), "overwrites") {
		t.Error(err)
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "last year's" {
		t.Errorf("%q %v", b, err)
	}
	if _, _, err := Backup(ctx, filepath.Join(dir, "none.db"), filepath.Join(dir, "x.db"), time.Now()); err == nil {
		t.Error("nothing was copied, and nobody says so")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := Backup(gone, db.Path(), filepath.Join(dir, "y.db"), time.Now()); err == nil {
		t.Error("a backup that was stopped says that it is done")
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
	name, _, err := Backup(ctx, db.Path(), dir, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	if err != nil || filepath.Base(name) != "tillpay-20261130T120000Z.db" {
		t.Error(name, err)
	}
}

// A backup that is put back in the ledger's place knows that it is older: the
// mark beside it says so, and the numbers of the entries go on behind its own.
func TestRestoreFromBackup(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	addPaid(t, db, "r1", "p1")
	copied, _, err := Backup(ctx, db.Path(), t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	addPaid(t, db, "r2", "p2") // 4 to 6, lost below
	s := addSale(t, db, "r3")  // 7
	update(t, db, func(tx *Tx) error {
		_, err := tx.InsertPayment(Payment{OutTradeNo: "p3", Sale: s.N, Channel: "wechat", State: "submitting", SubmittedAt: tx.Now()}, over)
		return errors.Join(err, tx.Journal("payment.submitted", s.N, "p3", map[string]any{"channel": "wechat", "amount": 8800, "currency": "HKD"})) // 8
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(ctx, filepath.Join(dir, FileName)); err == nil || !strings.Contains(err.Error(), "had come to 8") {
		t.Errorf("verify, before the start: %v", err)
	}
	db = open(t, dir)
	found := db.Found()
	if len(found) != 1 || len(found[0].Missing) != 1 || found[0].Missing[0] != [2]int64{4, 8} || strings.Join(found[0].Restored, " ") != "p3" {
		t.Fatalf("%+v", found)
	}
	p, err := db.Payment(ctx, "p3")
	if err != nil || p.State != "submitting" || p.Channel != "wechat" {
		t.Errorf("%+v %v", p, err)
	}
	if sale, err := db.Sale(ctx, p.Sale); err != nil || sale.Reference != "r3" || sale.Amount.Amount != 8800 {
		t.Errorf("%+v %v", sale, err)
	}
	if m, err := db.Matters(ctx); err != nil || len(m) != 1 || m[0].Kind != MatterLoss {
		t.Errorf("%+v %v", m, err)
	}
	addPaid(t, db, "r4", "p4")
	v, err := Verify(ctx, db.Path())
	if err != nil || v.Lost != 5 {
		t.Errorf("%+v %v", v, err)
	}
}

// Entries cut off at the very end leave a chain that is whole: the mark notices.
func TestDeletedTailIsNoticed(t *testing.T) {
	db := books(t)
	addSale(t, db, "r9") // its entry is the last one
	tamper(t, db.Path(), `DELETE FROM sale WHERE reference = 'r9'`, `DELETE FROM journal WHERE seq = 9`)
	var chain *ChainError
	if _, err := Verify(ctx, db.Path()); !errors.As(err, &chain) || chain.Seq != 8 || !strings.Contains(err.Error(), "had come to 9") {
		t.Error(err)
	}
}

// independent checks an export with nothing but SHA-256, as docs/durability.md
// describes the hash.
func independent(lines []byte) (last string, n int, err error) {
	scan := bufio.NewScanner(bytes.NewReader(lines))
	for scan.Scan() {
		var l struct {
			Seq, At, Sale                  int64
			Kind, Number, Data, Prev, Hash string
		}
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			return "", n, err
		}
		if n > 0 && l.Prev != last {
			return "", n, fmt.Errorf("entry %d does not follow", l.Seq)
		}
		prev, err := hex.DecodeString(l.Prev)
		if err != nil {
			return "", n, err
		}
		var b []byte
		number := func(i int64) { b = binary.BigEndian.AppendUint64(b, uint64(i)) }
		text := func(s string) { number(int64(len(s))); b = append(b, s...) }
		text(string(prev))
		number(l.Seq)
		number(l.At)
		number(l.Sale)
		text(l.Kind)
		text(l.Number)
		text(l.Data)
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != l.Hash {
			return "", n, fmt.Errorf("entry %d has another hash", l.Seq)
		}
		last = l.Hash
		n++
	}
	return last, n, nil
}

func TestExportProvesItself(t *testing.T) {
	db := books(t)
	s := tea("a <b> & “茶”")
	update(t, db, func(tx *Tx) error { _, err := tx.CreateSale(&s); return err })
	v, err := Verify(ctx, db.Path())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	if n, err := Export(ctx, db.Path(), 0, func(l Line) error { return lines.Encode(l) }); err != nil || n != v.Entries {
		t.Fatal(n, err)
	}
	if last, n, err := independent(out.Bytes()); err != nil || last != v.Hash || int64(n) != v.Entries {
		t.Errorf("%d lines to %s: %v; the ledger says %+v", n, last, err, v)
	}
	for from, to := range map[string]string{"8800": "8801", `"sale":`: `"sale":1`, "payment.paid": "payment.past", `"seq":3`: `"seq":4`} {
		if _, _, err := independent(bytes.Replace(out.Bytes(), []byte(from), []byte(to), 1)); err == nil {
			t.Errorf("%s for %s was not noticed", to, from)
		}
	}
	n, err := Export(ctx, db.Path(), 5, func(l Line) error {
		if l.Seq <= 5 {
			t.Errorf("entry %d", l.Seq)
		}
		return nil
	})
	if err != nil || n != v.Entries-5 {
		t.Error(n, err)
	}
}
