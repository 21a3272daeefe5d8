package serial

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/scanner"
	"tillpay/scanner/scannertest"
	"tillpay/scanner/usb"
)

// bench is a machine whose ports are plugged in by the test.
type bench struct {
	mu    sync.Mutex
	ports []Port
	lines map[string]*fakePort
	fail  error // of opening
}

// fakePort is read in the test's time: bytes come when the test sends them.
type fakePort struct {
	bytes   chan []byte
	gone    chan struct{}
	timeout time.Duration
	closed  bool
	asleep  func() // what happens once while the machine stands still; nil: it does not
}

func (p *fakePort) SetReadTimeout(d time.Duration) error { p.timeout = d; return nil }
func (p *fakePort) ResetInputBuffer() error              { return nil }
func (p *fakePort) SetDTR(bool) error                    { return errors.New("inappropriate ioctl for device") }
func (p *fakePort) SetRTS(bool) error                    { return errors.New("inappropriate ioctl for device") }
func (p *fakePort) Close() error                         { p.closed = true; return nil }

func (p *fakePort) Read(b []byte) (int, error) {
	select {
	case <-p.gone:
		return 0, errors.New("input/output error")
	case got := <-p.bytes:
		return copy(b, got), nil
	case <-time.After(p.timeout):
		if f := p.asleep; f != nil && p.timeout < 100*time.Millisecond { // a code is waited for
			p.asleep = nil
			f()
		}
		return 0, nil
	}
}

func (b *bench) plug(path, serial string) *fakePort {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := &fakePort{bytes: make(chan []byte), gone: make(chan struct{})}
	b.ports = append(b.ports, Port{Path: path, Identity: usb.Identity{Vendor: 0x0c2e, Product: 0x0b61, Serial: serial}, Device: "usb of " + path})
	if b.lines == nil {
		b.lines = map[string]*fakePort{}
	}
	b.lines[path] = p
	return p
}

func (b *bench) unplug(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, p := range b.ports {
		if p.Path == path {
			b.ports = append(b.ports[:i:i], b.ports[i+1:]...)
			break
		}
	}
	close(b.lines[path].gone)
	delete(b.lines, path)
}

func (b *bench) system() system {
	return system{
		list: func() ([]Port, error) { b.mu.Lock(); defer b.mu.Unlock(); return b.ports, nil },
		exists: func(path string) bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.lines[path] != nil
		},
		open: func(path string, _ int) (port, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.fail != nil {
				return nil, b.fail
			}
			return b.lines[path], nil
		},
	}
}

// run starts a scanner on the bench in a bubble of its own time.
func run(t *testing.T, c Config, test func(*bench, *scannertest.Recorder)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		b := &bench{}
		s.sys = b.system()
		r := scannertest.NewRecorder()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx, r.Sink()) }()
		test(b, r)
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if took := time.Since(began); took > poll+300*time.Millisecond {
			t.Errorf("run ended %v after its context", took)
		}
	})
}

func wantState(t *testing.T, got scanner.State, status scanner.Status, detail string) {
	t.Helper()
	if got.Status != status || !strings.Contains(got.Detail, detail) {
		t.Errorf("state %+v, want %s with %q", got, status, detail)
	}
}

const code = "134650720866361395"

var byIdentity = Config{Vendor: 0x0c2e, Product: 0x0b61}

func TestTiming(t *testing.T) {
	run(t, Config{Port: "/dev/ttyACM0"}, func(b *bench, r *scannertest.Recorder) {
		wantState(t, r.State(t), scanner.Missing, "/dev/ttyACM0 is not there")
		p := b.plug("/dev/ttyACM0", "")
		wantState(t, r.State(t), scanner.Ready, "/dev/ttyACM0")

		p.bytes <- []byte(code[:9])
		time.Sleep(59 * time.Millisecond) // slower than any scanner
		p.bytes <- []byte(code[9:])
		sent := time.Now()
		if got := r.Text(t); got != code || time.Since(sent) != scanner.Silence {
			t.Errorf("%q after %v, want %v", got, time.Since(sent), scanner.Silence)
		}

		p.bytes <- []byte(code + "\r")
		sent = time.Now()
		if got := r.Text(t); got != code || time.Since(sent) != 0 {
			t.Errorf("%q %v after its suffix", got, time.Since(sent))
		}
		time.Sleep(time.Hour)
		r.Empty(t)
	})
}

// A machine that stood still cuts no code in two.
func TestStandstill(t *testing.T) {
	run(t, Config{Port: "/dev/ttyACM0"}, func(b *bench, r *scannertest.Recorder) {
		r.State(t) // missing
		p := b.plug("/dev/ttyACM0", "")
		r.State(t) // ready
		p.asleep = func() {
			time.Sleep(300 * time.Millisecond)
			go func() { p.bytes <- []byte(code[9:]) }()
		}
		p.bytes <- []byte(code[:9])
		if got := r.Text(t); got != code {
			t.Errorf("got %q", got)
		}
		time.Sleep(time.Hour)
		r.Empty(t)
	})
}

// A port that udev has not given to its group yet is not refused: it is not there.
func TestRefusalSettles(t *testing.T) {
	node := filepath.Join(t.TempDir(), "ttyACM0")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := scanner.NoPermission
	if runtime.GOOS == "linux" {
		want = scanner.Missing
	}
	if got := refusal(node, fs.ErrPermission); got.Status != want {
		t.Errorf("%+v", got)
	}
}

func TestFoundAgain(t *testing.T) {
	for name, c := range map[string]Config{"by identity": byIdentity, "by path": {Port: "/dev/ttyACM0"}} {
		t.Run(name, func(t *testing.T) {
			run(t, c, func(b *bench, r *scannertest.Recorder) {
				r.State(t) // missing
				p := b.plug("/dev/ttyACM0", "")
				wantState(t, r.State(t), scanner.Ready, "/dev/ttyACM0")

				p.bytes <- []byte(code[:9])
				b.unplug("/dev/ttyACM0")
				wantState(t, r.State(t), scanner.Missing, "plug")
				if !p.closed {
					t.Error("the dead port is still open")
				}
				time.Sleep(time.Minute)
				r.Empty(t) // half a code is no code, and the state is told once

				p = b.plug("/dev/ttyACM7", "") // another hole
				plugged := time.Now()
				wantState(t, r.State(t), scanner.Ready, "/dev/ttyACM7")
				if took := time.Since(plugged); took > 2*time.Second {
					t.Errorf("found after %v", took)
				}
				p.bytes <- []byte(code[9:] + "\r")
				if got := r.Text(t); got != code[9:] {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestTwoAlike(t *testing.T) {
	run(t, byIdentity, func(b *bench, r *scannertest.Recorder) {
		r.State(t) // missing
		b.plug("/dev/ttyACM0", "A")
		r.State(t) // ready
		b.unplug("/dev/ttyACM0")
		r.State(t) // missing
		b.plug("/dev/ttyACM1", "A")
		b.plug("/dev/ttyACM2", "B")
		wantState(t, r.State(t), scanner.Failed, "more than one USB device 0c2e:0b61")
	})
	c := byIdentity
	c.Serial = "B"
	run(t, c, func(b *bench, r *scannertest.Recorder) {
		wantState(t, r.State(t), scanner.Missing, "no USB device 0c2e:0b61 B")
		b.plug("/dev/ttyACM1", "A")
		b.plug("/dev/ttyACM2", "B")
		wantState(t, r.State(t), scanner.Ready, "/dev/ttyACM2")
	})
}

func TestRefused(t *testing.T) {
	run(t, byIdentity, func(b *bench, r *scannertest.Recorder) {
		r.State(t) // missing
		b.mu.Lock()
		b.fail = fs.ErrPermission
		b.mu.Unlock()
		b.plug("/dev/ttyACM0", "")
		wantState(t, r.State(t), scanner.NoPermission, "udev")
		b.mu.Lock()
		b.fail = errors.New("odd")
		b.mu.Unlock()
		wantState(t, r.State(t), scanner.Failed, "/dev/ttyACM0: odd")
		time.Sleep(time.Minute)
		r.Empty(t)
		b.mu.Lock()
		b.fail = nil
		b.mu.Unlock()
		wantState(t, r.State(t), scanner.Ready, "")
	})
}

func TestSeveralPortsOfOneDevice(t *testing.T) {
	ports := []Port{
		{Identity: usb.Identity{Vendor: 1, Product: 2}, Path: "/dev/ttyACM10", Device: "d"},
		{Identity: usb.Identity{Vendor: 1, Product: 2}, Path: "/dev/ttyACM9", Device: "d"},
		{Identity: usb.Identity{Vendor: 1, Product: 3}, Path: "/dev/ttyACM1", Device: "e"},
	}
	if got, _ := pick(usb.Identity{Vendor: 1, Product: 2}, ports); got.Path != "/dev/ttyACM9" {
		t.Errorf("picked %+v", got)
	}
}

func TestNew(t *testing.T) {
	for _, c := range []Config{
		{}, {Vendor: 1}, {Product: 1}, {Port: "COM3", Vendor: 1, Product: 1}, {Port: "COM3", Baud: -1}, {Port: "COM3", Silence: -1},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	for want, c := range map[string]Config{
		"serial COM3":            {Port: "COM3"},
		"serial 0c2e:0b61":       byIdentity,
		"serial 0c2e:0b61 12345": {Vendor: 0x0c2e, Product: 0x0b61, Serial: "12345"},
	} {
		if s, err := New(c); err != nil || s.Name() != want {
			t.Errorf("got %v, %v, want %s", s, err, want)
		}
	}
}

func TestWindowsName(t *testing.T) {
	for written, want := range map[string]string{"COM3": "COM3", "com3": "COM3", `\\.\COM12`: "COM12", `\\.\com12`: "COM12", "/dev/ttyS0": "/dev/ttyS0", "": ""} {
		if got := windowsName(written); got != want {
			t.Errorf("%s is %s, want %s", written, got, want)
		}
	}
}
