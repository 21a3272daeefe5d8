//go:build linux

package transport

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// sysfs lays out printers as the kernel does: a class folder of links into the devices.
func sysfs(t *testing.T, devices map[string]string) string {
	t.Helper()
	root := t.TempDir()
	class := filepath.Join(root, "class")
	for lp, id := range devices {
		part := strings.Fields(id)
		device := filepath.Join(root, "devices", "1-"+lp)
		face := filepath.Join(device, "1-"+lp+":1.0")
		node := filepath.Join(face, "usbmisc", lp)
		for _, err := range []error{
			os.MkdirAll(node, 0o755), os.MkdirAll(class, 0o755),
			os.Symlink(face, filepath.Join(node, "device")),
			os.Symlink(node, filepath.Join(class, lp)),
			os.WriteFile(filepath.Join(device, "idVendor"), []byte(part[0]+"\n"), 0o644),
			os.WriteFile(filepath.Join(device, "idProduct"), []byte(part[1]+"\n"), 0o644),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if len(part) > 2 {
			if err := os.WriteFile(filepath.Join(device, "serial"), []byte(part[2]+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return class
}

func TestUSBPrinterIsFoundByIdentity(t *testing.T) {
	all, err := sysfsPrinters(sysfs(t, map[string]string{"lp1": "04b8 0e15 R1", "lp2": "04b8 0e15 R2", "lp0": "0519 0001", "hiddev0": "04b8 0e15 R3"}))
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	for _, c := range []struct {
		want USB
		path string
		says string
	}{
		{USB{0x04b8, 0x0e15, "R2"}, "/dev/usb/lp2", ""},
		{USB{0x0519, 1, ""}, "/dev/usb/lp0", ""},
		{USB{0x04b8, 0x0e15, ""}, "", "printer.serial"},
		{USB{0x1504, 6, ""}, "", "1504:0006 is not plugged in (there is 0519:0001, 04b8:0e15 R1, 04b8:0e15 R2)"},
	} {
		path, err := c.want.pick(all)
		if path != c.path || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v", c.want, path, err)
		}
	}
	if _, err := (USB{Vendor: 1}).pick(nil); err == nil || !strings.Contains(err.Error(), "no USB printer is plugged in") {
		t.Error(err)
	}
	if all, err := sysfsPrinters(filepath.Join(t.TempDir(), "none")); all != nil || err != nil {
		t.Error("before the first printer ever:", all, err)
	}
}

func TestUSBDeviceIsMissing(t *testing.T) {
	p, err := Open(Config{Driver: "usb", Device: filepath.Join(t.TempDir(), "lp0")})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Print(t.Context(), slip); r != NotPrinted || err == nil || !strings.Contains(err.Error(), "cable") {
		t.Error(r, err)
	}
	if s, _ := p.Status(t.Context()); s.Status != Missing {
		t.Error(s)
	}
}

// The device file of a fake is a pseudo-terminal's: it waits as usblp does. What
// is usblp's own (lost transfers, empty packets, unplugging) is tried in packaging/vm.
func TestUSB(t *testing.T) {
	for _, c := range usualPrinters() {
		t.Run(c.name, func(t *testing.T) {
			_, tty, jobs := newPty(t, c.b)
			rawTerminal(t, tty)
			p, err := Open(Config{Driver: "usb", Device: tty.Name()})
			if err != nil {
				t.Fatal(err)
			}
			s := p.(*station)
			s.times = c.b.bounds()
			got, err := s.Print(t.Context(), slip)
			if got != c.want || stateOf(err) != c.status {
				t.Errorf("%s, %v; want %s %s", got, err, c.want, c.status)
			}
			tty.Close()
			if job := <-jobs; got == Printed && string(job) != string(slip) {
				t.Errorf("the printer got %q", job)
			}
		})
	}
}

// rawTerminal takes the line discipline off a pseudo-terminal, as a serial
// library does when it opens one.
func rawTerminal(t *testing.T, tty *os.File) {
	t.Helper()
	raw, err := tty.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		var a *unix.Termios
		if a, err = unix.IoctlGetTermios(int(fd), unix.TCGETS); err == nil {
			a.Iflag, a.Oflag, a.Lflag = 0, 0, 0
			err = unix.IoctlSetTermios(int(fd), unix.TCSETS, a)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
