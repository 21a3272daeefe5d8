package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// pool keeps the connections of one Client. http.Transport drives those that
// have carried a request; beside them the pool holds at most one spare a host,
// dialled and verified before its request exists (see Warm).
type pool struct {
	transport *http.Transport
	dialTCP   func(ctx context.Context, network, addr string) (net.Conn, error)
	proxy     func(*http.Request) (*url.URL, error)
	roots     func() *x509.CertPool
	ours      []tls.Certificate // shown to the platform, never to a proxy
	sessions  tls.ClientSessionCache
	now       func() time.Time
	dialling  chan struct{} // holds one token: who dials a spare has it

	mu     sync.Mutex
	spares map[string]*spare  // by address
	conns  map[*conn]struct{} // handed to the transport and not closed
	doubts map[string]bool    // addresses that owe an answer: what is connected to them may be dead

	lost chan struct{} // holds one word: a connection that waited is gone
}

func newPool(cfg Config, now func() time.Time) *pool {
	p := &pool{
		dialTCP:  cfg.Dial,
		proxy:    cfg.Proxy,
		roots:    sync.OnceValue(cfg.roots),
		sessions: tls.NewLRUClientSessionCache(8), // saves CPU, not round trips: performance.md §2
		now:      now,
		dialling: make(chan struct{}, 1),
		spares:   map[string]*spare{},
		conns:    map[*conn]struct{}{},
		doubts:   map[string]bool{},
		lost:     make(chan struct{}, 1),
	}
	if cfg.Certificate != nil {
		p.ours = []tls.Certificate{*cfg.Certificate}
	}
	if p.dialTCP == nil {
		p.dialTCP = (&net.Dialer{KeepAliveConfig: waiting}).DialContext
	}
	if p.proxy == nil {
		p.proxy = http.ProxyFromEnvironment
	}
	p.transport = &http.Transport{
		DialTLSContext: p.hand,
		// Not Proxy: hand goes through the proxy itself, so that a spare
		// connection is ready behind a proxy as well.
		Proxy:                  nil,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 only
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        tooOld,
		DisableCompression:     true, // what was signed is what we hash
		MaxResponseHeaderBytes: 64 << 10,
	}
	return p
}

// ready returns once a connection to h is there that was made or used less
// than maxAge ago: a spare, or one that the transport keeps idle.
func (p *pool) ready(ctx context.Context, h host, maxAge time.Duration) error {
	addr := h.addr()
	if p.have(addr, maxAge) {
		return nil
	}
	select {
	case p.dialling <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.dialling }()
	if p.have(addr, maxAge) { // somebody else's dial served us as well
		return nil
	}
	// The transport takes an idle connection before it asks for a new one: an
	// old one must not stand in the way of the new.
	p.transport.CloseIdleConnections()
	c, err := p.dial(ctx, addr)
	if err != nil {
		return err
	}
	p.keep(addr, c)
	p.doubt(addr, false)
	return nil
}

// have reports a connection to addr that is young enough, dropping dead and
// old spares on the way.
func (p *pool) have(addr string, maxAge time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	doubt := p.doubts[addr]
	if s := p.spares[addr]; s != nil {
		if !s.dead() && p.young(s.madeAt, maxAge) && !doubt {
			return true
		}
		delete(p.spares, addr)
		s.drop()
	}
	if doubt {
		return false
	}
	found := false
	for c := range p.conns {
		if c.addr != addr || !c.idle {
			continue
		}
		if !p.young(c.usedAt, maxAge) {
			return false // the transport might choose this one
		}
		found = true
	}
	return found
}

// young compares by the wall clock, which runs on while a machine sleeps. A
// time in the future proves nothing, so it is old.
func (p *pool) young(t time.Time, maxAge time.Duration) bool {
	age := p.now().Round(0).Sub(t)
	return age >= 0 && age < maxAge
}

// keep stores c as addr's spare.
func (p *pool) keep(addr string, c net.Conn) {
	s := watch(c, p.now().Round(0), p.tellLost)
	p.mu.Lock()
	old := p.spares[addr]
	p.spares[addr] = s
	p.mu.Unlock()
	if old != nil {
		old.drop()
	}
}

// hand is the transport's DialTLSContext: the spare if it is still good, else
// a new connection.
func (p *pool) hand(ctx context.Context, _, addr string) (net.Conn, error) {
	p.mu.Lock()
	s := p.spares[addr]
	delete(p.spares, addr)
	p.mu.Unlock()
	if s != nil {
		if p.young(s.madeAt, tooOld) {
			if c, ok := s.take(); ok {
				beat(c, working)
				return p.follow(addr, c), nil
			}
		} else {
			s.drop()
		}
	}
	ctx, cancel := context.WithTimeout(ctx, connectAlone)
	defer cancel()
	c, err := p.dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	beat(c, working)
	return p.follow(addr, c), nil
}

// conn is a connection that the transport has, as the pool sees it.
type conn struct {
	net.Conn
	pool *pool
	addr string
	// Guarded by pool.mu.
	usedAt time.Time
	idle   bool
	by     *usage // whose it is
}

func (p *pool) follow(addr string, c net.Conn) *conn {
	k := &conn{Conn: c, pool: p, addr: addr, usedAt: p.now().Round(0)}
	p.mu.Lock()
	p.conns[k] = struct{}{}
	p.mu.Unlock()
	return k
}

// taken notes that u has k in use.
func (p *pool) taken(k *conn, u *usage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k.idle {
		beat(k.Conn, working)
	}
	k.idle, k.by, k.usedAt = false, u, p.now().Round(0)
}

// put notes that the transport keeps k idle behind u. It says so after it has put k
// where the next exchange finds it: one that has taken k meanwhile keeps it.
func (p *pool) put(k *conn, u *usage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k.by != u {
		return
	}
	beat(k.Conn, waiting)
	k.idle, k.by, k.usedAt = true, nil, p.now().Round(0)
}

// Close is the transport giving the connection up.
func (c *conn) Close() error {
	c.pool.mu.Lock()
	delete(c.pool.conns, c)
	waited := c.idle
	c.pool.mu.Unlock()
	if waited {
		c.pool.tellLost()
	}
	return c.Conn.Close()
}

func (p *pool) close() {
	p.mu.Lock()
	spares := p.spares
	p.spares = map[string]*spare{}
	p.mu.Unlock()
	for _, s := range spares {
		s.drop()
	}
	p.transport.CloseIdleConnections()
}
