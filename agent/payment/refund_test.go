package payment

import (
	"strings"
	"testing"
	"time"
)

// What a refund waits for comes from the ledger, whose times are the wall
// clock's alone. Waited for as they are, a clock that is set back by a day makes
// the customer wait for one.
func TestSteadyTimes(t *testing.T) {
	now := time.Now()
	at := now.Add(time.Minute).Round(0) // as the ledger tells it
	got := steady(at, now)
	if !strings.Contains(got.String(), "m=") {
		t.Errorf("%v is told by the wall clock alone", got)
	}
	if d := got.Sub(at); d != 0 {
		t.Errorf("it moved by %v", d)
	}
}

// A network that comes back while a try is being lost makes the next one due
// soon: nobody tells of its return again.
func TestUnsentBesideTheReturn(t *testing.T) {
	now := time.Now()
	var r refunds
	w := refunding{account: "wechat", step: refundAsk, asked: true}
	r.keep("1", w)
	before := r.hurries("wechat")
	if got := r.unsent("1", w, before, now); got.at != now.Add(unsentWait) {
		t.Errorf("with no network it waits %v", got.at.Sub(now))
	}
	for _, account := range []string{"alipay", "wechat"} {
		want := map[string]time.Duration{"alipay": unsentWait, "wechat": nudgeGap}[account]
		r.hurry(account, now)
		if got := r.unsent("1", w, before, now); got.at != now.Add(want) || r.of("1").at != got.at {
			t.Errorf("with %s back meanwhile it waits %v, not %v", account, got.at.Sub(now), want)
		}
	}
	for account, want := range map[string]int{"alipay": 0, "wechat": 1} {
		if got := r.hurry(account, now); len(got) != want {
			t.Errorf("%s is back, and %v are due", account, got)
		}
	}
}
