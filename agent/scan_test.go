package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels"
	"tillpay/scanner"
)

// typed is a window that keeps what is typed into it.
type typed struct {
	texts []string
	fail  error
}

func (w *typed) Type(text string) error {
	if w.fail == nil {
		w.texts = append(w.texts, text)
	}
	return w.fail
}

// says answers what the POS hears of one scan.
func says(t *testing.T, d *desk, device, text string) ScanEvent {
	t.Helper()
	notices, stop := d.hub.subscribe()
	defer stop()
	d.Scanned(context.Background(), device, text)
	for {
		select {
		case n := <-notices:
			if e, ok := n.Data.(ScanEvent); ok {
				return e
			}
		default:
			t.Fatal("nobody was told")
		}
	}
}

// Our own receipt, with no sale open, is a question about its sale.
func TestScannedReceipt(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		number := d.sale(t, s.ID).Payments[0].OutTradeNo
		if !scanner.IsOrderNumber(number) {
			t.Fatal(number)
		}
		if e := says(t, d, "gun", number); e.Kind != scanner.OrderNumber || e.Sale != s.ID || e.Refused != "" || !strings.Contains(e.Message, "r1") {
			t.Errorf("%+v", e)
		}
		other := []byte(number)
		other[20] = '0' + (other[20]-'0'+1)%10
		other[27] = scanner.CheckDigit(string(other[:27]))
		if e := says(t, d, "gun", string(other)); e.Sale != "" || e.Refused != "unknown_number" || e.Message == "" {
			t.Errorf("%+v", e)
		}
		d.open(t, "r2") // now a code is waited for, and this is none
		if e := says(t, d, "gun", number); e.Sale != "" || e.Refused != "order_number" {
			t.Errorf("%+v", e)
		}
		if d.platform.count("pay") != 1 {
			t.Error(d.platform.log())
		}
	})
}

// What is no payment code goes on as keys; nothing that may be a part of one does,
// and nothing at all while a code is waited for or a payment is under way.
func TestTypedOn(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		w := &typed{}
		d.TypeOn = map[string]Typist{"gun": w}
		for _, text := range []string{"4006381333931", "SKU-0815", "7777777", "1234567", "285012345678901234", code, code[:17], code + code, "1346507208663613951", "]Q14006381333931", ""} {
			e := says(t, d, "gun", text)
			if e.TypedOn != slices.Contains(w.texts, text) {
				t.Errorf("%q: %+v", text, e)
			}
		}
		if want := []string{"4006381333931", "SKU-0815", "7777777"}; !slices.Equal(w.texts, want) {
			t.Errorf("typed %q, want %q", w.texts, want)
		}
		if e := says(t, d, "another", "4006381333931"); e.TypedOn {
			t.Error("a scanner that is not asked to types on")
		}
		w.texts, d.CodeWait = nil, 0
		d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
		s := d.open(t, "r1") // pays with the code that waited
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paying" {
			t.Fatal(v.State)
		}
		d.Scanned(context.Background(), "gun", "4006381333931")
		if len(w.texts) > 0 {
			t.Errorf("typed %q while a payment is under way", w.texts)
		}
		if _, err := d.Cancel(context.Background(), s.ID, ""); err != nil {
			t.Fatal(err)
		}
		w.fail = errors.New("no keyboard")
		d.open(t, "r2")
		d.Scanned(context.Background(), "gun", "4006381333931")
		if len(w.texts) > 0 {
			t.Errorf("typed %q while a code is waited for", w.texts)
		}
	})
}

// A sale that is opened while its customer's code is read is paid by it, at
// whichever step: the code is not left for the next customer's sale.
func TestOpenedWithinAScan(t *testing.T) {
	own := func(p *platform) channels.Channel { return p }
	for n := range int64(8) {
		t.Run(fmt.Sprint("at look ", n), func(t *testing.T) {
			var looks atomic.Int64 // at the clock, until the sale is opened
			var open func()
			runAt(t, own, func(t *testing.T, d *desk) {
				var s *Sale
				open = func() { s = d.open(t, "r1") }
				synctest.Wait()
				looks.Store(n)
				d.Scanned(context.Background(), "gun", code)
				looks.Store(0)
				synctest.Wait()
				if s == nil { // the scan was over first
					open()
				}
				next := d.open(t, "r2")
				synctest.Wait()
				if v, next := d.sale(t, s.ID), d.sale(t, next.ID); v.State != "paid" || len(next.Payments) != 0 {
					t.Errorf("%s, and of the next customer's sale %s", v.State, payments(next))
				}
			}, func(c *Config) {
				c.Now = func() time.Time {
					if looks.Add(-1) == 0 {
						open()
					}
					return time.Now()
				}
			})
		})
	}
}

// atLine runs a function at a line of the log, once.
type atLine struct {
	slog.Handler
	line string
	then func()
}

func (h *atLine) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == h.line && h.then != nil {
		then := h.then
		h.then = nil
		then()
	}
	return h.Handler.Handle(ctx, r)
}

// A code that is read as a payment ends is the sale's that is armed again.
func TestScannedAsAPaymentEnds(t *testing.T) {
	own := func(p *platform) channels.Channel { return p }
	h := &atLine{line: "payment moved"}
	runAt(t, own, func(t *testing.T, d *desk) {
		d.platform.pay = func(q channels.Payment) channels.Reply {
			if d.platform.count("pay") > 1 {
				return paid()
			}
			if _, armed := d.armed(); armed {
				t.Error("armed while a payment is in flight")
			}
			return channels.Reply{Outcome: channels.Declined, Verified: true, Reason: channels.InsufficientFunds}
		}
		h.then = func() { d.Scanned(context.Background(), "gun", "134650720866361396") }
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" || payments(v) != "declined insufficient_funds, paid " {
			t.Errorf("%s: %s", v.State, payments(v))
		}
	}, func(c *Config) {
		h.Handler = c.Log.Handler()
		c.Log = slog.New(h)
	})
}

// The end of one code's time is not the end of the code that came behind it.
func TestEachCodeHasItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h held
		first, second := &waiting{}, &waiting{}
		ended := 0
		over := func() { ended++ }
		h.keep(first, time.Minute, over)
		h.keep(second, time.Minute, over)
		if h.drop(first) { // its timer had run out, and waited for the second
			t.Error("the second is gone with the first")
		}
		if h.take() != second || h.take() != nil || h.drop(second) {
			t.Error("it is not handed out once")
		}
		h.keep(first, time.Minute, over)
		time.Sleep(time.Minute)
		synctest.Wait()
		if h.take() != nil || ended != 1 {
			t.Errorf("it is kept for longer than its time, which ended %d times", ended)
		}
	})
}

// The cashier is told when a code has waited in vain; it is one scan all the same.
func TestACodeThatWaitedInVain(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		ctx, cancel := context.WithCancel(context.Background())
		counter, counted := d.Counter(), make(chan error)
		go func() { counted <- counter.Run(ctx) }()
		synctest.Wait()
		if e := says(t, d, "gun", code); e.Refused != "waiting_for_sale" {
			t.Fatalf("%+v", e)
		}
		synctest.Wait()
		notices, stop := d.hub.subscribe()
		defer stop()
		after(d.CodeWait)
		var e ScanEvent
		if len(notices) > 0 {
			e, _ = (<-notices).Data.(ScanEvent)
		}
		if e.Device != heldCode || e.Refused != "code_expired" || e.CodeLast4 != "1395" || !strings.Contains(e.Message, "scan again") {
			t.Errorf("%+v", e)
		}
		if counts, err := counter.Read(ctx); err != nil || counts.Scans[scanner.PaymentCode] != 1 {
			t.Errorf("%d scans, %v", counts.Scans[scanner.PaymentCode], err)
		}
		cancel()
		if err := <-counted; err != nil {
			t.Error(err)
		}
		if d.platform.count("pay") != 0 {
			t.Error(d.platform.log())
		}
	})
}
