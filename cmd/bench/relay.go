package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// relay is a distance of rtt to a server: the first byte of a connection waits
// for one round trip, as for TCP's handshake, and every chunk half of one, each
// way and in order.
type relay struct {
	ln     net.Listener
	target string
	rtt    time.Duration
	wg     sync.WaitGroup

	mu    sync.Mutex
	lines map[*line]struct{} // nil once closed
}

// line is one connection through the relay.
type line struct {
	near, far net.Conn
	lost      chan struct{} // closed: what arrives goes nowhere
	once      sync.Once
}

func openRelay(target string, rtt time.Duration) (*relay, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{ln: ln, target: target, rtt: rtt, lines: map[*line]struct{}{}}
	r.wg.Go(r.accept)
	return r, nil
}

func (r *relay) addr() string { return r.ln.Addr().String() }

func (r *relay) accept() {
	for {
		near, err := r.ln.Accept()
		if err != nil {
			return
		}
		r.wg.Go(func() { r.carry(near) })
	}
}

func (r *relay) carry(near net.Conn) {
	far, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", r.target)
	if err != nil {
		near.Close()
		return
	}
	l := &line{near: near, far: far, lost: make(chan struct{})}
	r.mu.Lock()
	open := r.lines != nil
	if open {
		r.lines[l] = struct{}{}
	}
	r.mu.Unlock()
	if !open { // accepted at the last moment: nobody would end it
		near.Close()
		far.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.pipe(far, near, r.rtt, r.rtt) })
	both.Go(func() { l.pipe(near, far, 0, r.rtt) })
	both.Wait()
	r.mu.Lock()
	delete(r.lines, l)
	r.mu.Unlock()
}

// pipe carries one direction; what comes in first is held back for first.
func (l *line) pipe(to, from net.Conn, first, rtt time.Duration) {
	type chunk struct {
		due time.Time
		b   []byte
	}
	chunks := make(chan chunk, 256)
	earliest := time.Now().Add(first + rtt/2)
	var writer sync.WaitGroup
	writer.Go(func() {
		for c := range chunks {
			time.Sleep(time.Until(c.due))
			select {
			case <-l.lost:
				continue
			default:
			}
			if _, err := to.Write(c.b); err != nil {
				from.Close()
			}
		}
		to.Close()
	})
	for {
		b := make([]byte, 16<<10)
		n, err := from.Read(b)
		if n > 0 {
			due := time.Now().Add(rtt / 2)
			if due.Before(earliest) {
				due = earliest
			}
			chunks <- chunk{due, b[:n]}
		}
		if err != nil {
			break
		}
	}
	close(chunks)
	writer.Wait()
}

// lose forgets every connection without a word to either end, as a shop's router
// does after idle minutes.
func (r *relay) lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for l := range r.lines {
		l.once.Do(func() { close(l.lost) })
	}
}

func (r *relay) close() error {
	err := r.ln.Close()
	r.mu.Lock()
	for l := range r.lines {
		for _, c := range []io.Closer{l.near, l.far} {
			if closing := c.Close(); !errors.Is(closing, net.ErrClosed) {
				err = errors.Join(err, closing)
			}
		}
	}
	r.lines = nil
	r.mu.Unlock()
	r.wg.Wait()
	return err
}
