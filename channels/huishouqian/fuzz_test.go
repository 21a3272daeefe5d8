package huishouqian

import (
	"encoding/json"
	"strings"
	"testing"

	"tillpay/channels"
	"tillpay/channels/wire"
)

func fuzzed(f *testing.F) *Channel {
	c, _ := newChannel(f, nil, func(c *Config) { c.PayerNameCipher, c.CloseMethod = "plain", "CLOSE" })
	return c
}

// Whatever a gateway sends: what is not signed says nothing, on any call.
func FuzzReply(f *testing.F) {
	for _, v := range vectors(f).Vectors {
		if v.Body != "" {
			f.Add(200, []byte(v.Body))
		}
	}
	f.Add(200, []byte(`{"success":"false","errorCode":200206,"errorMsg":null}`))
	f.Add(502, []byte(`<html>`))
	c := fuzzed(f)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a := answer{status: status}
		if status/100 == 2 {
			c.read(&a, body)
		}
		for _, r := range everyReply(c, a) {
			if a.proof != proven && (r.Outcome != channels.Unknown || r.Verified) {
				t.Errorf("%v of an answer that proves nothing", r.Outcome)
			}
		}
	})
}

func everyReply(c *Channel, a answer) []channels.Reply {
	return []channels.Reply{
		c.understandPay(a, testOrder, false), c.understandPay(a, testOrder, true), c.understandQuery(a, testOrder),
		c.understandRefund(a, testRefund, false), c.understandRefund(a, testRefund, true), c.understandClose(a, testOrder),
	}
}

// Whatever a proven result says, money is believed only where the order and its
// amount are in it.
func FuzzResult(f *testing.F) {
	f.Add([]byte(said(nil)))
	f.Add([]byte(state("FAIL", "100206")))
	f.Add([]byte(state("", "200114")))
	f.Add([]byte(said(map[string]string{"transNo": `"T01-R-20261122-000001"`, "orderAmt": "40"})))
	c := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		a := answer{status: 200, formed: true, success: true, proof: proven}
		o, err := wire.ParseObject(body)
		if a.result = o; err != nil {
			a.fault = "result"
		}
		for i, r := range everyReply(c, a) {
			amount, ok := fen(o, "orderAmt")
			switch r.Outcome {
			case channels.Paid:
				if i > 2 || o.Text("orderStatus") != "SUCCESS" || word(o, "transNo") != testNo || !ok || amount != 1 || r.PlatformID == "" {
					t.Errorf("paid by %s", body)
				}
			case channels.Refunded:
				if i < 3 || o.Text("orderStatus") != "SUCCESS" || word(o, "transNo") != testRefund.RefundNo || !ok || amount != 40 {
					t.Errorf("refunded by %s", body)
				}
			case channels.Revoked, channels.Closed:
				if i != 2 || word(o, "transNo") != testNo {
					t.Errorf("%v by %s", r.Outcome, body)
				}
			case channels.Declined:
				if o.Text("orderStatus") != "FAIL" || word(o, "transNo") != testNo || i == 1 || r.Reason == "" {
					t.Errorf("declined by %s", body)
				}
			case channels.NotSent:
				t.Error("an answer came, so it was sent")
			}
			if err != nil && r.Outcome != channels.Unknown {
				t.Errorf("%v of no object", r.Outcome)
			}
			if r.Detail != nil && !json.Valid(r.Detail) {
				t.Errorf("detail %s", r.Detail)
			}
		}
	})
}

// A callback that nobody signed names no order.
func FuzzNotice(f *testing.F) {
	for _, v := range vectors(f).Vectors {
		if v.Kind == "notification" {
			f.Add([]byte(v.Form))
		}
	}
	f.Add([]byte("method=a&signType=RSA2&signContent=%7B%7D&sign=00&merchantNo=8500000000001"))
	c := fuzzed(f)
	whole := map[string]bool{}
	for _, v := range vectors(f).Vectors {
		whole[v.Envelope["signContent"]] = true
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := c.Notified(t.Context(), nil, body)
		e, _, _ := readForm(body)
		if err == nil && !whole[e.signContent] {
			t.Errorf("taken: %s", body)
		}
		if (err == nil) != (n.OutTradeNo != "") || (err == nil) != (n.Status == 200) {
			t.Errorf("%+v, %v", n, err)
		}
	})
}

// What is taken as an option can be sent, and read back as one object.
func FuzzOptions(f *testing.F) {
	f.Add("memo", []byte(`{"spbillCreateIp":"203.0.113.10","longitude":"113.9"}`))
	f.Add("payer_options", []byte(`[{"assign_pay_type":"INDIVIDUAL","payer_name":"张三"}]`))
	f.Add("channel_options", []byte(`{"include_bank_snames":["PAB"],"exclude_pay_channels":["ENTERPRISE"]}`))
	f.Add("front_callback_url", []byte(`{"mp_path":"a?b=1&c=\"2\"","mp_appid":"wx"}`))
	f.Add("extend", []byte(`"a+b|100%"`))
	c := fuzzed(f)
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		o, err := c.parseOptions(options1(name, string(value)), prepared)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n") && !strings.ContainsAny(name+string(value), "\n") {
				t.Errorf("error %q", err)
			}
			return
		}
		q, err := c.prepareCall(preparation(nil, options1(name, string(value))))
		if err != nil {
			return // too long together, or past
		}
		sent, err := wire.ParseObject([]byte(q.content.text()))
		if err != nil {
			t.Fatalf("%s: what was taken cannot be sent: %v", value, err)
		}
		if _, err := wire.ParseObject([]byte(sent.Text("memo"))); err != nil {
			t.Errorf("%s: memo %q: %v", value, sent.Text("memo"), err)
		}
		if o.extend != "" && sent.Text("extend") != o.extend {
			t.Errorf("extend %q was sent as %q", o.extend, sent.Text("extend"))
		}
	})
}
