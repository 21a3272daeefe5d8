package sandbox

import (
	"net"
	"slices"
	"sync"
)

// gate is a listener that a dead network shuts: below TLS, so that a caller
// sees its handshake fail and knows that nothing was sent.
type gate struct {
	net.Listener
	s     *Sandbox
	mu    sync.Mutex
	conns map[*gatedConn]struct{}
}

func newGate(s *Sandbox, l net.Listener) *gate {
	g := &gate{Listener: l, s: s, conns: map[*gatedConn]struct{}{}}
	s.mu.Lock()
	s.gates = append(s.gates, g)
	s.mu.Unlock()
	return g
}

func (s *Sandbox) removeGate(g *gate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gates = slices.DeleteFunc(s.gates, func(other *gate) bool { return other == g })
}

// Accept answers only while the network is up; what comes otherwise is closed
// before its first byte is read.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		conn := &gatedConn{c, g}
		g.mu.Lock()
		g.conns[conn] = struct{}{}
		g.mu.Unlock()
		// Asked after the connection is listed, so that closeAll cannot miss it.
		if !g.s.faults.networkDown() {
			return conn, nil
		}
		conn.Close()
	}
}

func (g *gate) closeAll() {
	g.mu.Lock()
	conns := make([]*gatedConn, 0, len(g.conns))
	for c := range g.conns {
		conns = append(conns, c)
	}
	g.mu.Unlock()
	for _, c := range conns {
		c.Close()
	}
}

type gatedConn struct {
	net.Conn
	g *gate
}

func (c *gatedConn) Close() error {
	c.g.mu.Lock()
	delete(c.g.conns, c)
	c.g.mu.Unlock()
	return c.Conn.Close()
}
