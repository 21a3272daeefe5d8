package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/channels/sandbox"
	"tillpay/printer/escpos"
	"tillpay/printer/transport"
)

// mainland is the till that the sandbox writes for its four platforms that price
// in CNY: real configuration, drivers, signatures, rules and ledger, in a bubble
// of virtual time, with the sandbox in the network's place.
type mainland struct {
	*agent.Till
	t     *testing.T
	box   *sandbox.Sandbox
	paper *slips
}

// slips keeps what was printed.
type slips struct {
	mu  sync.Mutex
	all []string
}

func (p *slips) Name() string { return "paper" }
func (p *slips) Print(_ context.Context, slip []byte) (transport.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, string(slip))
	return transport.Printed, nil
}
func (p *slips) Status(context.Context) (transport.State, error) {
	return transport.State{Status: transport.Ready}, nil
}

// mainlandKeys cost two seconds and are no part of any story.
var mainlandKeys = sync.OnceValues(sandbox.NewKeys)

// openMainland is called in the bubble. The till is closed when the test ends.
func openMainland(t *testing.T, keys *sandbox.Keys) *mainland {
	t.Helper()
	// The bubble's clock begins in 2000. Certificates and platforms want a day of
	// today's; late morning in Beijing leaves the day to the story.
	time.Sleep(time.Until(time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)))
	box, err := sandbox.New(sandbox.Config{Keys: keys, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := box.WriteMainlandTill(dir, "https://127.0.0.1:7443"); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, sandbox.MainlandTill))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	data := cfg.Path(cfg.Data.Dir)
	accounts, err := openAccounts(cfg, data, channels.Env{Now: time.Now, Log: log, Version: "test", Transport: box.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	db, err := ledger.Open(t.Context(), data, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := escpos.Generic(80, "gb18030")
	if err != nil {
		t.Fatal(err)
	}
	m := &mainland{t: t, box: box, paper: &slips{}}
	m.Till, err = agent.New(t.Context(), agent.Config{
		Place: cfg.Till.Place(), Currency: cfg.Till.Currency, Language: "en", Zone: cfg.Till.Location(),
		DB: db, Accounts: accounts, Routes: cfg.Route, Codes: cfg.CodeTable(), CodeWait: cfg.Payment.CodeWait,
		Printer: m.paper, Profile: profile, Log: log, Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// say is a line of the transcript that go test -v prints.
func (m *mainland) say(format string, args ...any) {
	m.t.Helper()
	m.t.Logf("%s  %s", time.Now().UTC().Format("01-02 15:04:05"), fmt.Sprintf(format, args...))
}

func (m *mainland) open(reference, kind string, amount int64) *agent.Sale {
	m.t.Helper()
	s, _, err := m.Open(m.t.Context(), agent.NewSale{Reference: reference, Amount: amount, Currency: "CNY", Description: "凍檸茶", Kind: kind})
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// scan shows a customer's code, its last two digits chosen.
func (m *mainland) scan(s *agent.Sale, p platformStory, digits string) {
	m.t.Helper()
	code, err := m.box.Phone().Show(p.wallet, digits)
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.Scan(m.t.Context(), s.ID, code.Code); err != nil {
		m.t.Fatal(err)
	}
}

// until follows a sale until it is as wanted, for at most an hour of the bubble's,
// and tells what the cashier reads meanwhile.
func (m *mainland) until(id, what string, as func(*agent.Sale) bool) *agent.Sale {
	m.t.Helper()
	said := ""
	for end := time.Now().Add(time.Hour); time.Now().Before(end); {
		s, err := m.Sale(m.t.Context(), id)
		if err != nil {
			m.t.Fatal(err)
		}
		if line := s.State + ": " + s.Message; line != said {
			m.say("%s", line)
			said = line
		}
		if as(s) {
			return s
		}
		if _, err := m.Wait(m.t.Context(), id, "", time.Minute); err != nil {
			m.t.Fatal(err)
		}
	}
	m.t.Fatalf("never %s; the platforms' log: %s", what, m.log(id))
	return nil
}

// log is what the platforms were asked about a sale's payments.
func (m *mainland) log(id string) string {
	m.t.Helper()
	s, err := m.Sale(m.t.Context(), id)
	if err != nil {
		m.t.Fatal(err)
	}
	var all []string
	for _, p := range s.Payments {
		for _, r := range m.box.Books().Of(p.OutTradeNo) {
			all = append(all, string(r.Call))
		}
	}
	return strings.Join(all, " ")
}

// order is what the platform's books hold of a sale's last payment.
func (m *mainland) order(s *agent.Sale) sandbox.Order {
	m.t.Helper()
	if len(s.Payments) == 0 {
		m.t.Fatal("no payment")
	}
	o, ok := m.box.Books().Order(s.Payments[len(s.Payments)-1].OutTradeNo)
	if !ok {
		m.t.Fatal("the platform has no such order")
	}
	return o
}

// charged holds the platform's books against what is due.
func (m *mainland) charged(s *agent.Sale, want int64) {
	m.t.Helper()
	o := m.order(s)
	m.say("the platform's books: %s, the customer is out of pocket CNY %d.%02d", o.State, o.Charged/100, o.Charged%100)
	if o.Charged != want {
		m.t.Errorf("charged %d by the platform's books, want %d", o.Charged, want)
	}
}

func lastPayment(s *agent.Sale) string {
	if len(s.Payments) == 0 {
		return ""
	}
	return s.Payments[len(s.Payments)-1].State
}

// platformStory is what the stories of the platforms differ in.
type platformStory struct {
	channel, wallet string
	payer           map[string]json.RawMessage
	// appears shows a prepared order on the customer's phone.
	appears func(m *mainland, order *agent.Prepared) error
	late    string // digits of a customer who pays when the till has given up
}

var mainlandStories = []platformStory{
	{channel: "huifu", wallet: "wechat", payer: map[string]json.RawMessage{"sub_openid": json.RawMessage(`"oTest0000000000000000000000"`)},
		appears: func(m *mainland, o *agent.Prepared) error {
			_, err := m.box.Phone().HuifuOpen(o.Payment.OutTradeNo)
			return err
		}, late: "04"},
	{channel: "huishouqian", wallet: "alipay",
		appears: func(m *mainland, o *agent.Prepared) error {
			var qrCode string
			if err := json.Unmarshal(o.PayParams, &qrCode); err != nil {
				return err
			}
			return m.box.Phone().OpenHuishouqian(qrCode)
		}, late: "04"},
	{channel: "fubei", wallet: "unionpay", payer: map[string]json.RawMessage{"sub_openid": json.RawMessage(`"oTest000000000000000000000000"`)},
		appears: func(m *mainland, o *agent.Prepared) error { return m.box.Phone().OpenFubei(o.PayParams) }, late: "04"},
}
