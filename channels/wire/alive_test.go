package wire

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A connection that gave no answer says nothing good about its neighbours: Warm
// makes a new one, and does not find an old one young enough to be trusted.
func TestSilenceIsDoubted(t *testing.T) {
	var silent, meet atomic.Bool
	meet.Store(true)
	hold := make(chan struct{})
	var both sync.WaitGroup // two at once, on two connections
	both.Add(2)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if silent.Load() {
			<-hold
			return
		}
		if meet.Load() {
			both.Done()
			both.Wait()
		}
		ok(w, r)
	})
	defer close(hold)
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
	answers := make(chan error)
	for range 2 {
		go func() { _, err := c.Do(context.Background(), post); answers <- err }()
	}
	for range 2 {
		if err := <-answers; err != nil {
			t.Fatal(err)
		}
	}
	warm := func(want int64, when string) {
		t.Helper()
		if err := c.Warm(context.Background()); err != nil || s.conns.Load() != want {
			t.Errorf("%s: %v, %d connections, not %d", when, err, s.conns.Load(), want)
		}
	}
	meet.Store(false)
	had := s.conns.Load()
	warm(had, "two that were just used")
	silent.Store(true)
	r := post
	r.Timeout = 100 * time.Millisecond
	if _, err := c.Do(context.Background(), r); err == nil {
		t.Fatal("an answer out of silence")
	}
	warm(had+1, "behind a silence")
	warm(had+1, "with the new one")
	silent.Store(false)
	if _, err := c.Do(context.Background(), post); err != nil || s.conns.Load() != had+1 {
		t.Errorf("%v, %d connections", err, s.conns.Load())
	}
}

// The way is doubted while an answer is overdue, not only once it is given up.
func TestOverdueIsDoubted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, Config{Endpoint: "https://platform.invalid"})
		h := c.hosts[0]
		doubted := func() bool {
			c.pool.mu.Lock()
			defer c.pool.mu.Unlock()
			return c.pool.doubts[h.addr()]
		}
		answered := c.overdue(h)
		time.Sleep(hangs - time.Millisecond)
		if synctest.Wait(); doubted() {
			t.Error("too early")
		}
		time.Sleep(2 * time.Millisecond)
		if synctest.Wait(); !doubted() {
			t.Error("an answer is overdue, and nobody doubts")
		}
		if answered(true); doubted() {
			t.Error("it came")
		}
		if c.overdue(h)(false); !doubted() {
			t.Error("it was lost")
		}
	})
}

// Lost is told of a connection that the other side gave up, and not of one that
// we used or let go.
func TestLost(t *testing.T) {
	s := newServer(t, ok)
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
	ctx := context.Background()
	told := func() bool {
		select {
		case <-c.Lost():
			return true
		default:
			return false
		}
	}
	if err := c.Warm(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(ctx, post); err != nil || told() {
		t.Errorf("%v, or told of a spare that was used", err)
	}
	s.CloseClientConnections()
	<-c.Lost() // the kept one
	if err := c.Warm(ctx); err != nil {
		t.Fatal(err)
	}
	s.CloseClientConnections()
	<-c.Lost() // the spare
}

// A connection that we close ourselves is not lost.
func TestClosedIsNotLost(t *testing.T) {
	s := newServer(t, ok)
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	reader := c.pool.spares[c.hosts[0].addr()]
	c.Close()
	<-reader.done
	select {
	case <-c.Lost():
		t.Error("told of one that we closed")
	default:
	}
}

// The transport tells late that a connection is idle: by then another exchange may
// have it, which is not felt for as one that waits.
func TestPutBehindTheNextUse(t *testing.T) {
	c := newClient(t, Config{Endpoint: "https://platform.invalid"})
	near, far := net.Pipe()
	defer far.Close()
	k := c.pool.follow("platform.invalid:443", near)
	defer k.Close()
	first, second := &usage{pool: c.pool}, &usage{pool: c.pool}
	for _, u := range []*usage{first, second} {
		u.trace().GotConn(httptrace.GotConnInfo{Conn: k})
	}
	if first.trace().PutIdleConn(nil); k.idle {
		t.Error("idle, and in use")
	}
	if second.trace().PutIdleConn(nil); !k.idle {
		t.Error("not idle, and nobody has it")
	}
}
