package queue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"tillpay/queue"
)

// A parked job is a person's: it is worked again, or goes for good.
func TestAPersonDecidesOnAParkedJob(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		var mended atomic.Bool
		w := start(t, s, map[string]queue.Kind{"a": {Handler: func(_ context.Context, c *queue.Claim) error {
			d.write(string(c.Payload))
			if !mended.Load() {
				return queue.Park("no such printer")
			}
			return nil
		}}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1", Payload: []byte("one")}, queue.Job{Kind: "a", Key: "2", Payload: []byte("two")})
		time.Sleep(time.Hour)
		same(t, &d, "one", "two")
		mended.Store(true)
		if err := s.update(context.Background(), func(tx queue.Tx) error { return w.Unpark(tx, "a", "1") }); err != nil {
			t.Fatal(err)
		}
		if err := s.update(context.Background(), func(tx queue.Tx) error { return w.Discard(tx, "a", "2") }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		same(t, &d, "one", "two", "one")
		if s.count(t, `1`) != 0 {
			t.Error("jobs are left")
		}
		err := s.update(context.Background(), func(tx queue.Tx) error { return w.Unpark(tx, "a", "2") })
		if !errors.Is(err, queue.ErrNotParked) {
			t.Errorf("a job that is gone: %v", err)
		}
	})
}

// A job that is at work cannot be discarded by a decision that came late.
func TestALiveJobIsNotDiscarded(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		w := start(t, s, map[string]queue.Kind{"a": {}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1", Due: time.Now().Add(time.Hour)})
		err := s.update(context.Background(), func(tx queue.Tx) error { return w.Discard(tx, "a", "1") })
		if !errors.Is(err, queue.ErrNotParked) || s.count(t, `1`) != 1 {
			t.Errorf("%v, %d jobs", err, s.count(t, `1`))
		}
	})
}

func TestFailuresAreTold(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		w := start(t, s, map[string]queue.Kind{"a": {
			Handler: func(_ context.Context, c *queue.Claim) error {
				if c.Attempts == 3 {
					return nil
				}
				return errors.New("no channel")
			},
			Failed: func(_ queue.Tx, job queue.Job, n int, reason string) error {
				d.write(job.Key + " " + string(rune('0'+n)) + " " + reason)
				return nil
			},
		}})
		defer w.stop()
		w.put(t, queue.Job{Kind: "a", Key: "1"})
		time.Sleep(time.Hour)
		same(t, &d, "1 1 no channel", "1 2 no channel", "1 3 no channel")
	})
}

func TestAStrayJobIsToldOf(t *testing.T) {
	bubble(t, func(t *testing.T, s *store) {
		var d diary
		if _, err := s.db.Exec(`INSERT INTO job (kind, key, due, payload) VALUES ('webhook', '1', 0, x'')`); err != nil {
			t.Fatal(err)
		}
		w := start(t, s, map[string]queue.Kind{"": {Parked: func(_ queue.Tx, job queue.Job, _ string) error {
			d.write(job.Kind + " " + job.Key)
			return nil
		}}})
		defer w.stop()
		time.Sleep(time.Hour)
		same(t, &d, "webhook 1")
		if err := s.update(context.Background(), func(tx queue.Tx) error { return w.Unpark(tx, "webhook", "1") }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		same(t, &d, "webhook 1", "webhook 1")
	})
}
