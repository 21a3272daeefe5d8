//go:build linux

package learn

import (
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tillpay/scanner"
)

// usages of what the tests type.
func usage(c byte) (u uint32, shift bool) {
	switch {
	case '1' <= c && c <= '9':
		return uint32(0x1e + c - '1'), false
	case c == '0':
		return 0x27, false
	case c == '\r':
		return 0x28, false
	case 'a' <= c && c <= 'z':
		return uint32(4 + c - 'a'), false
	case 'A' <= c && c <= 'Z':
		return uint32(4 + c - 'A'), true
	}
	return 0x2c, false
}

// typing feeds text as Linux tells it, a key every gap, and answers what it ends.
func typing(s *strokes, text string, gap func(i int) time.Duration) (got string, p pace, done bool) {
	at := time.Duration(0)
	key := func(u uint32, value int32) {
		s.push(event{at, evMisc, mscScan, int32(usagePage | u)})
		if g, q, ok := s.push(event{at, evKey, 30, value}); ok {
			got, p, done = g, q, ok
		}
		s.push(event{at, 0, 0, 0}) // SYN_REPORT
	}
	for i := range len(text) {
		u, shift := usage(text[i])
		if shift {
			key(0xe1, 1)
		}
		key(u, 1)
		s.push(event{at, evKey, 30, 2}) // held: repeats
		key(u, 0)
		if shift {
			key(0xe1, 0)
		}
		at += gap(i)
	}
	return got, p, done
}

func even(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

func TestWhoTypes(t *testing.T) {
	w := &Watcher{Codes: scanner.Default()}
	person := func(i int) time.Duration { return time.Duration(80+i*37%120) * time.Millisecond }
	quick := func(i int) time.Duration { return time.Duration(40+i*13%20) * time.Millisecond }
	stalls := func(every int) func(int) time.Duration { // a scanner, but for every so manieth key
		return func(i int) time.Duration {
			if i%every == every-1 {
				return 200 * time.Millisecond
			}
			return 2 * time.Millisecond
		}
	}
	for name, c := range map[string]struct {
		text string
		gap  func(int) time.Duration
		want Refusal
	}{
		"a scanner":                 {"4006381333931\r", even(2 * time.Millisecond), ""},
		"a scanner, all at once":    {"4006381333931\r", even(0), ""},
		"a slow scanner":            {"4006381333931\r", even(30 * time.Millisecond), ""},
		"a payment code":            {"134650720866361395\r", even(4 * time.Millisecond), ""},
		"a person":                  {"4006381333931\r", person, Typed},
		"a person, quick":           {"4006381333931\r", quick, Typed},
		"a word by a person":        {"hello there\r", person, Typed},
		"a busy machine's scanner":  {"4006381333931\r", stalls(6), ""},
		"a hand that rolls over":    {"4006381333931\r", stalls(3), Typed},
		"a macro keyboard":          {"Hello there\r", even(time.Millisecond), NotACode},
		"a wrong check digit":       {"4006381333930\r", even(2 * time.Millisecond), NotACode},
		"one key":                   {"1\r", even(0), NotACode},
		"two keys rolled over":      {"12\r", even(10 * time.Millisecond), NotACode},
		"a code with letters in it": {"ABC1234567890\r", even(2 * time.Millisecond), NotACode},
	} {
		var s strokes
		text, p, done := typing(&s, c.text, c.gap)
		if !done || text != strings.TrimRight(c.text, "\r") {
			t.Errorf("%s: typed %q, %v", name, text, done)
		}
		if got := w.judge(Keyboard, text, p); got != c.want {
			t.Errorf("%s: %q with %+v, want %q", name, got, p, c.want)
		}
		if s.holding() {
			t.Errorf("%s: holds something", name)
		}
	}
	if got := w.judge(POS, "anything", pace{}); got != "" {
		t.Errorf("hid-pos: %q", got)
	}
	if got := w.judge(Serial, "  2.455 kg", pace{}); got != NotACode {
		t.Errorf("a scale: %q", got)
	}
}

// No hand that is slower than scanners is ever taken for one, whatever it types.
func TestNoHandIsAScanner(t *testing.T) {
	w := &Watcher{Codes: scanner.Default()}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9A-Za-z]{2,30}`).Draw(t, "text")
		gaps := rapid.SliceOfN(rapid.IntRange(36, 400), len(text), len(text)).Draw(t, "gaps")
		var s strokes
		typed, p, _ := typing(&s, text+"\r", func(i int) time.Duration { return time.Duration(gaps[min(i, len(gaps)-1)]) * time.Millisecond })
		if typed != text {
			t.Fatalf("typed %q, want %q", typed, text)
		}
		if w.judge(Keyboard, typed, p) == "" {
			t.Fatalf("%q at %+v was taken", typed, p)
		}
	})
}

func FuzzStrokes(f *testing.F) {
	f.Add([]byte{4, 4, 0x1e, 1, 1, 1, 4, 4, 0x28, 1, 1, 1})
	f.Add([]byte{4, 4, 0xe2, 1, 0, 1, 4, 4, 0x59, 1, 0, 1, 1, 1, 0, 0})
	f.Fuzz(func(t *testing.T, stream []byte) {
		var s strokes
		for at := time.Duration(0); len(stream) >= 4; stream = stream[4:] {
			at += time.Duration(stream[3]) * time.Millisecond
			value := int32(stream[2])
			if stream[0] == evMisc {
				value |= usagePage
			}
			text, p, done := s.push(event{at, uint16(stream[0]), uint16(stream[1]), value})
			if done && text == "" || p.slow > p.gaps || len(text) > scanner.MaxLength+1 {
				t.Errorf("%q, %+v", text, p)
			}
		}
		s.end()
		if s.holding() {
			t.Error("holds something after the end")
		}
	})
}

// Where there is nothing to watch, watching still ends with its context.
func TestWatcherEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Watcher{}).Run(ctx, func(Sighting) {}); err != nil {
		t.Error(err)
	}
}
