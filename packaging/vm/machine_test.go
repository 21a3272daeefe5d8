//go:build vm && linux

package vm

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// start is a fresh machine of this test's.
func start(t *testing.T, forward map[string]string) *Machine {
	t.Helper()
	if testing.Short() {
		t.Fatal("the machine is never short of work: run it with make vm")
	}
	cache := os.Getenv("TILLPAY_VM_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(dir, "tillpay", "vm")
	}
	began := time.Now()
	image, guest, err := Prepare(t.Context(), ".", cache)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("image ready after %.1f s", time.Since(began).Seconds())
	// A short path: the sockets in it have a limit of 108 bytes.
	dir, err := os.MkdirTemp("", "vm")
	if err != nil {
		t.Fatal(err)
	}
	m := &Machine{Image: image, Dir: dir, Guest: guest, Forward: forward}
	t.Cleanup(func() {
		_ = m.PullPlug() // dead already: just as well
		_ = os.RemoveAll(dir)
	})
	ctx, stop := context.WithTimeout(t.Context(), 4*time.Minute)
	defer stop()
	began = time.Now()
	if err := m.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("machine up after %.1f s", time.Since(began).Seconds())
	return m
}

func TestMachineHasScannersAndPrinters(t *testing.T) {
	m := start(t, nil)
	for _, d := range []Device{
		{Name: "k1", Kind: "keyboard", Vendor: "0c2e", Product: "0b61", Serial: "K1", Maker: "Honeywell", Model: "Voyager"},
		{Name: "p1", Kind: "pos", Vendor: "05e0", Product: "1300", Serial: "P1", Maker: "Zebra", Model: "DS2208"},
		{Name: "a1", Kind: "acm", Vendor: "1eab", Product: "0c06", Serial: "A1", Maker: "Newland", Model: "FM430"},
		{Name: "prn", Kind: "printer", Vendor: "04b8", Product: "0e15", Serial: "R1", Maker: "EPSON", Model: "TM-T20"},
	} {
		if err := m.Add(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.AddFTDI("f1", false); err != nil {
		t.Fatal(err)
	}
	out, err := m.Run(t.Context(), 2*time.Minute, `set -e
until [ -e /dev/ttyUSB0 ] && [ -e /dev/ttyACM0 ] && ls /dev/usb/lp* /dev/hidraw* /dev/input/event* >/dev/null 2>&1; do sleep 0.1; done
guest gadget list; lsusb; ls -l /dev/hidraw* /dev/input/event* /dev/ttyACM* /dev/ttyUSB* /dev/usb/lp*; uname -r
printf 'hello' | dd of="$(ls /dev/usb/lp* | head -1)" oflag=sync conv=notrunc status=none`)
	t.Log(out)
	if err != nil {
		t.Fatal(err)
	}
	paper, err := m.Printed(t.Context(), "prn")
	if string(paper) != "hello" || err != nil {
		t.Errorf("on paper: %q, %v", paper, err)
	}
}
