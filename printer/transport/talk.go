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
	for len(t.heard.status) == 0 {
		if over, err := t.listen(until); over || err != nil {
			return 0, err
		}
	}
	return t.heard.status[0], nil
}

// awaitDone answers whether GS r has been answered, at the latest when time is up.
func (t *talk) awaitDone(until time.Time) (bool, error) {
	for len(t.heard.done) == 0 {
		if over, err := t.listen(until); over || err != nil {
			return false, err
		}
	}
	return true, nil
}

// listen takes in what comes next; over when nothing did in time.
func (t *talk) listen(until time.Time) (over bool, err error) {
	var buf [64]byte
	n, err := t.Read(buf[:], until)
	t.heard.hear(buf[:n])
	switch {
	case n > 0:
		return false, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return true, nil
	}
	return false, err
}
