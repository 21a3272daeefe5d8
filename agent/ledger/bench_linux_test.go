package ledger

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/queue"
)

// BenchmarkIntent measures the first commit of a payment (row, journal, job)
// against a bare append and fdatasync on the same disk, turn by turn, and
// reports the ratio of the medians.
func BenchmarkIntent(b *testing.B) {
	ctx := context.Background()
	dir := b.TempDir()
	db, err := Open(ctx, dir, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.Prepare()
	q := queue.New(func(ctx context.Context, fn func(queue.Tx) error) error {
		return db.Update(ctx, func(tx *Tx) error { return fn(tx) })
	}, map[string]queue.Kind{"payment": {}}, nil, time.Now)
	bare, err := os.Create(filepath.Join(dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	block := make([]byte, 512)
	var intent, floor []time.Duration
	for i := 0; b.Loop(); i++ {
		s := Sale{Reference: fmt.Sprint(i), Kind: "sale", Amount: channels.Money{Amount: 8800, Currency: "HKD"}, Fingerprint: block[:32], Day: "2026-11-24", Description: "tea"}
		if err := db.Update(ctx, func(tx *Tx) error { _, err := tx.CreateSale(&s); return err }); err != nil {
			b.Fatal(err)
		}
		no := fmt.Sprintf("20261124%020d", i)
		start := time.Now()
		if err := db.Update(ctx, func(tx *Tx) error { return benchIntent(tx, q, s, no) }); err != nil {
			b.Fatal(err)
		}
		intent = append(intent, time.Since(start))
		start = time.Now()
		if _, err := bare.Write(block); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(bare.Fd())); err != nil {
			b.Fatal(err)
		}
		floor = append(floor, time.Since(start))
		if err := db.Update(ctx, func(tx *Tx) error { _, err := tx.Exec(`DELETE FROM job`); return err }); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(intent)
	slices.Sort(floor)
	p50 := func(d []time.Duration) float64 { return float64(d[len(d)/2].Microseconds()) }
	b.ReportMetric(p50(intent), "intent-µs")
	b.ReportMetric(p50(floor), "floor-µs")
	b.ReportMetric(p50(intent)/p50(floor), "ratio")
}

func benchIntent(tx *Tx, q *queue.Queue, s Sale, no string) error {
	ok, err := tx.InsertPayment(Payment{OutTradeNo: no, Sale: s.N, Channel: "wechat", Wallet: "wechat", CodeLast4: "1395", State: "submitting", SubmittedAt: tx.Now()},
		[...]string{"declined", "revoked", "revoking"})
	if err != nil || !ok {
		return fmt.Errorf("not stored: %v", err)
	}
	if err := tx.Journal("payment.submitted", s.N, no, map[string]any{"channel": "wechat", "wallet": "wechat", "code_last4": "1395", "amount": 8800, "currency": "HKD"}); err != nil {
		return err
	}
	return q.Put(tx, queue.Job{Kind: "payment", Key: no})
}
