package huifu

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Whatever an answer says, money is believed only where order, day, merchant
// and amount are in it, and only of proven answers.
func FuzzAnswer(f *testing.F) {
	for _, base := range []map[string]string{ofTestPay, ofTestQuery, ofTestAsk, ofTestRefundQuery, ofTestClose} {
		for _, stat := range []string{"S", "P", "F"} {
			f.Add(200, uint8(proven), []byte(dataOf(base, "trans_stat", stat, "org_trans_stat", stat)))
		}
	}
	f.Add(200, uint8(proven), []byte(`{"resp_code":"90000000","resp_desc":"付款码无效"}`))
	f.Add(502, uint8(unsigned), []byte(`{"resp_code":"20000","wx_response":"{\"a\":1}"}`))
	f.Add(200, uint8(broken), []byte(`{"trans_stat":"S","wx_response":{"openid":"o"}}`))
	c, _ := newChannel(f, always(500, ""))
	f.Fuzz(func(t *testing.T, status int, p uint8, data []byte) {
		o, err := wire.ParseObject(data)
		if err != nil {
			return
		}
		a := answer{status: status, data: o, proof: proof(p % 3), code: textOf(o, "resp_code"), text: o.Text("resp_desc")}
		order, refund := testOrder(), testRefund()
		for name, r := range map[string]channels.Reply{
			"pay": c.understandPay(a, order, false), "replay": c.understandPay(a, order, true), "query": c.understandQuery(a, order),
			"refund": c.understandRefund(a, refund, own, ofRefund), "refund query": c.understandRefund(a, refund, original, ofQuery),
			"close": c.understandClose(a, order), "query close": c.understandQueryClose(a, order, true),
		} {
			believed(t, name, r, a)
		}
		files, err := c.understandBill(a, "TRADE_BILL", "20261122")
		if err == nil && (a.proof != proven || status != 200) {
			t.Errorf("files %v of an answer that proves nothing", files)
		}
	})
}

// believed is what holds for every reply.
func believed(t *testing.T, name string, r channels.Reply, a answer) {
	t.Helper()
	trusted := a.proof == proven && a.status == http.StatusOK
	switch {
	case r.Outcome == channels.NotSent:
		t.Errorf("%s: an answer came, so it was sent", name)
	case r.Outcome != channels.Unknown && !trusted:
		t.Errorf("%s: %v of an answer that proves nothing", name, r.Outcome)
	case r.Verified && !trusted:
		t.Errorf("%s: verified", name)
	}
	d := a.data
	switch r.Outcome {
	case channels.Paid:
		if d["trans_stat"] != "S" || d["huifu_id"] != "6666000000000002" || textOf(d, "req_seq_id")+textOf(d, "org_req_seq_id") == "" || !d.Has("trans_amt") {
			t.Errorf("%s: paid by %v", name, d)
		}
		if n, ok := fen(textOf(d, "trans_amt")); !ok || n != 1 {
			t.Errorf("%s: paid another amount: %v", name, d)
		}
	case channels.Refunded:
		if n, ok := fen(textOf(d, "ord_amt")); !ok || n != 1 || d["trans_stat"] != "S" {
			t.Errorf("%s: refunded by %v", name, d)
		}
	case channels.Closed:
		if name != "query close" || d["trans_stat"] != "S" || d["org_trans_stat"] == "S" {
			t.Errorf("%s: closed by %v", name, d)
		}
	}
	if len(r.Detail) > 0 {
		if _, err := wire.ParseObject(r.Detail); err != nil {
			t.Errorf("%s: detail %s: %v", name, r.Detail, err)
		}
	}
	if len(r.Message) > 2048 || len(r.Code) > 32 || len(r.PlatformID) > 128 {
		t.Errorf("%s: a reply without bounds", name)
	}
}

// An envelope that nobody signed is never proven, and the readings of §3 say
// what the raw text says.
func FuzzEnvelope(f *testing.F) {
	for _, v := range vectors(f).Vectors {
		if v.Kind == "response" {
			f.Add([]byte(v.Body))
		}
	}
	f.Add([]byte(`{"data":{"a":"\\u003c\u003c\u0026","b":[1.00]},"sign":"eA=="}`))
	f.Add([]byte(`{"resp_code":"20000"}`))
	c, _ := newChannel(f, always(500, ""))
	known := map[string]bool{}
	for _, v := range vectors(f).Vectors {
		if v.Kind == "response" && v.Verifies {
			known[v.Signature] = true
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := c.prove(&wire.Response{Status: 200, Header: http.Header{}, Body: body})
		o, err := wire.ParseObject(body)
		if a.proof == proven && (err != nil || !known[o.Text("sign")]) {
			t.Errorf("proven: %s", body)
		}
		raw, ok := member(body, "data")
		if err != nil || !ok || o.Object("data") == nil {
			return
		}
		said := func(b []byte) wire.Object {
			o, err := wire.ParseObject(b)
			if err != nil {
				t.Errorf("a reading that cannot be read: %s of %s", b, raw)
			}
			return o
		}
		sorted, ok := resorted(raw)
		if !ok || !reflect.DeepEqual(said(raw), said(sorted)) || !reflect.DeepEqual(said(raw), said(unescaped(raw))) {
			t.Errorf("readings differ: %s: %s: %s", raw, sorted, unescaped(raw))
		}
	})
}

// A callback that nobody signed names nothing, and no answer carries what a
// stranger wrote.
func FuzzNotice(f *testing.F) {
	known := map[string]bool{}
	for _, v := range vectors(f).Vectors {
		if v.Kind == "notification" {
			f.Add([]byte(v.Form))
			known[v.Signature] = v.Verifies
		}
	}
	f.Add([]byte("sign=eA%3D%3D&resp_data=%5B%22x%22%5D"))
	c, _ := newChannel(f, always(500, ""))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := c.Notified(context.Background(), nil, body)
		if err != nil && (n.OutTradeNo != "" || n.RefundNo != "" || n.Status < 400 || string(n.Answer) != "REFUSED") {
			t.Errorf("refused, and %+v", n)
		}
		if form, ferr := readForm(body); err == nil && (ferr != nil || !known[form.Get("sign")] || n.OutTradeNo != testNo) {
			t.Errorf("taken: %s", body)
		}
	})
}

// What is taken of options can be signed and sent: one object in the end,
// with no character that serialisers write differently.
func FuzzOptions(f *testing.F) {
	f.Add("remark", []byte(`"r"`))
	f.Add("wx_data", []byte(`{"attach":"a","detail":{"goods_detail":[{"quantity":"1","price":"1.00"}]}}`))
	f.Add("alipay_data", []byte(`{"extend_params":{"a":[1,{"b":null}]}}`))
	f.Add("openid", []byte(`"o1"`))
	c, _ := newChannel(f, always(500, ""))
	f.Fuzz(func(t *testing.T, name string, value []byte) {
		all := map[string]json.RawMessage{name: value}
		taken, err := presentedOptions.read(all)
		if err != nil {
			taken, err = c.preparation(given("openid", `"o9"`), all)
		}
		if err != nil {
			if taken, err = c.preparation(all, nil); err != nil {
				return
			}
		}
		data := taken.encode()
		if o, err := wire.ParseObject(data); err != nil || len(o) == 0 || bytes.Contains(data, []byte("\n")) {
			t.Errorf("%s %s: sent %s: %v", name, value, data, err)
		}
		for k, v := range taken {
			if strings.HasSuffix(k, "_data") {
				if _, err := wire.ParseObject([]byte(v)); err != nil {
					t.Errorf("%s = %s: %v", k, v, err)
				}
			}
		}
	})
}

func FuzzLines(f *testing.F) {
	f.Add([]byte(testCSV), []byte{})
	f.Add([]byte("\xc7\xeb"), []byte("PK\x03\x04"))
	c, _ := newChannel(f, always(500, ""))
	f.Fuzz(func(t *testing.T, text, body []byte) {
		if _, err := c.Lines(channels.Statement{Body: []byte(zipOf(t, "a.csv", string(text)))}); err != nil && len(err.Error()) > 1024 {
			t.Errorf("error: %v", err)
		}
		_, _ = c.Lines(channels.Statement{Body: body})
	})
}

// fen reads what yuan writes, and never more than digits say; a number's day
// is a day.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"0.01", "1.", "12345678901.99", "1e2", "２", testNo, "U2026112200010000112345678901", "20261301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := fen(s); ok {
			if back, ok := fen(yuan(n)); n < 0 || !ok || back != n {
				t.Errorf("fen(%q) = %d, and back %d", s, n, back)
			}
		}
		if day, ok := dateOf(s); ok {
			if _, err := time.Parse(dayForm, day); err != nil || !strings.Contains(s, day) {
				t.Errorf("dateOf(%q) = %q", s, day)
			}
		}
	})
}
