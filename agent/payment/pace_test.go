package payment

import (
	"testing"
	"time"

	"tillpay/channels"
)

// Calls keep to the share, whatever is asked at once, and each kind to its own.
func TestPaceKeepsToTheShare(t *testing.T) {
	var p pace
	now := time.Unix(1e9, 0)
	k := paceKey{"wechat", pacedRefund}
	var leave []time.Time
	for range 600 {
		at := p.reserve(k, 150, now)
		if n := len(leave); n > 0 && at.Before(leave[n-1]) {
			t.Fatal("a later one goes first")
		}
		leave = append(leave, at)
	}
	for i := range len(leave) - 150 { // no second holds more than the limit, the first included
		if second := leave[i+150].Sub(leave[i]); second < time.Second {
			t.Fatalf("151 calls within %s, of 150 a second", second)
		}
	}
	if at := leave[20]; at != now {
		t.Errorf("an undo's query waits %s where nothing is owed", at.Sub(now))
	}
	if took := leave[599].Sub(now); took < 4500*time.Millisecond || took > 5*time.Second {
		t.Errorf("600 calls of 150 a second, %v of them: %s", share, took)
	}
	if at := p.reserve(paceKey{"wechat", pacedQuery}, 300, now); at != now {
		t.Errorf("a query waits for refunds: %s", at.Sub(now))
	}
	if at := p.reserve(k, 150, now.Add(time.Hour)); at != now.Add(time.Hour) {
		t.Errorf("an hour later one waits: %s", at.Sub(now.Add(time.Hour)))
	}
}

// Who is told "too fast" pauses, goes half as fast, and recovers; a till that never
// recovers, or never slows down, would be the merchant's last.
func TestPaceLearns(t *testing.T) {
	var p pace
	now := time.Unix(1e9, 12345)
	k := paceKey{"wechat", pacedQuery}
	gap := func() time.Duration { return -p.reserve(k, 100, now).Sub(p.reserve(k, 100, now)) }
	for range 25 {
		p.reserve(k, 100, now) // what may leave at once
	}
	quick := gap()
	for range 10 {
		p.learn(k, 100, channels.Reply{Reason: channels.RateLimited}, now)
	}
	if wait := p.reserve(k, 100, now).Sub(now); wait < pause || wait > 3*pause {
		t.Errorf("the pause is %s", wait)
	}
	if slow := gap(); slow != time.Second/2 {
		t.Errorf("a gap of %s became %s", quick, slow)
	}
	for range 200 {
		p.learn(k, 100, channels.Reply{Outcome: channels.Paying, Verified: true}, now)
	}
	if again := gap(); (again - quick).Abs() > time.Microsecond {
		t.Errorf("it does not recover: %s", again)
	}
	if spread(now) == spread(now.Add(time.Nanosecond)) || spread(now) >= pause || spread(now) < 0 {
		t.Error("all tills come back at once")
	}
}

func TestPacedCallsHaveTheirLimits(t *testing.T) {
	l := channels.Limits{Query: 1, Undo: 2, Refund: 3, RefundQuery: 4}
	for i, c := range []paced{pacedQuery, pacedUndo, pacedRefund, pacedRefundQuery} {
		if c.limit(l) != i+1 {
			t.Errorf("%s: %d", c, c.limit(l))
		}
	}
}
