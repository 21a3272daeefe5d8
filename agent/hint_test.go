package agent

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/payment"
	"tillpay/channels"
)

// hint is a proven callback, as the listener hands it on.
func (d *desk) hint(t *testing.T, channel, outTradeNo, refundNo string) (known bool) {
	t.Helper()
	known, err := d.Hint(context.Background(), channel, channels.Notice{OutTradeNo: outTradeNo, RefundNo: refundNo})
	if err != nil {
		t.Error(err)
	}
	synctest.Wait()
	return known
}

// times is how often the platform saw a call.
func (p *platform) times(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n[what]
}

func TestCallbackMakesThePreparedOrderAskedNow(t *testing.T) {
	runApp(t, func(t *testing.T, d *desk, p appPlatform) {
		var done atomic.Bool
		d.platform.query = func(n int) channels.Reply {
			if done.Load() {
				return paid()
			}
			return paying()
		}
		s := d.open(t, "r1")
		o, err := d.Prepare(context.Background(), s.ID, NewOrder{Channel: "wechat", Payer: openid})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(102 * time.Second) // by now it is asked every 10 s
		synctest.Wait()
		before := d.platform.times("query")
		for range 5 { // the same one again and again, and the platform lags
			if !d.hint(t, "wechat", o.Payment.OutTradeNo, "") {
				t.Error("the order is under way")
			}
		}
		if got := d.platform.times("query") - before; got != 1 {
			t.Errorf("asked %d times at once: %s", got, d.platform.log())
		}
		done.Store(true)
		time.Sleep(1100 * time.Millisecond) // the hints behind the first were not lost
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" {
			t.Errorf("%s: %s", v.State, d.platform.log())
		}
	})
}

// A callback moves nothing: the platform's answer to a query does.
func TestCallbackIsNotBelieved(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply { return paying() }
		d.platform.query = func(n int) channels.Reply { return paying() }
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(2 * time.Second)
		no := d.sale(t, s.ID).Payments[0].OutTradeNo
		commits := d.DB.Commits()
		for _, channel := range []string{"wechat", "huifu", ""} {
			if known := d.hint(t, channel, no, ""); known != (channel == "wechat") {
				t.Errorf("%q: known %v", channel, known)
			}
		}
		if d.hint(t, "wechat", "2026112425670000134008716279", "") || d.hint(t, "wechat", "", "") || d.hint(t, "wechat", "", "x") {
			t.Error("a number that nobody has is known")
		}
		if got := d.platform.log(); got != "pay@0s query@2s" {
			t.Error(got)
		}
		if got := d.DB.Commits() - commits; got != 0 {
			t.Errorf("%d commits", got)
		}
		if v := d.sale(t, s.ID); v.State != "paying" {
			t.Error(v.State)
		}
		d.platform.query = func(int) channels.Reply { return paid() }
		time.Sleep(time.Second)
		d.hint(t, "wechat", no, "")
		if v := d.sale(t, s.ID); v.State != "paid" {
			t.Errorf("%s: %s", v.State, d.platform.log())
		}
		asked := d.platform.log()
		if d.hint(t, "wechat", no, "") || d.platform.log() != asked {
			t.Error("a payment that is over is asked about")
		}
	})
}

// The till showed a refusal that nobody signed; the callback says otherwise.
func TestCallbackLooksAtAnUnsignedRefusalNow(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		d.platform.pay = func(channels.Payment) channels.Reply {
			return channels.Reply{Outcome: channels.Declined, Reason: channels.InsufficientFunds}
		}
		d.platform.query = func(n int) channels.Reply {
			switch n {
			case 1: // it lags behind its own callback
				return channels.Reply{Outcome: channels.NotFound, Verified: true}
			case 2, 3:
				return paid()
			}
			return channels.Reply{Outcome: channels.Refunded, Verified: true}
		}
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		time.Sleep(5 * time.Second)
		no := d.sale(t, s.ID).Payments[0].OutTradeNo
		if !d.hint(t, "wechat", no, "") {
			t.Error("a late look is owed")
		}
		if got := d.platform.log(); got != "pay@0s query@5s" {
			t.Error(got)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.Payments[0].State != "revoked" {
			t.Errorf("%+v", v.Payments[0])
		}
		// The late look at 30 s was not used up by the callback.
		if got := d.platform.log(); !strings.HasPrefix(got, "pay@0s query@5s query@30s revoke@30s query@30s") {
			t.Error(got)
		}
	})
}

func TestCallbackAsksAboutARefundNow(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		var done atomic.Bool
		d.platform.refund = func(asked bool, n int) channels.Reply {
			if done.Load() && !asked {
				return channels.Reply{Outcome: channels.Refunded, Verified: true}
			}
			return channels.Reply{Outcome: channels.Accepted, Verified: true}
		}
		v, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Amount: 800, Reason: "cold"}, "anna")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Minute) // asked at 3 s, 15 s, 1 min, 5 min, 20 min, and then in an hour
		synctest.Wait()
		time.Sleep(10 * time.Minute)
		done.Store(true)
		no, before := v.Refunds[0].RefundNo, d.platform.times("refund_query")
		if d.hint(t, "huifu", v.Payments[0].OutTradeNo, no) || d.platform.times("refund_query") != before {
			t.Error("another channel's callback is followed")
		}
		for i := range 3 {
			if known := d.hint(t, "wechat", v.Payments[0].OutTradeNo, no); known != (i == 0) {
				t.Errorf("%d: known %v", i, known)
			}
		}
		if v = d.sale(t, s.ID); v.Refunds[0].State != "done" || d.platform.times("refund_query") != before+1 || d.platform.times("refund") != 1 {
			t.Errorf("%+v: %s", v.Refunds[0], d.platform.log())
		}
	})
}

// A callback that finds the ledger unreadable says so, and the platform calls again.
func TestCallbackOfARefundThatCannotBeRead(t *testing.T) {
	run(t, func(t *testing.T, d *desk) {
		s := d.open(t, "r1")
		d.Scanned(context.Background(), "gun", code)
		synctest.Wait()
		d.platform.refund = func(bool, int) channels.Reply { return channels.Reply{Outcome: channels.Accepted, Verified: true} }
		v, _, err := d.Refund(context.Background(), s.ID, NewRefund{Reference: "f1", Reason: "cold"}, "anna")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := d.Hint(ctx, "wechat", channels.Notice{RefundNo: v.Refunds[0].RefundNo}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if v = d.sale(t, s.ID); v.Refunds[0].State != "accepted" && v.Refunds[0].State != "asked" {
			t.Errorf("%+v", v.Refunds[0])
		}
	})
}

func TestSheetsOfChannels(t *testing.T) {
	runApp(t, func(t *testing.T, d *desk, p appPlatform) {
		all := d.Channels()
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		s := all[0]
		if s.Name != "wechat" || s.Driver != "fake" || !s.Revoke || !s.Close || s.Capture || s.Callbacks || !s.Prepared || s.Routes[0] != "wechat" {
			t.Errorf("%+v", s)
		}
		if len(s.Undo) != 2 || s.Undo[0] != (ChannelUndo{How: "revoke", MinAge: 15, Window: 86400}) || s.Timing.Advised[0] != 3.5 {
			t.Errorf("%+v", s)
		}
		only := NewChannelSheet(&payment.Account{Name: "x", Channel: refundsOnly{p}})
		if only.Close || only.Undo[0].How != "refund" {
			t.Errorf("an account that may not close: %+v", only)
		}
	})
}

// refundsOnly is an account whose driver could close, and may not.
type refundsOnly struct{ appPlatform }

func (p refundsOnly) Sheet() channels.Sheet {
	return channels.Sheet{Undo: []channels.Undo{{How: channels.ByRefund}}}
}
