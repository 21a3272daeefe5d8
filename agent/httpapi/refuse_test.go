package httpapi

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

const json1 = "application/json"

// Each refusal is a problem with its code, its status and its field.
func TestRefusedBodies(t *testing.T) {
	d := openDesk(t, setup{})
	const good = `"reference":"x","amount":1,"currency":"HKD"`
	for _, c := range []struct {
		name, kind, body string
		status           int
		code, field      string
	}{
		{"no body", json1, "", 400, "invalid_body", ""},
		{"no type", "", "{" + good + "}", 415, "unsupported_media_type", ""},
		{"a form", "application/x-www-form-urlencoded", "{" + good + "}", 415, "unsupported_media_type", ""},
		{"text", "text/plain", "{" + good + "}", 415, "unsupported_media_type", ""},
		{"another charset", json1 + "; charset=gbk", "{" + good + "}", 415, "unsupported_media_type", ""},
		{"not JSON", json1, `{"reference":}`, 400, "invalid_body", ""},
		{"broken off", json1, `{"reference":"x"`, 400, "invalid_body", ""},
		{"a list", json1, `[]`, 400, "invalid_body", ""},
		{"a number", json1, `7`, 400, "invalid_body", ""},
		{"null", json1, `null`, 400, "invalid_body", ""},
		{"two objects", json1, `{` + good + `}{}`, 400, "invalid_body", ""},
		{"text behind", json1, `{` + good + `} x`, 400, "invalid_body", ""},
		{"not UTF-8", json1, "{\"reference\":\"\xff\",\"amount\":1,\"currency\":\"HKD\"}", 400, "invalid_body", ""},
		{"unknown", json1, `{` + good + `,"amout":2}`, 400, "unknown_field", "amout"},
		{"another case", json1, `{` + good + `,"Amount":2}`, 400, "unknown_field", "Amount"},
		{"unknown inside", json1, `{` + good + `,"items":[{"name":"a","quantity":1,"price":1,"qty":1}]}`, 400, "unknown_field", "items[0].qty"},
		{"twice", json1, `{` + good + `,"amount":2}`, 400, "duplicate_field", "amount"},
		{"twice inside options", json1, `{` + good + `,"options":{"a":{"b":1,"b":2}}}`, 400, "duplicate_field", "options.a.b"},
		{"text for a number", json1, `{"reference":"x","amount":"1","currency":"HKD"}`, 400, "wrong_type", "amount"},
		{"a fraction", json1, `{"reference":"x","amount":1.5,"currency":"HKD"}`, 400, "wrong_type", "amount"},
		{"too many digits", json1, `{"reference":"x","amount":99999999999999999999,"currency":"HKD"}`, 400, "wrong_type", "amount"},
		{"null for a number", json1, `{"reference":"x","amount":null,"currency":"HKD"}`, 400, "wrong_type", "amount"},
		{"an object for text", json1, `{"reference":{},"amount":1,"currency":"HKD"}`, 400, "wrong_type", "reference"},
		{"too deep", json1, `{` + good + `,"options":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, 400, "too_deep", ""},
		{"too large", json1, `{` + good + `,"description":"` + strings.Repeat("x", 70<<10) + `"}`, 413, "too_large", ""},
		{"no reference", json1, `{"amount":1,"currency":"HKD"}`, 422, "invalid_value", "reference"},
		{"nothing to pay", json1, `{"reference":"x","amount":0,"currency":"HKD"}`, 422, "invalid_value", "amount"},
		{"a currency of nobody", json1, `{"reference":"x","amount":1,"currency":"XXX"}`, 422, "invalid_value", "currency"},
		{"a currency of other tills", json1, `{"reference":"x","amount":1,"currency":"EUR"}`, 422, "invalid_value", "currency"},
		{"an option", json1, `{` + good + `,"options":{"goods_tags":"x"}}`, 422, "invalid_value", "options"},
		{"a deposit", json1, `{` + good + `,"kind":"deposit"}`, 422, "invalid_value", "kind"},
	} {
		a := d.ask("POST", "/v1/sales", c.body, "Authorization", "Bearer "+goodToken, "Content-Type", c.kind)
		refused(t, c.name, a, c.status, c.code, c.field)
	}
	if page := d.want(200, "GET", "/v1/sales", ""); len(page["sales"].([]any)) != 0 {
		t.Error("a refused body made a sale")
	}
}

func refused(t *testing.T, name string, a answered, status int, code, field string) {
	t.Helper()
	p := a.object(t)
	got, _ := p["field"].(string)
	if a.StatusCode != status || p["code"] != code || got != field || a.Header.Get("Content-Type") != "application/problem+json" ||
		a.Header.Get("Cache-Control") != "no-store" || p["status"] != float64(status) {
		t.Errorf("%s: %d %s", name, a.StatusCode, a.text)
	}
}

func TestRefusedCalls(t *testing.T) {
	d := openDesk(t, setup{})
	open, paid := d.sale("open"), d.pays("paid", goodCode)
	for _, c := range []struct {
		method, path, body string
		status             int
		code, field        string
	}{
		{"POST", "/v1/sales", `{"reference":"open","amount":1,"currency":"HKD"}`, 409, "reference_conflict", ""},
		{"GET", "/v1/sales/s0", "", 404, "not_found", ""},
		{"GET", "/v1/sales/nonsense?wait=1s", "", 404, "not_found", ""},
		{"GET", "/v1/sales/s1/journal", "", 404, "not_found", ""},
		{"GET", "/v1/sales/s1/receipt", "", 404, "not_found", ""},
		{"POST", "/v1/sales/s1/scan", `{"code":"` + goodCode + `"}`, 404, "not_found", ""},
		{"POST", "/v1/sales/s1/cancel", "", 404, "not_found", ""},
		{"POST", "/v1/sales/s1/refunds", `{"reference":"x","reason":"y"}`, 404, "not_found", ""},
		{"POST", "/v1/sales/s1/reprint", "", 404, "not_found", ""},
		{"GET", "/v1/lookup?number=9", "", 404, "not_found", ""},
		{"GET", "/v1/lookup", "", 400, "invalid_parameter", "number"},
		{"GET", open + "?wait=x", "", 400, "invalid_parameter", "wait"},
		{"GET", open + "?wiat=1s", "", 400, "invalid_parameter", "wiat"},
		{"GET", "/v1/sales?state=gone", "", 400, "invalid_parameter", "state"},
		{"GET", "/v1/sales?state=open&state=paid", "", 400, "invalid_parameter", "state"},
		{"GET", "/v1/sales?day=28.7.2026", "", 400, "invalid_parameter", "day"},
		{"GET", "/v1/sales?limit=0", "", 400, "invalid_parameter", "limit"},
		{"GET", "/v1/sales?limit=201", "", 400, "invalid_parameter", "limit"},
		{"GET", "/v1/sales?cursor=x", "", 400, "invalid_parameter", "cursor"},
		{"GET", "/v1/sales?q=" + strings.Repeat("x", 65), "", 400, "invalid_parameter", "q"},
		{"GET", "/v1/sales?q=%zz", "", 400, "invalid_parameter", ""},
		{"GET", open + "/receipt?format=pdf", "", 400, "invalid_parameter", "format"},
		{"GET", "/v1/events?last_event_id=x", "", 400, "invalid_parameter", "last_event_id"},
		{"GET", "/v1/status", "{}", 400, "invalid_body", ""},
		{"GET", open + "/receipt", "", 409, "no_receipt", ""},
		{"POST", open + "/reprint", "", 409, "no_receipt", ""},
		{"POST", paid + "/reprint", `{"copy":7}`, 422, "invalid_value", "copy"},
		{"POST", paid + "/reprint", `{"copy":-1}`, 422, "invalid_value", "copy"},
		{"POST", paid + "/reprint", `{"user":"a\u001bb"}`, 422, "invalid_value", "user"},
		{"POST", paid + "/cancel", `{}`, 409, "sale_paid", ""},
		{"POST", paid + "/cancel", `{"by":"me"}`, 400, "unknown_field", "by"},
		{"POST", open + "/refunds", `{"reference":"f","reason":"y"}`, 422, "sale_not_paid", ""},
		{"POST", paid + "/refunds", `{"reference":"f","amount":8801,"reason":"y"}`, 422, "refund_too_large", "amount"},
		{"POST", paid + "/refunds", `{"reference":"f","amount":-1,"reason":"y"}`, 422, "invalid_value", "amount"},
		{"POST", paid + "/refunds", `{"reference":"f"}`, 422, "invalid_value", "reason"},
		{"POST", open + "/scan", `{}`, 422, "invalid_value", "code"},
		{"POST", open + "/scan", `{"code":134650720866361395}`, 400, "wrong_type", "code"},
		{"POST", open + "/scan", `{"code":"4006381333931"}`, 422, "goods_barcode", ""},
		{"POST", open + "/scan", `{"code":"1346507"}`, 422, "half_code", ""},
		{"POST", open + "/scan", `{"code":"hello"}`, 422, "not_a_payment_code", ""},
		{"POST", open + "/scan", `{"code":"` + goodCode + `"}`, 422, "code_used", ""},
		{"POST", paid + "/scan", `{"code":"134650720866361396"}`, 422, "sale_not_open", ""},
		{"DELETE", open, "", 405, "method_not_allowed", ""},
		{"PUT", "/v1/sales", "{}", 405, "method_not_allowed", ""},
		{"GET", open + "/cancel", "", 405, "method_not_allowed", ""},
		{"OPTIONS", "/v1/sales", "", 405, "method_not_allowed", ""},
		{"POST", open + "/capture", "{}", 422, "invalid_value", "amount"},
		{"POST", open + "/capture", `{"amount":"1"}`, 400, "wrong_type", "amount"},
		{"POST", open + "/capture", `{"amount":1}`, 409, "deposit_not_held", ""},
		{"POST", paid + "/release", "", 409, "deposit_not_held", ""},
		{"POST", "/v1/sales/s1/capture", `{"amount":1}`, 404, "not_found", ""},
		{"POST", "/v1/sales/s1/release", "", 404, "not_found", ""},
		{"POST", open + "/nothing", "{}", 404, "not_found", ""},
		{"GET", "/v1/days/2026-07-28/nothing", "", 404, "not_found", ""},
		{"GET", "/v1/attentions", "", 404, "not_found", ""},
		{"GET", "/v1//sales", "", 404, "not_found", ""},
		{"GET", "/v1/../v1/status", "", 404, "not_found", ""},
		{"GET", "/demo", "", 404, "not_found", ""},
		{"GET", "/assets", "", 404, "not_found", ""},
		{"GET", "/nothing", "", 404, "not_found", ""},
	} {
		a := d.call(c.method, c.path, c.body)
		refused(t, c.method+" "+c.path+" "+c.body, a, c.status, c.code, c.field)
		if strings.Contains(a.text, goodCode) {
			t.Errorf("%s repeats the code", c.path)
		}
		if (c.status == 405) != (a.Header.Get("Allow") != "") {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, a.Header.Get("Allow"))
		}
	}
	if log := d.log.String(); log != "" {
		t.Errorf("refusals of requests are no matter of the log: %s", log)
	}
}

func TestRefusedAfterTheFact(t *testing.T) {
	d := openDesk(t, setup{blank: true, window: time.Nanosecond})
	paid := d.pays("paid", goodCode)
	refused(t, "no printer", d.call("POST", paid+"/reprint", ""), 409, "no_printer", "")
	refused(t, "too late", d.call("POST", paid+"/refunds", `{"reference":"f","reason":"y"}`), 422, "refund_too_late", "")
}

func TestRefusedOffline(t *testing.T) {
	d := openDesk(t, setup{})
	d.platform.mu.Lock()
	d.platform.warm = errors.New("no route to host")
	d.platform.mu.Unlock()
	path := d.sale("r1")
	d.until(path, func(v map[string]any) bool { return v["action"] == "other_method" })
	a := d.call("POST", path+"/scan", `{"code":"`+goodCode+`"}`)
	refused(t, "offline", a, 422, "offline", "")
	if a.object(t)["action"] != "other_method" {
		t.Error(a.text)
	}
}

func TestRefusedWhileThePaymentIsUnderWay(t *testing.T) {
	d := openDesk(t, setup{})
	d.platform.says = channels.Paying
	path := d.sale("r1")
	d.want(200, "POST", path+"/scan", `{"code":"`+goodCode+`"}`)
	if again := d.want(200, "POST", path+"/scan", `{"code":"`+goodCode+`"}`); len(again["payments"].([]any)) != 1 {
		t.Errorf("the same code again: %v", again["payments"])
	}
	a := d.call("POST", path+"/scan", `{"code":"134650720866361396"}`)
	refused(t, "busy", a, 422, "payment_under_way", "")
	if a.object(t)["action"] != "wait" {
		t.Error(a.text)
	}
	d.want(200, "POST", path+"/check", "")
}

// What the till's disk does cannot be staged here: the table is asked.
func TestErrorsOfTheDisk(t *testing.T) {
	p, known := understand(fmt.Errorf("sale: %w", ledger.ErrBroken))
	if p.Code != "storage" || p.Status != 503 || known {
		t.Errorf("%+v %v", p, known)
	}
	p, known = understand(errors.New("something with a secret"))
	if p.Code != "internal" || strings.Contains(p.Detail, "secret") || known {
		t.Errorf("%+v", p)
	}
}

// A body that does not come holds nothing up, and no call without a token reads one.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	d := openDesk(t, setup{})
	slow := func(token string) (status int, took time.Duration) {
		conn, err := net.Dial("tcp", d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		begun := time.Now()
		fmt.Fprintf(conn, "POST /v1/sales HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{", d.Addr, token)
		return statusLine(t, conn), time.Since(begun)
	}
	if status, _ := slow(goodToken); status != http.StatusRequestTimeout {
		t.Error(status)
	}
	promptly(t, bodyTime, func() time.Duration {
		status, took := slow("wrong")
		if status != http.StatusUnauthorized {
			t.Error(status)
		}
		return took
	})
}

// promptly is told of a call that would take limit or longer if it waited for what it
// must not wait for. A machine that stands still makes it late too, but not each time.
func promptly(t *testing.T, limit time.Duration, call func() time.Duration) {
	t.Helper()
	var took time.Duration
	for range 3 {
		if took = call(); took < limit {
			return
		}
	}
	t.Errorf("took %s, and as long each time", took)
}

// lasts is a body that takes a while and then fails as one that does not come.
type lasts time.Duration

func (l lasts) Read([]byte) (int, error) {
	time.Sleep(time.Duration(l))
	return 0, os.ErrDeadlineExceeded
}

// dated keeps until when an answer may be written.
type dated struct {
	*httptest.ResponseRecorder
	until time.Time
}

func (d *dated) SetWriteDeadline(t time.Time) error { d.until = t; return nil }

// A call that took long has as long as any other to be told that it is refused.
func TestRefusedAfterLong(t *testing.T) {
	bubble(t, setup{}, func(d *desk) {
		r := httptest.NewRequest("POST", "/v1/sales", lasts(2*answerTime))
		r.Host, r.ContentLength = d.Addr, 50
		r.Header.Set("Authorization", "Bearer "+goodToken)
		w := &dated{ResponseRecorder: httptest.NewRecorder()}
		d.ServeHTTP(w, r)
		if left := time.Until(w.until); w.Code != http.StatusRequestTimeout || left != answerTime {
			t.Errorf("%d, and %s to write it", w.Code, left)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r := httptest.NewRequest("POST", "/v1/notify/huifu", lasts(2*answerTime))
		w := &dated{ResponseRecorder: httptest.NewRecorder()}
		newPorch().ServeHTTP(w, r)
		if left := time.Until(w.until); w.Code != http.StatusRequestTimeout || left != answerTime {
			t.Errorf("a callback: %d, and %s to write it", w.Code, left)
		}
	})
}
