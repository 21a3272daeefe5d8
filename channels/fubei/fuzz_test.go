package fubei

import (
	"net/http"
	"strings"
	"testing"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Whatever an answer says, money is believed only where number and amount are
// in it, and only by a query's words.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(done(state("SUCCESS"))), false)
	f.Add(200, []byte(done(stateTwo("REVOKED"))), true)
	f.Add(200, []byte(done(`{"merchant_refund_sn":"T01R20261122000001","refund_money":2.3,"refund_amount":2.3,"refund_status":"REFUND_SUCCESS"}`)), false)
	f.Add(200, []byte(refusal("400", "订单不存在", "NOTENOUGH")), false)
	f.Add(200, []byte(read(f, "seed.reply.json")), false)
	f.Add(502, []byte("<html>"), true)
	mine, _ := newChannel(f, always(500, ""))
	vendors, _ := newChannel(f, always(500, ""), twoVendor, func(c *Config) { c.ConfirmRefusal = false })
	f.Fuzz(func(t *testing.T, status int, body []byte, two bool) {
		c := mine
		if two {
			c = vendors
		}
		a := readAnswer(&wire.Response{Status: status, Body: body})
		prepared, params := c.understandPrepare(a, testPrepare)
		if params != nil && (prepared.Outcome != channels.Paying || !strings.Contains(string(body), string(params)) && !two) {
			t.Errorf("params %s of %v", params, prepared.Outcome)
		}
		says := map[string]channels.Reply{
			"pay": c.understandPay(a, testPayment), "query": c.understandQuery(a, testOrder), "undo": c.understandUndo(a, testOrder), "prepare": prepared,
			"refund": c.understandRefund(a, testRefund), "refund query": c.understandRefundQuery(a, testRefund),
		}
		for call, r := range says {
			checkReply(t, call, r, status, body)
		}
		if r := says["undo"]; r.Outcome == channels.Revoked || r.Outcome == channels.Closed || r.Outcome == channels.Refunded || r.Outcome == channels.Paid {
			t.Errorf("an undo says %v", r.Outcome)
		}
	})
}

func checkReply(t *testing.T, call string, r channels.Reply, status int, body []byte) {
	t.Helper()
	switch r.Outcome {
	case channels.Paid, channels.Paying, channels.Revoked, channels.Closed, channels.Refunded, channels.Accepted:
		if !r.Verified || status != http.StatusOK {
			t.Errorf("%s: %v, verified %v, of %d", call, r.Outcome, r.Verified, status)
		}
	case channels.NotSent:
		t.Errorf("%s: an answer came, so it was sent", call)
	case channels.NotFound:
		if r.Verified {
			t.Errorf("%s: nothing proves that an order is not there", call)
		}
	}
	if r.Verified && (status != http.StatusOK || !strings.Contains(string(body), "result_code") && !strings.Contains(string(body), `\u`)) {
		t.Errorf("%s: verified %s", call, body)
	}
	if r.Detail != nil {
		if _, err := wire.ParseObject(r.Detail); err != nil {
			t.Errorf("%s: detail %s: %v", call, r.Detail, err)
		}
	}
}

func FuzzFen(f *testing.F) {
	for _, s := range []string{"12.30", "1.0E7", "0.01", "-1", "12.301", "1e-2", "00100e-2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := parseFen(s)
		if !ok {
			return
		}
		if back, ok := parseFen(string(yuan(n))); n < 0 || !ok || back != n {
			t.Errorf("%q: %d is written %s and read %d", s, n, yuan(n), back)
		}
	})
}

func FuzzOptions(f *testing.F) {
	f.Add("attach", []byte(`"订单"`))
	f.Add("detail", []byte(`{"goods":[]}`))
	f.Add("cashier_id", []byte(`34566`))
	f.Add("timeout_express", []byte(`"20261122102000"`))
	f.Add("disable_pay_channels", []byte(`"promotion,voucher"`))
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		for _, table := range []members{payOne, payTwo, createTwo, payerOne, payerTwo} {
			o, err := readOptions(table, given(name, string(value)), "option")
			if err != nil {
				continue
			}
			var b object
			b.either(name, o, nil)
			if got, err := wire.ParseObject(b.bytes()); err != nil || !got.Has(name) {
				t.Errorf("%s = %s: what was taken cannot be sent: %s", name, value, b.bytes())
			}
		}
	})
}

func FuzzNotice(f *testing.F) {
	for _, v := range vectors(f) {
		if v.Kind == "notification" {
			f.Add([]byte(v.Form), []byte(v.Fields["data"]))
		}
	}
	f.Add([]byte("data=1&data=2&sign="), []byte(`{"merchant_order_sn":"1","uid":5}`))
	c, _ := newChannel(f, always(500, ""))
	f.Fuzz(func(t *testing.T, body, data []byte) {
		for _, form := range [][]byte{body, []byte(form(merchantSecret, string(data)))} {
			n, err := c.Notified(t.Context(), nil, form)
			if (err == nil) != (n.Status == http.StatusOK) || (err == nil) != (string(n.Answer) == "success") {
				t.Errorf("%s: %+v, %v", form, n, err)
			}
			if err == nil && n.OutTradeNo == "" && n.RefundNo == "" || err != nil && n.OutTradeNo+n.RefundNo != "" {
				t.Errorf("%s: %+v, %v", form, n, err)
			}
		}
	})
}

func FuzzStatement(f *testing.F) {
	f.Add([]byte(done("[" + row(1, `"2026-11-22 10:00:01"`) + "]")))
	f.Add([]byte(done(`{"list":[` + row(1, "1795313734") + `]}`)))
	f.Add([]byte(done(`{}`)))
	c, _ := newChannel(f, always(500, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, err := c.rows(readAnswer(&wire.Response{Status: 200, Body: body}))
		if err != nil {
			return
		}
		for _, r := range rows {
			if len(cells(r, rowTitles)) != len(rowTitles) || scalar(r, "order_sn") == "" {
				t.Errorf("%s: %v", body, r)
			}
			belongs(r, testNow, testNow)
		}
	})
}
