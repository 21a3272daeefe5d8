package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// drainFloor is the least that a durable queue on SQLite can do: one table, an
// index over what is open, the lease in memory; a select and a commit a job.
func (b *bench) drainFloor(ctx context.Context, jobs int, picks *samples) (rate float64, err error) {
	dir := b.fresh()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "floor.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `CREATE TABLE job (id INTEGER PRIMARY KEY, state INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, body TEXT NOT NULL);
		CREATE INDEX job_open ON job (due, id) WHERE state = 0`); err != nil {
		return 0, err
	}
	f := &floorQueue{wake: make(chan struct{}, 1)}
	for _, s := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&f.put, `INSERT INTO job (due, body) VALUES (?, ?)`},
		{&f.next, `SELECT id, body FROM job WHERE state = 0 AND due <= ? ORDER BY due, id LIMIT 1`},
		{&f.done, `UPDATE job SET state = 1 WHERE id = ?`},
	} {
		if *s.to, err = db.PrepareContext(ctx, s.text); err != nil {
			return 0, err
		}
	}
	for range jobs {
		if err := f.enqueue(); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	for {
		worked, err := f.work(func() {})
		if err != nil {
			return 0, err
		}
		if !worked {
			break
		}
	}
	rate = float64(jobs) / time.Since(began).Seconds()
	return rate, f.pickUps(picks)
}

// floorQueue is the queue by hand.
type floorQueue struct {
	put, next, done *sql.Stmt
	wake            chan struct{}
}

func (f *floorQueue) enqueue() error {
	_, err := f.put.Exec(time.Now().UnixNano(), bodyOfJob)
	select {
	case f.wake <- struct{}{}:
	default:
	}
	return err
}

// work takes the next job, if there is one, and stores that it is done.
func (f *floorQueue) work(handle func()) (bool, error) {
	var id int64
	var body string
	err := f.next.QueryRow(time.Now().UnixNano()).Scan(&id, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	handle()
	_, err = f.done.Exec(id)
	return true, err
}

// pickUps runs one worker that sleeps until it is woken.
func (f *floorQueue) pickUps(s *samples) error {
	work := &counted{}
	idle, ended, quit := make(chan struct{}, 1), make(chan error, 1), make(chan struct{})
	go func() {
		for {
			worked, err := f.work(work.handle)
			if err != nil {
				ended <- err
				return
			}
			if worked {
				continue
			}
			select {
			case idle <- struct{}{}:
			default:
			}
			select {
			case <-f.wake:
			case <-quit:
				ended <- nil
				return
			}
		}
	}()
	err := pickUps(s, work, func(int) error { return f.enqueue() }, func() bool {
		select {
		case <-idle:
			return true
		default:
			return false
		}
	})
	close(quit)
	return errors.Join(err, <-ended)
}
