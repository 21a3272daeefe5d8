package httpapi

import (
	"fmt"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSaleFromBeginningToEnd(t *testing.T) {
	d := openDesk(t, setup{})
	const body = `{"reference":"r1","amount":8800,"currency":"HKD","description":"tea","items":[{"name":"tea","quantity":2,"price":4400}],"cashier":"Amy","options":{"goods_tag":"x"}}`
	v := d.want(201, "POST", "/v1/sales", body)
	path := "/v1/sales/" + v["id"].(string)
	if again := d.want(200, "POST", "/v1/sales", body); again["id"] != v["id"] {
		t.Error("the same request made another sale")
	}
	if v["state"] != "open" || v["armed"] != true || v["action"] != "scan" {
		t.Errorf("%v", v)
	}
	if a := d.call("GET", path+"/receipt", ""); a.StatusCode != 409 {
		t.Error(a.text)
	}
	d.want(200, "POST", path+"/scan", `{"code":"`+goodCode+`"}`)
	v = d.until(path, func(v map[string]any) bool { return v["receipt"] == "printed" })
	if v["state"] != "paid" || v["payments"].([]any)[0].(map[string]any)["code_last4"] != "1395" {
		t.Errorf("%v", v)
	}
	d.want(200, "POST", path+"/check", `{}`)
	refund := `{"reference":"f1","amount":800,"reason":"cold"}`
	d.want(201, "POST", path+"/refunds", refund)
	v = d.want(200, "POST", path+"/refunds", refund)
	if len(v["refunds"].([]any)) != 1 {
		t.Errorf("%v", v["refunds"])
	}
	if v = d.want(200, "POST", path+"/reprint", `{"copy":1,"user":"Amy"}`); v["copies"] != 1.0 {
		t.Errorf("%v", v)
	}
	if v = d.want(200, "POST", path+"/reprint", `{"copy":1}`); v["copies"] != 1.0 {
		t.Error("the same copy is printed once")
	}
	if entries := d.want(200, "GET", path+"/journal", "")["entries"].([]any); len(entries) < 4 {
		t.Error(entries)
	}
	found := d.want(200, "GET", "/v1/lookup?number=r1", "")
	if found["sale"].(map[string]any)["id"] != v["id"] || found["live"].(map[string]any)["outcome"] != "paid" {
		t.Errorf("%v", found)
	}
	d.want(200, "GET", "/v1/status", "")
}

func TestCancelledSaleAndItsLookup(t *testing.T) {
	d := openDesk(t, setup{})
	path := d.sale("r1")
	for _, body := range []string{"", "{}"} {
		if v := d.want(200, "POST", path+"/cancel", body); v["state"] != "cancelled" {
			t.Error(v)
		}
	}
	if v := d.want(200, "GET", "/v1/lookup?number=r1", ""); v["live"] != nil {
		t.Error(v)
	}
}

func TestListingInPages(t *testing.T) {
	bubble(t, setup{}, func(d *desk) { // whose day does not end
		for i := range 5 {
			d.sale(fmt.Sprintf("r%d", i))
		}
		var seen []string
		cursor := ""
		for range 3 {
			page := d.want(200, "GET", "/v1/sales?limit=2&day="+time.Now().UTC().Format(time.DateOnly)+"&cursor="+cursor, "")
			for _, s := range page["sales"].([]any) {
				seen = append(seen, s.(map[string]any)["reference"].(string))
			}
			cursor = page["next_cursor"].(string)
		}
		if strings.Join(seen, " ") != "r4 r3 r2 r1 r0" || cursor != "" {
			t.Error(seen, cursor)
		}
		for filter, want := range map[string]int{"reference=r3": 1, "state=open": 5, "state=paid": 0, "q=tea": 5, "q=r4": 1} {
			if got := d.want(200, "GET", "/v1/sales?"+filter, "")["sales"].([]any); len(got) != want {
				t.Errorf("%s: %d sales", filter, len(got))
			}
		}
	})
}

func TestReceiptAsTextAndAsHTML(t *testing.T) {
	d := openDesk(t, setup{})
	path := d.pays("r1", goodCode) + "/receipt"
	for _, c := range []struct{ query, accept, kind string }{
		{"", "", "text/plain"}, {"", "*/*", "text/plain"}, {"", "text/html", "text/html"}, {"?format=html", "text/plain", "text/html"},
		{"?format=text", "text/html", "text/plain"}, {"", "text/plain, text/html;q=0.5", "text/plain"}, {"", "text/html;q=0, text/plain", "text/plain"},
	} {
		a := d.call("GET", path+c.query, "", "Accept", c.accept)
		if a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), c.kind) || !strings.Contains(a.text, "88.00") {
			t.Errorf("%v: %d %s", c, a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
}

func TestWaitAnswersAtTheChange(t *testing.T) {
	bubble(t, setup{}, func(d *desk) {
		path := d.sale("r1")
		begun := time.Now()
		if v := d.want(200, "GET", path+"?wait=300ms", ""); v["state"] != "open" || time.Since(begun) != 300*time.Millisecond {
			t.Errorf("%v after %s", v["state"], time.Since(begun))
		}
		changed := make(chan map[string]any)
		go func() { changed <- d.want(200, "GET", path+"?wait=20s", "") }()
		synctest.Wait()
		begun = time.Now()
		d.want(200, "POST", path+"/cancel", "")
		if v := <-changed; v["state"] != "cancelled" || time.Since(begun) != 0 {
			t.Errorf("%v after %s", v["state"], time.Since(begun))
		}
	})
}

// A change that comes between two calls is no change to wait for: it is answered.
func TestWaitKnowsWhatWasSeen(t *testing.T) {
	bubble(t, setup{}, func(d *desk) {
		path := d.sale("r1")
		seen := d.call("GET", path, "").Header.Get("ETag")
		if a := d.call("GET", path+"?wait=1ms", "", "If-None-Match", seen); a.StatusCode != 304 || a.text != "" || a.Header.Get("ETag") != seen {
			t.Errorf("%d %q, ETag %s and not %s", a.StatusCode, a.text, a.Header.Get("ETag"), seen)
		}
		d.want(200, "POST", path+"/cancel", "")
		begun := time.Now()
		if a := d.call("GET", path+"?wait=60s", "", "If-None-Match", seen); a.StatusCode != 200 || a.object(t)["state"] != "cancelled" || time.Since(begun) != 0 {
			t.Errorf("%d %s after %s", a.StatusCode, a.text, time.Since(begun))
		}
	})
}

func TestOneSaleHoweverOftenItIsAsked(t *testing.T) {
	d := openDesk(t, setup{})
	const times = 200
	var g sync.WaitGroup
	ids, fresh := make([]string, times), make([]bool, times)
	slots := make(chan bool, 32)
	for i := range times {
		g.Go(func() {
			slots <- true
			defer func() { <-slots }()
			a := d.call("POST", "/v1/sales", `{"reference":"r1","amount":8800,"currency":"HKD"}`)
			if a.StatusCode > 201 {
				t.Error(a.text)
				return
			}
			ids[i], fresh[i] = a.object(t)["id"].(string), a.StatusCode == http.StatusCreated
		})
	}
	g.Wait()
	made := 0
	for i := range times {
		if fresh[i] {
			made++
		}
		if ids[i] != ids[0] {
			t.Fatal("two sales")
		}
	}
	if made != 1 {
		t.Errorf("%d answers say that the sale is new", made)
	}
}

func TestHealth(t *testing.T) {
	d := openDesk(t, setup{})
	if a := d.ask("GET", "/healthz", ""); a.StatusCode != 200 || a.text != `{"status":"ok"}`+"\n" {
		t.Error(a.StatusCode, a.text)
	}
	if a := d.ask("GET", "/openapi.json", ""); a.StatusCode != 200 || a.text != string(document(t)) {
		t.Error(a.StatusCode, "or not openapi.json as it is: go generate ./agent/httpapi")
	}
	if a := d.ask("GET", "/assets/paper.css", ""); a.StatusCode != 200 || !strings.Contains(a.text, ".paper") {
		t.Error(a.StatusCode)
	}
	if a := d.ask("GET", "/favicon.ico", ""); a.StatusCode != 204 {
		t.Error(a.StatusCode)
	}
}

func TestPanicIsAnAnswerAndIsLoggedOnce(t *testing.T) {
	d := openDesk(t, setup{demo: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { panic("ouch") })})
	a := d.call("GET", "/demo/x", "")
	if a.StatusCode != 500 || a.object(t)["code"] != "internal" || strings.Contains(a.text, "ouch") {
		t.Error(a.StatusCode, a.text)
	}
	if n := strings.Count(d.log.String(), "ouch"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if a := d.call("GET", "/v1/status", ""); a.StatusCode != 200 {
		t.Error("the till did not survive it")
	}
}

func TestMetrics(t *testing.T) {
	d := openDesk(t, setup{})
	d.call("GET", "/metrics", "") // counters begin with the first look, if not before
	d.pays("r1", goodCode)
	text := ""
	for !strings.Contains(text, `{kind="goods"}`) || !strings.Contains(text, "tillpay_queue_depth 0") { // a scan is counted, and a job gone, a moment later
		d.Till.Scanned(t.Context(), "gun", "4006381333931")
		text = d.call("GET", "/metrics", "").text
	}
	for _, line := range []string{
		`tillpay_payments_total{channel="wechat",state="submitting"} 1`, `tillpay_payments_total{channel="wechat",state="paid"} 1`,
		`tillpay_scans_total{kind="payment_code"} 1`, `tillpay_receipts_total{result="printed"} 1`,
		`tillpay_attention 0`, `tillpay_storage_ok 1`, `tillpay_channel_online{channel="wechat"} 1`,
		`tillpay_clock_offset_seconds{channel="wechat"} 0`, `tillpay_device_ready{device="paper",kind="printer"} 1`, `tillpay_build_info{`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(text)); err != nil {
		t.Errorf("Prometheus cannot read it: %v\n%s", err, text)
	}
	if strings.Contains(text, "1395") || strings.Contains(text, goodCode) {
		t.Error("a code is in the metrics")
	}
}
