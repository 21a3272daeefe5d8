package queue

import (
	"container/heap"
	"time"
)

// entry is a live job in memory: what is on disk, and when we mean to work it.
type entry struct {
	claim   Claim
	at      time.Time // later than claim.Due when laid aside
	running bool
	again   bool // woken or put anew while running
	index   int  // in the heap; -1 outside
}

// dueHeap orders entries by time, earliest first.
type dueHeap []*entry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
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

// enter makes c live, or replaces the live job of its kind and key. q.mu is held.
func (q *Queue) enter(c Claim) {
	id := [2]string{c.Kind, c.Key}
	e := q.live[id]
	if e == nil {
		e = &entry{claim: c, at: c.Due, index: -1}
		q.live[id] = e
		q.waiting.push(e)
		return
	}
	e.claim, e.at = c, c.Due
	if e.running {
		e.again = true
	} else {
		q.waiting.fix(e)
	}
}

// drop forgets a job that is gone from disk; its handler may still run.
func (q *Queue) drop(c *Claim) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := [2]string{c.Kind, c.Key}
	e := q.live[id]
	if e == nil || e.claim.generation != c.generation {
		return
	}
	delete(q.live, id)
	if e.index >= 0 {
		q.waiting.remove(e)
	}
}

// release ends the lease of c. Unless it is over, the job waits until at, or
// starts again at once when it was woken or put anew meanwhile.
func (q *Queue) release(c *Claim, at time.Time, over bool) {
	q.mu.Lock()
	q.running[c.Kind]--
	e := q.live[[2]string{c.Kind, c.Key}]
	switch {
	case e == nil || !e.running:
	case e.claim.generation != c.generation: // put anew: its own due time counts
		e.running, e.again = false, false
		q.waiting.push(e)
	case over:
		e.running = false
	default:
		e.running = false
		e.claim.Attempts = c.Attempts
		e.at = at
		if e.again {
			e.at = q.now()
		}
		e.again = false
		q.waiting.push(e)
	}
	q.mu.Unlock()
	q.signal()
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default: // a wake-up is already on its way
	}
}
