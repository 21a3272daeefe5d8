package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"tillpay/agent/ledger"
	"tillpay/cmd/bench/history"
	"tillpay/queue"
)

// inFlight is how many jobs the queue works at once where commits are shared.
const inFlight = 8

// bodyOfJob is what a revoke owes.
const bodyOfJob = `{"kind":"revoke","out_trade_no":"2026112200010000312345678903","deadline":"2026-11-22T03:15:00+08:00","reason":"USERPAYING past 45 s"}`

// drained is one drain of a queue: jobs a second from the start to the last ack
// on disk.
type drained struct{ floor, one, many, river float64 }

// queues measures the durable queue (goals G4 and G5): how fast it drains with
// one worker and with several whose commits are shared, how soon a job is picked
// up, and whether history slows it, against a floor written by hand on the same
// SQLite and against river as a user would tune it.
func queues(ctx context.Context, b *bench) error {
	jobs, rounds := b.of(500, 200), b.of(5, 3)
	river, err := buildPeer(ctx, b)
	if err != nil {
		return err
	}
	var all []drained
	var pickFloor, pickOurs samples
	for i := range rounds {
		var d drained
		for _, turn := range []func() error{
			func() (err error) { d.floor, err = b.drainFloor(ctx, jobs, &pickFloor); return },
			func() (err error) { d.one, err = b.drainOurs(ctx, b.fresh(), 1, jobs, &pickOurs); return },
			func() (err error) { d.many, err = b.drainOurs(ctx, b.fresh(), inFlight, jobs, nil); return },
			func() (err error) { d.river, err = b.drainRiver(ctx, river, jobs); return },
		} {
			if err := turn(); err != nil {
				return fmt.Errorf("round %d: %w", i+1, err)
			}
		}
		all = append(all, d)
	}
	floor := median(all, func(d drained) float64 { return d.floor })
	one, many := median(all, func(d drained) float64 { return d.one }), median(all, func(d drained) float64 { return d.many })
	b.atLeast("queue drain, one worker, against a queue by hand", "jobs/s", jobs, floor, one, 1)
	b.atLeast(fmt.Sprintf("queue drain, %d in flight, shared commits", inFlight), "jobs/s", jobs, floor, many, 3)
	b.atLeast("queue drain, one worker, against river tuned", "jobs/s", jobs, median(all, func(d drained) float64 { return d.river }), one, 5)
	b.atMost("pick-up of a job on an idle queue, p50", "ms", len(pickOurs), pickFloor.p50(time.Millisecond), pickOurs.p50(time.Millisecond), 1.2)
	if err := b.drainHistory(ctx, jobs, rounds); err != nil {
		return err
	}
	b.note("queue: the floor holds its lease in memory: a select and a commit a job. river 0.31.0 on SQLite, WAL and FULL, fetches each millisecond.")
	return nil
}

// drainHistory measures the same drain in a fresh file and in one that a till has
// after 1,000,000 sales and as many finished jobs, turn by turn.
func (b *bench) drainHistory(ctx context.Context, jobs, rounds int) error {
	old, n := b.fresh(), b.of(1_000_000, 100_000)
	if err := history.Fill(ctx, old, n, time.Now()); err != nil {
		return err
	}
	if err := wearJobs(ctx, old, n); err != nil {
		return err
	}
	type pair struct{ fresh, old float64 }
	var all []pair
	for range rounds {
		var p pair
		var err error
		if p.fresh, err = b.drainOurs(ctx, b.fresh(), 1, jobs, nil); err != nil {
			return err
		}
		if p.old, err = b.drainOurs(ctx, old, 1, jobs, nil); err != nil {
			return err
		}
		all = append(all, p)
	}
	b.atLeast(fmt.Sprintf("queue drain with %d finished jobs and sales in the file", n), "jobs/s", jobs,
		median(all, func(p pair) float64 { return p.fresh }), median(all, func(p pair) float64 { return p.old }), 0.9)
	return nil
}

// wearJobs puts n jobs and finishes them, in large transactions.
func wearJobs(ctx context.Context, dir string, n int) (err error) {
	db, err := ledger.Open(ctx, dir, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	const batch = 10_000
	for at := 0; at < n; at += batch {
		err := db.Update(ctx, func(tx *ledger.Tx) error {
			_, err := tx.Exec(`WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)
				INSERT INTO job (kind, key, due, payload) SELECT 'worn', i, 0, CAST(? AS BLOB) FROM c`, batch, bodyOfJob)
			return err
		})
		if err == nil {
			err = db.Update(ctx, func(tx *ledger.Tx) error { _, err := tx.Exec(`DELETE FROM job WHERE kind = 'worn'`); return err })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fresh names a folder of its own on the measured disk.
func (b *bench) fresh() string {
	return filepath.Join(b.dir, fmt.Sprintf("queue-%d", time.Now().UnixNano()))
}

// drainOurs puts jobs and works them off with so many workers; picks, if given,
// is filled with how long a job takes from the Put to its handler on an idle queue.
func (b *bench) drainOurs(ctx context.Context, dir string, workers, jobs int, picks *samples) (rate float64, err error) {
	db, err := ledger.Open(ctx, dir, time.Now)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.Prepare()
	work := &counted{}
	kinds := map[string]queue.Kind{"bench": {Workers: workers, Handler: func(context.Context, *queue.Claim) error { work.handle(); return nil }}}
	update := func(ctx context.Context, fn func(queue.Tx) error) error {
		return db.Update(ctx, func(tx *ledger.Tx) error { return fn(tx) })
	}
	q := queue.New(update, kinds, slog.New(slog.DiscardHandler), time.Now)
	put := func(i int) error {
		return update(ctx, func(tx queue.Tx) error {
			return q.Put(tx, queue.Job{Kind: "bench", Key: fmt.Sprint(i), Payload: []byte(bodyOfJob)})
		})
	}
	for i := range jobs {
		if err := put(i); err != nil {
			return 0, err
		}
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- q.Run(run) }()
	for q.Depth() > 0 { // until the last ack is on disk; a look costs a mutex
		time.Sleep(200 * time.Microsecond)
	}
	rate = float64(work.n.Load()) / time.Since(began).Seconds()
	if picks != nil {
		err = pickUps(picks, work, func(i int) error { return put(jobs + i) }, func() bool { return q.Depth() == 0 })
	}
	stop()
	return rate, errors.Join(err, <-ended)
}

// counted is a handler that does nothing but tell that it was entered.
type counted struct {
	n       atomic.Int64
	mu      sync.Mutex
	entered chan time.Time
}

func (c *counted) handle() {
	c.n.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entered != nil {
		c.entered <- time.Now()
	}
}

// pickUps measures a Put on an idle queue, from the call to the handler.
func pickUps(s *samples, work *counted, put func(int) error, idle func() bool) error {
	work.mu.Lock()
	work.entered = make(chan time.Time, 1)
	work.mu.Unlock()
	for i := range 60 {
		for !idle() {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(2 * time.Millisecond)
		began := time.Now()
		if err := put(i); err != nil {
			return err
		}
		*s = append(*s, (<-work.entered).Sub(began))
	}
	return nil
}

// buildPeer builds the program that drives river. It is a module of its own, so
// that nobody who builds tillpay fetches it.
func buildPeer(ctx context.Context, b *bench) (string, error) {
	path, err := filepath.Abs(filepath.Join(b.dir, "peers"))
	if err != nil {
		return "", err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", path, ".")
	build.Dir = filepath.Join("cmd", "bench", "peers")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building cmd/bench/peers (run it from the project's folder): %w: %s", err, out)
	}
	return path, nil
}

func (b *bench) drainRiver(ctx context.Context, peer string, jobs int) (float64, error) {
	dir := b.fresh()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, peer, "-dir", dir, "-jobs", fmt.Sprint(jobs)).Output()
	if err != nil {
		return 0, fmt.Errorf("river: %w", err)
	}
	var said struct {
		PerSecond float64 `json:"per_second"`
	}
	err = json.Unmarshal(out, &said)
	return said.PerSecond, err
}
