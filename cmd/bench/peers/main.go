// Command peers drains river on SQLite as a user would tune it for one machine:
// every acknowledged insert and finish on stable storage, a fetch each
// millisecond, one worker. It prints jobs a second as JSON.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

func main() {
	dir := flag.String("dir", "", "`folder` for the file")
	jobs := flag.Int("jobs", 500, "jobs to drain")
	flag.Parse()
	rate, err := drain(context.Background(), *dir, *jobs)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(map[string]float64{"per_second": rate})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

type job struct {
	Body string `json:"body"`
}

func (job) Kind() string { return "bench" }

type worker struct {
	river.WorkerDefaults[job]
	done atomic.Int64
}

func (w *worker) Work(context.Context, *river.Job[job]) error { w.done.Add(1); return nil }

const body = `{"kind":"revoke","out_trade_no":"2026112200010000312345678903","deadline":"2026-11-22T03:15:00+08:00","reason":"USERPAYING past 45 s"}`

func drain(ctx context.Context, dir string, jobs int) (float64, error) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "river.db")+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	m, err := rivermigrate.New(riversqlite.New(db), &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return 0, err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return 0, err
	}
	w := &worker{}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := river.NewClient(riversqlite.New(db), &river.Config{
		Workers: workers, Logger: quiet, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1}},
		FetchCooldown: river.FetchCooldownMin, FetchPollInterval: river.FetchPollIntervalMin,
	})
	if err != nil {
		return 0, err
	}
	for range jobs {
		if _, err := client.Insert(ctx, job{body}, nil); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	if err := client.Start(ctx); err != nil {
		return 0, err
	}
	for w.done.Load() < int64(jobs) { // its acks are at most one flush behind
		time.Sleep(200 * time.Microsecond)
	}
	rate := float64(jobs) / time.Since(began).Seconds()
	return rate, client.Stop(ctx)
}
