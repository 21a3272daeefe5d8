package ledger

import (
	"fmt"
	"testing"
)

// Of a backlog the mark names the newest and counts the others, whatever ended
// meanwhile and in whichever order.
func TestMarkNamesTheNewest(t *testing.T) {
	m := &mark{under: map[string]Line{}, created: map[int64]Line{}}
	nobody := func(int64) (Entry, error) { return Entry{}, ErrNotFound }
	seq := int64(0)
	tell := func(kind string, n int) {
		seq++
		m.learn([]Entry{{Seq: seq, Kind: kind, Sale: int64(n), Number: fmt.Sprint(n)}}, nobody)
	}
	for n := range 5000 {
		tell("payment.submitted", n)
		if n%2 == 0 {
			tell("payment.paid", n)
		}
	}
	lines, omitted := m.open()
	if len(lines) == 0 || lines[0].Number != "4999" || lines[1].Number != "4997" || len(lines)+omitted != 2500 {
		t.Fatalf("%d lines and %d omitted, the first %+v", len(lines), omitted, lines[:min(2, len(lines))])
	}
	for n := range 4990 {
		if n%2 == 1 {
			tell("payment.revoked", n)
		}
	}
	lines, omitted = m.open()
	if len(lines) != 5 || omitted != 0 || lines[4].Number != "4991" {
		t.Errorf("%d lines and %d omitted: %+v", len(lines), omitted, lines)
	}
	if len(m.begun) > 2*5+maxOpen {
		t.Errorf("%d that are over are still looked at", len(m.begun))
	}
}
