package wechatdeposit

import (
	"context"
	"crypto/aes"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

// seal is openInfo's opposite: the platform's half.
func seal(text string) string {
	block, err := aes.NewCipher(apiKey(vectorKey).infoKey())
	if err != nil {
		panic(err)
	}
	pad := aes.BlockSize - len(text)%aes.BlockSize
	raw := []byte(text + strings.Repeat(string(rune(pad)), pad))
	for at := 0; at < len(raw); at += aes.BlockSize {
		block.Encrypt(raw[at:at+aes.BlockSize], raw[at:at+aes.BlockSize])
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// §12, payments: ordinary v2's form.
func TestPaymentNotice(t *testing.T) {
	good := paid("trade_type", "APP", "device_info", "1000")
	for _, v := range []struct {
		name, body string
		sign       algorithm
		status     int
	}{
		{"good", hmacOf(good), hmacSHA256, 200},
		{"again", hmacOf(good), hmacSHA256, 200},
		{"with sign_type", hmacOf(good.with("sign_type", "HMAC-SHA256")), hmacSHA256, 200},
		{"failed payment", hmacOf(good.with("result_code", "FAIL")), hmacSHA256, 200}, // a hint all the same
		{"MD5 of an MD5 account", signed(good, md5Legacy), md5Legacy, 200},
		{"MD5", signed(good, md5Legacy), hmacSHA256, 401},
		{"MD5 that says so", signed(good.with("sign_type", "MD5"), md5Legacy), hmacSHA256, 401},
		{"HMAC of an MD5 account", hmacOf(good), md5Legacy, 401},
		{"unsigned", string(good.encode()), hmacSHA256, 401},
		{"empty sign", strings.Replace(string(good.encode()), "</xml>", "<sign></sign></xml>", 1), hmacSHA256, 401},
		{"forged", strings.Replace(hmacOf(good), ">1000</total_fee>", ">1</total_fee>", 1), hmacSHA256, 401},
		{"another provider", hmacOf(good.with("mch_id", "1")), hmacSHA256, 400},
		{"another sub-merchant", hmacOf(good.with("sub_mch_id", "1")), hmacSHA256, 400},
		{"no sub-merchant", hmacOf(good.with("sub_mch_id", "")), hmacSHA256, 400},
		{"no order", hmacOf(good.with("out_trade_no", "")), hmacSHA256, 400},
		{"an odd order", hmacOf(good.with("out_trade_no", "a b")), hmacSHA256, 400},
		{"FAIL", hmacOf(good.with("return_code", "FAIL")), hmacSHA256, 400},
		{"twice", strings.Replace(hmacOf(good), "</xml>", "<out_trade_no>1415757673</out_trade_no></xml>", 1), hmacSHA256, 400},
		{"document type", "<!DOCTYPE x>" + hmacOf(good), hmacSHA256, 400},
		{"truncated", hmacOf(good)[:300], hmacSHA256, 400},
		{"oversize", hmacOf(good.with("attach", strings.Repeat("x", 70000))), hmacSHA256, 400},
		{"html", "<html></html>", hmacSHA256, 400},
		{"nothing", "", hmacSHA256, 400},
		{"an app's start", hmacOf(params(t, "w4.params")), hmacSHA256, 400}, // the one signature of ours that leaves the house
	} {
		c, _ := channel(t, 500, "", func(c *Config) { c.SignType = string(v.sign) })
		n, err := c.Notified(context.Background(), http.Header{}, []byte(v.body))
		answer := "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>"
		if v.status != 200 {
			answer = string(noticeRefused)
		}
		if n.Status != v.status || (err == nil) != (v.status == 200) || string(n.Answer) != answer || n.AnswerType != "text/xml; charset=utf-8" {
			t.Errorf("%s: %d %s, %v", v.name, n.Status, n.Answer, err)
		}
		if err == nil && (n.OutTradeNo != "1415757673" || n.RefundNo != "" || n.ID != "payment 1415757673 1008450740201411110005820873") {
			t.Errorf("%s: %+v", v.name, n)
		}
		if err != nil && (n.OutTradeNo != "" || n.ID != "") {
			t.Errorf("%s: refused, and yet %+v", v.name, n)
		}
	}
}

// §12, refunds: B3 in its envelope, and what is wrong with others.
func TestRefundNotice(t *testing.T) {
	b3, text := read(t, "b3.base64"), read(t, "b3.xml")
	outer := elements{"return_code": "SUCCESS", "appid": "wx2421b1c4370ec43b", "mch_id": "10000100", "sub_mch_id": "10000101", "nonce_str": "n"}
	for _, v := range []struct {
		name   string
		e      elements
		status int
	}{
		{"B3", outer.with("req_info", b3), 200},
		{"without merchant", outer.with("req_info", b3, "sub_mch_id", ""), 200},
		{"our own seal", outer.with("req_info", seal(text)), 200},
		{"another merchant", outer.with("req_info", b3, "mch_id", "1"), 400},
		{"a signature that is wrong", outer.with("req_info", b3, "sign", "00"), 401},
		{"FAIL", outer.with("req_info", b3, "return_code", "FAIL"), 400},
		{"no Base64", outer.with("req_info", "%%%"), 401},
		{"no block", outer.with("req_info", "AAAA"), 401},
		{"noise", outer.with("req_info", strings.Repeat("A", 64)), 401},
		{"half", outer.with("req_info", b3[:512]), 401},
		{"another form", outer.with("req_info", seal("{}")), 401},
		{"another root", outer.with("req_info", seal("<xml></xml>")), 401},
		{"twice", outer.with("req_info", seal(strings.Replace(text, "</root>", "<out_trade_no>1</out_trade_no></root>", 1))), 401},
		{"a document type", outer.with("req_info", seal("<!DOCTYPE root>"+text)), 401},
		{"no refund", outer.with("req_info", seal("<root><out_trade_no>1</out_trade_no></root>")), 400},
		{"no order", outer.with("req_info", seal("<root><out_refund_no>1</out_refund_no></root>")), 400},
	} {
		c, _ := channel(t, 500, "")
		n, err := c.Notified(context.Background(), nil, v.e.encode())
		if n.Status != v.status || (err == nil) != (v.status == 200) {
			t.Errorf("%s: %+v, %v", v.name, n, err)
		}
		if err == nil && (n.OutTradeNo != "1415757673" || n.RefundNo != "R1415757673" || n.ID != "refund R1415757673 50300000000000000000000000001 SUCCESS") {
			t.Errorf("%s: %+v", v.name, n)
		}
	}
	for pad := range 256 {
		text := append([]byte(strings.Repeat("x", 31)), byte(pad))
		raw := unbase64(t, seal(string(text)))[:32]
		if got, err := openECB(apiKey(vectorKey).infoKey(), raw); (err == nil) != (pad == 1) {
			t.Errorf("padding %d: %q, %v", pad, got, err)
		}
	}
}
