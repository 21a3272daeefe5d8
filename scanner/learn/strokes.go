package learn

import (
	"time"

	"tillpay/scanner"
	"tillpay/scanner/hid"
)

// Event types and codes of linux/input-event-codes.h.
const (
	evKey   = 1
	evMisc  = 4
	mscScan = 4
)

// event is one of an input device's, at the kernel's time.
type event struct {
	at    time.Duration
	kind  uint16
	code  uint16
	value int32
}

// strokes makes texts of a keyboard's events. The kernel tells, before each key,
// the usage that the keyboard sent: it is decoded as a scanner's report is, and
// no layout of the system has a part in it.
type strokes struct {
	keys  hid.Keys
	mods  byte
	usage uint32
	text  []byte
	last  time.Duration // the key before
	pace  pace
	count int
}

const usagePage = 0x07 << 16 // keyboard

// push takes an event and answers the text that Enter or Tab ends.
func (s *strokes) push(e event) (text string, p pace, done bool) {
	switch {
	case e.kind == evMisc && e.code == mscScan:
		s.usage = uint32(e.value)
		return "", pace{}, false
	case e.kind != evKey || e.value > 1 || s.usage&^0xff != usagePage: // 2 repeats a held key
		return "", pace{}, false
	}
	usage := byte(s.usage)
	s.usage = 0
	if bit := usage - 0xe0; bit < 8 {
		if s.mods &^= 1 << bit; e.value == 1 {
			s.mods |= 1 << bit
		}
		if c, ok := s.keys.Mods(s.mods); ok {
			return s.typed(c, e.at)
		}
		return "", pace{}, false
	}
	if e.value == 0 {
		return "", pace{}, false
	}
	if c, ok := s.keys.Down(usage, s.mods); ok {
		return s.typed(c, e.at)
	}
	return "", pace{}, false
}

func (s *strokes) typed(c byte, at time.Duration) (string, pace, bool) {
	if c == '\r' || c == '\n' || c == '\t' {
		return s.end()
	}
	if s.count > 0 {
		s.pace.gaps++
		if at-s.last > slow {
			s.pace.slow++
		}
	}
	s.last = at
	s.count++
	if len(s.text) <= scanner.MaxLength {
		s.text = append(s.text, c)
	}
	return "", pace{}, false
}

// end answers what was typed until now, if anything was.
func (s *strokes) end() (string, pace, bool) {
	text := scanner.Clean(s.text)
	p := s.pace
	clear(s.text)
	*s = strokes{keys: s.keys, mods: s.mods, text: s.text[:0]}
	return text, p, text != ""
}

func (s *strokes) holding() bool { return s.count > 0 }
