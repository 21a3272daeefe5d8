package agent

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels"
)

// lost is an answer that never came.
var lost = &channels.Reply{Reason: channels.Network}

// Whatever is lost between asking and knowing, the deposit is captured once, with
// the amount that was asked.
func TestLostAnswersCaptureOnce(t *testing.T) {
	for name, fault := range map[string]func(context.Context, string, int) (bool, *channels.Reply){
		"booked, no answer": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return true, ifCapture(call, n, 1, lost)
		},
		"not booked, no answer": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return n > 1, ifCapture(call, n, 2, lost)
		},
		"not sent": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return n > 2, ifCapture(call, n, 2, &channels.Reply{Outcome: channels.NotSent, Reason: channels.Network})
		},
		"system error": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			return n > 2, ifCapture(call, n, 2, &channels.Reply{Verified: true, Code: "SYSTEMERROR", Reason: channels.PlatformBusy})
		},
		"accepted and forgotten": func(_ context.Context, call string, n int) (bool, *channels.Reply) {
			reply := taken()
			return n > 1, ifCapture(call, n, 1, &reply)
		},
	} {
		t.Run(name, func(t *testing.T) {
			runVault(t, func(t *testing.T, v *vault) {
				id := v.hold(t)
				v.bank.set(func() {
					v.bank.fault = func(ctx context.Context, call string, n int) (bool, *channels.Reply) {
						if call != "capture" {
							return true, nil
						}
						return fault(ctx, call, n)
					}
				})
				v.capture(t, id, 12000)
				after(8 * time.Hour)
				if s := v.sale(t, id); s.State != "paid" || s.Captured != 12000 || v.bank.booked != 1 {
					t.Errorf("%+v, booked %d times", s, v.bank.booked)
				}
				queried := true
				for c := range strings.FieldsSeq(strings.ReplaceAll(v.bank.calls(), "capture ", "capture-")) {
					if strings.HasPrefix(c, "capture") && !queried {
						t.Errorf("asked again without a query: %s", v.bank.calls())
					}
					queried = strings.HasPrefix(c, "query")
				}
			})
		})
	}
}

// ifCapture is r for the first most captures.
func ifCapture(_ string, n, most int, r *channels.Reply) *channels.Reply {
	if n <= most {
		return r
	}
	return nil
}

// fault is what a test makes of calls: see bank.
type fault = func(ctx context.Context, call string, n int) (books bool, r *channels.Reply)

// ending tells the calls that end a deposit.
func ending(call string) bool { return call == "capture" || call == "revoke" }

// hang cuts the answer off by the end of the process.
func hang(books bool) fault {
	return func(ctx context.Context, call string, n int) (bool, *channels.Reply) {
		if !ending(call) {
			return true, nil
		}
		<-ctx.Done()
		return books, lost
	}
}

func silent(books bool, mute ...string) fault {
	return func(_ context.Context, call string, _ int) (bool, *channels.Reply) {
		if slices.Contains(mute, call) {
			return books, lost
		}
		return true, nil
	}
}

// accepted takes the request, and no query behind it is answered.
func accepted(books bool) fault {
	return func(_ context.Context, call string, n int) (bool, *channels.Reply) {
		switch r := taken(); {
		case ending(call):
			return books, &r
		case n > 1:
			return true, lost
		}
		return true, nil
	}
}

// The till is stopped in every state of a capture and of a release; what follows
// settles the deposit once.
func TestRestartInEveryStateSettlesOnce(t *testing.T) {
	for name, c := range map[string]struct {
		fault fault
		state string
	}{
		"asked, nothing sent":               {silent(true, "query"), "asked"},
		"asked, on the wire, booked":        {hang(true), "asked"},
		"asked, on the wire, not booked":    {hang(false), "asked"},
		"asked, unanswered, booked":         {silent(true, "capture", "revoke"), ""},
		"asked, unanswered, not booked":     {silent(false, "capture", "revoke"), "asked"},
		"accepted, booked, not proven":      {accepted(true), "accepted"},
		"accepted, not booked, not proven":  {accepted(false), "accepted"},
		"done, and the process ends behind": {nil, "done"},
	} {
		for _, kind := range []string{"capture", "release"} {
			t.Run(kind+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { settleOverRestart(t, kind, c.fault, c.state) })
			})
		}
	}
}

func settleOverRestart(t *testing.T, kind string, f fault, state string) {
	v := openVault(t, t.TempDir(), newBank())
	id := v.hold(t)
	after(time.Minute)
	v.bank.set(func() { v.bank.fault = f })
	if kind == "capture" {
		v.capture(t, id, 12000)
	} else if _, err := v.Release(context.Background(), id, "anna"); err != nil {
		t.Fatal(err)
	}
	after(time.Second)
	if s := v.sale(t, id); state != "" && s.Settlement.State != state {
		t.Errorf("%+v", s.Settlement)
	}
	v.stop()
	v.bank.set(func() { v.bank.fault = nil })
	v = openVault(t, v.dir, v.bank)
	after(12 * time.Hour)
	s := v.sale(t, id)
	if s.Settlement.State != "done" || (s.State == "paid") != (kind == "capture") || kind == "capture" && v.bank.booked != 1 {
		t.Errorf("%+v %+v: %s", s, s.Settlement, v.bank.calls())
	}
	v.agree(t)
}

// A held deposit that nobody touches survives a restart as it is, and a deposit
// that was being paid becomes held.
func TestRestartOfAHeldDeposit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := openVault(t, t.TempDir(), newBank())
		v.bank.fault = func(_ context.Context, call string, _ int) (bool, *channels.Reply) {
			if call == "pay" {
				r := paying()
				v.bank.set(func() { v.bank.heldAt = time.Now() })
				return false, &r
			}
			return true, lost
		}
		s, _, err := v.Open(context.Background(), NewSale{Reference: "d1", Amount: 20000, Currency: "CNY", Kind: "deposit"})
		if err != nil {
			t.Fatal(err)
		}
		v.Scanned(context.Background(), "gun", code)
		after(time.Second)
		v.stop()
		v.bank.set(func() { v.bank.fault = nil })
		v = openVault(t, v.dir, v.bank)
		after(time.Second)
		v = v.reopen(t)
		after(time.Second)
		if s := v.sale(t, s.ID); s.State != "held" || s.Payments[0].State != "paid" {
			t.Errorf("%+v", s)
		}
		v.capture(t, s.ID, 20000)
		after(time.Second)
		if s := v.sale(t, s.ID); s.State != "paid" || s.Captured != 20000 {
			t.Errorf("%+v", s)
		}
		v.agree(t)
	})
}
