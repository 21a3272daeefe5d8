package sandbox

import (
	"slices"
	"time"
)

// travel is what becomes of an answer on its way, alike for every platform.
func (f *Fault) travel(r *reply, code string, entry *Request) {
	r.delay = time.Duration(f.DelayMS) * time.Millisecond
	entry.Status, entry.Code = r.status, code
	switch f.What {
	case DropBefore:
		r.fate, entry.Outcome = cut, CutBefore
	case DropAfter:
		r.fate, entry.Outcome = cut, CutAfter
	case Late:
		r.fate, r.delay, entry.Outcome = cut, 0, ArrivesLater
	case Reset:
		r.fate, entry.Outcome = torn, CutBefore
		if f.Booked {
			entry.Outcome = CutAfter
		}
	case Truncate:
		r.fate, entry.Outcome = halved, CutMidway
	}
	if r.fate != delivered && r.fate != halved {
		entry.Status, entry.Code = 0, ""
	}
}

// logged is an answer as the log keeps it.
type logged interface {
	logged() (status int, code string)
}

// lateCall is a request that is still under way, though its caller gave up.
type lateCall[D logged] struct {
	due     time.Time
	request Request
	book    func(now time.Time) D
}

// lateCalls are a platform's.
type lateCalls[D logged] []*lateCall[D]

// put lets a call of now arrive as late as the fault says.
func (l *lateCalls[D]) put(now time.Time, f *Fault, request Request, book func(time.Time) D) {
	*l = append(*l, &lateCall[D]{now.Add(time.Duration(f.DelayMS) * time.Millisecond), request, book})
}

// arrive does those that are due.
func (l *lateCalls[D]) arrive(now time.Time, log *requestLog) {
	slices.SortStableFunc(*l, func(a, b *lateCall[D]) int { return a.due.Compare(b.due) })
	for len(*l) > 0 && !(*l)[0].due.After(now) {
		c := (*l)[0]
		*l = (*l)[1:]
		d := c.book(c.due)
		c.request.At, c.request.Outcome = c.due, ArrivedLate
		c.request.Status, c.request.Code = d.logged()
		log.add(c.request)
	}
}

// oldReply is an answer that went out whole, kept for a man in the middle.
type oldReply struct {
	call    Call
	orderNo string
	reply   reply
}

// oldReplies are a platform's newest.
type oldReplies []oldReply

const maxOld = 32

func (l *oldReplies) remember(r reply, entry *Request) {
	if len(*l) >= maxOld {
		*l = (*l)[1:]
	}
	r.header = r.header.Clone()
	*l = append(*l, oldReply{entry.Call, entry.OutTradeNo, r})
}

// replay is the newest true answer to such a call about another order, or else
// about this one; false without any.
func (l oldReplies) replay(entry *Request) (r reply, found bool) {
	for _, o := range slices.Backward(l) {
		if o.call != entry.Call || found && o.orderNo == entry.OutTradeNo {
			continue
		}
		r, found = reply{status: o.reply.status, header: o.reply.header.Clone(), body: slices.Clone(o.reply.body)}, true
		if o.orderNo != entry.OutTradeNo {
			return r, true
		}
	}
	return r, found
}

// copies of a platform's books, as they are at now.
func copies[O interface {
	settle(now time.Time)
	entry() Order
}](list []O, now time.Time) []Order {
	copied := make([]Order, 0, len(list))
	for _, o := range list {
		o.settle(now)
		copied = append(copied, o.entry())
	}
	return copied
}
