package scanner

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

const code = "134650720866361395"

var start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func TestDecoder(t *testing.T) {
	long := strings.Repeat("7", 300)
	for _, c := range []struct {
		name, suffix string
		pushed       []string // pieces 1 ms apart; a "…" is 60 ms of silence
		want         []string
	}{
		{"cr", "", []string{code + "\r"}, []string{code}},
		{"lf", "", []string{code + "\n"}, []string{code}},
		{"crlf", "", []string{code + "\r\n"}, []string{code}},
		{"tab", "", []string{code + "\t"}, []string{code}},
		{"byte by byte", "", strings.Split(code+"\r", ""), []string{code}},
		{"two at once", "", []string{code + "\r\n" + "62\r\n"}, []string{code, "62"}},
		{"silence", "", []string{code[:5], code[5:], "…"}, []string{code}},
		{"silence between", "", []string{code, "…", code, "…"}, []string{code, code}},
		{"no silence yet", "", []string{code}, nil},
		{"only suffixes", "", []string{"\r\n\r\n\t", "…"}, nil},
		{"only spaces", "", []string{"  \r", "…"}, nil},
		{"spaces around", "", []string{"  " + code + " \r"}, []string{code}},
		{"control bytes", "", []string{"\x02" + code[:9] + "\x00\x1d\x7f" + code[9:] + "\x03\r"}, []string{code}},
		{"aim prefix stays", "", []string{"]Q1" + code + "\r"}, []string{"]Q1" + code}},
		{"byte order mark", "", []string{"\xef\xbb\xbf" + code + "\r"}, []string{code}},
		{"byte order mark in two pieces", "", []string{"\xef", "\xbb\xbf" + code + "\r"}, []string{code}},
		{"byte order mark encoded twice", "", []string{"ï»¿" + code + "\r"}, []string{code}},
		{"full-width digits stay", "", []string{"１３\r"}, []string{"１３"}},
		{"noise stays visible", "", []string{"13\xff46\r"}, []string{"13\ufffd46"}},
		{"longest", "", []string{long[:256] + "\r"}, []string{long[:256]}},
		{"too long", "", []string{long + "\r"}, []string{Overlong}},
		{"much too long, once", "", []string{long, long, long + "\r" + code + "\r"}, []string{Overlong, code}},
		{"too long, then silence", "", []string{long, "…", code + "\r"}, []string{Overlong, code}},
		{"too long by a byte, silence", "", []string{long[:257], "…"}, []string{Overlong}},
		{"own suffix", "#", []string{code + "#" + code + "#"}, []string{code, code}},
		{"own suffix, cr is nothing", "#", []string{code[:9] + "\r" + code[9:] + "#"}, []string{code}},
		{"own suffix missing", "#", []string{code, "…"}, []string{code}},
		{"own suffix of two", "\r\n", []string{code + "\r", "\n" + code + "\r\n"}, []string{code, code}},
		{"own suffix in part", "\r\n", []string{code + "\r", "…", "\n", "…"}, []string{code}},
		{"own suffix repeats itself", "\r\r\n", []string{code + "\r\r\r\n"}, []string{code}},
		{"own suffix after too long", "\r\n", []string{long + "\r\n" + code + "\r\n"}, []string{Overlong, code}},
		{"own suffix after longest", "\r\n", []string{long[:256] + "\r\n"}, []string{long[:256]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, now := Decoder{Suffix: c.suffix}, start
			var got []string
			for _, piece := range c.pushed {
				if piece == "…" {
					now = now.Add(Silence)
				} else {
					now = now.Add(time.Millisecond)
					got = append(got, d.Push([]byte(piece), now)...)
				}
				if text, ok := d.Hush(now, 0, now); ok {
					got = append(got, text)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDecoderSilence(t *testing.T) {
	d := Decoder{Silence: 80 * time.Millisecond}
	if _, holding := d.Wait(start); holding {
		t.Error("holds something from the start")
	}
	d.Push([]byte("12"), start)
	from := start.Add(time.Second)
	d.Push([]byte("34"), from) // it waited to be read
	for now := from; now.Before(from.Add(80 * time.Millisecond)); {
		wait, holding := d.Wait(now)
		if !holding || wait <= 0 || wait > nap {
			t.Fatalf("%v after the last byte: wait %v, %v", now.Sub(from), wait, holding)
		}
		if _, ok := d.Hush(now, wait, now.Add(wait-1)); ok {
			t.Error("ended a nanosecond early")
		}
		text, ok := d.Hush(now, wait, now.Add(wait))
		now = now.Add(wait)
		if end := now.Equal(from.Add(80 * time.Millisecond)); ok != end || end && text != "1234" {
			t.Errorf("%v after the last byte: %q, %v", now.Sub(from), text, ok)
		}
	}
	if _, ok := d.Hush(from, 0, from.Add(time.Minute)); ok {
		t.Error("ended twice")
	}
}

// The middle of a code may stand still for longer where a suffix is to be expected;
// a scanner that sends none any more is believed after one code. A silence that is
// longer by the configuration stays as it is.
func TestDecoderExpectsASuffix(t *testing.T) {
	slow := Decoder{Silence: time.Second}
	slow.Push([]byte("1\r2"), start)
	if text, ok := slow.Hush(start.Add(time.Second), 0, start.Add(time.Second)); text != "2" || !ok {
		t.Errorf("%q, %v after a second", text, ok)
	}
	var d Decoder
	d.Push([]byte("1\r"), start)
	for _, silence := range []time.Duration{broken, Silence} {
		d.Push([]byte("2"), start)
		early, end := start.Add(silence-1), start.Add(silence)
		if text, ok := d.Hush(early, 0, early); ok {
			t.Errorf("%q was cut before %v", text, silence)
		}
		if text, ok := d.Hush(end, 0, end); text != "2" || !ok {
			t.Errorf("%q, %v after %v", text, ok, silence)
		}
	}
	for range 2 {
		d.Push([]byte("3"), start)
		if got := d.Push([]byte("4\r"), start.Add(time.Minute)); len(got) != 1 || got[0] != "34" {
			t.Errorf("got %q", got)
		}
	}
}

// A machine that stood still has heard no silence; one that always does still
// gets its code.
func TestDecoderStandstill(t *testing.T) {
	var d Decoder
	d.Push([]byte("12"), start)
	woke := start.Add(time.Minute)
	if text, ok := d.Hush(start, nap, woke); ok {
		t.Errorf("%q was cut while nobody listened", text)
	}
	d.Push([]byte("34"), woke.Add(Silence-1))
	now := woke.Add(Silence)
	for naps := 1; ; naps++ {
		wait, _ := d.Wait(now)
		next := now.Add(wait + late + 1)
		text, ok := d.Hush(now, wait, next)
		if now = next; !ok {
			continue
		}
		if text != "1234" || naps < patience || naps > patience+int(Silence/nap) {
			t.Errorf("%q after %d late naps", text, naps)
		}
		return
	}
}

// However a scanner's bytes are cut into reads, the same codes come of them.
func TestDecoderPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOf(rapid.StringMatching(`[0-9A-Za-z\]]{1,40}`)).Draw(t, "codes")
		suffix := rapid.SampledFrom([]string{"\r", "\n", "\r\n", "\t", "#", "\r\n\r\n"}).Draw(t, "suffix")
		d := Decoder{}
		if suffix == "#" || rapid.Bool().Draw(t, "configured") {
			d.Suffix = suffix
		}
		var stream []byte
		for _, c := range codes {
			stream = append(append(stream, c...), suffix...)
		}
		var got []string
		for now := start; len(stream) > 0; now = now.Add(time.Millisecond) {
			n := rapid.IntRange(1, len(stream)).Draw(t, "read")
			got = append(got, d.Push(stream[:n], now)...)
			stream = stream[n:]
		}
		if !slices.Equal(got, codes) {
			t.Fatalf("got %q, want %q", got, codes)
		}
	})
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte(code+"\r\n"), "", 3)
	f.Add([]byte("\xef\xbb\xbf"+code+"\t]C1"), "\r\n", 1)
	f.Add([]byte(strings.Repeat("9", 600)+"\r"), "\r", 255)
	f.Add([]byte("\xff\x00\x1d １３ \u0085\r"), "", 2)
	f.Fuzz(func(t *testing.T, stream []byte, suffix string, piece int) {
		d, now := Decoder{Suffix: suffix}, start
		var got []string
		for len(stream) > 0 {
			n := min(max(piece, 1), len(stream))
			got = append(got, d.Push(stream[:n], now)...)
			stream, now = stream[n:], now.Add(time.Millisecond)
		}
		if text, ok := d.Hush(now, Silence, now.Add(Silence)); ok {
			got = append(got, text)
		}
		if _, holding := d.Wait(now); holding {
			t.Error("holds something after the silence")
		}
		for _, text := range got {
			if text == "" || text != strings.TrimSpace(text) || len(text) > MaxLength && text != Overlong {
				t.Errorf("%q", text)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q is not printable", text)
			}
		}
	})
}
