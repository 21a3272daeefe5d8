package wire

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// spare is a verified connection that waits for its request. A goroutine reads
// it meanwhile, for two things only a read can do: to see the platform hang up,
// and to take in the session tickets that TLS 1.3 sends after the handshake.
type spare struct {
	conn   net.Conn
	madeAt time.Time
	ours   atomic.Bool   // we end it: what the reader sees then is no loss
	done   chan struct{} // closed when the reader has ended
	err    error         // why; set before done is closed
}

// watch starts the reader. It ends by take or drop; lost is called if by neither.
func watch(c net.Conn, now time.Time, lost func()) *spare {
	s := &spare{conn: c, madeAt: now, done: make(chan struct{})}
	go func() {
		var b [1]byte
		_, s.err = c.Read(b[:]) // blocks until the peer speaks, hangs up or is gone, or take
		if !errors.Is(s.err, os.ErrDeadlineExceeded) {
			c.Close()
		}
		close(s.done)
		if !s.ours.Load() {
			lost()
		}
	}()
	return s
}

// dead reports that the peer hung up, or spoke without being asked.
func (s *spare) dead() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// take ends the reader and returns the connection if it still lives.
func (s *spare) take() (net.Conn, bool) {
	s.ours.Store(true)
	// A deadline that has passed wakes the reader and leaves TLS intact.
	s.conn.SetReadDeadline(time.Unix(1, 0))
	<-s.done
	if !errors.Is(s.err, os.ErrDeadlineExceeded) || s.conn.SetReadDeadline(time.Time{}) != nil {
		s.conn.Close()
		return nil, false
	}
	return s.conn, true
}

// drop closes the connection, which ends the reader.
func (s *spare) drop() {
	// Before the close: TLS says goodbye first, and the peer may hang up on it
	// before our own close is felt.
	s.ours.Store(true)
	s.conn.Close()
}
