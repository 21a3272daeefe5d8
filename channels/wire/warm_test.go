package wire

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// A warm Pay makes no connection, and so no handshake.
func TestWarm(t *testing.T) {
	s := newServer(t, ok)
	clock := &hand{t: time.Unix(1e9, 0)}
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots, Now: clock.now})
	ctx := context.Background()
	want := func(conns, requests int64, when string) {
		t.Helper()
		if s.conns.Load() != conns || s.requests.Load() != requests {
			t.Errorf("%s: %d connections, %d requests; want %d, %d", when, s.conns.Load(), s.requests.Load(), conns, requests)
		}
	}
	warm := func() {
		t.Helper()
		if err := c.Warm(ctx); err != nil {
			t.Fatal(err)
		}
	}
	pay := func() {
		t.Helper()
		if _, err := c.Do(ctx, post); err != nil {
			t.Fatal(err)
		}
	}
	warm()
	warm()
	want(1, 0, "warm, twice")
	pay()
	want(1, 1, "pay on the spare")
	warm()
	want(1, 1, "warm right after an exchange")
	clock.move(20 * time.Second)
	pay()
	want(1, 2, "pay on a connection used 20 s ago")
	clock.move(35 * time.Second)
	warm()
	want(2, 2, "warm after 35 s")
	clock.move(20 * time.Second)
	pay()
	want(2, 3, "pay on the spare of 20 s ago")
	clock.move(10 * time.Minute)
	warm()
	want(3, 3, "warm after 10 idle minutes")
	pay()
	want(3, 4, "pay after that")
	clock.move(10 * time.Minute)
	pay()
	want(4, 5, "pay after 10 idle minutes without warming: not on the old connection")
	clock.move(-time.Hour)
	warm()
	want(5, 5, "warm after the clock was set back")
}

// A spare that the platform closed is noticed before a Pay meets it.
func TestSpareThatDied(t *testing.T) {
	s := newServer(t, ok)
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	var sp *spare
	for _, sp = range c.pool.spares {
	}
	s.CloseClientConnections()
	<-sp.done
	if _, err := c.Do(context.Background(), post); err != nil {
		t.Fatal(err)
	}
	if s.conns.Load() != 2 || s.requests.Load() != 1 {
		t.Errorf("%d connections, %d requests", s.conns.Load(), s.requests.Load())
	}
}

// Warming remembers the host that can be reached.
func TestWarmFailsOver(t *testing.T) {
	second := newServer(t, ok)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "https://" + free.Addr().String()
	free.Close()
	c := newClient(t, Config{Endpoint: gone, Backups: []string{second.URL}, Roots: second.roots})
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(context.Background(), post); err != nil || second.conns.Load() != 1 {
		t.Errorf("%v, %d connections", err, second.conns.Load())
	}
	c = newClient(t, Config{Endpoint: gone})
	if err := c.Warm(context.Background()); err == nil {
		t.Error("warm, and nobody there")
	}
}

// Many at once share what is there and do not trip over each other.
func TestConcurrent(t *testing.T) {
	s := newServer(t, ok)
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
	errs := make(chan error)
	const n = 16
	for i := range n {
		go func() {
			if i%4 == 0 {
				errs <- c.Warm(context.Background())
				return
			}
			_, err := c.Do(context.Background(), post)
			errs <- err
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// A proxy carries the spare as well; a loopback host is never asked of it.
func TestProxy(t *testing.T) {
	s := newServer(t, ok)
	var tunnels atomic.Int64
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	go func() {
		for {
			conn, err := proxy.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil || r.Method != "CONNECT" || r.Host != "example.com:443" || r.Header.Get("Proxy-Authorization") != "Basic dTpw" {
					io.WriteString(conn, "HTTP/1.1 407 No\r\n\r\n")
					return
				}
				tunnels.Add(1)
				up, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					return
				}
				defer up.Close()
				io.WriteString(conn, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
				go func() { io.Copy(up, conn); up.Close() }()
				io.Copy(conn, up)
			}()
		}
	}()
	via := func(user string) func(*http.Request) (*url.URL, error) {
		return func(*http.Request) (*url.URL, error) { return url.Parse("http://" + user + proxy.Addr().String()) }
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate()) // httptest's is for example.com too
	c := newClient(t, Config{Endpoint: "https://example.com", Roots: roots, Proxy: via("u:p@")})
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(context.Background(), post); err != nil || tunnels.Load() != 1 {
		t.Errorf("%v, %d tunnels", err, tunnels.Load())
	}
	c = newClient(t, Config{Endpoint: "https://example.com", Roots: roots, Proxy: via("")})
	_, err = c.Do(context.Background(), post)
	notSent(t, "proxy refuses", err, true)
	c = newClient(t, Config{Endpoint: s.URL, Roots: roots, Proxy: via("")})
	if _, err := c.Do(context.Background(), post); err != nil {
		t.Errorf("loopback: %v", err)
	}
}

// A simulator that stands in the network's place is asked to connect too.
func TestWarmInSimulator(t *testing.T) {
	down := errors.New("no route")
	c := newClient(t, Config{Endpoint: "https://platform.invalid", Transport: connecting{down}})
	if err := c.Warm(context.Background()); !errors.Is(err, down) {
		t.Errorf("%v", err)
	}
	c = newClient(t, Config{Endpoint: "https://platform.invalid", Transport: connecting{}})
	if err := c.Warm(context.Background()); err != nil {
		t.Error(err)
	}
}

type connecting struct{ err error }

func (c connecting) Warm(context.Context) error { return c.err }

func (c connecting) RoundTrip(*http.Request) (*http.Response, error) { return nil, c.err }
