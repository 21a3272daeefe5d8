package scanner

import (
	"bytes"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Silence ends a code of a scanner that sends no suffix. A scanner sends a code
// in one piece: at 9600 baud a byte takes 1 ms, a keyboard of the slowest kind a
// key in 30, and a USB port pauses for a few.
const Silence = 60 * time.Millisecond

// broken is how long a code may stand still in its middle where the code before it
// had a suffix, so that this one's is still to come: a radio repeats what was lost, a
// busy till hears late.
const broken = 5 * Silence

// A machine that stands still for a while (a busy till, a hypervisor, swapping)
// hears nothing, while its timers run out: what was sent meanwhile waits in its
// buffers, or in the scanner's. So silence is listened to in naps, and a nap that
// ended late begins it afresh: also a machine that only ever runs for a few
// milliseconds hears little.
const (
	nap      = 15 * time.Millisecond
	patience = 20 // late naps behind the last byte; then a code ends, however late they all were
)

// Decoder makes codes of bytes. It knows no device and no clock: whoever reads
// says when bytes came and when none came. The zero value ends codes at CR, LF
// or TAB and after Silence.
type Decoder struct {
	// Suffix, if not empty, is the only thing that ends a code at once.
	Suffix string
	// Silence ends a code where no suffix came; 0 is the package's Silence. Behind a
	// code with a suffix it must last 300 ms at least.
	Silence time.Duration

	held  []byte
	sends bool      // the scanner sends a suffix: the last code had one
	last  time.Time // when silence began: the scanner said something, or the machine woke
	dozed int       // late naps since it said something
	skip  bool      // too long and reported: skip to the end of it
}

// Push takes bytes that came at a moment and returns the codes that they
// complete. It never takes time between two calls for silence, since bytes may
// have waited for a busy machine to read them; only Hush ends a code for that.
// No bytes at all are a sign of life: a key that was let go.
func (d *Decoder) Push(b []byte, at time.Time) []string {
	var codes []string
	d.last, d.dozed = at, 0
	for _, c := range b {
		if d.ends(c) {
			if code := d.take(); code != "" {
				d.sends = true
				codes = append(codes, code)
			}
			continue
		}
		if !d.keeps(c) {
			continue
		}
		d.held = append(d.held, c)
		if d.skip { // keep only what the suffix may be recognised by
			d.held = d.held[max(0, len(d.held)-len(d.Suffix)):]
		} else if len(d.held) > MaxLength+len(d.Suffix) {
			d.Drop()
			d.skip = true
			codes = append(codes, Overlong)
		}
	}
	return codes
}

// Wait is how long to wait for the next bytes; false if nothing is held, and it
// does not matter.
func (d *Decoder) Wait(now time.Time) (time.Duration, bool) {
	end, holding := d.ended()
	return max(min(end.Sub(now), nap), 0), holding
}

// Hush is told that a wait that began at asked, and was to be as long as wait,
// brought no byte until at. It returns the code that this silence ends, if it ends
// one.
func (d *Decoder) Hush(asked time.Time, wait time.Duration, at time.Time) (string, bool) {
	if at.Sub(asked)-wait > late && d.dozed < patience {
		d.last = at
		d.dozed++
	}
	end, holding := d.ended()
	if !holding || at.Before(end) {
		return "", false
	}
	d.sends = false
	code := d.take()
	return code, code != ""
}

// ended is the moment when silence ends what is held; false if nothing is.
func (d *Decoder) ended() (time.Time, bool) {
	silence := d.Silence
	if silence == 0 {
		silence = Silence
	}
	if d.sends {
		silence = max(silence, broken)
	}
	return d.last.Add(silence), len(d.held) > 0 || d.skip
}

// ends tells whether c completes a code.
func (d *Decoder) ends(c byte) bool {
	if d.Suffix == "" {
		return c == '\r' || c == '\n' || c == '\t'
	}
	head, tail := d.Suffix[:len(d.Suffix)-1], d.Suffix[len(d.Suffix)-1]
	if c != tail || !bytes.HasSuffix(d.held, []byte(head)) {
		return false
	}
	d.held = d.held[:len(d.held)-len(head)]
	return true
}

// keeps tells whether c can be a part of a text, or of the suffix after it.
func (d *Decoder) keeps(c byte) bool {
	control := c < ' ' || c == 0x7f
	return !control || strings.IndexByte(d.Suffix, c) >= 0
}

// take returns what is held as a text, and holds nothing any more.
func (d *Decoder) take() string {
	code := Clean(d.held)
	if d.skip {
		code = "" // its end; the rest was reported already
	}
	d.Drop()
	d.skip = false
	if len(code) > MaxLength {
		return Overlong
	}
	return code
}

// Drop overwrites what is held: it may be a payment code.
func (d *Decoder) Drop() {
	clear(d.held)
	d.held = d.held[:0]
}

// Clean makes printable text of bytes. What is not UTF-8 becomes U+FFFD, so that
// noise on the line cannot turn one code into another that looks whole.
func Clean(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		b = b[size:]
		if unicode.IsPrint(r) { // not a byte order mark, nor other marks
			s.WriteRune(r)
		}
	}
	// A byte order mark that was taken for Latin-1 and encoded again.
	return strings.TrimSpace(strings.TrimPrefix(s.String(), "ï»¿"))
}
