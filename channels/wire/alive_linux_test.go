package wire

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// idleOf reads back after how many seconds of silence the kernel asks.
func idleOf(t *testing.T, c *net.TCPConn) (seconds int) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		seconds, failed = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_KEEPIDLE)
	}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return seconds
}

// What waits is felt for each second, what works is left in peace.
func TestSignsOfLife(t *testing.T) {
	var made atomic.Pointer[net.TCPConn]
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if got := idleOf(t, made.Load()); got != 15 {
			t.Errorf("one that waits for an answer is felt for after %d s", got)
		}
		ok(w, r)
	})
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots, Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{KeepAliveConfig: waiting}).DialContext(ctx, network, addr)
		if err == nil {
			made.Store(conn.(*net.TCPConn))
		}
		return conn, err
	}})
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := idleOf(t, made.Load()); got != 1 {
		t.Errorf("a spare is felt for after %d s", got)
	}
	if _, err := c.Do(context.Background(), post); err != nil {
		t.Fatal(err)
	}
	for idleOf(t, made.Load()) != 1 { // it is put back a moment behind its answer
		time.Sleep(time.Millisecond)
	}
}
