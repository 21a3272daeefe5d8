//go:build unix

package agent

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/ledger/disktest"
	"tillpay/channels"
)

// purse is a platform with books: one order, charged once at most, and given back.
type purse struct {
	*platform
	pays, charged, returned int
}

func newPurse() *purse {
	p := &purse{platform: newPlatform()}
	p.pay = func(channels.Payment) channels.Reply {
		p.pays++
		p.charged++
		return paid()
	}
	p.query = func(int) channels.Reply {
		switch {
		case p.charged == 0:
			return channels.Reply{Outcome: channels.NotFound, Verified: true}
		case p.returned > 0:
			return channels.Reply{Outcome: channels.Revoked, Verified: true}
		}
		return paid()
	}
	p.revoke = func(int) channels.Reply {
		p.returned++
		return channels.Reply{Outcome: channels.Accepted, Verified: true}
	}
	return p
}

// faulty is one order on a disk whose n-th call fails, once or from then on. It
// answers whether there was an n-th call, and whether the code suited it.
func faulty(t *testing.T, with disktest.Code, n int, forGood bool) (reached, fired bool) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join("/dev/shm", fmt.Sprintf("tillpay-fault-%d", os.Getpid()))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		disk := disktest.New(t, dir)
		defer disk.Leave()
		p := newPurse()
		d := openDesk(t, dir, p.platform)
		synctest.Wait()
		disk.Fail(func(c disktest.Call) disktest.Code {
			reached = reached || c.N >= n
			if c.N == n || forGood && c.N > n {
				if with.Suits(c.Op) {
					fired = true
					return with
				}
			}
			return 0
		})
		ctx := context.Background()
		s, _, err := d.Open(ctx, NewSale{Reference: "r1", Amount: 8800, Currency: "HKD", Description: "tea"})
		if err == nil {
			d.Scanned(ctx, "gun", code)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		disk.Fail(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if d.DB.Err() != nil { // as cmd does
			d.stop()
			d = openDesk(t, dir, p.platform)
		}
		if found := d.DB.Found(); len(found) > 0 {
			t.Errorf("the disk only answered wrongly, and this was found: %+v", found)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		p.judge(t, d, s)
		d.stop()
		if _, err := ledger.Verify(ctx, d.DB.Path()); err != nil {
			t.Error(err)
		}
	})
	return reached, fired
}

// judge holds the till's word against the platform's books.
func (p *purse) judge(t *testing.T, d *desk, s *Sale) {
	t.Helper()
	if p.pays > 1 || p.charged > 1 {
		t.Errorf("paid %d times: %s", p.pays, p.log())
	}
	if s == nil {
		page, err := d.Find(context.Background(), ledger.Search{})
		if err != nil || p.pays > 0 {
			t.Errorf("charged for no sale: %v", err)
		}
		for _, v := range page.Sales { // stored, and the one who asked was told of an error
			if v.State != "open" || len(v.Payments) > 0 {
				t.Errorf("%+v", v)
			}
		}
		return
	}
	v := d.sale(t, s.ID)
	kept := p.charged - min(p.returned, p.charged)
	if (v.State == "paid") != (kept == 1) {
		t.Errorf("the till says %s, the platform keeps %d: %s", v.State, kept, p.log())
	}
	for _, q := range v.Payments {
		if q.State == "submitting" || q.State == "paying" || q.State == "revoking" || q.State == "attention" {
			t.Errorf("the payment is still %s: %s", q.State, p.log())
		}
	}
	if d.paper.slips > 0 && v.State != "paid" {
		t.Errorf("a receipt for a sale that is %s", v.State)
	}
}

// Every call that SQLite makes to its disk during one order fails, one at a time
// and from then on, in every way that a disk fails: never two charges, no receipt
// without money, what was charged is followed to its end.
func TestEveryCallFails(t *testing.T) {
	step := 9 // in passing; 1 is every call
	if s := os.Getenv("TILLPAY_FAULT_STEP"); s != "" {
		step, _ = strconv.Atoi(s)
	}
	disktest.Awake(true)
	defer disktest.Awake(false)
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for _, f := range []struct {
		name string
		code disktest.Code
	}{{"IOERR", disktest.IOErr}, {"IOERR_FSYNC", disktest.IOErrSync}, {"FULL", disktest.Full}, {"BUSY", disktest.Busy}, {"CORRUPT", disktest.Corrupt}, {"NOMEM", disktest.IOErrMemory}} {
		for _, forGood := range []bool{false, true} {
			name := f.name + ", once"
			if forGood {
				name = f.name + ", from then on"
			}
			t.Run(name, func(t *testing.T) {
				runs, fired := 0, 0
				for n, reached := 1, true; reached; n += step {
					var hit bool
					if reached, hit = faulty(t, f.code, n, forGood); hit {
						fired++
					}
					runs++
					if t.Failed() {
						t.Fatalf("at call %d", n)
					}
				}
				t.Logf("%d calls, failed at %d of them", (runs-1)*step, fired)
			})
		}
	}
}

// Who asks for an order is answered, also where what became of it cannot be stored.
func TestPreparedOrderOnAFaultyDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join("/dev/shm", fmt.Sprintf("tillpay-fault-%d", os.Getpid()))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		disk := disktest.New(t, dir)
		defer disk.Leave()
		p := newPlatform()
		app := appPlatform{p, func(channels.Preparation) channels.Reply {
			disk.Fail(func(c disktest.Call) disktest.Code { return disktest.IOErr })
			return paying()
		}}
		d := openDeskAt(t, dir, p, app, func(c *Config) { c.Accounts["wechat"].Prepared = preparedPlan(app.Sheet()) })
		defer d.stop()
		defer disk.Fail(nil)
		ctx, giveUp := context.WithTimeout(context.Background(), time.Minute)
		defer giveUp()
		s := d.open(t, "r1")
		o, err := d.Prepare(ctx, s.ID, NewOrder{Channel: "wechat", Payer: openid})
		if ctx.Err() != nil {
			t.Errorf("answered after a minute: %+v, %v", o, err)
		}
	})
}
