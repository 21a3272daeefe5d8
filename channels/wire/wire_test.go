package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tillpay/channels"
)

// server is a TLS server that counts what reaches it.
type server struct {
	*httptest.Server
	conns, requests atomic.Int64
	roots           *x509.CertPool
}

func newServer(t *testing.T, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{roots: x509.NewCertPool()}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		h(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			s.conns.Add(1)
		}
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true // offered, and not to be taken
	s.StartTLS()
	s.roots.AddCert(s.Certificate())
	t.Cleanup(s.Close)
	return s
}

// hand is a clock that a test moves.
type hand struct {
	mu sync.Mutex
	t  time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.t
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	h.t = h.t.Add(d)
	h.mu.Unlock()
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func ok(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	io.WriteString(w, "hello")
}

var post = Request{Method: "POST", Target: "/pay?x=1", Body: []byte(`{"a":1}`), Header: http.Header{"Content-Type": {"application/json"}}}

func TestDo(t *testing.T) {
	var got *http.Request
	var body []byte
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(302)
	})
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots, Version: "1.2"})
	resp, err := c.Do(context.Background(), post)
	if err != nil || resp.Status != 302 {
		t.Fatalf("answer %+v, %v", resp, err)
	}
	if got.Proto != "HTTP/1.1" || got.UserAgent() != "tillpay/1.2" || got.RequestURI != "/pay?x=1" || string(body) != `{"a":1}` {
		t.Errorf("sent %s %s %q %q", got.Proto, got.RequestURI, got.UserAgent(), body)
	}
	if got.ContentLength != 7 || got.Header.Get("Accept-Encoding") != "" {
		t.Errorf("length %d, header %v", got.ContentLength, got.Header)
	}
	if _, err := c.Do(context.Background(), Request{Method: "GET", Target: "/q"}); err != nil {
		t.Fatal(err)
	}
	if len(got.Cookies()) != 0 || got.ContentLength != 0 || len(got.TransferEncoding) != 0 || s.requests.Load() != 2 {
		t.Errorf("second request: cookies %v, length %d %v, %d requests", got.Cookies(), got.ContentLength, got.TransferEncoding, s.requests.Load())
	}
}

// A server that takes a request on a kept connection and hangs up without a
// word: http.Transport would send a GET again.
func TestNoHiddenResend(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		t.Run(method, func(t *testing.T) {
			var n atomic.Int64
			s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if n.Add(1) == 1 {
					ok(w, r)
					return
				}
				conn, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					conn.Close()
				}
			})
			c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
			r := Request{Method: method, Target: "/x"}
			if method == "POST" {
				r.Body = []byte("{}")
			}
			if _, err := c.Do(context.Background(), r); err != nil {
				t.Fatal(err)
			}
			_, err := c.Do(context.Background(), r)
			var e *Error
			if !errors.As(err, &e) || e.NotSent {
				t.Errorf("error = %v, want one that proves nothing", err)
			}
			if n.Load() != 2 || s.conns.Load() != 1 {
				t.Errorf("%d requests on %d connections, want 2 on 1", n.Load(), s.conns.Load())
			}
		})
	}
}

// The same transport without our care does repeat: the test above tests something.
func TestTransportWouldResend(t *testing.T) {
	var n atomic.Int64
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1) != 2 {
			ok(w, r)
			return
		}
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			conn.Close()
		}
	})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.roots}}}
	defer client.CloseIdleConnections()
	for range 2 {
		resp, err := client.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if n.Load() != 3 {
		t.Skipf("this Go does not repeat (%d requests)", n.Load())
	}
}

func notSent(t *testing.T, name string, err error, want bool) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.NotSent != want {
		t.Errorf("%s: error %v, want NotSent = %v", name, err, want)
	}
	want2 := channels.Unknown
	if want {
		want2 = channels.NotSent
	}
	if got := Failed(err).Outcome; got != want2 {
		t.Errorf("%s: outcome %v", name, got)
	}
}

func TestSurelyNotSent(t *testing.T) {
	s := newServer(t, ok)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "https://" + free.Addr().String()
	free.Close()
	done, cancel := context.WithCancel(context.Background())
	cancel()
	refuse := post
	refuse.Durable = func(context.Context) error { return errors.New("disk full") }
	other := post
	other.Target = "/a b"
	for _, c := range []struct {
		name string
		cfg  Config
		ctx  context.Context
		req  Request
	}{
		{"refused", Config{Endpoint: gone}, context.Background(), post},
		{"no such name", Config{Endpoint: "https://nowhere.invalid", Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "nowhere.invalid", IsNotFound: true}
		}, Proxy: noProxy}, context.Background(), post},
		{"not trusted", Config{Endpoint: s.URL}, context.Background(), post},
		{"ended before", Config{Endpoint: s.URL, Roots: s.roots}, done, post},
		{"gate", Config{Endpoint: s.URL, Roots: s.roots}, context.Background(), refuse},
		{"target", Config{Endpoint: s.URL, Roots: s.roots}, context.Background(), other},
	} {
		_, err := newClient(t, c.cfg).Do(c.ctx, c.req)
		notSent(t, c.name, err, true)
	}
	if s.requests.Load() != 0 {
		t.Errorf("%d requests arrived", s.requests.Load())
	}
}

func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// From the moment that bytes may have left, nothing is certain.
func TestAnythingElse(t *testing.T) {
	hold := make(chan struct{})
	for _, c := range []struct {
		name string
		h    http.HandlerFunc
	}{
		{"hangs up", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }},
		{"silent", func(w http.ResponseWriter, r *http.Request) { <-hold }},
		{"half", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
		}},
		{"large", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("x", 1001)) }},
		{"chunked large", func(w http.ResponseWriter, r *http.Request) {
			for range 11 {
				io.WriteString(w, strings.Repeat("x", 100))
				w.(http.Flusher).Flush()
			}
		}},
	} {
		s := newServer(t, c.h)
		cl := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
		r := post
		r.MaxBody, r.Timeout = 1000, 300*time.Millisecond
		_, err := cl.Do(context.Background(), r)
		notSent(t, c.name, err, false)
		if s.requests.Load() != 1 {
			t.Errorf("%s: %d requests", c.name, s.requests.Load())
		}
	}
	close(hold)
}

func TestGateComesBeforeTheFirstByte(t *testing.T) {
	var asked atomic.Int64
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Load() != 1 {
			t.Error("the request was faster than its gate")
		}
	})
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
	r := post
	r.Durable = func(context.Context) error {
		if s.requests.Load() != 0 {
			t.Error("a byte left before the gate")
		}
		asked.Add(1)
		return nil
	}
	if _, err := c.Do(context.Background(), r); err != nil || asked.Load() != 1 {
		t.Errorf("asked %d times, %v", asked.Load(), err)
	}
}

func TestFailover(t *testing.T) {
	var down atomic.Bool
	down.Store(true)
	first, second := newServer(t, ok), newServer(t, ok)
	roots := x509.NewCertPool()
	roots.AddCert(first.Certificate())
	clock := &hand{t: time.Unix(1e9, 0)}
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		if down.Load() && addr == first.Listener.Addr().String() {
			return nil, errors.New("no route")
		}
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	c := newClient(t, Config{Endpoint: first.URL, Backups: []string{second.URL}, Roots: roots, Dial: dial, Now: clock.now})
	asked := 0
	r := post
	r.Durable = func(context.Context) error { asked++; return nil }
	for range 2 {
		if resp, err := c.Do(context.Background(), r); err != nil || "https://"+resp.Host != second.URL {
			t.Fatalf("answer %+v, %v", resp, err)
		}
	}
	down.Store(false)
	clock.move(preferFor - time.Second)
	if resp, err := c.Do(context.Background(), post); err != nil || "https://"+resp.Host != second.URL {
		t.Errorf("the host that worked was forgotten: %v", err)
	}
	clock.move(2 * time.Second)
	if resp, err := c.Do(context.Background(), post); err != nil || "https://"+resp.Host != first.URL {
		t.Errorf("the first host did not get its turn again: %v", err)
	}
	if asked != 2 {
		t.Errorf("the gate was asked %d times for 2 requests", asked)
	}
}

// An exchange that may have been sent is not tried elsewhere.
func TestNoFailoverAfterSending(t *testing.T) {
	first := newServer(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	second := newServer(t, ok)
	roots := x509.NewCertPool()
	roots.AddCert(first.Certificate())
	c := newClient(t, Config{Endpoint: first.URL, Backups: []string{second.URL}, Roots: roots})
	_, err := c.Do(context.Background(), post)
	notSent(t, "aborted", err, false)
	if second.requests.Load() != 0 {
		t.Error("the request left twice")
	}
}

func TestForeignTransport(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{errors.New("anything"), false},
		{context.DeadlineExceeded, false},
		{fmt.Errorf("simulated: %w", ErrNotSent), true},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, true},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, false},
		{&net.DNSError{Err: "no such host"}, true},
	} {
		cl := newClient(t, Config{Endpoint: "https://platform.invalid", Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, c.err })})
		_, err := cl.Do(context.Background(), post)
		notSent(t, c.err.Error(), err, c.want)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestLogHoldsNoSecret(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Request-ID", "08F7-0")
		io.WriteString(w, "134650720866361395")
	})
	var b bytes.Buffer
	l := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots, Log: l, RequestID: "Request-ID"})
	r := Request{Method: "POST", Target: "/pay?key=secret", Body: []byte("134650720866361395"), Header: http.Header{"Authorization": {"signature"}}}
	if _, err := c.Do(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	line := b.String()
	for _, want := range []string{"method=POST", "path=/pay ", "status=200", "request_id=08F7-0", "took="} {
		if !strings.Contains(line, want) {
			t.Errorf("log lacks %s: %s", want, line)
		}
	}
	for _, secret := range []string{"secret", "13465072", "signature"} {
		if strings.Contains(line, secret) {
			t.Errorf("log holds %s: %s", secret, line)
		}
	}
	if strings.Count(line, "\n") != 1 {
		t.Errorf("log has other than one line: %s", line)
	}
}

// An answer in gzip is read as what it says, and bounded by what it says.
func TestGzip(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", r.URL.Query().Get("as"))
		z := gzip.NewWriter(w)
		io.WriteString(z, strings.Repeat("a", 2000))
		z.Close()
	})
	c := newClient(t, Config{Endpoint: s.URL, Roots: s.roots})
	get := func(as string, max int64) (*Response, error) {
		return c.Do(context.Background(), Request{Method: "GET", Target: "/?as=" + as, MaxBody: max})
	}
	if r, err := get("gzip", 2000); err != nil || len(r.Body) != 2000 {
		t.Errorf("%v", err)
	}
	if _, err := get("gzip", 1999); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a bomb: %v", err)
	}
	if _, err := get("br", 0); err == nil {
		t.Error("an encoding nobody knows was read")
	}
}

func TestEndpoints(t *testing.T) {
	for e, good := range map[string]bool{
		"https://apihk.mch.weixin.qq.com": true, "https://127.0.0.1:8443": true, "https://[::1]:8443/": true,
		"http://apihk.mch.weixin.qq.com": false, "https://host/path": false, "https://host?x=1": false,
		"https://user:pw@host": false, "https://": false, "host": false, "": false,
	} {
		if _, err := parseHost(e); (err == nil) != good {
			t.Errorf("%q: %v", e, err)
		}
	}
	for n, want := range map[string]bool{"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "example.com": false, "10.0.0.1": false, "localhost.example.com": false} {
		if Loopback(n) != want {
			t.Errorf("Loopback(%s) = %v", n, !want)
		}
	}
}
