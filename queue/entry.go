package queue

import (
	"container/heap"
	"context"
	"time"
)

// lane is the jobs of one kind: they wait for their time, and for each other.
type lane struct {
	kind    Kind
	waiting dueHeap
	running int
	workers int         // goroutines, those that have nothing to do included
	claims  chan *Claim // to them; there is room for all that may run
}

func newLane(k Kind) *lane { return &lane{kind: k, claims: make(chan *Claim, max(1, k.Workers))} }

func (l *lane) free() bool { return l.running < cap(l.claims) }

// take claims the next job if it is due, and else tells how long it has yet to
// wait; 0 when none waits. The queue's lock is held.
func (l *lane) take(now time.Time) (*Claim, time.Duration) {
	if len(l.waiting) == 0 {
		return nil, 0
	}
	e := l.waiting[0]
	if wait := e.at.Sub(now); wait > 0 {
		return nil, wait
	}
	l.waiting.remove(e)
	e.running = true
	c := e.claim
	return &c, 0
}

// entry is a live job in memory: what is on disk, and when we mean to work it.
type entry struct {
	lane    *lane
	claim   Claim
	at      time.Time // later than claim.Due when laid aside
	running bool
	again   bool // woken or put anew while running
	over    bool // gone from disk; its handler has not returned yet
	index   int  // in the lane's heap; -1 outside
}

// dueHeap orders entries by time, earliest first, and then as they were put.
type dueHeap []*entry

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].claim.generation < h[j].claim.generation
	}
	return h[i].at.Before(h[j].at)
}

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop are container/heap's.
func (h *dueHeap) Push(x any) {
	e := x.(*entry)
	e.index = len(*h)
	*h = append(*h, e)
}

func (h *dueHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	e.index = -1
	return e
}

func (h *dueHeap) push(e *entry)   { heap.Push(h, e) }
func (h *dueHeap) fix(e *entry)    { heap.Fix(h, e.index) }
func (h *dueHeap) remove(e *entry) { heap.Remove(h, e.index) }

// enter makes c live, or replaces the live job of its kind and key, unless that
// one was put later: commits are told in any order. q.mu is held.
func (q *Queue) enter(c Claim) {
	id := [2]string{c.Kind, c.Key}
	e := q.live[id]
	if e == nil {
		e = &entry{lane: q.lane(c.Kind), claim: c, at: c.Due, index: -1}
		q.live[id] = e
		e.lane.waiting.push(e)
		return
	}
	if c.generation < e.claim.generation {
		return
	}
	e.claim, e.at, e.over = c, c.Due, false
	if e.running {
		e.again = true
	} else {
		e.lane.waiting.fix(e)
	}
}

// lane of a kind. One that no part of the program works, in an old file, has its
// jobs parked: a person sees them. q.mu is held.
func (q *Queue) lane(kind string) *lane {
	if l := q.lanes[kind]; l != nil {
		return l
	}
	l := newLane(Kind{Handler: func(context.Context, *Claim) error { return Park("no part of this program works jobs of this kind") }})
	if stray := q.lanes[""]; stray != nil {
		l.kind.Parked = stray.kind.Parked
	}
	q.lanes[kind] = l
	return l
}

// drop forgets a job that is gone from disk; while its handler still runs, no
// other of its key may.
func (q *Queue) drop(c *Claim) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := [2]string{c.Kind, c.Key}
	e := q.live[id]
	if e == nil || e.claim.generation != c.generation {
		return
	}
	if e.running {
		e.over = true
		return
	}
	delete(q.live, id)
	e.lane.waiting.remove(e)
}

// release ends the lease of c. Unless it is over, the job waits until at, or
// starts again at once when it was woken or put anew meanwhile.
func (q *Queue) release(c *Claim, at time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := [2]string{c.Kind, c.Key}
	e := q.live[id]
	switch {
	case e.over:
		delete(q.live, id)
	case e.claim.generation != c.generation: // put anew: its own due time counts
		e.running, e.again = false, false
		e.lane.waiting.push(e)
	default:
		e.running = false
		e.claim.Attempts = c.Attempts
		e.at = at
		if e.again {
			e.at = q.now()
		}
		e.again = false
		e.lane.waiting.push(e)
	}
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // a wake-up is already on its way
	}
}
