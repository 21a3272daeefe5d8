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
