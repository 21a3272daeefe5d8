package fubei

import (
	"context"
	"strings"
	"testing"

	"tillpay/channels"
)

// §8: 1.0 answers numbers only, and a status in 2.0 proves nothing either.
func TestRefundOutcomes(t *testing.T) {
	one := `{"merchant_order_sn":"T0120261122000002","order_sn":"1","refund_sn":"20261122105959000001","merchant_refund_sn":"T01R20261122000001","refund_money":2.3}`
	two := strings.Replace(one, `"refund_money"`, `"refund_status":"REFUND_SUCCESS","refund_amount"`, 1)
	cut := func(s, old, new string) string { return done(strings.Replace(s, old, new, 1)) }
	for _, v := range []struct {
		name, body string
		edit       func(*Config)
		want       channels.Outcome
		reason     channels.Reason
	}{
		{"taken", done(one), nil, channels.Accepted, ""},
		{"numbers only", cut(one, `,"refund_money":2.3`, ""), nil, channels.Accepted, ""},
		{"another sum", cut(one, "2.3", "2.31"), nil, channels.Unknown, channels.Mismatch},
		{"another number", cut(one, "T01R2", "T02R2"), nil, channels.Unknown, channels.Mismatch},
		{"no number", cut(one, `"merchant_refund_sn":"T01R20261122000001",`, ""), nil, channels.Unknown, channels.Unverified},
		{"another order", cut(one, "T01202", "T02202"), nil, channels.Unknown, channels.Mismatch},
		{"another store", cut(one, "}", `,"store_id":7}`), nil, channels.Unknown, channels.Mismatch},
		{"2.0", done(two), twoVendor, channels.Accepted, ""},
		{"2.0 without sum", cut(two, `,"refund_amount":2.3`, ""), twoVendor, channels.Unknown, channels.Unverified},
		{"2.0 failed", cut(two, "REFUND_SUCCESS", "REFUND_FAIL"), twoVendor, channels.Accepted, ""}, // the query says so
		{"twice", cut(one, `"order_sn"`, `"refund_money":2.3,"order_sn"`), nil, channels.Unknown, channels.Unverified},
	} {
		if v.edit == nil {
			v.edit = func(*Config) {}
		}
		c, p := newChannel(t, always(200, v.body), v.edit)
		got := c.Refund(context.Background(), testRefund)
		if got.Outcome != v.want || got.Reason != v.reason || got.Verified != (v.want == channels.Accepted) {
			t.Errorf("%s: %v %q verified %v (%s)", v.name, got.Outcome, got.Reason, got.Verified, got.Message)
		}
		if got.Outcome == channels.Accepted && got.PlatformID != "20261122105959000001" {
			t.Errorf("%s: %+v", v.name, got)
		}
		want := `{"merchant_order_sn":"T0120261122000002","merchant_refund_sn":"T01R20261122000001","refund_money":2.30}`
		if c.set.gen.two {
			want = `{"merchant_order_sn":"T0120261122000002","merchant_id":3000001,"merchant_refund_sn":"T01R20261122000001","refund_amount":2.30,"device_no":"T01"}`
		}
		if p.last(t).biz != want {
			t.Errorf("%s: sent %s", v.name, p.last(t).biz)
		}
	}
}

func TestRefundRefusedHere(t *testing.T) {
	c, p := newChannel(t, always(200, "{}"))
	for name, edit := range map[string]func(*channels.Refund){
		"no number":     func(r *channels.Refund) { r.RefundNo = "" },
		"long number":   func(r *channels.Refund) { r.RefundNo = strings.Repeat("1", 33) },
		"nothing":       func(r *channels.Refund) { r.Amount.Amount = 0 }, // empty would be everything
		"less":          func(r *channels.Refund) { r.Amount.Amount = -1 },
		"more":          func(r *channels.Refund) { r.Amount.Amount = 1231 },
		"HKD":           func(r *channels.Refund) { r.Amount.Currency = "HKD" },
		"no order":      func(r *channels.Refund) { r.Order.OutTradeNo = "" },
		"spaced number": func(r *channels.Refund) { r.Order.OutTradeNo = " 1" },
	} {
		r := testRefund
		edit(&r)
		if got := c.Refund(context.Background(), r); got.Outcome != channels.NotSent || got.Reason != channels.LocalRefusal || len(p.seen) != 0 {
			t.Errorf("%s: %v %q", name, got.Outcome, got.Reason)
		}
	}
}

func TestRefundQueryOutcomes(t *testing.T) {
	one := func(word string) string {
		return `{"merchant_order_sn":"T0120261122000002","refund_sn":"20261122105959000001","merchant_refund_sn":"T01R20261122000001","refund_money":"2.30","refund_status":"` + word + `"}`
	}
	two := func(word string) string {
		return `{"refund_sn":"20261122105959000001","merchant_refund_sn":"T01R20261122000001","refund_amount":2.3,"buyer_refund_amount":2.2,"finish_time":"20261122110000","refund_status":"` + word + `"}`
	}
	for _, v := range []struct {
		word   string
		want   channels.Outcome
		reason channels.Reason
	}{
		{"REFUND_SUCCESS", channels.Refunded, ""},
		{"REFUND_PROCESSING", channels.Accepted, ""},
		{"REFUND_FAILER", channels.Refused, channels.TradeFailed},
		{"REFUND_FAIL", channels.Refused, channels.TradeFailed},
		{"REFUND_FAILED", channels.Refused, channels.TradeFailed},
		{"SUCCESS", channels.Unknown, channels.ReasonUnknown},
		{"", channels.Unknown, channels.ReasonUnknown},
	} {
		for body, edit := range map[string]func(*Config){one(v.word): func(*Config) {}, two(v.word): twoVendor} {
			c, _ := newChannel(t, always(200, done(body)), edit)
			got := c.QueryRefund(context.Background(), testRefund)
			if got.Outcome != v.want || got.Reason != v.reason || !got.Verified || got.PlatformID != "20261122105959000001" {
				t.Errorf("%s: %v %q verified %v", body, got.Outcome, got.Reason, got.Verified)
			}
			if c.set.gen.two && v.want == channels.Refunded && (got.PaidAt.IsZero() || got.Payer.Amount != 220) {
				t.Errorf("%s: %+v", body, got)
			}
		}
	}
	for name, body := range map[string]string{
		"another sum":    strings.Replace(one("REFUND_SUCCESS"), "2.30", "12.30", 1),
		"no sum":         strings.Replace(one("REFUND_SUCCESS"), `"refund_money":"2.30",`, "", 1),
		"another number": strings.Replace(one("REFUND_SUCCESS"), "T01R", "T02R", 1),
		"another order":  strings.Replace(one("REFUND_SUCCESS"), "T0120261122000002", "T0120261122000009", 1),
	} {
		c, _ := newChannel(t, always(200, done(body)))
		if got := c.QueryRefund(context.Background(), testRefund); got.Outcome != channels.Unknown || got.Verified {
			t.Errorf("%s: %v verified %v", name, got.Outcome, got.Verified)
		}
	}
	c, p := newChannel(t, always(200, done(two("REFUND_SUCCESS"))), twoVendor)
	r := testRefund
	r.RefundNo, r.PlatformID = "", "20261122105959000001"
	if got := c.QueryRefund(context.Background(), r); got.Outcome != channels.Refunded || p.last(t).biz != `{"merchant_id":3000001,"refund_sn":"20261122105959000001"}` {
		t.Errorf("by the platform's number: %v, asked %s", got.Outcome, p.last(t).biz)
	}
}
