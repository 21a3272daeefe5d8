package wire

import (
	"net/http"
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	base := time.Date(2026, 11, 24, 12, 0, 0, 300e6, time.UTC)
	answer := func(platform time.Time, trip time.Duration) *Response {
		return &Response{Sent: base, Received: base.Add(trip),
			Header: http.Header{"Date": {platform.Add(trip / 2).UTC().Format(http.TimeFormat)}}}
	}
	c := NewClock(func() time.Time { return base })
	for _, s := range []struct {
		name     string
		platform time.Duration // ahead of us
		trip     time.Duration
		want     time.Duration
		slack    time.Duration
	}{
		{"in step", 0, 100 * time.Millisecond, 0, 0},
		{"a second is nothing", 1500 * time.Millisecond, 0, 0, 0},
		{"behind by an hour", time.Hour, 200 * time.Millisecond, time.Hour, time.Second},
		{"and again: no jitter", time.Hour + time.Second, 0, time.Hour, time.Second},
		{"a slow answer proves little", time.Hour + 4*time.Second, 10 * time.Second, time.Hour, time.Second},
		{"ahead", -10 * time.Second, 0, -10 * time.Second, time.Second},
		{"set right", 0, 0, 0, 0},
	} {
		c.Learn(answer(base.Add(s.platform), s.trip))
		if d := (c.Offset() - s.want).Abs(); d > s.slack {
			t.Errorf("%s: offset %v, want %v", s.name, c.Offset(), s.want)
		}
		if !c.Now().Equal(base.Add(c.Offset())) {
			t.Errorf("%s: now %v", s.name, c.Now())
		}
	}
	c.Learn(&Response{Sent: base, Received: base, Header: http.Header{"Date": {"yesterday"}}})
	c.Learn(&Response{Sent: base, Received: base.Add(-time.Hour), Header: answer(base.Add(time.Hour), 0).Header})
	if c.Offset() != 0 {
		t.Errorf("offset %v of nonsense", c.Offset())
	}
}
