package huifu

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"tillpay/channels/wire"
)

func formOf(t testing.TB, data string) url.Values {
	return url.Values{"resp_code": {"10000"}, "resp_desc": {"x"}, "sign": {signed(t, data)}, "resp_data": {data}}
}

func TestNoticesRefused(t *testing.T) {
	c, _ := newChannel(t, always(500, ""))
	good := dataOf(ofTestPay, "trans_stat", "S")
	edited := func(f func(url.Values)) string {
		form := formOf(t, good)
		f(form)
		return form.Encode()
	}
	for name, v := range map[string]struct {
		body   string
		status int
	}{
		"empty":          {"", 401},
		"json":           {sealedReply(t, good), 401},
		"html":           {"<html></html>", 401},
		"not a form":     {"a=%zz", 400},
		"unsigned":       {edited(func(f url.Values) { f.Del("sign") }), 401},
		"forged":         {edited(func(f url.Values) { f.Set("sign", signed(t, "other")) }), 401},
		"odd signature":  {edited(func(f url.Values) { f.Set("sign", "***") }), 401},
		"tampered":       {edited(func(f url.Values) { f.Set("resp_data", strings.Replace(good, "0.01", "9.01", 1)) }), 401},
		"truncated":      {edited(func(f url.Values) { f.Set("resp_data", good[:len(good)-1]) }), 401},
		"sign twice":     {formOf(t, good).Encode() + "&sign=x", 400},
		"data twice":     {formOf(t, good).Encode() + "&resp_data=x", 400},
		"in data":        {edited(func(f url.Values) { f.Set("data", f.Get("resp_data")); f.Del("resp_data") }), 401},
		"doubled member": {formOf(t, strings.Replace(good, "{", `{"req_seq_id":"x",`, 1)).Encode(), 400},
		"not an object":  {formOf(t, `"x"`).Encode(), 400},
		"wrong merchant": {formOf(t, dataOf(ofTestPay, "huifu_id", "6666000000000009")).Encode(), 400},
		"no merchant":    {formOf(t, dataOf(ofTestPay, "huifu_id", "-")).Encode(), 400},
		"no order":       {formOf(t, dataOf(ofTestPay, "req_seq_id", "-")).Encode(), 400},
		"odd order":      {formOf(t, dataOf(ofTestPay, "req_seq_id", "1\r\nX: y")).Encode(), 400},
		"oversize":       {formOf(t, dataOf(ofTestPay, "remark", strings.Repeat("a", maxNotice))).Encode(), 400},
	} {
		n, err := c.Notified(context.Background(), nil, []byte(v.body))
		if err == nil || n.Status != v.status || strings.Contains(string(n.Answer), "RECV") || n.OutTradeNo != "" || n.RefundNo != "" {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
}

func TestNotices(t *testing.T) {
	c, _ := newChannel(t, always(500, ""))
	unpadded := dataOf(ofTestPay, "trans_stat", "S")
	for name, v := range map[string]struct{ data, order, refund string }{
		"payment":       {dataOf(ofTestPay, "trans_stat", "F"), testNo, ""},
		"refund":        {dataOf(ofTestAsk, "org_req_seq_id", testNo), testNo, testRefundNo},
		"refund's kind": {dataOf(ofTestAsk, "trans_type", "TRANS_REFUND"), "", testRefundNo},
		"undoing":       {dataOf(ofTestAsk, "req_seq_id", "U2026112200010000112345678901"), "", "U2026112200010000112345678901"},
	} {
		n, err := c.Notified(context.Background(), nil, []byte(formOf(t, v.data).Encode()))
		want := v.order
		if v.refund != "" {
			want = v.refund
		}
		if err != nil || n.Status != 200 || n.OutTradeNo != v.order || n.RefundNo != v.refund || string(n.Answer) != "RECV_ORD_ID_"+want {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	// An array of one text, as one framework hands it.
	form := formOf(t, unpadded)
	form.Set("resp_data", string(wire.Encode([]string{unpadded})))
	if n, err := c.Notified(context.Background(), nil, []byte(form.Encode())); err != nil || n.OutTradeNo != testNo {
		t.Errorf("array: %+v, %v", n, err)
	}
	form.Set("resp_data", string(wire.Encode([]string{unpadded, unpadded})))
	if n, err := c.Notified(context.Background(), nil, []byte(form.Encode())); err == nil {
		t.Errorf("array of two: %+v", n)
	}
}
