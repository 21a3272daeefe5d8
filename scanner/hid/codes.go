package hid

import (
	"time"

	"tillpay/scanner"
)

// codes makes codes of one device's reports.
type codes interface {
	push(report []byte, at time.Time) []string
	wait(now time.Time) (time.Duration, bool) // for the rest of what is held
	tear() (string, bool)                     // what is held lacks something, whatever follows
	hush(asked time.Time, wait time.Duration, at time.Time) (string, bool)
	drop()
}

func (s *Scanner) codes(l Layout) codes {
	if l.Mode == POS {
		return &posCodes{POSDecoder: NewPOSDecoder(l)}
	}
	return &typed{keys: NewKeyboardDecoder(l), text: scanner.Decoder{Suffix: s.config.Suffix, Silence: s.config.Silence}}
}

// typed is what a keyboard types, cut into codes as bytes of a line are.
type typed struct {
	keys *KeyboardDecoder
	text scanner.Decoder
	last time.Time
}

func (t *typed) push(report []byte, at time.Time) []string {
	t.last = at
	typed := t.keys.Push(report)
	defer clear(typed)
	return t.text.Push(typed, at) // nothing typed is a key let go, and no silence
}

func (t *typed) wait(now time.Time) (time.Duration, bool) { return t.text.Wait(now) }
func (t *typed) hush(asked time.Time, wait time.Duration, at time.Time) (string, bool) {
	return t.text.Hush(asked, wait, at)
}
func (t *typed) drop() { t.text.Drop() }

// tear puts a byte into the code that no text has; its end makes it unusable.
func (t *typed) tear() (string, bool) {
	t.text.Push([]byte(torn), t.last)
	return "", false
}

// partWait is how long the rest of a code may take. Its reports follow each other
// within a few milliseconds.
const partWait = time.Second

// posCodes is what a HID-POS scanner reports: each code says itself where it ends.
type posCodes struct {
	*POSDecoder
	last time.Time
}

func (p *posCodes) push(report []byte, at time.Time) []string {
	p.last = at
	if c, ok := p.Push(report); ok {
		return []string{c.Text}
	}
	return nil
}

func (p *posCodes) wait(now time.Time) (time.Duration, bool) {
	return max(p.last.Add(partWait).Sub(now), 0), p.Part()
}

func (p *posCodes) tear() (string, bool) {
	c, ok := p.GiveUp()
	return c.Text, ok
}

func (p *posCodes) hush(_ time.Time, _ time.Duration, at time.Time) (string, bool) {
	if left, part := p.wait(at); !part || left > 0 {
		return "", false
	}
	c, ok := p.GiveUp()
	return c.Text, ok
}
