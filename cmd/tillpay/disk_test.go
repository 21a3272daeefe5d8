//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tillpay/agent/ledger/disktest"
)

// failingDisk has this process's ledger in dir fail a sync, once, when the file
// "fail" in it says which: the n-th from then on.
func failingDisk(dir string) {
	if dir == "" {
		return
	}
	disk, err := disktest.Take(dir)
	if err != nil {
		panic(err)
	}
	order := filepath.Join(dir, "fail")
	left := 0
	disk.Fail(func(c disktest.Call) disktest.Code {
		if c.Op != disktest.Sync || !strings.HasSuffix(c.Path, "-wal") {
			return 0
		}
		if b, err := os.ReadFile(order); err == nil && os.Remove(order) == nil {
			left, _ = strconv.Atoi(string(b))
		}
		if left--; left == 0 {
			return disktest.IOErrSync
		}
		return 0
	})
}

// A sync that fails is the end of the ledger's handle and of nothing else: the
// till starts anew in the same process, asks the platform about the payment in
// hand, and goes on.
func TestFailedSync(t *testing.T) {
	for n, what := range map[int]string{1: "the intent", 2: "the answer"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(data, 0o700); err != nil {
				t.Fatal(err)
			}
			c := openCounterOn(t, data)
			id := c.open("r1")
			c.await("the sale to be armed", func() bool { return c.sale(id).Armed })
			if err := os.WriteFile(filepath.Join(data, "fail"), []byte(strconv.Itoa(n)), 0o600); err != nil {
				t.Fatal(err)
			}
			c.scan("00")
			c.await("the new start", func() bool { return strings.Count(c.agent.said(), "msg=ready") == 2 })
			if said := c.agent.said(); !strings.Contains(said, "starts anew") {
				t.Error(said)
			}
			if n == 1 { // nothing may have left before the intent was on disk
				c.await("the payment to end", func() bool {
					s := c.sale(id)
					return len(s.Payments) == 0 || s.Payments[0].State == "revoked"
				})
				for _, o := range c.books().Orders {
					if o.Charged != 0 {
						t.Errorf("charged: %+v", o)
					}
				}
			} else if s := c.becomes(id, "paid", "paid"); s.Payments[0].OutTradeNo == "" {
				t.Errorf("%+v", s)
			}
			c.await("the scanner", func() bool { return strings.Count(c.agent.said(), "status=ready") == 2 })
			if n == 1 {
				c.command("cancel", id)
			}
			c.becomes(c.pay("r2", "00"), "paid", "paid")
			charged := int64(0)
			for _, o := range c.books().Orders {
				charged += o.Charged
			}
			if want := int64(8800 * n); charged != want {
				t.Errorf("charged %d, not %d", charged, want)
			}
			if out, code := c.command("verify"); code != exitDone {
				t.Error(out)
			}
			t.Logf("failed sync of %s: the till started anew and the books agree", what)
		})
	}
}
