package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer/escpos"
	"tillpay/printer/transport"
	"tillpay/scanner"
)

const (
	goodToken = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
	goodCode  = "134650720866361395"
)

// platform is a channel that answers as told, at once.
type platform struct {
	mu     sync.Mutex
	pays   int
	says   channels.Outcome
	warm   error
	window time.Duration
}

func (p *platform) answer() channels.Reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	return channels.Reply{Outcome: p.says, Verified: true, PlatformID: "4200001", PaidAt: time.Now(), RequestID: "q1", Detail: json.RawMessage(`{"bank":"x"}`)}
}

func (p *platform) Pay(ctx context.Context, q channels.Payment) channels.Reply {
	if q.Durable != nil && q.Durable(ctx) != nil {
		return channels.Reply{Outcome: channels.NotSent, Reason: channels.LocalRefusal}
	}
	p.mu.Lock()
	p.pays++
	p.mu.Unlock()
	return p.answer()
}
func (p *platform) Query(context.Context, channels.Order) channels.Reply { return p.answer() }
func (p *platform) Revoke(context.Context, channels.Order) channels.Reply {
	return channels.Reply{Outcome: channels.Accepted, Verified: true}
}
func (p *platform) Refund(context.Context, channels.Refund) channels.Reply {
	return channels.Reply{Outcome: channels.Refunded, Verified: true}
}
func (p *platform) QueryRefund(context.Context, channels.Refund) channels.Reply {
	return channels.Reply{Outcome: channels.Refunded, Verified: true}
}
func (p *platform) Warm(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.warm
}
func (p *platform) CheckOptions(o map[string]json.RawMessage) error {
	for name := range o {
		if name != "goods_tag" {
			return errors.New("no option is called " + name)
		}
	}
	return nil
}
func (p *platform) Sheet() channels.Sheet {
	return channels.Sheet{Driver: "fake", Wallets: []string{"wechat"}, Currencies: []string{"HKD"}, Presented: true, RefundWindow: p.window,
		Undo: []channels.Undo{{How: channels.ByRevoke, MinAge: time.Millisecond, Window: time.Hour}},
		Timing: channels.Timing{Advised: []time.Duration{time.Second}, Deadline: 45 * time.Second, NotFoundProof: 30 * time.Second,
			LateNotFound: 2 * time.Minute, CodeLife: time.Minute}}
}

type paper struct{}

func (paper) Name() string { return "paper" }
func (paper) Print(context.Context, []byte) (transport.Result, error) {
	return transport.Printed, nil
}
func (paper) Status(context.Context) (transport.State, error) { return transport.State{}, nil }

// desk is a till with its API on a real port.
type desk struct {
	*API
	t        *testing.T
	platform *platform
	url      string
	contract contract
	log      *logged
	stop     func()          // ends Serve alone, once
	bubble   context.Context // what Serve would end by; nil: it serves
}

// setup is what a test wants other than usual.
type setup struct {
	page, demo http.Handler
	blank      bool // no printer
	window     time.Duration
	random     io.Reader
	now        func() time.Time
	sessions   string // the file
	change     func(*agent.Config)
	channel    func(*platform) channels.Channel // in the plain platform's place
	tokens     []Access
	bubble     bool // no port: see bubble
}

// bubble is a desk in a bubble of its own time. No port is in one: calls go to the
// API itself.
func bubble(t *testing.T, s setup, test func(*desk)) {
	t.Helper()
	s.bubble = true
	synctest.Test(t, func(t *testing.T) { test(openDesk(t, s)) })
}

func openDesk(t *testing.T, s setup) *desk {
	t.Helper()
	db, err := ledger.Open(context.Background(), t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := escpos.Generic(80, "gb18030")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, platform: &platform{says: channels.Paid, window: s.window}, contract: readContract(t), log: &logged{}}
	c := agent.Config{
		Place: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Shop"}, Currency: "HKD", Language: "en", Zone: time.UTC, Version: "1.2.3",
		DB: db, Accounts: map[string]*payment.Account{"wechat": {Name: "wechat", Driver: "fake", Channel: d.platform,
			Plan: payment.NewPlan(d.platform.Sheet(), "advised", 45*time.Second)}},
		Routes: map[string]string{"wechat": "wechat"}, Codes: scanner.Default(), CodeWait: 20 * time.Second,
		Printer: paper{}, Profile: profile, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	if s.blank {
		c.Printer = nil
	}
	if s.change != nil {
		s.change(&c)
	}
	if s.channel != nil {
		c.Accounts["wechat"].Channel = s.channel(d.platform)
	}
	till, err := agent.New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	open := func(addr string) {
		d.url = "http://" + addr
		d.API = New(Config{Till: till, Token: goodToken, Tokens: s.tokens, Page: s.page, Demo: s.demo, Addr: addr, Random: s.random, Now: s.now, Sessions: s.sessions,
			Log: slog.New(slog.NewTextHandler(d.log, nil))})
	}
	endTill := background(t, till.Run)
	if s.bubble {
		open("127.0.0.1:7313")
		d.bubble, d.stop = context.WithCancel(context.Background())
	} else {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		open(ln.Addr().String())
		d.stop = background(t, func(ctx context.Context) error { return Serve(ctx, ln, d.API) })
	}
	t.Cleanup(func() {
		d.stop()
		endTill()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// background runs f until stop is called.
func background(t *testing.T, f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// logged is what the API logged.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// answered is a response, read.
type answered struct {
	*http.Response
	text string
}

// object reads a JSON answer loosely.
func (a answered) object(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.text), &v); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	return v
}

// ask makes a request as it is told to, and holds the answer against the contract.
func (d *desk) ask(method, path, body string, headers ...string) answered {
	d.t.Helper()
	r, err := http.NewRequest(method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := d.do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	a := answered{resp, string(text)}
	d.contract.check(d.t, method, path, body, a)
	for _, name := range resp.Header["Access-Control-Allow-Origin"] {
		d.t.Errorf("%s %s: a CORS header: %s", method, path, name)
	}
	if resp.Header.Get("X-Content-Type-Options") != "nosniff" {
		d.t.Errorf("%s %s: may be sniffed", method, path)
	}
	return a
}

func (d *desk) do(r *http.Request) (*http.Response, error) {
	if d.bubble != nil {
		w, in := httptest.NewRecorder(), r.Clone(context.WithValue(r.Context(), servingKey{}, d.bubble))
		in.RequestURI, in.URL.Scheme, in.URL.Host = r.URL.RequestURI(), "", ""
		d.ServeHTTP(w, in)
		resp := w.Result()
		resp.Request, resp.Status = r, http.StatusText(w.Code)
		return resp, nil
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return client.Do(r)
}

// call is ask by the POS.
func (d *desk) call(method, path, body string, headers ...string) answered {
	d.t.Helper()
	headers = append(headers, "Authorization", "Bearer "+goodToken)
	if body != "" {
		headers = append(headers, "Content-Type", "application/json")
	}
	return d.ask(method, path, body, headers...)
}

// want is call with the status that must come.
func (d *desk) want(status int, method, path, body string, headers ...string) map[string]any {
	d.t.Helper()
	a := d.call(method, path, body, headers...)
	if a.StatusCode != status {
		d.t.Fatalf("%s %s: %d instead of %d: %s", method, path, a.StatusCode, status, a.text)
	}
	return a.object(d.t)
}

// sale opens a sale and answers its path.
func (d *desk) sale(reference string) string {
	d.t.Helper()
	v := d.want(201, "POST", "/v1/sales", `{"reference":"`+reference+`","amount":8800,"currency":"HKD","description":"tea"}`)
	return "/v1/sales/" + v["id"].(string)
}

// pays opens a sale that is paid and its receipt printed.
func (d *desk) pays(reference, code string) string {
	d.t.Helper()
	path := d.sale(reference)
	d.want(200, "POST", path+"/scan", `{"code":"`+code+`"}`)
	d.until(path, func(v map[string]any) bool { return v["state"] == "paid" && v["receipt"] != "queued" })
	return path
}

// until waits for a sale to be as wanted.
func (d *desk) until(path string, ok func(map[string]any) bool) map[string]any {
	d.t.Helper()
	for range 600 {
		if v := d.want(200, "GET", path+"?wait=100ms", ""); ok(v) {
			return v
		}
	}
	d.t.Fatalf("%s did not come to be as wanted: %v", path, d.want(200, "GET", path, ""))
	return nil
}
