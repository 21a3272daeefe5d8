package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// smallDisk mounts a file system of its own, of 32 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		if os.Getenv("TILLPAY_MUST_MOUNT") != "" {
			t.Fatalf("no small file system can be mounted: %v", err)
		}
		t.Skipf("NOT PROVEN HERE: a really full disk needs a mount (root): %v; TestEveryCallFails still answers FULL at every call", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// hog takes all the room that is left, and gives it back.
type hog struct{ path string }

func (h hog) fill(t *testing.T) (took int) {
	t.Helper()
	f, err := os.OpenFile(h.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		n, err := f.Write(make([]byte, size))
		took += n
		switch {
		case errors.Is(err, syscall.ENOSPC):
			size /= 16
		case err != nil:
			t.Fatal(err)
		}
	}
	return took
}

// A disk that somebody else fills to the last byte, again after every sale: what
// was begun is stored to its end, a revoke that is owed too, new sales are
// refused with the reason in words, and with room again the till goes on.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		p := newPurse()
		d := openDesk(t, filepath.Join(disk, "data"), p.platform)
		time.Sleep(5 * time.Second) // the reserve is made when there is time
		synctest.Wait()
		h := hog{filepath.Join(disk, "hog")}
		if took := h.fill(t); took < 8<<20 {
			t.Fatalf("only %d bytes were free", took)
		}

		// One payment that nobody confirms: it is owed a revoke later on.
		p.pay = func(channels.Payment) channels.Reply { p.pays++; p.charged++; return paying() }
		owed := d.open(t, "owed")
		d.Scanned(ctx, "gun", code)
		synctest.Wait()
		asks := p.query
		p.query = func(n int) channels.Reply {
			if p.returned > 0 {
				return channels.Reply{Outcome: channels.Revoked, Verified: true}
			}
			return paying()
		}
		if _, err := d.Cancel(ctx, owed.ID, "anna"); err != nil {
			t.Fatal(err)
		}
		h.fill(t)
		p.query = asks
		p.pay = func(channels.Payment) channels.Reply { return paid() }

		sales, refused := 0, error(nil)
		for ; refused == nil && sales < 3000; sales++ {
			s, _, err := d.Open(ctx, NewSale{Reference: fmt.Sprint("r", sales), Amount: 8800, Currency: "HKD", Description: strings.Repeat("tea ", 30)})
			if err != nil {
				refused = err
				break
			}
			d.Scanned(ctx, "gun", fmt.Sprintf("1346507%011d", sales))
			synctest.Wait()
			if v := d.sale(t, s.ID); v.State != "paid" && v.Action != "other_method" {
				t.Fatalf("sale %d is %s (%s)", sales, v.State, v.Message)
			}
			h.fill(t)
		}
		if !ledger.Full(refused) || !errors.Is(d.DB.Err(), ledger.ErrFull) {
			t.Fatalf("after %d sales: %v, %v", sales, refused, d.DB.Err())
		}
		before := p.log()
		if v := d.sale(t, owed.ID); v.Payments[0].State != "revoking" && v.Payments[0].State != "revoked" {
			t.Errorf("owed: %+v", v)
		}
		time.Sleep(10 * time.Minute)
		h.fill(t)
		synctest.Wait()
		if v := d.sale(t, owed.ID); v.Payments[0].State != "revoked" || p.returned == 0 {
			t.Errorf("the revoke that was owed: %+v, log %s", v.Payments[0], p.log())
		}
		if strings.Count(p.log(), "pay@") != strings.Count(before, "pay@") {
			t.Error("a charge was started on a full disk")
		}
		if s := d.Status(ctx); !strings.Contains(s.Storage, "full") {
			t.Errorf("status: %s", s.Storage)
		}
		if err := os.Remove(h.path); err != nil {
			t.Fatal(err)
		}
		s := d.open(t, "again")
		d.Scanned(ctx, "gun", "134650720899999999")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" {
			t.Errorf("with room again: %+v", v)
		}
		d.stop()
		v, err := ledger.Verify(ctx, d.DB.Path())
		if err != nil {
			t.Error(err)
		}
		t.Logf("on a full disk %d sales went on from the reserve until they were refused (%v); %d sales and %d payments add up", sales, refused, v.Sales, v.Payments)
	})
}
