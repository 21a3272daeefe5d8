// Package wire carries one signed request to a payment platform and its answer
// back. It sends a request once or not at all, and can tell which: an error
// either proves that no byte left, or it proves nothing.
package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"tillpay/channels"
)

// Limits that a Request may change.
const (
	DefaultTimeout = 10 * time.Second
	DefaultMaxBody = 1 << 20
)

const (
	connectAlone  = 5 * time.Second // wechat-global.md §2.1: connect 5 s
	connectShared = 3 * time.Second // with backups to try after it
	preferFor     = 5 * time.Minute // how long a backup that worked goes first
	fresh         = 30 * time.Second
	tooOld        = 45 * time.Second
)

// Config is one account's way to one platform.
type Config struct {
	Endpoint string         // scheme and host; https
	Backups  []string       // the same platform, the same keys; tried in order
	Roots    *x509.CertPool // nil: the system's
	// MoreRoots is PEM certificates that are trusted beside the system's, where
	// Roots is nil. The system's are read at the first dial: a hundred files that
	// a till need not wait for at its start.
	MoreRoots []byte
	// Certificate, with its Leaf, proves who we are to a platform that asks for
	// it (mutual TLS). A call that must not show it goes through a Client without.
	Certificate *tls.Certificate
	Version     string // of the program, for User-Agent
	// RequestID is the response header that names the exchange at the platform.
	RequestID string
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: silent
	// Transport replaces the network, for simulators. Its errors mean NotSent
	// only if they are a failed dial or wrap ErrNotSent. One that is a
	// channels.Warmer is asked to connect where a connection would be readied.
	Transport http.RoundTripper
	// Dial replaces TCP beneath TLS, for tests. Nil: net.Dialer.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Proxy is asked for every host that is not a loopback address. Nil:
	// http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
}

// Client sends for one account. Safe for concurrent use. It owns at most one
// goroutine of its own per host, which ends with Close.
type Client struct {
	hosts   []host
	pool    *pool                // nil when Config.Transport is given
	shown   *tls.ConnectionState // what a Transport sees of our certificate
	rt      http.RoundTripper
	agent   string
	idName  string
	now     func() time.Time
	log     *slog.Logger
	connect time.Duration

	mu         sync.Mutex
	preferred  int // index into hosts
	preferTill time.Time
}

// New makes a client. It does no I/O.
func New(cfg Config) (*Client, error) {
	c := &Client{
		agent:   "tillpay/" + cfg.Version,
		idName:  cfg.RequestID,
		now:     cfg.Now,
		log:     cfg.Log,
		rt:      cfg.Transport,
		connect: connectAlone,
	}
	if cfg.Version == "" {
		c.agent = "tillpay/dev"
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	for _, e := range append([]string{cfg.Endpoint}, cfg.Backups...) {
		h, err := parseHost(e)
		if err != nil {
			return nil, err
		}
		c.hosts = append(c.hosts, h)
	}
	if len(c.hosts) > 1 {
		c.connect = connectShared
	}
	if c.rt == nil {
		c.pool = newPool(cfg, c.now)
		c.rt = c.pool.transport
	} else if cfg.Certificate != nil {
		c.shown = &tls.ConnectionState{HandshakeComplete: true, PeerCertificates: []*x509.Certificate{cfg.Certificate.Leaf}}
	}
	return c, nil
}

// Close drops every idle connection. Exchanges under way end by themselves.
func (c *Client) Close() {
	if c.pool != nil {
		c.pool.close()
	}
}

// Request is one call, signed already: what is here is what is sent.
type Request struct {
	Method string
	Target string // path and query, byte for byte as signed
	Header http.Header
	Body   []byte
	// Durable, if not nil, is asked once, when a connection is ready and before
	// the first byte may leave. Its error means that nothing leaves.
	Durable func(context.Context) error
	Timeout time.Duration // of the exchange, after connecting; 0: DefaultTimeout
	MaxBody int64         // of the answer; 0: DefaultMaxBody
}

// Response is the platform's answer, read whole.
type Response struct {
	Status         int
	Header         http.Header
	Body           []byte
	Host           string
	Sent, Received time.Time // by our own clock, for Clock.Learn
}

// Do sends r once. While nothing can have left it tries the backup hosts in
// turn; after that there is no second try. Every error is an *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	gate := once(r.Durable)
	var last *Error
	for _, i := range c.order() {
		resp, err := c.try(ctx, c.hosts[i], r, gate)
		if err == nil {
			c.prefer(i)
			return resp, nil
		}
		last = err
		if !err.NotSent || err.Gate || ctx.Err() != nil {
			break
		}
	}
	return nil, last
}

// Warm makes sure that a connection made or used less than 30 s ago is ready,
// and returns at once if one is. It sends no request.
func (c *Client) Warm(ctx context.Context) error {
	if c.pool == nil {
		if w, ok := c.rt.(channels.Warmer); ok {
			return w.Warm(ctx)
		}
		return nil
	}
	var last error
	for _, i := range c.order() {
		h := c.hosts[i]
		err := c.ready(ctx, h, fresh)
		if err == nil {
			c.prefer(i)
			return nil
		}
		last = &Error{Op: "connect", Host: h.name, NotSent: true, Err: err}
		if ctx.Err() != nil {
			break
		}
	}
	return last
}

// try makes one attempt at one host: connection, gate, exchange.
func (c *Client) try(ctx context.Context, h host, r Request, gate func(context.Context) error) (*Response, *Error) {
	req, err := c.build(h, r)
	if err != nil {
		return nil, &Error{Op: "build", Host: h.name, NotSent: true, Err: err}
	}
	if c.pool != nil {
		if err := c.ready(ctx, h, tooOld); err != nil {
			return nil, &Error{Op: "connect", Host: h.name, NotSent: true, Err: err}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, &Error{Op: "connect", Host: h.name, NotSent: true, Err: err}
	}
	if err := gate(ctx); err != nil {
		return nil, &Error{Op: "durable gate", Host: h.name, NotSent: true, Gate: true, Err: err}
	}
	return c.exchange(ctx, h, req, r)
}

func (c *Client) ready(ctx context.Context, h host, maxAge time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, c.connect)
	defer cancel()
	return c.pool.ready(ctx, h, maxAge)
}

// build makes the http.Request and insists that its request line will be the
// one that was signed.
func (c *Client) build(h host, r Request) (*http.Request, error) {
	u, err := url.Parse("https://" + h.addr() + r.Target)
	if err != nil {
		return nil, errors.New("target cannot be parsed")
	}
	u.Host = h.name
	if u.RequestURI() != r.Target || u.Fragment != "" {
		return nil, errors.New("target would be sent as another than was signed")
	}
	header := r.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("User-Agent", c.agent)
	// A body that cannot be rewound, also for a GET that has none: without it
	// http.Transport repeats a GET by itself on a kept connection that died.
	// (It drops an empty one again before it writes the head.)
	var content io.ReadCloser = body{bytes.NewReader(r.Body)}
	if len(r.Body) == 0 && r.Method != http.MethodGet {
		content = http.NoBody // else it would go out chunked; not repeated anyway
	}
	return &http.Request{
		Method:        r.Method,
		URL:           u,
		Host:          h.name,
		Header:        header,
		Body:          content,
		GetBody:       nil,
		ContentLength: int64(len(r.Body)),
		TLS:           c.shown, // http.Transport ignores it; a simulator has no connection to see it on
		Proto:         "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

// once makes the gate something that is asked a single time.
func once(gate func(context.Context) error) func(context.Context) error {
	passed := gate == nil
	return func(ctx context.Context) error {
		if passed {
			return nil
		}
		if err := gate(ctx); err != nil {
			return err
		}
		passed = true
		return ctx.Err()
	}
}
