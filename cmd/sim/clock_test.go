package main

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// clock is the till's: its wall clock may be set, its monotonic clock only runs.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return readAt(time.Now(), time.Duration(c.ahead.Load())) }

func (c *clock) set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// readAt is the moment t as a machine reads it whose wall clock is ahead: a wall
// time and, beside it, a monotonic reading that no setting of the clock moves. A
// bubble's own times have none, and the package time offers no way to make one,
// so this writes it where time.Time keeps it. The test below holds the layout.
func readAt(t time.Time, ahead time.Duration) time.Time {
	const (
		nanoBits  = 30
		monotonic = 1 << 63
	)
	since1885 := t.Unix() - time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix() + int64(ahead/time.Second)
	r := time.Time{}
	w := (*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&r))
	w.wall = monotonic | uint64(since1885)<<nanoBits | uint64(t.Nanosecond())
	w.ext = t.UnixNano()
	return r // its zone is UTC
}

func TestSetClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		for _, d := range []time.Duration{0, time.Second, -time.Second, 61 * time.Second, 24 * time.Hour, -24 * time.Hour, -56 * 365 * 24 * time.Hour} {
			c.set(0)
			was := c.now()
			time.Sleep(1500 * time.Millisecond)
			c.set(d)
			is := c.now()
			if is.Sub(was) != 1500*time.Millisecond || !is.After(was) {
				t.Errorf("%v: the monotonic clock says %v went by", d, is.Sub(was))
			}
			if got := is.Round(0).Sub(was.Round(0)); got != d+1500*time.Millisecond {
				t.Errorf("%v: the wall clock says %v went by", d, got)
			}
			if later := is.Add(time.Minute); later.Sub(is) != time.Minute || later.Sub(was) != time.Minute+1500*time.Millisecond {
				t.Errorf("%v: a minute later is %v", d, later.Sub(is))
			}
		}
	})
}
