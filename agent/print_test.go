package agent

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer/escpos"
	"tillpay/printer/transport"
)

// tray is a printer that keeps what it was sent. With a state it prints nothing.
type tray struct {
	mu    sync.Mutex
	state transport.State
	slips []string
	asked int
}

func (p *tray) Name() string { return "tray" }

func (p *tray) Print(_ context.Context, b []byte) (transport.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state.Status != "" {
		return transport.NotPrinted, &transport.StateError{State: p.state}
	}
	text, _ := simplifiedchinese.GB18030.NewDecoder().String(string(b))
	p.slips = append(p.slips, text)
	return transport.Printed, nil
}

func (p *tray) Status(context.Context) (transport.State, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return p.state, nil
}

func (p *tray) questions() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// runWith is run with a printer of the test's own.
func runWith(t *testing.T, p *tray, f func(t *testing.T, d *desk), tune ...func(*Config)) {
	own := func(p *platform) channels.Channel { return p }
	runAt(t, own, f, append(tune, func(c *Config) { c.Printer = p })...)
}

func (p *tray) set(s transport.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = transport.State{Status: s, Detail: string(s)}
}

func (p *tray) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.slips...)
}

func TestSlipLives(t *testing.T) {
	at := time.Now()
	for _, c := range []struct {
		slip payment.Slip
		life time.Duration // 0: for ever
	}{
		{payment.Slip{Kind: "sale"}, 2 * time.Hour},
		{payment.Slip{Kind: "sale", Copy: 2}, 15 * time.Minute},
		{payment.Slip{Kind: "sale", For: forShop}, 24 * time.Hour},
		{payment.Slip{Kind: "cancelled"}, 30 * time.Minute},
		{payment.Slip{Kind: slipDay}, 12 * time.Hour},
		{payment.Slip{Kind: slipOrder}, 5 * time.Minute},
		{payment.Slip{Kind: "attention"}, 0},
	} {
		j := printJob{Slip: c.slip, At: at}
		if c.life == 0 {
			c.life = 1000 * time.Hour
			if j.expired(at.Add(c.life)) {
				t.Errorf("%+v expires", c.slip)
			}
			continue
		}
		if j.expired(at.Add(c.life-time.Second)) || !j.expired(at.Add(c.life)) {
			t.Errorf("%+v does not live for %v", c.slip, c.life)
		}
	}
}

// TestSlipsWait: without paper a receipt waits, at a commit a minute, and prints
// when the roll is changed; one that nobody wants any more does not.
func TestSlipsWait(t *testing.T) {
	for _, c := range []struct {
		away    time.Duration
		slips   int
		receipt string
	}{{90 * time.Minute, 1, "printed"}, {3 * time.Hour, 0, "not_printed"}} {
		p := &tray{}
		p.set(transport.PaperOut)
		runWith(t, p, func(t *testing.T, d *desk) {
			s := d.open(t, "r1")
			d.Scanned(context.Background(), "gun", code)
			time.Sleep(time.Minute)
			synctest.Wait()
			before := d.DB.Commits()
			time.Sleep(c.away / 2)
			synctest.Wait()
			if n := d.DB.Commits() - before; n > int64(c.away/2/time.Minute) {
				t.Errorf("%d commits while it waits", n)
			}
			if detail := d.devices.list()[0].Detail; !strings.Contains(detail, "put in a new roll") {
				t.Errorf("the page says %q", detail)
			}
			time.Sleep(c.away / 2)
			p.set("")
			time.Sleep(time.Minute)
			synctest.Wait()
			if v := d.sale(t, s.ID); len(p.all()) != c.slips || v.Receipt != c.receipt {
				t.Errorf("after %v: %d slips, %s", c.away, len(p.all()), v.Receipt)
			}
		})
	}
}

// TestSlipsOfYesterday: what nobody wants any more does not come out either when the
// till was off meanwhile, and its printer is well.
func TestSlipsOfYesterday(t *testing.T) {
	for _, c := range []struct {
		off     time.Duration
		slips   int
		receipt string
	}{{time.Hour, 1, "printed"}, {12 * time.Hour, 0, "not_printed"}} {
		synctest.Test(t, func(t *testing.T) {
			p, platform, dir := &tray{}, newPlatform(), t.TempDir()
			p.set(transport.PaperOut)
			with := func(c *Config) { c.Printer = p }
			d := openDeskAt(t, dir, platform, platform, with)
			s := d.open(t, "r1")
			d.Scanned(context.Background(), "gun", code)
			after(time.Minute)
			d.stop()
			time.Sleep(c.off)
			p.set("")
			d = openDeskAt(t, dir, platform, platform, with)
			after(5 * time.Minute)
			if v := d.sale(t, s.ID); len(p.all()) != c.slips || v.Receipt != c.receipt {
				t.Errorf("off for %v: %d slips, %s", c.off, len(p.all()), v.Receipt)
			}
			entries, err := d.History(context.Background(), s.ID)
			if err != nil {
				t.Fatal(err)
			}
			forgotten := slices.ContainsFunc(entries, func(e ledger.Entry) bool {
				return e.Kind == "receipt.not_printed" && strings.Contains(string(e.Data), errExpired.Error())
			})
			if forgotten != (c.slips == 0) {
				t.Errorf("off for %v: journaled as forgotten: %t", c.off, forgotten)
			}
			d.stop()
		})
	}
}

// TestSettledBeforeItPrints: a slip that nobody knows the result does not come out
// behind the result, also where the roll is changed right behind the decision.
func TestSettledBeforeItPrints(t *testing.T) {
	const unknown = "RESULT NOT KNOWN"
	for choice, slips := range map[string][]string{"revoked": {"CANCELLED"}, "paid": {"Shop"}, "": {unknown}} {
		p := &tray{}
		p.set(transport.PaperOut)
		runWith(t, p, func(t *testing.T, d *desk) {
			s := stuck(t, d)
			after(time.Hour) // longer than any other slip of an unpaid sale waits
			if choice != "" {
				if _, err := d.Resolve(context.Background(), matter(t, d).ID, Resolution{Choice: choice, Note: "seen in the console", Confirm: true}, "manager", "en"); err != nil {
					t.Fatal(err)
				}
			}
			p.set("")
			after(5 * time.Minute)
			out := p.all()
			if len(out) != len(slips) {
				t.Errorf("%q: %d slips: %q", choice, len(out), out)
				return
			}
			for i, head := range slips {
				if !strings.Contains(out[i], head) || (head == unknown) != strings.Contains(out[i], unknown) {
					t.Errorf("%q: slip %d is %q, want %s", choice, i, out[i], head)
				}
			}
			entries, err := d.History(context.Background(), s.ID)
			if err != nil {
				t.Fatal(err)
			}
			ended := slices.ContainsFunc(entries, func(e ledger.Entry) bool {
				return e.Kind == "receipt.not_printed" && strings.Contains(string(e.Data), errSettled.Error())
			})
			if ended != (choice != "") {
				t.Errorf("%q: journaled as settled: %v", choice, ended)
			}
		})
	}
}

// TestRefusedBeforeItPrints: a slip that money goes back does not come out behind the
// refusal, and comes out once of a refund that is asked for again.
func TestRefusedBeforeItPrints(t *testing.T) {
	stays := channels.Reply{Outcome: channels.Refused, Reason: channels.AccountClosed, Verified: true, Code: "USER_ACCOUNT_ABNORMAL"}
	for name, c := range map[string]struct {
		query channels.Reply
		state string
		again bool
		empty bool // the roll, until the platform has decided
		slips int
	}{
		"refused":            {refusing, "refused", false, true, 0},
		"stuck":              {stays, "attention", false, true, 0},
		"stuck, then again":  {stays, "done", true, true, 1},
		"printed, and again": {stays, "done", true, false, 1},
		"under way":          {taken(), "accepted", false, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := &tray{}
			runWith(t, p, func(t *testing.T, d *desk) {
				answer := taken()
				d.platform.refund = func(asked bool, _ int) channels.Reply {
					if asked {
						return taken()
					}
					return answer
				}
				s := d.open(t, "r1")
				d.Scanned(context.Background(), "gun", code)
				after(time.Minute)
				if c.empty {
					p.set(transport.PaperOut)
				}
				if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Reason: "cold"}, "pos"); err != nil {
					t.Fatal(err)
				}
				after(time.Second)
				if v := d.sale(t, s.ID); v.Refunds[0].State != "accepted" || v.Message != "The refund of HKD 88.00 is under way. Do not hand over goods." {
					t.Errorf("%s: %q", v.Refunds[0].State, v.Message)
				}
				answer = c.query
				after(10 * time.Minute)
				p.set("")
				after(5 * time.Minute)
				if c.again {
					answer = channels.Reply{Outcome: channels.Refunded, Verified: true}
					if _, err := d.Resolve(context.Background(), matter(t, d).ID, Resolution{Choice: "again", Note: "a new card"}, "manager", "en"); err != nil {
						t.Fatal(err)
					}
				}
				after(5 * time.Minute)
				slips := 0
				for _, slip := range p.all() {
					if strings.Contains(slip, "REFUND") {
						slips++
					}
				}
				if v := d.sale(t, s.ID); slips != c.slips || v.Refunds[0].State != c.state {
					t.Errorf("%d slips of a refund that is %s: %q", slips, v.Refunds[0].State, p.all())
				}
			})
		})
	}
}

// TestCopyForTheShop: of what was paid and what was given back.
func TestCopyForTheShop(t *testing.T) {
	p := &tray{}
	runWith(t, p, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(time.Minute)
		if _, err := d.Reprint(context.Background(), s.ID, 0, "Amy"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Amount: 800, Reason: "cold"}, "Amy"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		heads := []string{"Shop", "MERCHANT COPY", "COPY 1", "REFUND", "MERCHANT COPY - REFUND"}
		slips := p.all()
		if len(slips) != len(heads) {
			t.Fatalf("%d slips: %q", len(slips), slips)
		}
		for i, head := range heads {
			if first, _, _ := strings.Cut(slips[i], "\n"); !strings.HasSuffix(first, head) {
				t.Errorf("slip %d begins with %q, want %s", i, first, head)
			}
		}
		if v := d.sale(t, s.ID); v.Receipt != "printed" {
			t.Error(v.Receipt)
		}
	}, func(c *Config) { c.Copies = 2 })
}

// TestMissingCharacters are logged once each.
func TestMissingCharacters(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		profile, err := escpos.Generic(58, "raster")
		if err != nil {
			t.Fatal(err)
		}
		d.Profile = profile
		for _, reference := range []string{"r1", "r2"} {
			s, _, err := d.Open(context.Background(), NewSale{Reference: reference, Amount: 8800, Currency: "HKD", Items: []channels.Item{{Name: "🧋 茶", Quantity: 1, Price: 8800}}})
			if err != nil {
				t.Fatal(err)
			}
			d.Scanned(context.Background(), "gun", code[:17]+reference[1:])
			time.Sleep(time.Minute)
			synctest.Wait()
			if v := d.sale(t, s.ID); v.Receipt != "printed" {
				t.Errorf("%s: %s", v.State, v.Receipt)
			}
		}
		if n := strings.Count(d.log.String(), "not in the receipt font"); n != 1 || !strings.Contains(d.log.String(), "U+1F9CB") {
			t.Errorf("said %d times", n)
		}
	})
}

// TestDayReport prints once however often it is asked for in a hurry.
func TestDayReport(t *testing.T) {
	p := &tray{}
	runWith(t, p, func(t *testing.T, d *desk) {
		d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(time.Minute)
		synctest.Wait()
		p.set(transport.CoverOpen)
		for range 3 {
			if _, err := d.PrintDay(context.Background(), time.Now().UTC().Format(time.DateOnly), "Amy"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		p.set("")
		time.Sleep(time.Minute)
		synctest.Wait()
		slips := p.all()
		if len(slips) != 2 || !strings.Contains(slips[1], "DAY REPORT") || !strings.Contains(slips[1], "HKD 88.00") {
			t.Errorf("%d slips: %q", len(slips), slips[1:])
		}
	})
}

// TestPrinterAtStart: the page knows before the first slip, and when it is mended.
func TestPrinterAtStart(t *testing.T) {
	p := &tray{}
	p.set(transport.CoverOpen)
	runWith(t, p, func(t *testing.T, d *desk) {
		synctest.Wait()
		if got := d.devices.list()[0]; got.Status != "cover_open" || !strings.Contains(got.Detail, "close it") {
			t.Errorf("%+v", got)
		}
		p.set(transport.Ready)
		after(lookEvery)
		if got := d.devices.list()[0]; got.Status != "ready" || got.Detail != "" {
			t.Errorf("%+v", got)
		}
		asked := p.questions()
		after(time.Hour)
		if p.questions() != asked {
			t.Error("it is not left in peace")
		}
	})
}

// TestOffAtStart: a printer that says nothing is asked again, as it may be off; not
// one that is blind by its profile.
func TestOffAtStart(t *testing.T) {
	for _, blind := range []bool{false, true} {
		p := &tray{}
		p.set(transport.Blind)
		runWith(t, p, func(t *testing.T, d *desk) {
			after(time.Second)
			d.printerState(transport.Unknown, nil)
			after(transport.AskBlindAgain)
			if got := d.devices.list()[0]; got.Status != "unknown" {
				t.Errorf("what the last slip told is gone: %+v", got)
			}
			p.set(transport.PaperOut)
			after(transport.AskBlindAgain)
			want := "paper_out"
			if blind {
				want = "unknown"
			}
			if got := d.devices.list()[0]; got.Status != want {
				t.Errorf("blind by its profile %t: %+v", blind, got)
			}
		}, func(c *Config) { c.Profile.Blind = blind })
	}
}
