package wechatdeposit

import (
	"context"
	"testing"

	"tillpay/channels"
)

// §10.2: success is accepted, never done; recall asks for another call.
func TestReverse(t *testing.T) {
	for _, v := range []struct {
		name   string
		e      elements
		want   channels.Outcome
		reason channels.Reason
	}{
		{"taken", doc(), channels.Accepted, ""},
		{"recall N", doc("recall", "N"), channels.Accepted, ""},
		{"recall Y", doc("recall", "Y"), channels.Paying, ""},
		{"recall ?", doc("recall", "X"), channels.Unknown, channels.ReasonUnknown},
		{"recall Y of an error", failed("SYSTEMERROR").with("recall", "Y"), channels.Unknown, channels.PlatformBusy},
		{"recall Y of a refusal", failed("REVERSE_EXPIRE").with("recall", "Y"), channels.Paying, ""},
		{"another order", doc("out_trade_no", "9"), channels.Unknown, channels.Mismatch},
		{"a refusal of another order", failed("REVERSE_EXPIRE").with("out_trade_no", "9"), channels.Unknown, channels.Mismatch},
	} {
		c, p := channel(t, 200, hmacOf(v.e))
		if r := c.Revoke(context.Background(), testOrder); r.Outcome != v.want || r.Reason != v.reason || !r.Verified {
			t.Errorf("%s: %+v", v.name, r)
		}
		if s := p.last(); s.path != "/deposit/reverse" || !s.mutual || s.sent["out_trade_no"] != "1415757673" || s.sent["transaction_id"] != "" {
			t.Errorf("%s: sent %+v", v.name, s)
		}
	}
	c, p := channel(t, 200, hmacOf(doc()))
	c.Revoke(context.Background(), testRefund.Order)
	if s := p.last(); s.sent["transaction_id"] != "1008450740201411110005820873" || s.sent["out_trade_no"] != "" {
		t.Errorf("sent %+v", s)
	}
	if r := c.Revoke(context.Background(), channels.Order{OutTradeNo: "a b"}); r.Outcome != channels.NotSent {
		t.Errorf("an odd number: %+v", r)
	}
}

// §10.1.
func TestConsume(t *testing.T) {
	echo := doc("out_trade_no", "1415757673", "transaction_id", "1008450740201411110005820873", "total_fee", "1000", "consume_fee", "300", "fee_type", "CNY")
	for _, v := range []struct {
		name string
		more []string
		want channels.Outcome
	}{
		{"taken", nil, channels.Accepted},
		{"another order", []string{"out_trade_no", "9"}, channels.Unknown},
		{"another deposit", []string{"total_fee", "999"}, channels.Unknown},
		{"another charge", []string{"consume_fee", "301"}, channels.Unknown},
		{"a charge that is none", []string{"consume_fee", "3.0"}, channels.Unknown},
		{"another currency", []string{"fee_type", "USD"}, channels.Unknown},
		{"nothing echoed", []string{"out_trade_no", "", "transaction_id", "", "total_fee", "", "consume_fee", "", "fee_type", ""}, channels.Accepted},
	} {
		c, p := channel(t, 200, hmacOf(echo.with(v.more...)))
		r := c.Capture(context.Background(), testRefund.Order, cny(300))
		if r.Outcome != v.want || r.Captured != 0 || (v.want == channels.Unknown) != (r.Reason == channels.Mismatch) {
			t.Errorf("%s: %+v", v.name, r)
		}
		s := p.last()
		if !s.mutual || s.sent["total_fee"] != "1000" || s.sent["consume_fee"] != "300" || s.sent["fee_type"] != "CNY" || s.sent["transaction_id"] == "" || s.sent["out_trade_no"] != "" {
			t.Errorf("%s: sent %+v", v.name, s)
		}
	}
	c, p := channel(t, 200, hmacOf(echo))
	for name, m := range map[string]channels.Money{"zero": cny(0), "less": cny(-1), "more": cny(1001), "dollars": {Amount: 1, Currency: "HKD"}} {
		if r := c.Capture(context.Background(), testOrder, m); r.Outcome != channels.NotSent || r.Reason != channels.LocalRefusal || r.Message == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if len(p.seen) != 0 {
		t.Errorf("sent %v", p.seen)
	}
}

// §10.3.
func TestRefund(t *testing.T) {
	echo := doc("out_trade_no", "1415757673", "transaction_id", "1008450740201411110005820873", "out_refund_no", "R1415757673",
		"refund_id", "50300000000000000000000000001", "refund_fee", "2", "total_fee", "1000", "settlement_total_fee", "2", "fee_type", "CNY", "cash_refund_fee", "2")
	for _, v := range []struct {
		name string
		more []string
		want channels.Outcome
	}{
		{"taken", nil, channels.Accepted},
		{"another refund", []string{"out_refund_no", "R9"}, channels.Unknown},
		{"another amount", []string{"refund_fee", "3"}, channels.Unknown},
		{"another deposit", []string{"total_fee", "2"}, channels.Unknown},
		{"another order", []string{"out_trade_no", "9"}, channels.Unknown},
		{"another number of the platform's", []string{"transaction_id", "9"}, channels.Unknown},
	} {
		c, p := channel(t, 200, hmacOf(echo.with(v.more...)))
		r := c.Refund(context.Background(), testRefund)
		if r.Outcome != v.want || v.want == channels.Accepted && (r.PlatformID != "50300000000000000000000000001" || r.Payer != cny(2)) {
			t.Errorf("%s: %+v", v.name, r)
		}
		s := p.last()
		want := elements{"transaction_id": "1008450740201411110005820873", "out_refund_no": "R1415757673", "total_fee": "1000", "refund_fee": "2",
			"refund_fee_type": "CNY", "refund_desc": "broken", "notify_url": "https://shop.example/v1/notify/deposit"}
		for name, x := range want {
			if s.sent[name] != x {
				t.Errorf("%s: %s = %q", v.name, name, s.sent[name])
			}
		}
		if !s.mutual || s.sent["out_trade_no"] != "" {
			t.Errorf("%s: sent %+v", v.name, s)
		}
	}
	c, p := channel(t, 200, hmacOf(echo))
	for name, edit := range map[string]func(*channels.Refund){
		"no number":   func(r *channels.Refund) { r.RefundNo = "" },
		"odd number":  func(r *channels.Refund) { r.RefundNo = "a/b" },
		"nothing":     func(r *channels.Refund) { r.Amount.Amount = 0 },
		"more":        func(r *channels.Refund) { r.Amount.Amount = 1001 },
		"dollars":     func(r *channels.Refund) { r.Amount.Currency = "HKD" },
		"no order":    func(r *channels.Refund) { r.Order.OutTradeNo, r.Order.PlatformID = "", "" },
		"odd id":      func(r *channels.Refund) { r.Order.PlatformID = "a b" },
		"other money": func(r *channels.Refund) { r.Order.Amount.Currency = "HKD" },
	} {
		r := testRefund
		edit(&r)
		if got := c.Refund(context.Background(), r); got.Outcome != channels.NotSent {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if len(p.seen) != 0 {
		t.Errorf("sent %v", p.seen)
	}
}

// §10.4: both shapes say the same.
func TestRefundQuery(t *testing.T) {
	order := []string{"out_trade_no", "1415757673", "transaction_id", "1008450740201411110005820873", "total_fee", "1000", "fee_type", "CNY"}
	flat := doc(order...).with("out_refund_no", "R1415757673", "refund_id", "503", "refund_fee", "2", "refund_status", "SUCCESS", "refund_success_time", "2021-06-24 16:37:25")
	indexed := doc(order...).with("refund_count", "2", "total_refund_count", "2", "out_refund_no_0", "R0", "refund_id_0", "502", "refund_fee_0", "7", "refund_status_0", "REFUNDCLOSE",
		"out_refund_no_1", "R1415757673", "refund_id_1", "503", "refund_fee_1", "2", "refund_status_1", "SUCCESS", "refund_success_time_1", "2021-06-24 16:37:25", "refund_recv_accout_1", "支付用户零钱")
	states := map[string]meaning{
		"SUCCESS": {outcome: channels.Refunded}, "PROCESSING": {outcome: channels.Accepted}, "REFUNDCLOSE": {outcome: channels.Refused, reason: channels.TradeFailed},
		"CHANGE": {outcome: channels.Refused, reason: channels.AccountClosed}, "ABNORMAL": {outcome: channels.Refused, reason: channels.AccountClosed},
		"NEW": {reason: channels.ReasonUnknown}, "": {reason: channels.ReasonUnknown},
	}
	for shape, v := range map[string]struct {
		e      elements
		suffix string
	}{"flat": {flat, ""}, "indexed": {indexed, "_1"}} {
		for state, want := range states {
			c, p := channel(t, 200, hmacOf(v.e.with("refund_status"+v.suffix, state)))
			r := c.QueryRefund(context.Background(), testRefund)
			if r.Outcome != want.outcome || r.Reason != want.reason || r.PlatformID != "503" || !r.Verified || r.Code != state {
				t.Errorf("%s %s: %+v", shape, state, r)
			}
			if state == "SUCCESS" && r.PaidAt.Unix() != 1624523845 {
				t.Errorf("%s: at %v", shape, r.PaidAt)
			}
			if s := p.last(); s.mutual || s.sent["out_refund_no"] != "R1415757673" || s.sent["refund_id"] != "" {
				t.Errorf("%s: sent %+v", shape, s)
			}
		}
		for name, more := range map[string][]string{
			"another order": {"out_trade_no", "9"}, "another number": {"out_refund_no" + v.suffix, "R9"}, "another amount": {"refund_fee" + v.suffix, "3"},
			"no amount": {"refund_fee" + v.suffix, ""}, "twice": {"out_refund_no_7", "R1415757673", "refund_status_7", "PROCESSING"}, "another deposit": {"total_fee", "999"},
		} {
			c, _ := channel(t, 200, hmacOf(v.e.with(more...)))
			if r := c.QueryRefund(context.Background(), testRefund); r.Outcome != channels.Unknown || r.Reason != channels.Mismatch {
				t.Errorf("%s, %s: %+v", shape, name, r)
			}
		}
		c, p := channel(t, 200, hmacOf(v.e))
		if r := c.QueryRefund(context.Background(), channels.Refund{Order: testOrder, PlatformID: "503", Amount: cny(2)}); r.Outcome != channels.Refunded || p.last().sent["refund_id"] != "503" {
			t.Errorf("%s, by the platform's number: %+v", shape, r)
		}
	}
	c, _ := channel(t, 200, hmacOf(flat))
	if r := c.QueryRefund(context.Background(), channels.Refund{Order: testOrder, Amount: cny(2)}); r.Outcome != channels.NotSent {
		t.Errorf("no number: %+v", r)
	}
}
