package wire

import (
	"net/http"
	"sync"
	"time"
)

// trust is the smallest difference that a Date header can prove: it has whole
// seconds, and machines in step differ by less.
const trust = 2 * time.Second

// Clock is our clock corrected by a platform's. Safe for concurrent use.
type Clock struct {
	now func() time.Time

	mu     sync.Mutex
	offset time.Duration
}

// NewClock makes a clock over now, at no offset.
func NewClock(now func() time.Time) *Clock {
	if now == nil {
		now = time.Now
	}
	return &Clock{now: now}
}

// Now is the time to sign with.
func (c *Clock) Now() time.Time { return c.now().Add(c.Offset()) }

// Offset is what has to be added to our clock to get the platform's.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// Learn takes the offset from an answer's Date. The caller decides whose word
// on the time counts: a verified answer's, or that of a refusal for the time.
func (c *Clock) Learn(r *Response) {
	measured, blur, ok := Skew(r)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case (measured - c.offset).Abs() <= trust+blur:
		// The offset we have explains this answer.
	case measured.Abs() <= trust+blur:
		c.offset = 0
	default:
		c.offset = measured
	}
}

// Skew is the platform's clock less ours by one answer, and half the round
// trip, by which it may be wrong. Date is cut to the second: half of one is
// added back.
func Skew(r *Response) (skew, blur time.Duration, ok bool) {
	date, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0, 0, false
	}
	blur = r.Received.Sub(r.Sent) / 2
	if blur < 0 {
		return 0, 0, false // our clock was set back meanwhile
	}
	ours := r.Sent.Round(0).Add(blur)
	return date.Add(500 * time.Millisecond).Sub(ours), blur, true
}
