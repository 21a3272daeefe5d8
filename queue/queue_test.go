package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/queue"
)

// bubble gives f a store in virtual time.
func bubble(t *testing.T, f func(t *testing.T, s *store)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { f(t, openStore(t, dir)) })
}

func same(t *testing.T, d *diary, want ...string) {
	t.Helper()
	if got := d.read(); !slices.Equal(got, want) {
		t.Errorf("saw %q, want %q", got, want)
	}
}

func TestPutAndDoneAreTheCallersCommits(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		var w *work
		w = start(t, s, map[string]queue.Kind{"a": {Handler: func(ctx context.Context, c *queue.Claim) error {
			return s.update(ctx, func(tx queue.Tx) error {
				d.write(c.Key + " " + string(c.Payload))
				return w.Done(tx, c)
			})
		}}})
		defer w.stop()
		before := s.calls.Load()
		w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("x")})
		synctest.Wait()
		same(t, &d, "1 x")
		if got := s.calls.Load() - before; got != 2 {
			t.Errorf("%d transactions for put and done", got)
		}
		if w.Depth() != 0 || s.count(t, "true") != 0 {
			t.Errorf("%d jobs live, %d on disk", w.Depth(), s.count(t, "true"))
		}
	})
}

func TestRolledBackJobNeverRuns(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error { d.write(c.Key); return nil }}})
		defer w.stop()
		boom := errors.New("boom")
		if err := s.update(context.Background(), func(tx queue.Tx) error {
			return errors.Join(w.Put(tx, queue.Job{Kind: "a", Key: "1"}), boom)
		}); !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if err := s.update(context.Background(), func(tx queue.Tx) error { return w.Put(tx, queue.Job{Kind: "b", Key: "1"}) }); err == nil {
			t.Error("a job of an unknown kind was taken")
		}
		time.Sleep(time.Hour)
		same(t, &d)
	})
}

// A Done that is rolled back leaves the job: it is worked again.
func TestRolledBackDoneIsWorkedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		var w *work
		w = start(t, s, map[string]queue.Kind{"a": {Handler: func(ctx context.Context, c *queue.Claim) error {
			d.write("try")
			return s.update(ctx, func(tx queue.Tx) error {
				if err := w.Done(tx, c); err != nil || len(d.read()) > 1 {
					return err
				}
				return errors.New("not yet")
			})
		}}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1"})
		time.Sleep(time.Minute)
		same(t, &d, "try", "try")
	})
}

func TestSnoozeIsInMemoryOnly(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		begin := time.Now()
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error {
			d.write(time.Since(begin).String())
			if len(d.read()) < 3 {
				return queue.Snooze(time.Now().Add(time.Minute))
			}
			return nil
		}}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1"})
		synctest.Wait()
		before := s.calls.Load()
		time.Sleep(90 * time.Second)
		if got := s.calls.Load() - before; got != 0 {
			t.Errorf("%d commits for a snooze", got)
		}
		time.Sleep(time.Minute)
		same(t, &d, "0s", "1m0s", "2m0s")
	})
}

func TestFailureWaitsAndIsPersisted(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		begin := time.Now()
		kinds := map[string]queue.Kind{"a": {Backoff: queue.Exponential(10*time.Second, time.Minute), Handler: func(_ context.Context, c *queue.Claim) error {
			d.write(fmt.Sprint(c.Attempts, "@", time.Since(begin)))
			return errors.New("the printer is on fire")
		}}}
		w := start(t, s, kinds)
		w.put(t, queue.Job{Kind: "a", Key: "1"})
		time.Sleep(35 * time.Second)
		w.stop()
		same(t, &d, "0@0s", "1@10s", "2@30s")
		if s.count(t, `attempts = 3 AND error = 'the printer is on fire'`) != 1 {
			t.Error("attempts and error are not on disk")
		}
		w = start(t, s, kinds) // the third wait, 40 s from 30 s, goes on
		defer w.stop()
		time.Sleep(time.Minute)
		same(t, &d, "0@0s", "1@10s", "2@30s", "3@1m10s")
	})
}

func TestParkTellsInTheSameTransaction(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		if _, err := s.db.Exec(`CREATE TABLE matter (reason TEXT)`); err != nil {
			t.Fatal(err)
		}
		refuse := true
		w := start(t, s, map[string]queue.Kind{"a": {
			Handler: func(context.Context, *queue.Claim) error {
				d.write("try")
				return queue.Park("no such %s", "printer")
			},
			Parked: func(tx queue.Tx, job queue.Job, reason string) error {
				if _, err := tx.Exec(`INSERT INTO matter VALUES (?)`, job.Key+": "+reason); err != nil {
					return err
				}
				if refuse {
					refuse = false
					return errors.New("the disk is full")
				}
				return nil
			},
		}})
		w.put(t, queue.Job{Kind: "a", Key: "1"})
		synctest.Wait()
		if s.count(t, `due IS NULL`) != 0 || s.count(t, `(SELECT count(*) FROM matter) > 0`) != 0 {
			t.Error("half of a rolled-back parking is on disk")
		}
		time.Sleep(time.Hour)
		same(t, &d, "try", "try")
		if s.count(t, `due IS NULL AND attempts = 1 AND error = 'no such printer'`) != 1 {
			t.Error("not parked")
		}
		if s.count(t, `(SELECT group_concat(reason) FROM matter) = '1: no such printer'`) != 1 {
			t.Error("the person was not told, or twice")
		}
		w.stop()
		w = start(t, s, map[string]queue.Kind{"a": {Handler: func(context.Context, *queue.Claim) error { d.write("again"); return nil }}})
		defer w.stop()
		time.Sleep(time.Hour)
		same(t, &d, "try", "try") // a parked job does not come back by itself
		w.put(t, queue.Job{Kind: "a", Key: "1"})
		synctest.Wait()
		same(t, &d, "try", "try", "again")
	})
}

func TestMaxAttemptsParks(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {MaxAttempts: 3, Handler: func(context.Context, *queue.Claim) error {
			d.write("try")
			panic("nil map") // a panic is a failure like any other
		}}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1"})
		time.Sleep(time.Hour)
		same(t, &d, "try", "try", "try")
		if s.count(t, `due IS NULL AND error = 'panic: nil map'`) != 1 {
			t.Error("not parked")
		}
	})
}

func TestPutReplacesALiveJob(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error { d.write(string(c.Payload)); return nil }}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("old"), Due: time.Now().Add(time.Minute)})
		w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("new"), Due: time.Now().Add(time.Hour)})
		time.Sleep(59 * time.Minute)
		same(t, &d)
		time.Sleep(2 * time.Minute)
		same(t, &d, "new")
	})
}

// A job that is put anew while it runs runs again with the new payload, not
// beside itself, and the old claim's Done does not delete the new one.
func TestPutWhileRunning(t *testing.T) {
	for _, how := range []string{"done", "nil", "failed", "snoozed"} {
		t.Run(how, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *store) {
				var d diary
				var w *work
				w = start(t, s, map[string]queue.Kind{"a": {Workers: 4, Handler: func(ctx context.Context, c *queue.Claim) error {
					d.write("begin " + string(c.Payload))
					time.Sleep(time.Minute)
					d.write("end " + string(c.Payload))
					if string(c.Payload) == "new" {
						return nil
					}
					switch how {
					case "done":
						return s.update(ctx, func(tx queue.Tx) error { return w.Done(tx, c) })
					case "failed":
						return errors.New("no")
					case "snoozed":
						return queue.Snooze(time.Now().Add(time.Hour))
					}
					return nil
				}}})
				defer w.stop()
				w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("old")})
				time.Sleep(time.Second)
				w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("new")})
				time.Sleep(10 * time.Minute)
				same(t, &d, "begin old", "end old", "begin new", "end new")
				if s.count(t, "true") != 0 || w.Depth() != 0 {
					t.Error("jobs are left")
				}
			})
		})
	}
}

// A handler ends its job in its own transaction and goes on for a while: a new
// job of the same key waits for it to return.
func TestPutAfterDoneWaitsForTheHandler(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		var w *work
		w = start(t, s, map[string]queue.Kind{"a": {Workers: 4, Handler: func(ctx context.Context, c *queue.Claim) error {
			d.write("begin " + string(c.Payload))
			if err := s.update(ctx, func(tx queue.Tx) error { return w.Done(tx, c) }); err != nil {
				return err
			}
			time.Sleep(time.Minute)
			d.write("end " + string(c.Payload))
			return nil
		}}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("old")})
		time.Sleep(time.Second)
		w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("new")})
		time.Sleep(10 * time.Minute)
		same(t, &d, "begin old", "end old", "begin new", "end new")
		if s.count(t, "true") != 0 || w.Depth() != 0 {
			t.Error("jobs are left")
		}
	})
}

// Two transactions commit one after the other; who is told of them first is
// anyone's guess.
func TestCommitsToldInTheWrongOrder(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error { d.write(string(c.Payload)); return nil }}})
		defer w.stop()
		late := make(chan struct{})
		s.late = late
		told := make(chan error, 1)
		go func() {
			told <- s.update(context.Background(), func(tx queue.Tx) error {
				return w.Put(tx, queue.Job{Kind: "a", Key: "1", Payload: []byte("first"), Due: time.Now().Add(time.Minute)})
			})
		}()
		synctest.Wait()
		w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("second"), Due: time.Now().Add(time.Minute)})
		close(late)
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		same(t, &d, "second")
		if s.count(t, "true") != 0 {
			t.Error("the second job is still on disk, and nobody will work it")
		}
	})
}

func TestWake(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		begin := time.Now()
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error {
			d.write(time.Since(begin).String())
			time.Sleep(10 * time.Second)
			return queue.Snooze(time.Now().Add(time.Hour))
		}}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1", Due: begin.Add(30 * time.Minute)})
		w.Wake("a", "none") // nobody: nothing
		time.Sleep(time.Minute)
		w.Wake("a", "1") // waiting
		time.Sleep(5 * time.Second)
		w.Wake("a", "1") // running: once more
		w.Wake("a", "1")
		time.Sleep(30 * time.Minute)
		same(t, &d, "1m0s", "1m10s")
	})
}

func TestOrderByDue(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error {
			d.write(c.Key)
			time.Sleep(time.Second)
			return nil
		}}})
		defer w.stop()
		soon := time.Now().Add(time.Minute)
		w.put(t, queue.Job{Kind: "a", Key: "z", Due: soon.Add(3)}, queue.Job{Kind: "a", Key: "y", Due: soon.Add(2)},
			queue.Job{Kind: "a", Key: "1", Due: soon.Add(2)}, queue.Job{Kind: "a", Key: "x", Due: soon})
		time.Sleep(time.Hour)
		same(t, &d, "x", "y", "1", "z")
	})
}

// A crash is a queue that nobody stops: a new one on the same file has it all.
func TestLoadGetsEverythingBack(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		kinds := func(name string) map[string]queue.Kind {
			return map[string]queue.Kind{"a": {Handler: func(ctx context.Context, c *queue.Claim) error {
				d.write(name + " " + c.Key + string(c.Payload))
				if name == "first" {
					<-ctx.Done() // in the middle of it
					return ctx.Err()
				}
				return nil
			}}}
		}
		w := start(t, s, kinds("first"))
		w.put(t, queue.Job{Kind: "a", Key: "running", Payload: []byte("!")})
		synctest.Wait()
		w.put(t, queue.Job{Kind: "a", Key: "waiting"}, queue.Job{Kind: "a", Key: "later", Due: time.Now().Add(time.Hour)})
		w.stop()
		loaded := queue.New(s.update, kinds("nobody"), quiet, time.Now)
		if err := loaded.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(loaded.Keys("a"), " "); got != "later running waiting" {
			t.Error(got)
		}
		w = start(t, s, kinds("second"))
		defer w.stop()
		time.Sleep(2 * time.Hour)
		same(t, &d, "first running!", "second running!", "second waiting", "second later")
	})
}

// A till whose clock battery died starts in the past: what it owes is still due.
func TestClockSetBack(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		broken := true
		kinds := map[string]queue.Kind{"a": {Backoff: queue.Exponential(time.Minute, time.Minute), Handler: func(ctx context.Context, c *queue.Claim) error {
			if broken {
				return errors.New("broken")
			}
			d.write(c.Key)
			return nil
		}}}
		w := start(t, s, kinds)
		w.put(t, queue.Job{Kind: "a", Key: "failed"})
		synctest.Wait()
		w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "at once"})
		broken = false

		q := queue.New(s.update, kinds, quiet, func() time.Time { return time.Now().AddDate(-20, 0, 0) })
		if err := q.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		if err := q.Run(ctx); err != nil {
			t.Error(err)
		}
		same(t, &d, "at once", "failed")
	})
}

func TestUnknownKindIsParked(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		if _, err := s.db.Exec(`INSERT INTO job (kind, key, due, payload) VALUES ('webhook', '1', 0, x'')`); err != nil {
			t.Fatal(err)
		}
		w := start(t, s, map[string]queue.Kind{"a": {}})
		defer w.stop()
		time.Sleep(time.Hour)
		if s.count(t, `due IS NULL`) != 1 || s.calls.Load() != 2 {
			t.Errorf("not parked, after %d transactions", s.calls.Load())
		}
	})
}

// What is due already is due whatever a clock says later: a till whose battery is
// empty starts in 1970, and still owes it at once.
func TestDueIsAtOnceUnderAnyClock(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		kinds := map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error { d.write(c.Key); return nil }}}
		q := queue.New(s.update, kinds, quiet, time.Now)
		if err := s.update(context.Background(), func(tx queue.Tx) error {
			return q.Put(tx, queue.Job{Kind: "a", Key: "1", Due: time.Now().Add(-time.Hour)})
		}); err != nil {
			t.Fatal(err)
		}
		q = queue.New(s.update, kinds, quiet, func() time.Time { return time.Now().AddDate(-20, 0, 0) })
		if err := q.Load(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := q.Run(ctx); err != nil {
			t.Fatal(err)
		}
		same(t, &d, "1")
	})
}
