package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/httpapi"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/channels/sandbox"
	"tillpay/printer/escpos"
)

// callbackTill is a till on the sandbox in this process and in virtual time, with
// its callback listener's handler.
type callbackTill struct {
	*agent.Till
	t     *testing.T
	box   *sandbox.Sandbox
	porch *httpapi.Callbacks
	log   *bytes.Buffer // of the porch
}

func openCallbackTill(t *testing.T) *callbackTill {
	t.Helper()
	c := &callbackTill{t: t, log: &bytes.Buffer{}}
	var err error
	if c.box, err = sandbox.New(sandbox.Config{Now: time.Now, RefundTime: 10 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := c.box.WriteTill(dir, "https://apihk.mch.weixin.qq.com"); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, "tillpay.toml"))
	if err != nil {
		t.Fatal(err)
	}
	settings := cfg.Channels[0].Settings(cfg.Till, filepath.Join(dir, "cache"))
	settings.Env = channels.Env{Now: time.Now, Transport: c.box.Transport()}
	channel, err := drivers["wechat-global"](settings)
	if err != nil {
		t.Fatal(err)
	}
	db, err := ledger.Open(context.Background(), filepath.Join(dir, "data"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := escpos.Generic(80, "gb18030")
	if err != nil {
		t.Fatal(err)
	}
	c.Till, err = agent.New(context.Background(), agent.Config{
		Place: cfg.Till.Place(), Currency: cfg.Till.Currency, Language: "en", Zone: cfg.Till.Location(), DB: db, Codes: cfg.CodeTable(),
		Accounts: map[string]*payment.Account{"wechat": {Name: "wechat", Driver: "wechat-global", Channel: channel,
			Plan: payment.NewPlan(channel.Sheet(), "advised", 45*time.Second)}},
		Routes: cfg.Route, Profile: profile, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.porch = httpapi.NewCallbacks(httpapi.CallbacksConfig{Channels: c.Notifiees(), Hint: c.Hint, Log: slog.New(slog.NewTextHandler(c.log, nil)), Now: time.Now})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if closer, ok := channel.(io.Closer); ok {
			closer.Close()
		}
	})
	return c
}

func (c *callbackTill) sale(id string) *agent.Sale {
	c.t.Helper()
	s, err := c.Sale(context.Background(), id)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// callback lets the sandbox call back about a refund, and answers as it hears.
func (c *callbackTill) callback(refundNo string, what sandbox.Kind) (int, string) {
	c.t.Helper()
	r, err := c.box.RefundCallback(refundNo, "https://till.example/v1/notify/wechat", what)
	if err != nil {
		c.t.Fatal(err)
	}
	r.RemoteAddr = "203.0.113.9:4000"
	w := httptest.NewRecorder()
	c.porch.ServeHTTP(w, r)
	synctest.Wait()
	return w.Code, w.Body.String()
}

// WeChat says that a refund is over between two of our queries. Only a callback
// that proves itself makes us ask; the query's answer ends the refund.
func TestRefundCallbackFromTheSandbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := openCallbackTill(t)
		s, _, err := c.Open(context.Background(), agent.NewSale{Reference: "r1", Amount: 8800, Currency: "HKD", Description: "tea"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Scan(context.Background(), s.ID, "134650720866300100"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, _, err := c.Refund(context.Background(), s.ID, agent.NewRefund{Reference: "f1", Amount: 800, Reason: "cold"}, "anna"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Minute) // over by now; we asked at 5 min, and ask again at 20
		synctest.Wait()
		s = c.sale(s.ID)
		if s.State != "paid" || s.Refunds[0].State != "accepted" {
			t.Fatalf("%s %+v", s.State, s.Refunds[0])
		}
		no := s.Refunds[0].RefundNo
		asked := len(c.box.Books().Requests)
		for _, what := range []sandbox.Kind{sandbox.ForgeSignature, sandbox.StaleTimestamp, sandbox.NoSignature, sandbox.SignTest} {
			if status, body := c.callback(no, what); status != 401 || body != `{"code":"FAIL","message":"not accepted"}` {
				t.Errorf("%s: %d %s", what, status, body)
			}
		}
		if n := len(c.box.Books().Requests); n != asked || c.sale(s.ID).Refunds[0].State != "accepted" || strings.Count(c.log.String(), "callback refused") != 4 {
			t.Errorf("what nobody signed was heeded (%d requests, then %d):\n%s", asked, n, c.log)
		}
		for range 2 {
			if status, body := c.callback(no, ""); status != 200 || body != `{"code":"SUCCESS","message":"OK"}` {
				t.Errorf("%d %s", status, body)
			}
		}
		if s = c.sale(s.ID); s.Refunds[0].State != "done" || s.RefundedAmount != 800 {
			t.Errorf("%+v", s.Refunds[0])
		}
		if !strings.Contains(c.log.String(), "asked_about=true") || !strings.Contains(c.log.String(), "asked_about=false") {
			t.Errorf("the first is followed, and the second finds nothing to do:\n%s", c.log)
		}
	})
}

// The listener as the program opens it, from the configuration.
func TestPorchFromTheConfiguration(t *testing.T) {
	file := sandboxTill(t, `"127.0.0.1:7313"`, `"`+port()+`"`)
	dir := filepath.Dir(file)
	keyFile(t, dir, "notify")
	add(t, file, "[notify]\nlisten = \"127.0.0.1:0\"\ncertificate_file = \"notify.cer\"\nkey_file = \"notify.pem\"\n")
	if code, out := typed(t, "config", "check", "-config", file); code != exitDone {
		t.Fatal(out)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := build(t.Context(), cfg, extras{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx) }()
	conn, err := tls.Dial("tcp", s.porch.ln.Addr().String(), &tls.Config{InsecureSkipVerify: true}) // its certificate is made for this test
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}}
	for path, want := range map[string]int{"/v1/notify/wechat": 401, "/v1/notify/nobody": 404, "/v1/sales": 404} {
		r, err := client.Post("https://anything.example"+path, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	client.CloseIdleConnections()
	showsChannels(t, file)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func showsChannels(t *testing.T, file string) {
	t.Helper()
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"show channel wechat", exitDone, "undo 1 revoke from 15 s to 24 h (wechat-global.md"},
		{"show channel wechat", exitDone, "routed here wechat"},
		{"show channel wechat --json", exitDone, `"unsigned_decline": true`},
		{"show channel huifu", exitFailed, `no channel is called "huifu": this till has wechat`},
		{"show chanel wechat", exitUsage, `two arguments are for channel NAME, not for "chanel"`},
	} {
		code, out := typed(t, append(strings.Fields(c.args), "-config", file)...)
		if code != c.code || !strings.Contains(strings.Join(strings.Fields(out), " "), c.says) {
			t.Errorf("tillpay %s: %d\n%s", c.args, code, out)
		}
	}
}

func add(t *testing.T, file, text string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(b, text...), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A renewed certificate is served without a restart, and half of one is not.
func TestRenewedCertificateIsServed(t *testing.T) {
	dir := t.TempDir()
	keyFile(t, dir, "a")
	now := time.Now()
	k := &keyPair{certificate: filepath.Join(dir, "a.cer"), key: filepath.Join(dir, "a.pem"), now: func() time.Time { return now }}
	if err := k.load(); err != nil {
		t.Fatal(err)
	}
	old, _ := k.forHello(nil)
	served := func() *tls.Certificate {
		now = now.Add(2 * keyPairLook)
		c, err := k.forHello(nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if served() != old {
		t.Error("nothing was renewed")
	}
	saveFile(t, dir, "a.cer", "half")
	touch(t, k.certificate, now.Add(time.Hour))
	if served() != old {
		t.Error("half a certificate is served")
	}
	keyFile(t, dir, "a")
	touch(t, k.certificate, now.Add(2*time.Hour))
	if served() == old {
		t.Error("the old certificate is still served")
	}
}

func touch(t *testing.T, file string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

// What Huifu would not call is told before it does not.
func TestNotifyURLsOfHuifu(t *testing.T) {
	for address, says := range map[string]string{
		"https://shop.example/v1/notify/huifu":      "",
		"http://shop.example/v1/notify/huifu":       "",
		"https://shop.example:8000/v1/notify/huifu": "",
		"https://shop.example:9005/v1/notify/huifu": "",
		"https://shop.example:7999/v1/notify/huifu": "has a port that the platform does not call",
		"https://shop.example:9006/v1/notify/huifu": "has a port that the platform does not call",
		"https://shop.example:0/v1/notify/huifu":    "has a port that the platform does not call",
		"https://shop.example/v1/notify/huifu?a=1":  "has a question mark or # in it",
		"https://shop.example/v1/notify/huifu#a":    "has a question mark or # in it",
	} {
		text := "[till]\nid = \"T01\"\ncurrency = \"CNY\"\n[[channel]]\nname = \"huifu\"\ndriver = \"huifu\"\nendpoint = \"https://api.huifu.com\"\nnotify_url = \"" + address + "\"\n"
		cfg, err := config.Parse("tillpay.toml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		err = checkNotifyURLs(cfg)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), "channel[0].notify_url") || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestConfigCheckOfCallbacks(t *testing.T) {
	for _, c := range []struct {
		more, says string
		code       int
	}{
		{"", "look at this: channel wechat has a notify_url, and [notify] does not listen", exitDone},
		{"[notify]\nlisten = \"127.0.0.1:0\"\n", "look at this: channel wechat: its notify_url asks for /wx", exitDone},
		{"[notify]\nlisten = \"0.0.0.0:0\"\ncertificate_file = \"tillpay.toml\"\nkey_file = \"keys/apiclient_key.pem\"\n", "notify.certificate_file", exitFailed},
	} {
		file := sandboxTill(t, "ca_file", "notify_url = \"https://shop.example/wx\"\nca_file")
		add(t, file, c.more)
		if code, out := typed(t, "config", "check", "-config", file); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s: %d %s", c.more, code, out)
		}
	}
}
