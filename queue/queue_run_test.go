package queue_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/queue"

	"pgregory.net/rapid"
)

func TestRunWaitsForHandlers(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(ctx context.Context, c *queue.Claim) error {
			<-ctx.Done()
			time.Sleep(time.Minute) // an exchange that is worth its wait
			d.write("ended")
			return ctx.Err()
		}}})
		w.put(t, queue.Job{Kind: "a", Key: "1"}, queue.Job{Kind: "a", Key: "2"})
		synctest.Wait()
		begin := time.Now()
		w.stop() // fails the test unless Run returns nil
		if time.Since(begin) != time.Minute {
			t.Errorf("Run returned after %v", time.Since(begin))
		}
		same(t, &d, "ended") // and starts none after its end
		if s.count(t, `attempts = 0 AND due IS NOT NULL`) != 2 {
			t.Error("a stop was counted as a failure")
		}
	})
}

// Idle, with jobs that are due tomorrow, the queue touches nothing for a day.
func TestNoPolling(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		asked := 0
		q := queue.New(s.update, map[string]queue.Kind{"a": {}}, quiet, func() time.Time { asked++; return time.Now() })
		if err := s.update(context.Background(), func(tx queue.Tx) error {
			return q.Put(tx, queue.Job{Kind: "a", Key: "1", Due: time.Now().Add(25 * time.Hour)})
		}); err != nil {
			t.Fatal(err)
		}
		calls := s.calls.Load()
		ctx, cancel := context.WithTimeout(context.Background(), 24*time.Hour)
		defer cancel()
		if err := q.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if got := s.calls.Load() - calls; got != 0 {
			t.Errorf("%d transactions of an idle queue", got)
		}
		if asked > 3 { // once by Put, once for its signal, once before it sleeps
			t.Errorf("an idle queue woke up %d times", asked)
		}
	})
}

// A store that fails keeps nothing from being worked when it heals.
func TestStoreFails(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error {
			d.write("work")
			return nil
		}}})
		defer w.stop()
		full := errors.New("disk full")
		w.put(t, queue.Job{Kind: "a", Key: "1", Due: time.Now().Add(time.Second)})
		s.fail.Store(&full)
		time.Sleep(3500 * time.Millisecond)
		same(t, &d, "work", "work", "work") // at least once, a second apart
		s.fail.Store(nil)
		time.Sleep(time.Hour)
		same(t, &d, "work", "work", "work", "work")
		if s.count(t, "true") != 0 {
			t.Error("the job is left")
		}
	})
}

// Whatever the handlers do: never more at once than a kind has workers, never
// two of one key, every job ends once, and nothing is left on disk.
func TestWorkerLimits(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		workers := map[string]int{"a": rapid.IntRange(0, 4).Draw(rt, "workers a"), "b": rapid.IntRange(0, 4).Draw(rt, "workers b")}
		jobs := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) queue.Job {
			return queue.Job{
				Kind: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "kind"), Key: rapid.StringMatching(`[1-9]`).Draw(rt, "key"),
				Payload: rapid.SliceOfN(rapid.ByteRange(0, 5), 0, 4).Draw(rt, "course"),
			}
		}), 1, 30).Draw(rt, "jobs")
		synctest.Test(t, func(t *testing.T) {
			s := openStore(t, dir)
			defer s.db.Close()
			l := &limits{workers: workers, busy: map[string]int{}, done: map[string]int{}}
			w := start(t, s, map[string]queue.Kind{"a": {Workers: workers["a"], Handler: l.handle}, "b": {Workers: workers["b"], Handler: l.handle}})
			l.w = w
			for i, j := range jobs {
				w.put(t, j)
				time.Sleep(time.Duration(i%3) * 700 * time.Millisecond)
			}
			time.Sleep(time.Hour)
			w.stop()
			if l.problem != "" || w.Depth() != 0 || s.count(t, "true") != 0 {
				rt.Fatalf("%s; %d jobs live, %d on disk", l.problem, w.Depth(), s.count(t, "true"))
			}
			for _, j := range jobs {
				if l.done[j.Kind+j.Key] == 0 {
					rt.Fatalf("job %s %s was never worked to its end", j.Kind, j.Key)
				}
			}
		})
	})
}

// limits is a handler that takes the course in a job's payload, and watches.
type limits struct {
	w       *work
	workers map[string]int

	mu      sync.Mutex
	busy    map[string]int
	done    map[string]int
	turn    int
	problem string
}

func (l *limits) enter(c *queue.Claim, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn++
	l.busy[c.Kind] += by
	l.busy[c.Kind+c.Key] += by
	if l.busy[c.Kind] > max(1, l.workers[c.Kind]) {
		l.problem = fmt.Sprintf("%d jobs of kind %s at once", l.busy[c.Kind], c.Kind)
	}
	if l.busy[c.Kind+c.Key] > 1 {
		l.problem = fmt.Sprintf("two jobs %s %s at once", c.Kind, c.Key)
	}
}

func (l *limits) turns() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.turn
}

func (l *limits) handle(ctx context.Context, c *queue.Claim) error {
	l.enter(c, 1)
	defer l.enter(c, -1)
	time.Sleep(time.Second)
	if turn := l.turns(); turn < 200 && c.Attempts < len(c.Payload) {
		switch c.Payload[c.Attempts] {
		case 0:
			return errors.New("failed")
		case 1:
			if turn%2 == 0 {
				return queue.Snooze(time.Now().Add(time.Second))
			}
		case 2:
			l.w.Wake(c.Kind, c.Key)
			return errors.New("failed and woken")
		case 3:
			panic("no")
		}
	}
	l.mu.Lock()
	l.done[c.Kind+c.Key]++
	l.mu.Unlock()
	if len(c.Payload) > 0 && c.Payload[0] == 4 { // ends itself, and lingers
		if err := l.w.store.update(ctx, func(tx queue.Tx) error { return l.w.Done(tx, c) }); err != nil {
			return err
		}
		time.Sleep(time.Second)
	}
	return nil
}

func TestExponential(t *testing.T) {
	wait := queue.Exponential(5*time.Second, time.Minute)
	for n, want := range map[int]time.Duration{1: 5e9, 2: 10e9, 3: 20e9, 4: 40e9, 5: 60e9, 1_000_000: 60e9} {
		if got := wait(n); got != want {
			t.Errorf("after %d failures %v, want %v", n, got, want)
		}
	}
}

// BenchmarkDispatch is one job from Put to its end, beside jobs that are due
// tomorrow, or that wait for the one worker of their kind.
func BenchmarkDispatch(b *testing.B) {
	for _, idle := range []int{0, 1000, 100_000} {
		for _, due := range []time.Duration{24 * time.Hour, 0} {
			if due == 0 && idle != 100_000 {
				continue
			}
			b.Run(fmt.Sprintf("%d idle due in %v", idle, due), func(b *testing.B) { benchDispatch(b, idle, due) })
		}
	}
}

func benchDispatch(b *testing.B, idle int, due time.Duration) {
	s := openStore(b, b.TempDir())
	done := make(chan struct{})
	w := start(b, s, map[string]queue.Kind{
		"idle": {Handler: func(ctx context.Context, c *queue.Claim) error { <-ctx.Done(); return ctx.Err() }},
		"a":    {Handler: func(context.Context, *queue.Claim) error { done <- struct{}{}; return nil }},
	})
	defer w.stop()
	jobs := make([]queue.Job, idle)
	for i := range jobs {
		jobs[i] = queue.Job{Kind: "idle", Key: fmt.Sprint(i), Due: time.Now().Add(due)}
	}
	w.put(b, jobs...)
	if _, err := s.db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		w.put(b, queue.Job{Kind: "a", Key: fmt.Sprint(i)})
		<-done
	}
}
