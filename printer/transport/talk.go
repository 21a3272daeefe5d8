package transport

import (
	"errors"
	"os"
	"time"
)

// talk is a link with what was heard on it. An answer to the end of the job may
// come while another question is open; it is kept.
type talk struct {
	link
	heard listener
}

// question answers the status byte, or 0 when time is up (no status byte is 0).
func (t *talk) question(q []byte, patience time.Duration) (byte, error) {
	t.heard.status = nil
	until := time.Now().Add(patience)
	if _, err := t.Write(q, until); err != nil {
		return 0, err
	}
	answered, err := t.hears(until, func() bool { return len(t.heard.status) > 0 })
	if !answered {
		return 0, err
	}
	return t.heard.status[0], nil
}

// awaitDone answers whether GS r has been answered, at the latest when time is up.
func (t *talk) awaitDone(until time.Time) (bool, error) {
	return t.hears(until, func() bool { return len(t.heard.done) > 0 })
}

// stoodStill is how late a time-out comes on a machine that did: what the printer
// said meanwhile waits in the system's buffers, and is listened for once more.
const stoodStill = 50 * time.Millisecond

// hears takes in what comes until it is enough; false when time is up.
func (t *talk) hears(until time.Time, enough func() bool) (bool, error) {
	var buf [64]byte
	again := false
	for !enough() {
		n, err := t.Read(buf[:], until)
		t.heard.hear(buf[:n])
		switch {
		case n > 0:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return false, err
		case again || time.Since(until) < stoodStill:
			return false, nil
		default:
			again, until = true, time.Now().Add(stoodStill)
		}
	}
	return true, nil
}
