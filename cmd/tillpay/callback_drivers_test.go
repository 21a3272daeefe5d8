package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tillpay/agent/httpapi"
	"tillpay/channels"
)

// refusals is what each platform hears when its callback does not prove itself:
// its own words, and no success.
var refusals = map[string][2]string{ // Content-Type, answer
	"wechat-global":  {"application/json", `{"code":"FAIL","message":"not accepted"}`},
	"wechat-deposit": {"text/xml; charset=utf-8", "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[not accepted]]></return_msg></xml>"},
	"huishouqian":    {"text/plain; charset=utf-8", "FAIL"},
	"fubei":          {"text/plain; charset=utf-8", "fail"},
}

// driversPorch is a listener for every documented driver.
type driversPorch struct {
	*httpapi.Callbacks
	log   bytes.Buffer
	hints []string
}

func openDriversPorch(t *testing.T) *driversPorch {
	p := &driversPorch{}
	all := map[string]channels.Notifiee{}
	for _, a := range documentedAccounts(t) {
		n, ok := a.Channel.(channels.Notifiee)
		if !ok {
			t.Fatalf("%s reads no callbacks", a.Name)
		}
		all[a.Name] = n
	}
	p.Callbacks = httpapi.NewCallbacks(httpapi.CallbacksConfig{
		Channels: all, Log: slog.New(slog.NewTextHandler(&p.log, nil)),
		Hint: func(_ context.Context, channel string, n channels.Notice) (bool, error) {
			p.hints = append(p.hints, channel+" "+n.OutTradeNo)
			return false, nil
		},
	})
	return p
}

func (p *driversPorch) call(channel, body, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/notify/"+channel, strings.NewReader(body))
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// Whatever a stranger sends to whichever platform's address: refused in that
// platform's words, one line each, nothing asked.
func TestStrangersCallbacks(t *testing.T) {
	p := openDriversPorch(t)
	sent := 0
	for name := range refusals {
		for i, body := range []string{
			"", "{}", "[]", "<html><title>portal</title></html>", "<xml></xml>", "a=b", "data=%7B%7D&sign=" + strings.Repeat("0", 32),
			`{"id":"x","resource":{"algorithm":"AEAD_AES_256_GCM","ciphertext":"x","nonce":"x"}}`, "<xml><return_code>SUCCESS</return_code><out_trade_no>1</out_trade_no></xml>",
			"<!DOCTYPE x [<!ENTITY y SYSTEM \"file:///etc/hostname\">]><xml>&y;</xml>", strings.Repeat("[", 60000), strings.Repeat("<a>", 20000), "\x00\xff\xfe",
			"method=CALLBACK&version=1.0&format=JSON&merchantNo=8500000000001&signType=RSA2&signContent=%7B%22transNo%22%3A%221%22%7D&sign=00",
		} {
			w := p.call(name, body, "203.0.113.9:1")
			sent++
			if w.Code < 400 || w.Code > 499 || w.Header().Get("Content-Type") != refusals[name][0] || w.Body.String() != refusals[name][1] {
				t.Errorf("%s, body %d: %d %s %q", name, i, w.Code, w.Header().Get("Content-Type"), w.Body)
			}
		}
	}
	if lines := strings.Count(p.log.String(), `msg="callback refused"`); lines != sent || len(p.hints) != 0 {
		t.Errorf("%d callbacks, %d lines, followed: %v", sent, lines, p.hints)
	}
	if strings.Contains(p.log.String(), "portal") || strings.Contains(p.log.String(), "DOCTYPE") {
		t.Error("a body is in the log")
	}
}

// A genuine callback about a number that is not ours: answered as the platform
// expects, so that it stops, and nothing done.
func TestCallbackOfAStrangersNumber(t *testing.T) {
	p := openDriversPorch(t)
	const data = `{"merchant_order_sn":"T0120261122000002","trade_state":"SUCCESS"}`
	sum := md5.Sum([]byte("data=" + data + "&result_code=200" + documentedKey)) // fubei.md §12
	form := url.Values{"data": {data}, "result_code": {"200"}, "sign": {strings.ToUpper(hex.EncodeToString(sum[:]))}}.Encode()
	for range 2 {
		if w := p.call("fubei", form, "203.0.113.9:1"); w.Code != 200 || w.Body.String() != "success" {
			t.Errorf("%d %s\n%s", w.Code, w.Body, &p.log)
		}
	}
	if w := p.call("huishouqian", form, "203.0.113.9:1"); w.Code < 400 {
		t.Errorf("another channel's address: %d", w.Code)
	}
	if len(p.hints) != 2 || p.hints[0] != "fubei T0120261122000002" {
		t.Error(p.hints)
	}
}
