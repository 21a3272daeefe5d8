package wechatdeposit

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"tillpay/channels"
	"tillpay/channels/wire"
)

func fuzzed() *Channel {
	return &Channel{cfg: Config{AppID: "wx2421b1c4370ec43b", MchID: "10000100", SubMchID: "10000101", SignType: string(hmacSHA256),
		AppAppID: "wx2421b1c4370ec43b", AppPartnerID: "10000101", NotifyURL: "https://shop.example/n", SpbillCreateIP: "127.0.0.1"},
		key: apiKey(vectorKey), clock: wire.NewClock(at(testTime))}
}

// What is read can be written, and is read the same again; what is refused
// leaves nothing.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"w1.xml", "w3.xml", "seed-reply.xml", "seed-request.xml"} {
		f.Add([]byte(read(f, name)))
	}
	f.Add([]byte(`<?xml version="1.0"?><xml v="1"><a>x<![CDATA[y]]>&#x4e2d;<!-- c --></a><b/></xml>`))
	f.Add([]byte(`<!DOCTYPE x [<!ENTITY e "x">]><xml><a>&e;</a></xml>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := parse(data, "xml")
		if err != nil {
			if e != nil {
				t.Error("refused, and yet something is there")
			}
			return
		}
		if len(data) > maxDocument || len(e) > maxElements || bytes.Contains(data, []byte("<!DOCTYPE")) {
			t.Errorf("beyond its bounds: %q", data)
		}
		maps.DeleteFunc(e, func(_, v string) bool { return v == "" })
		text := e.encode()
		if len(text) > maxDocument {
			return
		}
		if again, err := parse(text, "xml"); err != nil || !maps.Equal(again, e) {
			t.Errorf("%q became %q, %v", data, text, err)
		}
	})
}

// Whatever a document says: money is believed only of a proven one, with the
// order, its amount and its merchants in it. Half of the runs sign it.
func FuzzUnderstand(f *testing.F) {
	f.Add(200, []byte(hmacOf(paid())), false)
	f.Add(200, []byte(hmacOf(held("consume_fee", "300"))), true)
	f.Add(200, []byte(read(f, "w3.xml")), false)
	f.Add(200, []byte(hmacOf(failed("USERPAYING"))), true)
	f.Add(200, []byte(hmacOf(doc("recall", "Y", "out_refund_no_0", "R1415757673", "refund_fee_0", "2", "refund_status_0", "SUCCESS", "prepay_id", "wx1"))), true)
	f.Add(200, []byte(returnFail("签名失败")), false)
	f.Add(502, []byte("<html>"), false)
	c := fuzzed()
	f.Fuzz(func(t *testing.T, status int, body []byte, resign bool) {
		if e, err := parse(body, "xml"); resign && err == nil {
			body = []byte(hmacOf(e))
		}
		for _, k := range kinds {
			a := c.prove(k, hmacSHA256, status, body)
			r := understand(c, a)
			if r.Verified && a.proof != proven {
				t.Errorf("%s: verified, of %v", k.path(), a.proof)
			}
			switch r.Outcome {
			case channels.Paid, channels.Revoked, channels.Closed, channels.Refunded, channels.Accepted, channels.Refused, channels.Paying, channels.NotFound:
				if !r.Verified || status != 200 {
					t.Errorf("%s: %v of an answer that proves nothing", k.path(), r.Outcome)
				}
			case channels.NotSent:
				t.Error("an answer came, so it was sent")
			case channels.Declined:
				if !r.Verified && k != pay && k != create {
					t.Errorf("%s: declined", k.path())
				}
			}
			if r.Outcome == channels.Paid && (a.doc["total_fee"] != "1000" || a.doc["out_trade_no"] != testOrder.OutTradeNo || a.doc["sub_mch_id"] != "10000101") {
				t.Errorf("%s: paid by %q", k.path(), body)
			}
			if r.Captured != 0 && (r.Outcome != channels.Paid || r.Captured > 1000) || r.Captured < 0 {
				t.Errorf("%s: captured %d", k.path(), r.Captured)
			}
			if r.Detail != nil && !json.Valid(r.Detail) {
				t.Errorf("detail %s", r.Detail)
			}
		}
	})
}

// understand is what each call makes of an answer.
func understand(c *Channel, a answer) channels.Reply {
	switch a.kind {
	case pay:
		return c.understandPay(a, testPayment)
	case create:
		r, _ := c.understandPrepare(a)
		return r
	case query:
		return c.understandQuery(a, testOrder)
	case reverse:
		return c.understandRevoke(a, testOrder)
	case consume:
		return c.understandCapture(a, testOrder, cny(300))
	case refund:
		return c.understandRefund(a, testRefund)
	}
	return c.understandRefundQuery(a, testRefund)
}

// A callback is taken only if it is signed by the key or sealed with it.
func FuzzNotified(f *testing.F) {
	f.Add([]byte(hmacOf(paid("trade_type", "APP"))), false)
	f.Add(elements{"return_code": "SUCCESS", "mch_id": "10000100", "req_info": read(f, "b3.base64")}.encode(), false)
	f.Add([]byte(paid().encode()), true)
	c := fuzzed()
	f.Fuzz(func(t *testing.T, body []byte, resign bool) {
		e, parsed := parse(body, "xml")
		if resign && parsed == nil {
			body = []byte(hmacOf(e))
			e, parsed = parse(body, "xml")
		}
		n, err := c.Notified(context.Background(), nil, body)
		if (err == nil) != (n.Status == 200) || len(n.Answer) == 0 {
			t.Errorf("%+v, %v", n, err)
		}
		if err != nil {
			if n.OutTradeNo != "" || n.RefundNo != "" {
				t.Errorf("refused, and yet %+v", n)
			}
			return
		}
		if parsed != nil || n.OutTradeNo == "" || n.RefundNo == "" && c.key.check(e, hmacSHA256) != proven {
			t.Errorf("taken: %q", body)
		}
	})
}

// Ciphertexts are the platform's, or noise.
func FuzzOpenInfo(f *testing.F) {
	f.Add(read(f, "b3.base64"))
	f.Add(seal("<root><a>1</a></root>"))
	f.Fuzz(func(t *testing.T, info string) {
		e, err := apiKey(vectorKey).openInfo(info)
		if err != nil {
			if len(err.Error()) > 80 {
				t.Errorf("it tells too much: %v", err)
			}
			return
		}
		if raw, bad := base64.StdEncoding.DecodeString(info); bad != nil || len(raw)%16 != 0 || e == nil {
			t.Errorf("%q: %v", info, e)
		}
	})
}

// What is taken of a sale can be sent, and stays within the page's limits.
func FuzzOptions(f *testing.F) {
	f.Add("detail", []byte(`{"cost_price":1,"goods_detail":[{"goods_id":"a","quantity":1,"price":1}]}`))
	f.Add("scene_info", []byte(`{"store_info":{"id":"1","name":"n"},"own":[1.5]}`))
	f.Add("scene_info", []byte(`"{\"a\":1}"`))
	f.Add("attach", []byte(`"押金"`))
	f.Add("time_start", []byte(`"20210624163726"`))
	f.Add("openid", []byte(`"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"`))
	c := fuzzed()
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		for _, known := range []map[string]reader{presentedOptions, preparedOptions, payerMembers} {
			e, err := readOptions("option", given(name, string(value)), known)
			if err != nil {
				if !strings.Contains(err.Error(), plain(wire.Cut(name, 8))) && len(name) < 60 {
					t.Errorf("%q: error does not name it: %v", name, err)
				}
				continue
			}
			if len(e[name]) == 0 || len(e[name]) > 4*maxDetail || e[name] != plain(e[name]) {
				t.Errorf("%s: sent as %q", name, e[name])
			}
			sent := c.sealed(e, hmacSHA256, "n")
			if again, err := parse(sent.encode(), "xml"); err != nil || c.key.check(again, hmacSHA256) != proven {
				t.Errorf("%s = %q cannot be sent: %v", name, value, err)
			}
		}
	})
}
