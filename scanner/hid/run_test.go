package hid

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/scanner"
	"tillpay/scanner/scannertest"
	"tillpay/scanner/usb"
)

// bench is a machine whose one device is plugged in by the test.
type bench struct {
	mu     sync.Mutex
	layout Layout
	gun    *gun // nil: unplugged
	fail   error
	opened int
}

// gun is read in the test's time, and tells who uses it in two places at once.
type gun struct {
	t       *testing.T
	mu      sync.Mutex // held during a read: Close must not come
	reports chan []byte
	gone    chan struct{}
	closed  bool
	asleep  func() // what happens once while the machine stands still; nil: it does not
	looked  int    // reads without a wait that found nothing since the last one with it
}

func (g *gun) ReadTimeout(b []byte, milliseconds int) (int, error) {
	if g.looked++; milliseconds > 0 {
		g.looked = 0
	} else if milliseconds < 0 || g.looked > 1 {
		g.t.Errorf("a read of %d ms, the %d. that does not wait", milliseconds, g.looked)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		g.t.Error("read after close")
	}
	select {
	case <-g.gone:
		return 0, errors.New("hidapi: hid_error is not implemented yet")
	case r := <-g.reports:
		g.looked = 0
		return copy(b, r), nil
	default:
	}
	select {
	case <-g.gone:
		return 0, errors.New("hidapi: hid_error is not implemented yet")
	case r := <-g.reports:
		return copy(b, r), nil
	case <-time.After(time.Duration(milliseconds) * time.Millisecond):
		if 0 < milliseconds && milliseconds < 100 && g.asleep != nil { // a code is waited for
			f := g.asleep
			g.asleep = nil
			f()
		}
		return 0, nil // as hidapi does, whatever came since its time was up
	}
}

func (g *gun) Close() error {
	if !g.mu.TryLock() {
		g.t.Error("closed while it is read")
		return nil
	}
	defer g.mu.Unlock()
	g.closed = true
	return nil
}

func (b *bench) plug(t *testing.T) *gun {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gun = &gun{t: t, reports: make(chan []byte, 100), gone: make(chan struct{})}
	return b.gun
}

func (b *bench) unplug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.gun.gone)
	b.gun = nil
}

func (b *bench) system() system {
	return system{
		find: func(id usb.Identity) (place, scanner.State) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.gun == nil {
				return place{}, missing(id)
			}
			return place{"3-1:1.0", b.layout}, scanner.State{Status: scanner.Ready}
		},
		open: func(string) (device, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.opened++
			if b.fail != nil {
				return nil, b.fail
			}
			return b.gun, nil
		},
	}
}

// run starts a scanner on the bench in a bubble of its own time.
func run(t *testing.T, c Config, descriptor string, test func(*testing.T, *bench, *scannertest.Recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c.Vendor, c.Product = 0x0c2e, 0x0b61
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{layout: layout(t, descriptor)}
		s.sys = b.system()
		r := scannertest.NewRecorder()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx, r.Sink()) }()
		test(t, b, r)
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if took := time.Since(began); took > poll+100*time.Millisecond {
			t.Errorf("run ended %v after its context", took)
		}
		if b.gun != nil && !b.gun.closed {
			t.Error("the device was not given back")
		}
	})
}

func wantState(t *testing.T, got scanner.State, status scanner.Status, detail string) {
	t.Helper()
	if got.Status != status || !strings.Contains(got.Detail, detail) {
		t.Errorf("state %+v, want %s with %q", got, status, detail)
	}
}

// typeIn types text, a report each pace; the last is the last key's release.
func (g *gun) typeIn(text string, pace time.Duration) {
	for _, report := range strokes(text) {
		g.reports <- report
		time.Sleep(pace)
	}
}

// strokes are the reports of keys that go down and up again.
func strokes(text string) (reports [][]byte) {
	for _, c := range []byte(text) {
		for usage, k := range usKeys {
			if k.plain == c {
				reports = append(reports, []byte{0, 0, byte(usage), 0, 0, 0, 0, 0}, make([]byte, 8))
				break
			}
		}
	}
	return reports
}

func TestTiming(t *testing.T) {
	run(t, Config{}, bootKeyboard, func(t *testing.T, b *bench, r *scannertest.Recorder) {
		wantState(t, r.State(t), scanner.Missing, "no USB device 0c2e:0b61")
		g := b.plug(t)
		wantState(t, r.State(t), scanner.Ready, "3-1:1.0, keyboard")

		g.typeIn(code, 29*time.Millisecond) // 58 ms a key: slower than scanners are
		released := time.Now().Add(-29 * time.Millisecond)
		if got, took := r.Text(t), time.Since(released); got != code || took < scanner.Silence || took > scanner.Silence+2*time.Millisecond {
			t.Errorf("%q %v after the last release, want %v", got, took, scanner.Silence)
		}
		g.typeIn(code, time.Millisecond)
		pressed := time.Now()
		g.reports <- []byte{0, 0, 0x28, 0, 0, 0, 0, 0}
		if got := r.Text(t); got != code || time.Since(pressed) != 0 {
			t.Errorf("%q %v after Enter", got, time.Since(pressed))
		}
		time.Sleep(time.Hour)
		r.Empty(t)
	})
}

// A machine that stands still cuts no code in two, whether the rest waits in its
// buffers when it wakes or comes a little later.
func TestStandstill(t *testing.T) {
	const goods = "4006381333931" // fewer reports than are kept
	for name, later := range map[string]time.Duration{"the rest waits": 0, "the rest comes": 5 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			run(t, Config{}, bootKeyboard, func(t *testing.T, b *bench, r *scannertest.Recorder) {
				r.State(t) // missing
				g := b.plug(t)
				r.State(t) // ready
				g.asleep = func() {
					time.Sleep(300 * time.Millisecond)
					go func() {
						time.Sleep(later)
						g.typeIn(goods[6:], time.Millisecond)
					}()
					if later == 0 {
						time.Sleep(100 * time.Millisecond)
					}
				}
				g.typeIn(goods[:6], time.Millisecond)
				if got := r.Text(t); got != goods {
					t.Errorf("got %q", got)
				}
				time.Sleep(time.Hour)
				r.Empty(t)
			})
		})
	}
}

// Where more reports waited than hidapi keeps, the oldest are gone. The code that
// was under way then is told as unusable, whatever is left of it; the one behind it
// is whole.
func TestLateReader(t *testing.T) {
	for name, c := range map[string]struct {
		before, waiting string
		want            []string
	}{
		"in the middle": {code[:2], code[3:] + "\r", []string{torn}},
		"at its end":    {code[:12], code[13:] + "\r" + "4006381333931\r", []string{torn, "4006381333931"}},
		"before it":     {"", code[1:] + "\r", []string{torn}},
		"none is gone":  {code[:4], code[4:] + "\r", []string{code}}, // 30 waited
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &lateRead{before: strokes(c.before), waiting: strokes(c.waiting)}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				var got []string
				s := &Scanner{}
				if err := read(ctx, d, s.codes(layout(t, bootKeyboard)), func(text string) { got = append(got, text) }); err != nil {
					t.Error(err)
				}
				same := func(got, want string) bool { return got == want || want == torn && strings.Contains(got, torn) }
				if !slices.EqualFunc(got, c.want, same) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}

// lateRead is a device whose reader was there for some reports, and late for others.
type lateRead struct{ before, waiting [][]byte }

func (d *lateRead) ReadTimeout(b []byte, milliseconds int) (int, error) {
	from := &d.before
	if len(d.before) == 0 {
		from = &d.waiting
	} else if milliseconds == 0 {
		return 0, nil
	}
	if len(*from) == 0 {
		time.Sleep(time.Duration(milliseconds) * time.Millisecond)
		return 0, nil
	}
	report := (*from)[0]
	*from = (*from)[1:]
	return copy(b, report), nil
}

func (d *lateRead) Close() error { return nil }

func TestOwnSuffix(t *testing.T) {
	run(t, Config{Suffix: "\t", Silence: 100 * time.Millisecond}, bootKeyboard, func(t *testing.T, b *bench, r *scannertest.Recorder) {
		r.State(t) // missing
		g := b.plug(t)
		r.State(t) // ready
		g.typeIn("12\r34\t", time.Millisecond)
		if got := r.Text(t); got != "1234" {
			t.Errorf("got %q", got)
		}
		g.typeIn("56", 40*time.Millisecond)
		if got := r.Text(t); got != "56" {
			t.Errorf("got %q", got)
		}
	})
}

func TestFoundAgain(t *testing.T) {
	for name, descriptor := range map[string]string{"keyboard": bootKeyboard, "hid-pos": barcode} {
		t.Run(name, func(t *testing.T) {
			run(t, Config{}, descriptor, func(t *testing.T, b *bench, r *scannertest.Recorder) {
				r.State(t) // missing
				g := b.plug(t)
				wantState(t, r.State(t), scanner.Ready, name)
				g.reports <- []byte{0, 0, 0x1e, 0, 0, 0, 0, 0}
				synctest.Wait()
				b.unplug()
				wantState(t, r.State(t), scanner.Missing, "plug it in, or wake it")
				time.Sleep(time.Minute)
				r.Empty(t) // half a code is no code, and the state is told once
				if !g.closed {
					t.Error("the dead device is still open")
				}
				g = b.plug(t)
				plugged := time.Now()
				r.State(t)
				if took := time.Since(plugged); took > 2*time.Second {
					t.Errorf("found after %v", took)
				}
				if name == "keyboard" {
					g.typeIn(code+"\r", time.Millisecond)
				} else {
					g.reports <- posReport(code, len(code), 0)
				}
				if got := r.Text(t); got != code {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

// A code whose rest never comes is of no use, and that is said once, not never.
func TestHalfAReport(t *testing.T) {
	run(t, Config{}, barcode, func(t *testing.T, b *bench, r *scannertest.Recorder) {
		r.State(t) // missing
		g := b.plug(t)
		r.State(t) // ready
		g.reports <- posReport(strings.Repeat("7", 56), 56, 1)
		if got := r.Text(t); got != strings.Repeat("7", 56) {
			t.Errorf("got %q", got)
		}
		g.reports <- posReport(code, len(code), 0)
		if got := r.Text(t); got != code {
			t.Errorf("got %q", got)
		}
		time.Sleep(time.Hour)
		r.Empty(t)
	})
}

func TestRefusedOpen(t *testing.T) {
	run(t, Config{}, bootKeyboard, func(t *testing.T, b *bench, r *scannertest.Recorder) {
		r.State(t) // missing
		b.mu.Lock()
		b.fail = errors.New("hidapi: failed to open device")
		b.mu.Unlock()
		b.plug(t)
		wantState(t, r.State(t), scanner.Failed, "another program holds it")
		time.Sleep(time.Minute)
		r.Empty(t)
		b.mu.Lock()
		b.fail = nil
		b.mu.Unlock()
		wantState(t, r.State(t), scanner.Ready, "")
	})
}

// While the sink is slow (a disk), the reports are read all the same: hidapi
// keeps 30 of them.
func TestSlowSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{Vendor: 1, Product: 2})
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{layout: layout(t, bootKeyboard)}
		s.sys = b.system()
		g := b.plug(t)
		g.reports = make(chan []byte, 30)
		var got []string
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- s.Run(ctx, scanner.Sink{State: func(scanner.State) {}, Scanned: func(text string) {
				time.Sleep(10 * time.Second)
				got = append(got, text)
			}})
		}()
		began := time.Now()
		for range 5 {
			g.typeIn(code+"\r", 0)
			synctest.Wait()
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the reader waited %v for the sink", took)
		}
		time.Sleep(time.Minute)
		cancel()
		if err := <-ended; err != nil || len(got) != 5 {
			t.Errorf("%v, %q", err, got)
		}
	})
}

func TestNew(t *testing.T) {
	for _, c := range []Config{{}, {Vendor: 1}, {Product: 1}, {Vendor: 1, Product: 1, Silence: -1}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	s, err := New(Config{Vendor: 0x0c2e, Product: 0x0b61, Serial: "S1"})
	if err != nil || s.Name() != "hid 0c2e:0b61 S1" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestPickReported(t *testing.T) {
	id := usb.Identity{Vendor: 0x0c2e, Product: 0x0b61}
	twin := id
	twin.Serial = "S2"
	typing := reported{id, "a", Keyboard}
	pos := reported{id, "b", POS}
	for name, c := range map[string]struct {
		all    []reported
		status scanner.Status
		detail string
	}{
		"nothing":          {nil, scanner.Missing, "no USB device"},
		"another":          {[]reported{{usb.Identity{Vendor: 1, Product: 2}, "c", POS}}, scanner.Missing, "no USB device"},
		"keyboard":         {[]reported{typing}, scanner.Failed, "Windows lets no program open it"},
		"hid-pos":          {[]reported{pos}, scanner.Ready, ""},
		"hid-pos and keys": {[]reported{typing, pos}, scanner.Ready, ""},
		"two":              {[]reported{pos, {twin, "d", POS}}, scanner.Failed, "more than one"},
	} {
		p, state := pickReported(id, c.all)
		if state.Status != c.status || !strings.Contains(state.Detail, c.detail) || (state.Status == scanner.Ready) != (p.path == "b") {
			t.Errorf("%s: %+v, %+v", name, p, state)
		}
	}
	if p, _ := pickReported(twin, []reported{pos, {twin, "d", POS}}); p.path != "d" {
		t.Errorf("by serial: %+v", p)
	}
}
