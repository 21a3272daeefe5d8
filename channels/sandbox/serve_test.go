package sandbox_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels/sandbox"
)

// served runs a sandbox on real listeners and returns a till on it and the
// control API's address.
func served(t *testing.T) (*till, string) {
	t.Helper()
	tl := newTill(t, sandbox.Institution)
	platform, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	control, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- tl.box.Serve(ctx, platform, control) }()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(tl.box.CA()) {
		t.Fatal("the CA is not PEM")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Time: tl.clock.Now}}
	tl.web, tl.base = &http.Client{Transport: transport}, "https://"+platform.Addr().String()
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-done; err != nil {
			t.Error("serve:", err)
		}
	})
	return tl, "http://" + control.Addr().String()
}

func TestServe(t *testing.T) {
	tl, _ := served(t)
	tl.says(tl.pay("A1", tl.code("00")), "SUCCESS")
	tl.clock.pass(20 * time.Second)
	if a := tl.revoke("A1"); a.status != 204 || !a.verified {
		t.Error(a)
	}
	reset := syscall.ECONNRESET
	if runtime.GOOS == "windows" {
		reset = syscall.Errno(10054) // WSAECONNRESET, which is another there
	}
	for code, want := range map[string]error{"10": io.EOF, "16": reset, "17": io.ErrUnexpectedEOF} {
		if a := tl.pay("B"+code, tl.code(code)); !errors.Is(a.err, want) {
			t.Errorf("%s: %v, want %v", code, a.err, want)
		}
		tl.says(tl.query("B"+code), "SUCCESS")
	}
	tl.box.Faults().NetworkDown(true)
	if a := tl.query("A1"); a.err == nil {
		t.Error(a)
	}
	tl.box.Faults().NetworkDown(false)
	tl.says(tl.query("A1"), "REFUND")
	tl.clock.pass(24 * time.Hour)
	a := tl.do("GET", "/v3/global/statements?date=20261124&sp_mchid=10000100", "") // unzipped on the way
	if a.status != 200 || !strings.HasPrefix(string(a.body), "`transaction time") {
		t.Error(a)
	}
}

func TestControl(t *testing.T) {
	tl, control := served(t)
	ask := func(method, path, body string, into any) int {
		t.Helper()
		req, err := http.NewRequest(method, control+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if into != nil {
			if err := json.NewDecoder(res.Body).Decode(into); err != nil {
				t.Fatal(err)
			}
		}
		return res.StatusCode
	}
	var code sandbox.PaymentCode
	if n := ask("POST", "/v1/phone/codes", `{"wallet":"wechat","digits":"01"}`, &code); n != 201 || len(code.Code) != 18 || code.Behaviour != "pin" {
		t.Fatal(n, code)
	}
	tl.says(tl.pay("A1", code.Code), "USERPAYING")
	var phone struct {
		Question *sandbox.Question
		Last     *sandbox.Order
	}
	if n := ask("GET", "/v1/phone", "", &phone); n != 200 || phone.Question == nil || phone.Question.Amount != 888 || phone.Last.State != "USERPAYING" {
		t.Error(n, phone)
	}
	if n := ask("POST", "/v1/phone/confirm", `{"pin":"1"}`, nil); n != 400 {
		t.Error(n)
	}
	if n := ask("POST", "/v1/phone/confirm", `{"pin":"000000"}`, nil); n != 204 {
		t.Error(n)
	}
	if n := ask("POST", "/v1/phone/reject", "", nil); n != 409 {
		t.Error(n)
	}
	tl.says(tl.query("A1"), "SUCCESS")
	var made struct{ ID int }
	if n := ask("POST", "/v1/faults", `{"call":"query","what":"answer","status":502,"body":"<html></html>","times":1}`, &made); n != 201 || made.ID == 0 {
		t.Error(n, made)
	}
	if n := ask("POST", "/v1/faults", `{"call":"query","what":"answer","colour":1}`, nil); n != 400 {
		t.Error(n)
	}
	if a := tl.query("A1"); a.status != 502 || a.header.Get("Content-Type") != "text/html" || a.verified {
		t.Error(a)
	}
	var on sandbox.Switches
	if n := ask("PUT", "/v1/switches", `{"platform_busy":true}`, &on); n != 200 || !on.PlatformBusy || on.NetworkDown {
		t.Error(n, on)
	}
	tl.refuses(tl.query("A1"), 500, "SYSTEM_ERROR")
	if n := ask("DELETE", "/v1/faults", "", nil); n != 204 {
		t.Error(n)
	}
	var books sandbox.Books
	if n := ask("GET", "/v1/books", "", &books); n != 200 || len(books.Orders) != 1 || books.Orders[0].Charged != 888 {
		t.Error(n, books)
	}
	var codes []sandbox.Behaviour
	if n := ask("GET", "/v1/codes", "", &codes); n != 200 || len(codes) < 80 {
		t.Error(n, len(codes))
	}
	var accounts []map[string]any
	if n := ask("GET", "/v1/accounts", "", &accounts); n != 200 || len(accounts) < 2 || accounts[0]["APIv3Key"] != nil {
		t.Error(n, accounts)
	}
	if n := ask("POST", "/v1/certificates/rotate", "", nil); n != 204 {
		t.Error(n)
	}
	tl.says(tl.query("A1"), "SUCCESS")
	req, _ := http.NewRequest("GET", control+"/v1/books", nil)
	req.Host = "evil.example"
	if res, err := http.DefaultClient.Do(req); err != nil || res.StatusCode != 421 {
		t.Error(res, err)
	}
}

// TestInBubble: delays, tills and platforms on one fake clock, without sockets.
func TestInBubble(t *testing.T) {
	keys := sandbox.SharedKeys(t)
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Config{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		tl := tillOn(t, box, &clock{now: time.Now()}, sandbox.Institution)
		tl.pay("A0", tl.code("00"))
		tl.web.Timeout = 10 * time.Second
		start := time.Now()
		if a := tl.pay("A1", tl.code("15")); a.err == nil { // takes 12 s
			t.Error(a)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Error("gave up after", took)
		}
		tl.clock.pass(10 * time.Second)
		tl.says(tl.query("A1"), "SUCCESS")
	})
}
