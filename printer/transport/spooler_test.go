package transport

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakeQueue is a print queue of Windows by its documented behaviour.
type fakeQueue struct {
	status  uint32
	work    uint32 // its attributes
	started error
	room    int // bytes that it takes; then it fails
	job     uint32
	leaves  int // looks until the document is gone; below 0: never
	doc     []byte
	aborted bool
	ended   bool
}

func (q *fakeQueue) Status() (uint32, error)      { return q.status, nil }
func (q *fakeQueue) Attributes() (uint32, error)  { return q.work, nil }
func (q *fakeQueue) Start(string) (uint32, error) { return 7, q.started }
func (q *fakeQueue) End() error                   { q.ended = true; return nil }
func (q *fakeQueue) Abort() error                 { q.aborted = true; return nil }
func (q *fakeQueue) Close() error                 { return nil }

func (q *fakeQueue) Write(p []byte) (int, error) {
	n := min(len(p), 10, q.room-len(q.doc))
	q.doc = append(q.doc, p[:n]...)
	if n == 0 {
		return 0, errors.New("the disk is full")
	}
	return n, nil
}

func (q *fakeQueue) Job(job uint32) (uint32, bool, error) {
	if job != 7 {
		return 0, false, errors.New("another job")
	}
	q.leaves--
	return q.job, q.leaves != -1, nil
}

func TestSpooler(t *testing.T) {
	for _, c := range []struct {
		name    string
		q       fakeQueue
		want    Result
		status  Status
		says    string
		aborted bool
	}{
		{"leaves the queue", fakeQueue{room: 100, leaves: 3}, Printed, "", "", false},
		{"queue says paper out", fakeQueue{status: queuePaperOut, room: 100}, NotPrinted, PaperOut, "roll", false},
		{"queue is paused", fakeQueue{status: queuePaused, room: 100}, NotPrinted, Offline, "paused", false},
		{"works offline", fakeQueue{work: queueWorksOffline, room: 100}, NotPrinted, Offline, "offline", false},
		{"keeps what it printed", fakeQueue{room: 100, leaves: -2, job: jobPrinted}, Printed, "", "", false},
		{"keeps what is through", fakeQueue{room: 100, leaves: -2, job: jobComplete | jobDeleted}, Printed, "", "", false},
		{"takes no document", fakeQueue{started: errors.New("access denied")}, NotPrinted, "", "access denied", false},
		{"takes nothing", fakeQueue{}, NotPrinted, "", "disk is full", true},
		{"takes half", fakeQueue{room: 15}, Unknown, "", "disk is full", true},
		{"stays", fakeQueue{room: 100, leaves: -2}, Unknown, Blind, "still in the Windows queue", false},
		{"stays for paper", fakeQueue{room: 100, leaves: -2, job: jobPaperOut}, Unknown, PaperOut, "still in the Windows queue", false},
		{"is deleted", fakeQueue{room: 100, leaves: -2, job: jobDeleted}, Unknown, "", "deleted", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &spooler{name: "Receipts", open: func(string) (spool, error) { return &c.q, nil }, turn: newTurn(), wait: 15 * time.Second, look: 200 * time.Millisecond}
				got, err := s.Print(t.Context(), slip)
				if got != c.want || stateOf(err) != c.status || (err == nil) != (got == Printed) || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s, %v; want %s %s", got, err, c.want, c.status)
				}
				if c.q.aborted != c.aborted {
					t.Errorf("thrown away: %v", c.q.aborted)
				}
				if whole := string(c.q.doc) == string(slip) && c.q.ended; whole != (c.q.room == 100 && c.q.status|c.q.work == 0) {
					t.Errorf("the queue got %q, ended %v", c.q.doc, c.q.ended)
				}
			})
		})
	}
}

func TestSpoolerNotThere(t *testing.T) {
	s := &spooler{name: "Receipts", open: func(string) (spool, error) { return nil, errors.New("no such printer") }, turn: newTurn()}
	if r, err := s.Print(context.Background(), slip); r != NotPrinted || err == nil {
		t.Error(r, err)
	}
	if state, err := s.Status(context.Background()); state.Status != Missing || err == nil {
		t.Error(state, err)
	}
}
