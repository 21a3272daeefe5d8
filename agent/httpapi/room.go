package httpapi

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// room is a listener that holds a bounded number of connections. When it is
// full the newcomer is served in the place of one that only sits there: who
// opens connections and says nothing must not keep the POS out.
type room struct {
	net.Listener
	most int

	mu     sync.Mutex
	guests map[*guest]bool
}

// guest is one connection.
type guest struct {
	net.Conn
	room *room

	// guarded by room.mu
	busy   bool      // a request of it is being answered
	served bool      // it has had an answer
	since  time.Time // when it came, or had its last answer
}

func newRoom(ln net.Listener, most int) *room {
	return &room{Listener: ln, most: most, guests: map[*guest]bool{}}
}

// Accept waits for a connection that there is room for.
func (m *room) Accept() (net.Conn, error) {
	for {
		c, err := m.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g := &guest{Conn: c, room: m, since: time.Now()}
		out, ok := m.admit(g)
		if out != nil {
			out.Close()
		}
		if ok {
			return g, nil
		}
		c.Close()
	}
}

// admit takes g in; out has to leave for it. If all are busy g is not taken.
func (m *room) admit(g *guest) (out *guest, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.guests) >= m.most {
		for other := range m.guests {
			if !other.busy && (out == nil || other.leavesBefore(out)) {
				out = other
			}
		}
		if out == nil {
			return nil, false
		}
		delete(m.guests, out)
	}
	m.guests[g] = true
	return out, true
}

// leavesBefore: first those that never asked anything, then who idles longest.
func (g *guest) leavesBefore(other *guest) bool {
	if g.served != other.served {
		return !g.served
	}
	return g.since.Before(other.since)
}

// Close ends the listener, and with it the connections that never asked
// anything: a stop need not wait for a browser's spare ones.
func (m *room) Close() error {
	err := m.Listener.Close()
	m.mu.Lock()
	var silent []*guest
	for g := range m.guests {
		if !g.busy && !g.served {
			silent = append(silent, g)
		}
	}
	m.mu.Unlock()
	for _, g := range silent {
		g.Close()
	}
	return err
}

// Close frees the guest's place.
func (g *guest) Close() error {
	g.room.mu.Lock()
	delete(g.room.guests, g)
	g.room.mu.Unlock()
	return g.Conn.Close()
}

// enter marks a guest whose request is being answered.
func (g *guest) enter() {
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	g.busy = true
}

// refused marks a guest that was turned away: what is still to be read from it, or
// waited for, is worth no place that somebody else wants.
func (g *guest) refused() {
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	g.busy = false
}

// state is http.Server's word on a connection: idle once its answer is sent.
func (m *room) state(c net.Conn, s http.ConnState) {
	g, ok := c.(*guest)
	if !ok || s != http.StateIdle {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	g.busy, g.served, g.since = false, true, time.Now()
}

type guestKey struct{}

// introduce lets a request know its connection.
func (m *room) introduce(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, guestKey{}, c)
}
