package wechatglobal

import (
	"net/http"
	"strconv"
	"strings"
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

// Certificates, of files and of the platform's answers: no panic, and none of a
// weak key.
func FuzzCertificateFiles(f *testing.F) {
	f.Add([]byte(read(f, "tk1.crt.pem")))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, err := parseCertificates(data)
		if err == nil && len(certs) == 0 {
			t.Error("no certificate, and no error")
		}
		for _, cert := range certs {
			if _, key, err := keyOf(cert); err == nil && key.public.N.BitLen() < minKeyBits {
				t.Error("a weak key is taken")
			}
		}
	})
}

// A callback that proved nothing is refused, whatever its headers and body say;
// one that did names our order or is refused, whatever it holds.
func FuzzNotice(f *testing.F) {
	plain := read(f, "c1.plain.json")
	f.Add([]byte(callback(f)), []byte(plain), "refund", "fdasflkja484", read(f, "c1.sig"))
	f.Add([]byte(`{"id":"EV-1","resource":{"algorithm":"AEAD_AES_256_GCM"}}`), []byte(`{"out_trade_no":"1"}`), "", "", "WECHATPAY/SIGNTEST/x")
	f.Add([]byte(`{"resource":[]}`), []byte(strings.Replace(plain, "20000100", "20000109", 1)), "refund", "fdasflkja484", "")
	f.Add([]byte(`{"id":"a","id":"b"}`), []byte(strings.Replace(plain, "{", `{"out_trade_no":"2",`, 1)), "refund", "fdasflkja484", "eA==")
	good := callback(f)
	c, _ := newChannel(f, always(500, ""))
	warm(f, c) // else the target would fetch certificates
	f.Fuzz(func(t *testing.T, body, plain []byte, additional, nonce, sign string) {
		header := http.Header{"Wechatpay-Timestamp": {strconv.Itoa(testTime)}, "Wechatpay-Nonce": {nonce}, "Wechatpay-Serial": {tk1Serial}, "Wechatpay-Signature": {sign}}
		n, err := c.Notified(t.Context(), header, body)
		if (err == nil) != (n.Status == 200) || err == nil && string(body) != good {
			t.Errorf("nobody signed it: %+v %v", n, err)
		}
		sealed := wire.Encode(map[string]any{"id": "EV-1", "resource": map[string]string{
			"algorithm": "AEAD_AES_256_GCM", "nonce": "fdasflkja484", "associated_data": additional, "ciphertext": sealGCM(t, "fdasflkja484", additional, plain)}})
		for _, signed := range [][]byte{body, sealed} {
			n, err := c.readNotice(channels.Notice{Answer: noticeRefused}, signed)
			switch {
			case (err == nil) != (n.Status == http.StatusOK):
				t.Errorf("%+v, %v", n, err)
			case err != nil:
				if n.OutTradeNo+n.RefundNo != "" && n.Status == http.StatusOK {
					t.Errorf("refused, and taken: %+v", n)
				}
			case n.OutTradeNo == "" && n.RefundNo == "", len(n.OutTradeNo) > 32, len(n.RefundNo) > 64, string(n.Answer) != string(noticeTaken):
				t.Errorf("%+v", n)
			}
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
