package wechatglobal

import (
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Whatever a proven answer says, money is believed only where the order, its
// amount and its currency are in it, and only proven answers are believed.
func FuzzTrade(f *testing.F) {
	f.Add(200, []byte(r1(f)), uint8(proven))
	f.Add(200, []byte(r1(f)), uint8(unsigned))
	f.Add(202, []byte(`{"code":"USERPAYING"}`), uint8(proven))
	f.Add(403, []byte(`{"code":"NOT_ENOUGH","message":"x","detail":{"field":"f","issue":"i"}}`), uint8(unsigned))
	f.Add(500, []byte(`<html>`), uint8(unsigned))
	f.Add(404, []byte(`{"code":"ORDER_NOT_EXIST"}`), uint8(broken))
	c := &Channel{account: account{institution: true, spMchID: "10000100", spAppID: "wxdace645e0bc2c424", subMchID: "20000100"}}
	f.Fuzz(func(t *testing.T, status int, body []byte, p uint8) {
		a := answer{status: status, body: body, proof: proof(p % 3), request: "08-268501834"}
		for _, r := range []channels.Reply{c.understandPay(a, testPayment), firstOf(c.understood(a, testOrder, queryCodes)),
			understandRevoke(a), c.understandRefund(a, testRefund), c.understandRefundQuery(a, testRefund)} {
			if r.Verified != (a.proof == proven) {
				t.Errorf("verified %v of %v", r.Verified, a.proof)
			}
			switch r.Outcome {
			case channels.Paid, channels.Revoked, channels.Closed, channels.Refunded, channels.Accepted, channels.Refused:
				if a.proof == proven {
					break
				}
				if r.Outcome == channels.Refused && a.proof == unsigned {
					break
				}
				t.Errorf("%v of an answer that proves nothing", r.Outcome)
			case channels.Declined, channels.NotFound:
				if a.proof == broken {
					t.Errorf("%v of a broken signature", r.Outcome)
				}
			case channels.NotSent:
				t.Error("an answer came, so it was sent")
			}
			if r.Outcome == channels.Paid && status != 200 {
				t.Errorf("paid by %d", status)
			}
		}
	})
}

func firstOf(r channels.Reply, _ meaning) channels.Reply { return r }

func FuzzCertificates(f *testing.F) {
	f.Add([]byte(certificates(f)))
	f.Add([]byte(`{"data":[]}`))
	k := &platformKeys{apiV3Key: []byte(v3Key), now: time.Now}
	f.Fuzz(func(t *testing.T, raw []byte) {
		keys, err := k.decrypt(raw)
		if err == nil && (len(keys) != 1 || keys[tk1Serial].public == nil) {
			t.Errorf("a certificate that nobody sealed: %v", keys)
		}
	})
}

func FuzzOptions(f *testing.F) {
	f.Add("detail", []byte(`[{"cost_price":1,"goods_detail":[{"goods_id":"a","quantity":1,"price":1}]}]`))
	f.Add("scene_info", []byte(`{"device_ip":"1.2.3.4","store_info":{"name":"n","address":"a"}}`))
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		o, err := parseOptions(given(name, string(value)))
		if err != nil {
			return
		}
		if _, err := wire.ParseObject(wire.Encode(payBody{Attach: o.attach, GoodsTag: o.goodsTag, Detail: o.detail, Scene: (*scene)(&o.scene)})); err != nil {
			t.Errorf("%s: what was taken cannot be sent: %v", value, err)
		}
	})
}
