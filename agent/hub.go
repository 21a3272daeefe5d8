package agent

import (
	"sync"
	"time"
)

// Notice is an event that is not in the journal: a scan, a device, the status.
// It has no number and is not repeated to those who come later.
type Notice struct {
	Topic string // scan, device, status, attention
	Data  any
}

// hub wakes those who wait for news. What there is to know they read themselves,
// so that a slow listener holds nobody up.
type hub struct {
	mu      sync.Mutex
	changed chan struct{}
	listen  map[chan Notice]bool
}

func newHub() *hub { return &hub{changed: make(chan struct{}), listen: map[chan Notice]bool{}} }

// news is closed at the next change.
func (h *hub) news() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

// tell wakes everybody.
func (h *hub) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.changed)
	h.changed = make(chan struct{})
}

// say hands n to everybody who listens; a listener whose buffer is full misses it.
func (h *hub) say(n Notice) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.listen {
		select {
		case l <- n:
		default:
		}
	}
}

// subscribe hears notices until stop is called.
func (h *hub) subscribe() (notices <-chan Notice, stop func()) {
	l := make(chan Notice, 64)
	h.mu.Lock()
	h.listen[l] = true
	h.mu.Unlock()
	return l, func() {
		h.mu.Lock()
		delete(h.listen, l)
		h.mu.Unlock()
	}
}

// seen remembers codes for a while by a keyed hash, so that one that is scanned
// twice is told from a fresh one without keeping it.
type seen struct {
	mu   sync.Mutex
	at   map[[32]byte]time.Time
	life time.Duration
}

// again reports whether k was seen in its life, and remembers it.
func (s *seen) again(k [32]byte, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, at := range s.at {
		if now.Sub(at) > s.life {
			delete(s.at, old)
		}
	}
	_, found := s.at[k]
	if s.at == nil {
		s.at = map[[32]byte]time.Time{}
	}
	s.at[k] = now
	return found
}

// has reports whether k was seen in its life.
func (s *seen) has(k [32]byte, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, found := s.at[k]
	return found && now.Sub(at) <= s.life
}

// forget takes k back: its payment never left.
func (s *seen) forget(k [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.at, k)
}
