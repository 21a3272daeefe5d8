package payment

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/scanner"
)

var tenOClock = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func openLedger(t *testing.T) *ledger.DB {
	t.Helper()
	db, err := ledger.Open(context.Background(), t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func numbers(t *testing.T, db *ledger.DB, till string, zone *time.Location, now time.Time) *Numbers {
	t.Helper()
	n, err := NewNumbers(context.Background(), db, till, zone, rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Every number is one that our scanner knows, and no payment code.
func TestNumberFormat(t *testing.T) {
	n := numbers(t, openLedger(t), "T01", time.UTC, tenOClock)
	for i := 1; i <= 1000; i++ {
		no := n.Next(tenOClock)
		if !scanner.IsOrderNumber(no) || scanner.Default().Read(no).Kind != scanner.OrderNumber {
			t.Fatalf("%s is no order number", no)
		}
		if want := "20261124" + tillDigits("T01") + fmt.Sprintf("%05d", i); !strings.HasPrefix(no, want) {
			t.Fatalf("%s, want %s…", no, want)
		}
		wrong := []byte(no)
		wrong[i%28] = '0' + (wrong[i%28]-'0'+1)%10
		if scanner.IsOrderNumber(string(wrong)) {
			t.Fatalf("a misread digit is not noticed: %s for %s", wrong, no)
		}
	}
}

// 100,000 numbers of a day, of a till whose disk is replaced again and again,
// beside another till with the same digits.
func TestNumbersAreUnique(t *testing.T) {
	db, seen := openLedger(t), map[string]bool{}
	a, b := numbers(t, db, "T01", time.UTC, tenOClock), numbers(t, db, "T01", time.UTC, tenOClock)
	for i := range 100_000 {
		if i%1000 == 0 {
			a = numbers(t, db, "T01", time.UTC, tenOClock) // the sequence is lost
		}
		for _, n := range []*Numbers{a, b} {
			no := n.Next(tenOClock)
			if seen[no] {
				t.Fatalf("%s came twice", no)
			}
			seen[no] = true
		}
	}
	if no := b.Next(tenOClock); no[12:17] != "00001" { // and goes round
		t.Errorf("after 100,000: %s", no)
	}
}

// A restart goes on behind the highest number, of payments and of refunds.
func TestNumbersGoOn(t *testing.T) {
	db := openLedger(t)
	n := numbers(t, db, "T01", time.UTC, tenOClock)
	var last string
	for range 41 {
		last = n.Next(tenOClock)
	}
	refund := n.Next(tenOClock)
	if err := db.Update(context.Background(), func(tx *ledger.Tx) error {
		s := ledger.Sale{Reference: "r", Kind: "sale", Amount: channels.Money{Amount: 1, Currency: "HKD"}, Fingerprint: []byte("f"), Day: "2026-11-24"}
		if _, err := tx.CreateSale(&s); err != nil {
			return err
		}
		if _, err := tx.InsertPayment(ledger.Payment{OutTradeNo: last, Sale: s.N, State: "submitting", SubmittedAt: tenOClock}, [...]string{"declined", "revoked", "revoking"}); err != nil {
			return err
		}
		_, err := tx.CreateRefund(&ledger.Refund{RefundNo: refund, Sale: s.N, OutTradeNo: last, Reference: "f", Fingerprint: []byte("f"), Amount: 1, State: "asked"})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if no := numbers(t, db, "T01", time.UTC, tenOClock).Next(tenOClock); no[12:17] != "00043" {
		t.Errorf("after %s: %s", refund, no)
	}
	if no := numbers(t, db, "T02", time.UTC, tenOClock).Next(tenOClock); no[12:17] != "00001" {
		t.Errorf("another till: %s", no)
	}
}

func TestNumbersOfANewDay(t *testing.T) {
	zone := time.FixedZone("HKT", 8*3600)
	night := time.Date(2026, 11, 24, 15, 59, 59, 0, time.UTC) // 23:59:59 in the shop
	n := numbers(t, openLedger(t), "T01", zone, night)
	n.Next(night)
	for _, c := range []struct {
		at   time.Time
		want string
	}{{night, "20261124 00002"}, {night.Add(time.Second), "20261125 00001"}, {night.Add(2 * time.Second), "20261125 00002"}, {night, "20261124 00001"}} {
		if no := n.Next(c.at); no[:8]+" "+no[12:17] != c.want {
			t.Errorf("at %v: %s, want %s", c.at, no, c.want)
		}
	}
}

func TestTillDigits(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range []string{"", "T01", "T02", "收银台1", strings.Repeat("x", 200)} {
		d := tillDigits(id)
		if len(d) != 4 || strings.Trim(d, "0123456789") != "" || d != tillDigits(id) || seen[d] {
			t.Errorf("%q: %s", id, d)
		}
		seen[d] = true
	}
}
