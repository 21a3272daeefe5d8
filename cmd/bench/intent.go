package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/queue"
)

// firstSales is how many sales after a start the bar holds for by themselves: a
// fresh write-ahead log grows, and each sync of it costs more.
const firstSales = 300

// intent measures the commit that stands between a scan and the wire (row,
// journal, job: as payment.Engine stores them) against a bare append and
// fdatasync on the same disk. Who goes first alternates.
func intent(ctx context.Context, b *bench) (err error) {
	db, err := ledger.Open(ctx, filepath.Join(b.dir, "intent"), time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.Prepare() // as Till.Run does at the start
	bare, err := os.Create(filepath.Join(b.dir, "bare"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bare.Close()) }()
	jobs := queue.New(func(ctx context.Context, fn func(queue.Tx) error) error {
		return db.Update(ctx, func(tx *ledger.Tx) error { return fn(tx) })
	}, map[string]queue.Kind{"payment": {}}, slog.New(slog.DiscardHandler), time.Now)

	n := b.of(2000, 600)
	block := make([]byte, 512)
	var floor, ours samples
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := oneSale(ctx, db, i)
		if err != nil {
			return err
		}
		no := fmt.Sprintf("20261124%020d", i)
		commit := func() error {
			return db.Update(ctx, func(tx *ledger.Tx) error { return storeIntent(tx, jobs, s, no) })
		}
		write := func() error {
			if _, err := bare.Write(block); err != nil {
				return err
			}
			return flush(bare)
		}
		if err := turns(i, timed(&ours, commit), timed(&floor, write)); err != nil {
			return err
		}
		// The second commit of a payment, which ends it and takes the job away.
		if err := db.Update(ctx, func(tx *ledger.Tx) error {
			if _, err := tx.Exec(`DELETE FROM job`); err != nil {
				return err
			}
			return tx.Journal("payment.paid", s.N, no, map[string]any{})
		}); err != nil {
			return err
		}
	}
	us := time.Microsecond
	first := min(firstSales, n)
	b.atMost("intent commit, p50", "µs", n, floor.p50(us), ours.p50(us), 1.5)
	b.atMost("intent commit, first 300 after a start, p50", "µs", first, floor[:first].p50(us), ours[:first].p50(us), 1.5)
	b.atMost("intent commit, p99", "µs", n, floor.p99(us), ours.p99(us), 2)
	b.note("intent: floor is an append of 512 bytes and fdatasync; its p99 bar is goal G1's, 2 x.")
	return nil
}

func oneSale(ctx context.Context, db *ledger.DB, i int) (ledger.Sale, error) {
	s := ledger.Sale{
		Reference: fmt.Sprintf("r%d", i), Kind: "sale", Amount: channels.Money{Amount: 8800, Currency: "HKD"},
		Fingerprint: make([]byte, 32), Day: "2026-11-24", Description: "tea",
	}
	err := db.Update(ctx, func(tx *ledger.Tx) error { _, err := tx.CreateSale(&s); return err })
	return s, err
}

// storeIntent is what payment.Engine stores before a Pay leaves.
func storeIntent(tx *ledger.Tx, jobs *queue.Queue, s ledger.Sale, no string) error {
	stored, err := tx.InsertPayment(ledger.Payment{
		OutTradeNo: no, Sale: s.N, Channel: "wechat", Wallet: "wechat", CodeLast4: "1395",
		State: string(payment.Submitting), SubmittedAt: tx.Now(),
	}, payment.Over)
	if err != nil {
		return err
	}
	if !stored {
		return errors.New("the payment was not stored")
	}
	if err := tx.Journal("payment.submitted", s.N, no, map[string]any{
		"channel": "wechat", "wallet": "wechat", "code_last4": "1395",
		"amount": s.Amount.Amount, "currency": s.Amount.Currency,
	}); err != nil {
		return err
	}
	return jobs.Put(tx, queue.Job{Kind: "payment", Key: no})
}

// timed is work that adds what it took to s.
func timed(s *samples, work func() error) func() error {
	return func() error {
		began := time.Now()
		err := work()
		*s = append(*s, time.Since(began))
		return err
	}
}

// turns does both, in an order that alternates with i: what the first leaves
// behind in the disk's and the processor's caches must not favour one of them.
func turns(i int, first, second func() error) error {
	if i%2 == 1 {
		first, second = second, first
	}
	if err := first(); err != nil {
		return err
	}
	return second()
}
