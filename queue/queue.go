// Package queue keeps what must happen later: jobs put inside the caller's own
// transaction, so that a state and its consequence are one commit, and worked
// off when they are due. It sleeps on one timer and never polls the database.
//
// One process owns the file, so leases live in memory: a crash gives every
// lease back by itself, and a job costs no third commit. What a job must not
// forget is in the caller's tables; the queue remembers only that it is owed.
package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Schema is the queue's table; the owner of the file makes it in a migration.
const Schema = `CREATE TABLE job (
	kind       TEXT NOT NULL,
	key        TEXT NOT NULL,
	due        INTEGER,          -- unix ms; NULL: parked until a person decides
	attempts   INTEGER NOT NULL DEFAULT 0,
	generation INTEGER NOT NULL DEFAULT 0,
	payload    BLOB NOT NULL,
	error      TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID`

// Tx is the caller's open transaction.
type Tx interface {
	Exec(query string, args ...any) (sql.Result, error)
	Query(query string, args ...any) (*sql.Rows, error)
	// OnCommit registers f to run once the transaction is durable.
	OnCommit(f func())
}

// Update runs fn in one durable transaction of the file's only writer.
type Update func(ctx context.Context, fn func(Tx) error) error

// Job is work that is owed. At most one job of a kind and key is live.
type Job struct {
	Kind    string
	Key     string
	Due     time.Time // zero: at once
	Payload []byte
}

// Claim is a job in a handler's hands. The lease ends when the handler returns.
type Claim struct {
	Job
	Attempts   int // failures before this one
	generation int64
}

// Handler works one job. What it returns decides what becomes of the job: nil
// ends it (see Done), Snooze lays it aside, Park gives it to a person, any
// other error is a failure that is retried after the kind's backoff.
type Handler func(ctx context.Context, c *Claim) error

// Kind is how jobs of one kind are worked.
type Kind struct {
	Handler Handler
	// Workers is how many jobs of this kind run at once; 0 means 1, in due order.
	Workers int
	// Backoff is the wait after the n-th failure in a row, n from 1.
	Backoff func(failures int) time.Duration
	// MaxAttempts parks a job that failed so often; 0 never does.
	MaxAttempts int
	// Parked is told of each job that parks, inside the transaction that parks it.
	// The kind named "" lends its own to jobs whose kind nobody works.
	Parked func(tx Tx, job Job, reason string) error
	// Failed is told of each failure that is tried again, the n-th in a row,
	// inside the transaction that stores it.
	Failed func(tx Tx, job Job, n int, reason string) error
}

// Queue works the jobs of one file.
type Queue struct {
	update Update
	log    *slog.Logger
	now    func() time.Time

	generation atomic.Int64 // of the newest Put; none of an earlier process comes again

	mu    sync.Mutex
	lanes map[string]*lane // by kind
	live  map[[2]string]*entry
	wake  chan struct{}
}

// New makes a queue for these kinds of job. Nothing runs before Run.
func New(update Update, kinds map[string]Kind, log *slog.Logger, now func() time.Time) *Queue {
	q := &Queue{update: update, log: log, now: now, lanes: map[string]*lane{}, live: map[[2]string]*entry{}, wake: make(chan struct{}, 1)}
	for name, kind := range kinds {
		q.lanes[name] = newLane(kind)
	}
	return q
}

// Load reads what is owed. Call it once, before Run; its cost is in proportion
// to the live jobs, never to history.
func (q *Queue) Load(ctx context.Context) error {
	now := q.now()
	return q.update(ctx, func(tx Tx) error {
		rows, err := tx.Query(`SELECT kind, key, due, attempts, generation, payload FROM job WHERE due IS NOT NULL`)
		if err != nil {
			return fmt.Errorf("queue: load: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var c Claim
			var due int64
			if err := rows.Scan(&c.Kind, &c.Key, &due, &c.Attempts, &c.generation, &c.Payload); err != nil {
				return fmt.Errorf("queue: load: %w", err)
			}
			q.generation.Store(max(q.generation.Load(), c.generation))
			q.mu.Lock()
			c.Due = q.resumed(&c, due, now)
			q.enter(c)
			q.mu.Unlock()
		}
		return rows.Err()
	})
}

// resumed is when a job from disk is due. A wall clock that was set back must not
// keep a failed one waiting for longer than its backoff. q.mu is held.
func (q *Queue) resumed(c *Claim, due int64, now time.Time) time.Time {
	wait := max(0, time.UnixMilli(due).Sub(now))
	if backoff := q.lane(c.Kind).kind.Backoff; c.Attempts > 0 && backoff != nil {
		wait = min(wait, backoff(c.Attempts))
	}
	return now.Add(wait) // with now's monotonic part: later jumps do not matter
}

// Put owes job, inside tx. A live job of the same kind and key is replaced: its
// due time, payload and failures start anew, also while it runs.
func (q *Queue) Put(tx Tx, job Job) error {
	if !q.knows(job.Kind) {
		return fmt.Errorf("queue: put %s: no such kind", job.Kind)
	}
	due := int64(0) // at once, whatever a clock says that reads it later
	if now := q.now(); job.Due.IsZero() {
		job.Due = now
	} else if job.Due.After(now) {
		due = job.Due.UnixMilli()
	}
	if job.Payload == nil {
		job.Payload = []byte{}
	}
	c := Claim{Job: job, generation: q.generation.Add(1)}
	if _, err := tx.Exec(`INSERT INTO job (kind, key, due, payload, generation) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (kind, key) DO UPDATE SET due = excluded.due, payload = excluded.payload,
		attempts = 0, error = '', generation = excluded.generation`,
		job.Kind, job.Key, due, job.Payload, c.generation); err != nil {
		return fmt.Errorf("queue: put %s: %w", job.Kind, err)
	}
	tx.OnCommit(func() {
		q.mu.Lock()
		q.enter(c)
		q.mu.Unlock()
		q.signal()
	})
	return nil
}

func (q *Queue) knows(kind string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lanes[kind] != nil
}

// Done ends c inside tx, together with what its work changed. A handler that
// calls it then returns nil. A job that was put anew meanwhile stays.
func (q *Queue) Done(tx Tx, c *Claim) error {
	if _, err := tx.Exec(`DELETE FROM job WHERE kind = ? AND key = ? AND generation = ?`, c.Kind, c.Key, c.generation); err != nil {
		return fmt.Errorf("queue: done %s: %w", c.Kind, err)
	}
	tx.OnCommit(func() { q.drop(c) })
	return nil
}

// Wake makes a laid-aside job due now, if there is one. Nothing is written: a
// crash makes every job due anyway. A running job runs once more.
func (q *Queue) Wake(kind, key string) {
	q.mu.Lock()
	if e := q.live[[2]string{kind, key}]; e != nil {
		if e.running {
			e.again = true
		} else {
			e.at = q.now()
			e.lane.waiting.fix(e)
		}
	}
	q.mu.Unlock()
	q.signal()
}

// Note replaces the payload of c inside tx, for what a handler must find again
// when it is cut short. Due time and failures stay.
func (q *Queue) Note(tx Tx, c *Claim, payload []byte) error {
	if _, err := tx.Exec(`UPDATE job SET payload = ? WHERE kind = ? AND key = ? AND generation = ?`, payload, c.Kind, c.Key, c.generation); err != nil {
		return fmt.Errorf("queue: note %s: %w", c.Kind, err)
	}
	tx.OnCommit(func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if e := q.live[[2]string{c.Kind, c.Key}]; e != nil && e.claim.generation == c.generation {
			e.claim.Payload = payload
		}
	})
	return nil
}

// Keys of the live jobs of a kind.
func (q *Queue) Keys(kind string) []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	var keys []string
	for id := range q.live {
		if id[0] == kind {
			keys = append(keys, id[1])
		}
	}
	slices.Sort(keys)
	return keys
}

// Depth is the number of live jobs, running ones included.
func (q *Queue) Depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.live)
}

// Run works jobs until ctx ends, waits for the handlers that run, and returns nil.
// Call it once.
func (q *Queue) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	defer workers.Wait()
	defer q.dismiss()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next := q.dispatch(ctx, &workers)
		if next > 0 {
			timer.Reset(next)
		} else {
			timer.Stop() // nothing is due at any time: only a Put or Wake ends the sleep
		}
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-q.wake:
		}
	}
}

// dispatch starts all that is due and has a free worker, and tells how long
// nothing more will be due; 0 when no job waits for a time.
func (q *Queue) dispatch(ctx context.Context, workers *sync.WaitGroup) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() != nil {
		return 0
	}
	now := q.now()
	var next time.Duration
	for _, l := range q.lanes {
		for l.free() {
			c, wait := l.take(now)
			if c == nil {
				if wait > 0 && (next == 0 || wait < next) {
					next = wait
				}
				break
			}
			if l.running++; l.running > l.workers {
				l.workers++
				workers.Go(func() { q.worker(ctx, l) })
			}
			l.claims <- c
		}
	}
	return next
}

// worker works what it is handed, and then whatever else of its kind is due: most
// jobs cost less than the dispatcher's turn. It stays until the queue stops, since to
// grow a goroutine's stack anew costs more than many a job, too.
func (q *Queue) worker(ctx context.Context, l *lane) {
	for c := range l.claims {
		for c != nil {
			q.work(ctx, c, l.kind)
			c = q.next(ctx, l)
		}
	}
}

// dismiss ends the workers, once they have done what they were handed.
func (q *Queue) dismiss() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lanes {
		close(l.claims)
	}
}

// next is a worker's next job. One that finds none waits to be handed one. Whoever
// else of its kind waits for a time is the dispatcher's, as long as a worker is free.
func (q *Queue) next(ctx context.Context, l *lane) (c *Claim) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() == nil {
		c, _ = l.take(q.now())
	}
	if c == nil {
		l.running--
	}
	if len(l.waiting) > 0 && l.free() {
		q.signal()
	}
	return c
}

// work runs one claim and stores what became of it.
func (q *Queue) work(ctx context.Context, c *Claim, kind Kind) {
	err := q.handle(ctx, kind, c)
	var snooze snoozeError
	var park parkError
	switch {
	case err == nil:
		err = q.finish(c)
	case errors.As(err, &snooze):
		q.release(c, time.Time(snooze))
		return
	case ctx.Err() != nil: // stopping is no failure: the next start does it
		q.release(c, q.now())
		return
	case errors.As(err, &park):
		err = q.park(c, kind, park.reason)
	case kind.MaxAttempts > 0 && c.Attempts+1 >= kind.MaxAttempts:
		err = q.park(c, kind, err.Error())
	default:
		err = q.fail(c, kind, err)
	}
	if err != nil { // the store failed: keep the job in memory and come back
		q.log.Error("job could not be stored", "kind", c.Kind, "key", c.Key, "error", err)
		q.release(c, q.now().Add(time.Second))
	}
}

func (q *Queue) handle(ctx context.Context, kind Kind, c *Claim) (err error) {
	defer func() {
		if r := recover(); r != nil {
			q.log.Error("job panicked", "kind", c.Kind, "key", c.Key, "panic", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return kind.Handler(ctx, c)
}

// finish ends a claim whose handler did not call Done itself.
func (q *Queue) finish(c *Claim) error {
	q.mu.Lock()
	e := q.live[[2]string{c.Kind, c.Key}]
	open := !e.over && e.claim.generation == c.generation
	q.mu.Unlock()
	if !open {
		q.release(c, time.Time{})
		return nil
	}
	err := q.update(context.Background(), func(tx Tx) error { return q.Done(tx, c) })
	if err == nil {
		q.release(c, time.Time{})
	}
	return err
}

func (q *Queue) fail(c *Claim, kind Kind, cause error) error {
	c.Attempts++
	at := q.now().Add(time.Second)
	if kind.Backoff != nil {
		at = q.now().Add(kind.Backoff(c.Attempts))
	}
	q.log.Warn("job failed", "kind", c.Kind, "key", c.Key, "attempts", c.Attempts, "next", at, "error", cause)
	err := q.update(context.Background(), func(tx Tx) error {
		_, err := tx.Exec(`UPDATE job SET attempts = ?, due = ?, error = ? WHERE kind = ? AND key = ? AND generation = ?`,
			c.Attempts, at.UnixMilli(), cause.Error(), c.Kind, c.Key, c.generation)
		if err == nil && kind.Failed != nil {
			err = kind.Failed(tx, c.Job, c.Attempts, cause.Error())
		}
		return err
	})
	if err == nil {
		q.release(c, at)
	}
	return err
}

func (q *Queue) park(c *Claim, kind Kind, reason string) error {
	q.log.Error("job parked", "kind", c.Kind, "key", c.Key, "reason", reason)
	err := q.update(context.Background(), func(tx Tx) error {
		if _, err := tx.Exec(`UPDATE job SET due = NULL, attempts = attempts + 1, error = ? WHERE kind = ? AND key = ? AND generation = ?`,
			reason, c.Kind, c.Key, c.generation); err != nil {
			return err
		}
		if kind.Parked != nil {
			if err := kind.Parked(tx, c.Job, reason); err != nil {
				return err
			}
		}
		tx.OnCommit(func() { q.drop(c) })
		return nil
	})
	if err == nil {
		q.release(c, time.Time{})
	}
	return err
}
