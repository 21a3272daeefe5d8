package agent

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/printer/transport"
)

// breakDisk makes every store of a payment fail, until heal is called.
func breakDisk(t *testing.T, d *desk) (heal func()) {
	t.Helper()
	do := func(statement string) {
		raw, err := sql.Open("sqlite3", "file:"+d.DB.Path()+"?_busy_timeout=5000")
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		if _, err := raw.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	do(`CREATE TRIGGER broken BEFORE UPDATE ON payment BEGIN SELECT raise(ABORT, 'the disk is broken'); END`)
	return func() { do(`DROP TRIGGER broken`) }
}

// crash is a plug that is pulled: what is on disk now, in a new folder, and a
// till that starts on it, at a platform with a script of its own.
func crash(t *testing.T, d *desk, script func(p *platform)) *desk {
	t.Helper()
	dir := t.TempDir()
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(d.DB.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, ledger.FileName+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := newPlatform()
	script(p)
	return openDesk(t, dir, p)
}

// A till that is cut off in any state finds its way, and never pays again.
func TestCrashInEveryState(t *testing.T) {
	asks := func(p *platform) {
		p.pay = func(channels.Payment) channels.Reply { return paying() }
		p.query = func(int) channels.Reply { return paying() }
	}
	finds := func(r channels.Reply) func(p *platform) {
		return func(p *platform) {
			p.query = func(int) channels.Reply {
				if p.count("revoke") > 0 {
					return undone
				}
				return r
			}
		}
	}
	for _, c := range []struct {
		name   string
		first  func(p *platform)
		before func(t *testing.T, d *desk, id string)
		then   func(p *platform)
		sale   string
		pays   string
		wire   string // what the second till sends
	}{
		{"submitting", func(p *platform) {
			p.pay = func(channels.Payment) channels.Reply { time.Sleep(8 * time.Second); return paid() }
		}, nil, finds(paid()), "paid", "paid ", "query@0s"},
		{"submitting, nothing arrived", func(p *platform) {
			p.pay = func(channels.Payment) channels.Reply { time.Sleep(8 * time.Second); return silence }
		}, nil, finds(notFound), "open", "revoked deadline", ""},
		{"paying", asks, nil, finds(paid()), "paid", "paid ", "query@0s"},
		{"paying, and declined", asks, nil, finds(channels.Reply{Outcome: channels.Declined, Verified: true, Reason: channels.CustomerCancelled}),
			"open", "declined customer_cancelled", "query@0s"},
		{"revoking", asks, func(t *testing.T, d *desk, id string) {
			if _, err := d.Cancel(context.Background(), id, "anna"); err != nil {
				t.Fatal(err)
			}
		}, finds(paid()), "cancelled", "revoked cashier_cancelled", "query@15s revoke@15s query@15s"},
		{"declined, unsigned", func(p *platform) {
			p.pay = func(channels.Payment) channels.Reply {
				return channels.Reply{Outcome: channels.Declined, Reason: channels.CodeInvalid}
			}
		}, nil, finds(paid()), "open", "revoked unverified", "query@30s revoke@30s query@30s"},
		{"paid", func(*platform) {}, nil, finds(paid()), "paid", "paid ", "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform()
				c.first(p)
				d := openDesk(t, t.TempDir(), p)
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				time.Sleep(2 * time.Second)
				if c.before != nil {
					c.before(t, d, s.ID)
				}
				synctest.Wait()
				e := crash(t, d, c.then)
				d.stop()
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				v := e.sale(t, s.ID)
				if v.State != c.sale || payments(v) != c.pays {
					t.Errorf("%s, %s: %s", v.State, payments(v), e.platform.log())
				}
				if got := e.platform.log(); c.wire != "" && got != strings.Trim(c.wire, "-") || strings.Contains(got, "pay@") {
					t.Error(got)
				}
				e.stop()
				if _, err := ledger.Verify(context.Background(), e.DB.Path()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestCrashInARefund(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		answer     channels.Reply
		cut        time.Duration
	}{
		{"asked", "refund@0s refund_query@3s", channels.Reply{Outcome: channels.Accepted, Verified: true}, time.Second},
		{"accepted", "refund_query@0s", channels.Reply{Outcome: channels.Accepted, Verified: true}, 6 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPlatform()
				p.refund = func(asked bool, n int) channels.Reply { time.Sleep(5 * time.Second); return c.answer }
				d := openDesk(t, t.TempDir(), p)
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				synctest.Wait()
				if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Amount: 800, Reason: "cold"}, "anna"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(c.cut)
				synctest.Wait()
				if v := d.sale(t, s.ID); v.Refunds[0].State != c.name {
					t.Error(v.Refunds)
				}
				e := crash(t, d, func(*platform) {})
				d.stop()
				time.Sleep(time.Minute)
				synctest.Wait()
				if v := e.sale(t, s.ID); v.Refunds[0].State != "done" || v.RefundedAmount != 800 || e.platform.log() != c.wire {
					t.Errorf("%+v: %s", v.Refunds, e.platform.log())
				}
				e.stop()
			})
		})
	}
}

// The plug is pulled while the receipt prints: nobody knows what is on the
// paper, so it is not printed again by itself.
func TestCrashWhilePrinting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, t.TempDir(), newPlatform())
		d.paper.took = 5 * time.Second
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(time.Second)
		synctest.Wait()
		e := crash(t, d, func(*platform) {})
		d.stop()
		time.Sleep(time.Hour)
		synctest.Wait()
		if v := e.sale(t, s.ID); v.State != "paid" || v.Receipt != "unknown" || e.paper.slips != 0 {
			t.Errorf("%s, receipt %s, %d slips", v.State, v.Receipt, e.paper.slips)
		}
		if _, err := e.Reprint(context.Background(), s.ID, 0, "anna"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if v := e.sale(t, s.ID); v.Receipt != "printed" || v.Copies != 1 || e.paper.slips != 1 {
			t.Errorf("receipt %s, %d copies, %d slips", v.Receipt, v.Copies, e.paper.slips)
		}
		e.stop()
	})
}

func (p *paper) answer(r transport.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.result = r
}

func TestPrinter(t *testing.T) {
	for _, c := range []struct {
		first   transport.Result
		heals   bool
		receipt string
		slips   int
	}{
		{transport.Printed, false, "printed", 1},
		{transport.NotPrinted, true, "printed", 4}, // at 0, 2, 6 and 14 s
		{transport.Unknown, true, "unknown", 1},
	} {
		t.Run(string(c.first), func(t *testing.T) {
			run(t, func(t *testing.T, d *desk) {
				d.paper.answer(c.first)
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				time.Sleep(13 * time.Second)
				synctest.Wait()
				if v := d.sale(t, s.ID); v.State != "paid" || v.Receipt != string(c.first) {
					t.Errorf("first: %s, %s", v.State, v.Receipt)
				}
				if c.heals {
					d.paper.answer(transport.Printed)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if v := d.sale(t, s.ID); v.Receipt != c.receipt || d.paper.slips != c.slips {
					t.Errorf("in the end: %s, %d tries", v.Receipt, d.paper.slips)
				}
			})
		})
	}
}

// The digits of a payment code are nowhere but on the wire: not in the log, the
// events, the journal, the views or any file.
func TestCodesStayOut(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var told strings.Builder
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			d.Events(ctx, 0, func(e Event) error { told.WriteString(e.Topic + " " + string(e.Data) + "\n"); return nil }, func() error { return nil })
		}()
		revealed := 0
		codes := []string{code, "134650720866361396", "134650720866361397", "134650720866361398"}
		d.platform.pay = func(p channels.Payment) channels.Reply {
			if revealed++; p.Code.Reveal() != codes[revealed-1] {
				t.Errorf("the platform got %q", p.Code.Reveal())
			}
			return []channels.Reply{{Outcome: channels.Declined, Verified: true}, paid(), paying(), silence}[revealed-1]
		}
		for i, c := range codes {
			s := d.open(t, "r"+c[17:])
			d.Scanned(ctx, "gun", c)
			d.Scanned(ctx, "gun", c) // read twice
			time.Sleep(20 * time.Second)
			d.Scanned(ctx, "gun", c[:17]) // half of it
			d.Scanned(ctx, "gun", c+c)
			if i == 2 {
				if _, err := d.Cancel(ctx, s.ID, "anna"); err == nil {
					t.Error("a paid sale was cancelled")
				}
			}
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		cancel()
		<-heard
		places := map[string]string{"log": d.log.String(), "events": told.String()}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			b, err := os.ReadFile(d.DB.Path() + suffix)
			if err != nil {
				t.Fatal(err)
			}
			places["file "+suffix] = string(b)
		}
		for place, text := range places {
			for _, c := range codes {
				if strings.Contains(text, c) || strings.Contains(text, c[:17]) {
					t.Errorf("the code …%s is in the %s", c[14:], place)
				}
			}
		}
		if !strings.Contains(places["events"], `"code_last4":"1395"`) || !strings.Contains(places["file "]+places["file -wal"], "1395") || revealed != 4 {
			t.Errorf("looked in the wrong place: %d payments", revealed)
		}
	})
}
