package transport

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var slip = []byte("\x1b@a slip of some length\n\x1dVB\x00")

// One slip to each kind of printer.
func TestPrinters(t *testing.T) {
	with := func(change func(*behaviour)) behaviour {
		b := healthy()
		change(&b)
		return b
	}
	for _, c := range []struct {
		name   string
		b      behaviour
		want   Result
		status Status // in the error
		paper  bool   // all of the slip arrives
	}{
		{"answers", healthy(), Printed, "", true},
		{"answers DLE EOT only", with(func(b *behaviour) { b.gsr = -1 }), Printed, "", true},
		{"answers DLE EOT 1 only", with(func(b *behaviour) { b.eot = map[byte]byte{1: 0x12} }), Printed, "", true},
		{"mute", behaviour{gsr: -1}, Printed, "", true},
		{"paper nearly out", with(func(b *behaviour) { b.eot[4] = 0x1E }), Printed, "", true},
		{"reports by itself", with(func(b *behaviour) { b.report = []byte{0x10, 0, 0x0C, 0x0F} }), Printed, "", true},
		{"paper out", with(func(b *behaviour) { b.eot[1], b.eot[4] = 0x1A, 0x72 }), NotPrinted, PaperOut, false},
		{"cover open", with(func(b *behaviour) { b.eot[1], b.eot[2] = 0x1A, 0x16 }), NotPrinted, CoverOpen, false},
		{"error", with(func(b *behaviour) { b.eot[1], b.eot[2] = 0x1A, 0x52 }), NotPrinted, Offline, false},
		{"offline", with(func(b *behaviour) { b.eot[1] = 0x1A }), NotPrinted, Offline, false},
		{"cutter", with(func(b *behaviour) { b.eot[1], b.eot[2], b.eot[3] = 0x1A, 0x52, 0x1A }), NotPrinted, CutterJam, false},
		{"hot", with(func(b *behaviour) { b.eot[1], b.eot[2], b.eot[3] = 0x1A, 0x52, 0x52 }), NotPrinted, Hot, false},
		{"ASB only", behaviour{gsr: -1, asb: []byte{0x14, 0, 0, 0x0F}}, Printed, "", true},
		{"ASB only, paper nearly out", behaviour{gsr: -1, asb: []byte{0x14, 0, 3, 0x0F}}, Printed, "", true},
		{"ASB only, paper out", behaviour{gsr: -1, asb: []byte{0x1C, 0, 0x0F, 0x0F}}, NotPrinted, PaperOut, false},
		{"ASB only, cover open", behaviour{gsr: -1, asb: []byte{0x3C, 0, 0x0F, 0x0F}}, NotPrinted, CoverOpen, false},
		{"ASB only, cutter", behaviour{gsr: -1, asb: []byte{0x1C, 0x08, 0, 0x0F}}, NotPrinted, CutterJam, false},
		{"ASB only, paper ends in the slip", behaviour{gsr: -1, asb: []byte{0x14, 0, 0, 0x0F}, asbEnd: []byte{0x1C, 0, 0x0C, 0x0F}}, Unknown, PaperOut, true},
		{"ASB only, silent after the slip", behaviour{gsr: -1, asb: []byte{0x14, 0, 0, 0x0F}, asbEnd: []byte{}}, Unknown, "", true},
		{"paper ends in the slip", with(func(b *behaviour) { b.gsr = 0x0C }), Unknown, PaperOut, true},
		{"cover opened in the slip", with(func(b *behaviour) {
			b.gsr, b.after = -1, map[byte]byte{1: 0x1A, 2: 0x16, 4: 0x12}
		}), Unknown, CoverOpen, true},
		{"falls silent in the slip", with(func(b *behaviour) { b.gsr, b.after = -1, map[byte]byte{} }), Unknown, Mute, true},
		{"reset in the slip", with(func(b *behaviour) { b.reset = 3 }), Unknown, "", false},
		{"mute, reset in the slip", behaviour{gsr: -1, reset: 3}, Unknown, "", false},
		{"drips", behaviour{drip: true}, Printed, "", false}, // a mute one: it took all bytes
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, f, _ := bubbled(c.b)
				got, err := s.Print(t.Context(), slip)
				if got != c.want || stateOf(err) != c.status || (err == nil) != (got == Printed) {
					t.Errorf("%s, %v; want %s %s", got, err, c.want, c.status)
				}
				if job := <-f.jobs; c.paper && !bytes.Equal(job, slip) {
					t.Errorf("the printer got %q", job)
				} else if got == NotPrinted && len(job) > 0 {
					t.Errorf("not printed, and the printer got %q", job)
				}
			})
		})
	}
}

// TestNetwork is what a real connection adds, to the usual printers and resets.
func TestNetwork(t *testing.T) {
	reset := healthy()
	reset.reset = 3
	for _, c := range append(usualPrinters(), []printerCase{
		{"reset in the slip", reset, Unknown, ""},
		{"mute, reset in the slip", behaviour{gsr: -1, reset: 3}, Unknown, ""},
	}...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, c.b)
			got, err := f.station(t, c.b.bounds()).Print(t.Context(), slip)
			if got != c.want || stateOf(err) != c.status || (err == nil) != (got == Printed) {
				t.Errorf("%s, %v; want %s %s", got, err, c.want, c.status)
			}
			if job := <-f.jobs; got == Printed && !bytes.Equal(job, slip) {
				t.Errorf("the printer got %q", job)
			}
		})
	}
}

// TestStandstill: a machine that stood still while its printer answered has not
// heard it, and must not take it for a mute one.
func TestStandstill(t *testing.T) {
	paperOut := healthy()
	paperOut.eot[4] = 0x72
	for _, c := range []struct {
		name   string
		b      behaviour
		reads  int // that have an answer to miss
		unread int // and come before them
		want   Result
		status Status
	}{
		{"answers", healthy(), 4, 0, Printed, ""},
		{"paper out", paperOut, 3, 0, NotPrinted, PaperOut},
		{"ASB only", behaviour{gsr: -1, asb: []byte{0x14, 0, 0, 0x0F}}, 5, 1, Printed, ""},
		{"ASB only, paper out", behaviour{gsr: -1, asb: []byte{0x1C, 0, 0x0F, 0x0F}}, 4, 1, NotPrinted, PaperOut},
	} {
		t.Run(c.name, func(t *testing.T) {
			for at := range c.reads {
				synctest.Test(t, func(t *testing.T) {
					s, _, m := bubbled(c.b)
					m.at = c.unread + at + 1
					if got, err := s.Print(t.Context(), slip); got != c.want || stateOf(err) != c.status {
						t.Errorf("still at read %d: %s, %v; want %s %s", m.at, got, err, c.want, c.status)
					}
					if m.reads < m.at {
						t.Errorf("%d reads", m.reads)
					}
				})
			}
		})
	}
}

// TestBlindIsRemembered: silence is waited for once a minute, until the printer was away.
func TestBlindIsRemembered(t *testing.T) {
	t.Parallel()
	mute := behaviour{gsr: -1}
	f := newFake(t, mute)
	s := f.station(t, mute.bounds())
	for i, want := range []int{2, 0, 0} { // DLE EOT, then GS a
		if got, err := s.Print(t.Context(), slip); got != Printed {
			t.Fatal(got, err)
		}
		<-f.jobs
		if asked := <-f.asked; asked != want {
			t.Errorf("slip %d: asked %d times, want %d", i, asked, want)
		}
	}
	if state, err := s.Status(t.Context()); state.Status != Blind || err != nil {
		t.Errorf("status %v, %v", state, err)
	}
	open := s.open
	s.open = func(context.Context) (link, error) { return nil, errors.New("no route to host") }
	if got, err := s.Print(t.Context(), slip); got != NotPrinted || err == nil {
		t.Errorf("away: %v, %v", got, err)
	}
	s.open = open
	if !s.manners.silentAt.IsZero() {
		t.Error("still blind after it was away: it may be another printer")
	}
}

// TestSwitchedOnLater: behind a port that takes everything a printer that is off is
// as silent as a blind one. Once it is on it is heard, and a blind one goes on printing.
func TestSwitchedOnLater(t *testing.T) {
	paperOut := healthy()
	paperOut.eot[4] = 0x72
	for _, c := range []struct {
		name    string
		on      behaviour
		profile bool // says that it is blind
		want    Result
		status  Status
		asked   int
	}{
		{"without paper", paperOut, false, NotPrinted, PaperOut, 3},
		{"well", healthy(), false, Printed, "", 4},
		{"blind", behaviour{gsr: -1}, false, Printed, "", 2},
		{"blind by its profile", paperOut, true, Printed, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, off, _ := bubbled(behaviour{gsr: -1})
				s.known(Config{Blind: c.profile})
				if state, err := s.Status(t.Context()); state.Status != Blind || err != nil {
					t.Errorf("off: %v, %v", state, err)
				}
				<-off.asked
				later, on, _ := bubbled(c.on)
				s.open = later.open
				time.Sleep(AskBlindAgain)
				if got, err := s.Print(t.Context(), slip); got != c.want || stateOf(err) != c.status {
					t.Errorf("%s, %v; want %s %s", got, err, c.want, c.status)
				}
				if asked := <-on.asked; asked != c.asked {
					t.Errorf("asked %d times", asked)
				}
			})
		})
	}
}

// TestTalkerFallsMute: silence of a printer that used to answer is a fault.
func TestTalkerFallsMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := bubbled(behaviour{gsr: -1})
		s.manners.talks = true
		if got, err := s.Print(t.Context(), slip); got != NotPrinted || stateOf(err) != Mute {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestLateWord: a printer known to confirm is waited for, and then unknown.
func TestLateWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := healthy()
		b.gsr = -1
		s, _, _ := bubbled(b)
		s.manners.talks, s.manners.confirms = true, true
		if got, err := s.Print(t.Context(), slip); got != Unknown || !errors.Is(err, errNoWord) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestLineBreak: a serial printer that is switched off in the slip has not confirmed it.
func TestLineBreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			after map[byte]byte
			want  Result
		}{{nil, Printed}, {map[byte]byte{}, Unknown}} {
			b := healthy()
			b.after = c.after
			s, _, _ := bubbled(b)
			s.port = "COM1"
			if got, err := s.Print(t.Context(), slip); got != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		}
	})
}

// TestLongSlip: that the first slips print for longer than usual does not make of the
// printer one that never answers behind a slip.
func TestLongSlip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := healthy()
		b.slow = usualTimes.confirm + time.Second
		s, f, _ := bubbled(b)
		for i := range 3 {
			began := time.Now()
			if got, err := s.Print(t.Context(), slip); got != Printed || time.Since(began) < b.slow {
				t.Errorf("slip %d: %s, %v after %v", i, got, err, time.Since(began))
			}
			<-f.jobs
		}
	})
}

// TestNeverConfirms: a printer that never answers behind a slip is waited for twice,
// and again when its answer is heard at last.
func TestNeverConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := healthy()
		b.gsr = -1
		s, _, _ := bubbled(b)
		late := b
		late.report = []byte{0} // to the slip before
		talking, _, _ := bubbled(late)
		silent, heard := s.open, talking.open
		for i, c := range []struct {
			open  opener
			waits bool
		}{{silent, true}, {silent, true}, {silent, false}, {silent, false}, {heard, true}} {
			s.open = c.open
			began := time.Now()
			got, err := s.Print(t.Context(), slip)
			if took := time.Since(began); got != Printed || (took >= usualTimes.finish) != c.waits {
				t.Errorf("slip %d: %s, %v after %v", i, got, err, took)
			}
		}
	})
}

func TestDialFails(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	p, err := Open(Config{Driver: "network", Address: ln.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Print(t.Context(), slip); got != NotPrinted || err == nil {
		t.Errorf("%v, %v", got, err)
	}
	if state, err := p.Status(t.Context()); state.Status != Missing || err == nil {
		t.Errorf("%v, %v", state, err)
	}
}

// TestStuck: a printer that takes connections and reads nothing ends every step
// at its bound, and what it did not take is not called printed.
func TestStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f, _ := bubbled(behaviour{stuck: true})
		began := time.Now()
		got, err := s.Print(t.Context(), make([]byte, 8<<20))
		if took := time.Since(began); got != Unknown || err == nil || took != 2*usualTimes.probe+usualTimes.send {
			t.Errorf("%v, %v after %v", got, err, took)
		}
		<-f.jobs
	})
}

// TestNetworkStuck: the system's own buffers fill, and end the same way.
func TestNetworkStuck(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f := &fakePrinter{address: ln.Addr().String()}
	bounds := behaviour{gsr: -1}.bounds()
	bounds.send = 400 * time.Millisecond
	if got, err := f.station(t, bounds).Print(t.Context(), make([]byte, 8<<20)); got != Unknown || err == nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestCancelled: a context that ends while the slip is on its way is unknown;
// before it began, nothing is on paper.
func TestCancelled(t *testing.T) {
	t.Parallel()
	b := healthy()
	b.gsr = -1
	f := newFake(t, b)
	s := f.station(t, healthy().bounds())
	s.manners.talks, s.manners.confirms = true, true
	ctx, cancel := context.WithCancel(t.Context())
	begun := make(chan struct{})
	open := s.open
	s.open = func(ctx context.Context) (link, error) {
		l, err := open(ctx)
		return &watched{l, begun}, err
	}
	go func() { <-begun; cancel() }()
	if got, err := s.Print(ctx, slip); got != Unknown || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := s.Print(ctx, slip); got != NotPrinted || !errors.Is(err, context.Canceled) {
		t.Errorf("before it began: %v, %v", got, err)
	}
}

// watched tells when a slip was written.
type watched struct {
	link
	begun chan struct{}
}

func (w *watched) Write(p []byte, until time.Time) (int, error) {
	n, err := w.link.Write(p, until)
	if len(p) >= len(slip) {
		close(w.begun)
	}
	return n, err
}

// TestOneAtATime: slips of two callers do not mix.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	f := newFake(t, healthy())
	s := f.station(t, healthy().bounds())
	results := make(chan Result)
	for _, c := range "abcd" {
		go func() {
			r, _ := s.Print(t.Context(), []byte(strings.Repeat(string(c), 3000)))
			results <- r
		}()
	}
	for range 4 {
		if r := <-results; r != Printed {
			t.Error(r)
		}
		if job := <-f.jobs; len(job) != 3000 || strings.Trim(string(job), string(job[:1])) != "" {
			t.Errorf("a mixed slip of %d bytes", len(job))
		}
	}
}

func TestEmptySlip(t *testing.T) {
	s := newFake(t, healthy()).station(t, usualTimes)
	if got, err := s.Print(t.Context(), nil); got != NotPrinted || err == nil {
		t.Errorf("%v, %v", got, err)
	}
}
