package wire

import (
	"net"
	"time"
)

// How a connection is felt for signs of life. The kernel asks the other kernel,
// which costs the platform nothing: no request, no wake-up of ours.
var (
	// waiting: nobody needs it yet, and a till that shows "scan" must know within
	// seconds that the way is gone. Two seconds of silence are the end of it; one
	// lost packet costs a new connection, and nobody notices.
	waiting = net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 1}
	// working: an answer may be on its way, which is not given up for a packet.
	working = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3}
)

// beat sets how c is felt for. Where that cannot be set, time-outs must do.
func beat(c net.Conn, how net.KeepAliveConfig) {
	for {
		switch inner := c.(type) {
		case *net.TCPConn:
			_ = inner.SetKeepAliveConfig(how)
			return
		case interface{ NetConn() net.Conn }: // TLS, also within TLS to a proxy
			c = inner.NetConn()
		default:
			return
		}
	}
}

// hangs is how long an exchange is without an answer before the way itself is
// doubted: platforms answer in well under a second, or say USERPAYING.
const hangs = time.Second

// doubt notes that an answer of addr is overdue or was lost, or that it came.
func (p *pool) doubt(addr string, is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if is {
		p.doubts[addr] = true
	} else {
		delete(p.doubts, addr)
	}
}

func (p *pool) tellLost() {
	select {
	case p.lost <- struct{}{}:
	default:
	}
}

// Lost tells that a connection which waited for its request is gone: the other
// side hung up, or stopped to be there. One word may stand for several.
func (c *Client) Lost() <-chan struct{} {
	if c.pool == nil {
		return nil // a simulator's are never lost
	}
	return c.pool.lost
}
