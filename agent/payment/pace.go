package payment

import (
	"context"
	"sync"
	"time"

	"tillpay/channels"
)

// paced is a kind of call that a platform counts by itself. A Pay is none: a
// customer is waiting, and no cashier is faster than a platform.
type paced string

const (
	pacedQuery       paced = "query"
	pacedUndo        paced = "undo"
	pacedRefund      paced = "refund"
	pacedRefundQuery paced = "refund_query"
)

// limit is how many a second the platform takes; 0: nobody knows a figure.
func (p paced) limit(l channels.Limits) int {
	switch p {
	case pacedQuery:
		return l.Query
	case pacedUndo:
		return l.Undo
	case pacedRefund:
		return l.Refund
	case pacedRefundQuery:
		return l.RefundQuery
	}
	return 0
}

// usualLimit is for platforms that publish no figure: above any shop's need, and
// below every published one.
const usualLimit = 20

// share is the part of a limit that one till takes at most, as when a day's backlog
// drains. Others of the merchant's may do the same: who is told to slow down does.
const share = 0.8

// burst is how much of the line may leave at once: what share leaves over of a
// second's limit. An undo and the query that proves it wait for nothing.
const burst = 250 * time.Millisecond // (1 - share) / share of a second

// pace spaces what is asked of the platforms. It is empty again after a restart,
// which is safe: then a till is slow by itself.
type pace struct {
	mu    sync.Mutex
	lines map[paceKey]*paceLine
}

type paceKey struct {
	account string
	call    paced
}

// paceLine is the calls of one kind at one account.
type paceLine struct {
	next time.Time // when all that left is worked off at the line's pace
	slow float64   // 1: as fast as the share allows; 2: half as fast
}

const (
	slowest  = 2.0  // calls a second: below, a customer would wait for a backlog
	recovers = 0.95 // of slow, at each answer that is not "too fast"
	pause    = time.Second
)

// reserve takes the next free moment at or after now.
func (p *pace) reserve(k paceKey, limit int, now time.Time) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.line(k)
	gap := time.Duration(float64(time.Second) / (float64(limit) * share) * l.slow)
	at := later(now, l.next.Add(min(0, gap-burst))) // the first is one of the burst
	l.next = later(now, l.next).Add(gap)
	return at
}

// learn slows a line down that was told so, half as fast and after a pause that is
// not every till's, and lets it recover.
func (p *pace) learn(k paceKey, limit int, r channels.Reply, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.line(k)
	if r.Reason != channels.RateLimited {
		l.slow = max(1, l.slow*recovers)
		return
	}
	l.slow = max(1, min(2*l.slow, float64(limit)*share/slowest))
	l.next = later(l.next, now.Add(pause+spread(now)+burst))
}

// spread is up to a second that differs from till to till, by their clocks: a
// simulation, whose clock repeats, repeats it.
func spread(now time.Time) time.Duration {
	return time.Duration(uint64(now.UnixNano()) * 0x9E3779B97F4A7C15 >> 34 % uint64(pause))
}

func (p *pace) line(k paceKey) *paceLine {
	if p.lines == nil {
		p.lines = map[paceKey]*paceLine{}
	}
	if p.lines[k] == nil {
		p.lines[k] = &paceLine{slow: 1}
	}
	return p.lines[k]
}

// exchange makes a call when its turn has come, within callTimeout. Its reply is
// worth nothing once ctx has ended.
func (e *Engine) exchange(ctx context.Context, a *Account, c paced, call func(context.Context) channels.Reply) channels.Reply {
	limit := c.limit(a.Sheet().Limits)
	if limit == 0 {
		limit = usualLimit
	}
	k := paceKey{a.Name, c}
	now := e.Now()
	if wait := e.pace.reserve(k, limit, now).Sub(now); wait > 0 {
		turn := time.NewTimer(wait)
		defer turn.Stop()
		select {
		case <-turn.C:
		case <-ctx.Done():
			return channels.Reply{}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	defer e.watch(a.Name)()
	r := call(ctx)
	e.pace.learn(k, limit, r, e.Now())
	return r
}
