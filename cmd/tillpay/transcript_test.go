package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tillpay/agent"
	"tillpay/channels/sandbox"
)

// transcript is one of the tills that the sandbox writes, as real processes: tillpay sandbox, tillpay run, and the commands that a person
// types. go test -v -run Transcript ./cmd/tillpay prints it to be read.
type transcript struct {
	*counter
}

func openTranscript(t *testing.T, till string) *transcript {
	t.Helper()
	c := &counter{t: t, dir: t.TempDir()}
	c.box, c.control = start(t, `control API on (\S+)`, "sandbox", "-dir", c.dir, "-listen", "127.0.0.1:0", "-control", "127.0.0.1:0",
		"-min-revoke-age", "1s", "-refund-time", "1s", "-early-statements")
	c.config = filepath.Join(c.dir, till)
	b, err := os.ReadFile(c.config)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		`"127.0.0.1:7313"`, `"`+port()+`"`, `"127.0.0.1:7314"`, `"`+port()+`"`, `min_revoke_age = "15s"`, `min_revoke_age = "1s"`,
		`api_version = "v3"`, "api_version = \"v3\"\nmin_close_age = \"4s\"",
	).Replace(string(b)) + "\n[payment]\ndeadline = \"5s\"\nprepared_deadline = \"2m\"\n"
	if err := os.WriteFile(c.config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c.agent, _ = start(t, `is ready`, "run", "-config", c.config)
	return &transcript{c}
}

// types runs a command as a person would, and shows it with what it said.
func (c *transcript) types(want int, stdin string, args ...string) string {
	c.t.Helper()
	cmd := tillpay(c.t, append(args, "-config", c.config)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, _ := cmd.CombinedOutput()
	shown := "$ tillpay " + strings.Join(args, " ") + "\n" + strings.TrimSpace(string(out))
	c.t.Log(strings.ReplaceAll(strings.ReplaceAll(shown, c.dir+"/", ""), "\n", "\n    "))
	if code := cmd.ProcessState.ExitCode(); code != want {
		c.t.Errorf("exit code %d, want %d", code, want)
	}
	return string(out)
}

// shows is the customer's phone with a code, its last two digits chosen.
func (c *transcript) shows(wallet, digits string) string {
	c.t.Helper()
	var code sandbox.PaymentCode
	c.steer("/v1/phone/codes", map[string]string{"wallet": wallet, "digits": digits}, &code)
	return code.Code + "\n"
}

func (c *transcript) steer(path string, body, into any) {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := http.Post(c.control+path, "application/json", bytes.NewReader(b))
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode >= 300 {
		c.t.Fatalf("%s: %s", path, r.Status)
	}
	if into != nil {
		if err := json.NewDecoder(r.Body).Decode(into); err != nil {
			c.t.Fatal(err)
		}
	}
}

var saleLine = regexp.MustCompile(`sale (\S+?),`)

// saleOf is the sale that a command's output names.
func (c *transcript) saleOf(out string) agent.Sale {
	c.t.Helper()
	m := saleLine.FindStringSubmatch(out)
	if m == nil {
		c.t.Fatalf("no sale is named:\n%s", out)
	}
	return c.sale(m[1])
}

// charged holds the platform's own books against what is due.
func (c *transcript) charged(s agent.Sale, want int64) {
	c.t.Helper()
	o, ok := c.books().Order(s.Payments[len(s.Payments)-1].OutTradeNo)
	c.t.Logf("the platform's books: %s, the customer is out of pocket %s %d.%02d", o.State, o.Currency, o.Charged/100, o.Charged%100)
	if !ok || o.Charged != want {
		c.t.Errorf("charged %d by the platform's books, want %d", o.Charged, want)
	}
}

// Each platform through real processes: paid with a presented code, refunded in
// part; a time-out undone; an order prepared and paid in an app; the day reconciled,
// with one planted difference. A deposit held, captured in part and the rest
// returned; another released; one prepared. Virtual time tells the rest (a refund's
// 20 minutes, a statement's next day): TestMainland….
func TestTranscripts(t *testing.T) {
	t.Parallel()
	c := openTranscript(t, sandbox.MainlandTill)
	c.types(exitDone, "", "doctor")
	for _, p := range []struct{ channel, wallet, over, payer string }{
		{"huifu", "wechat", "03", "sub_openid=oTest0000000000000000000000"},
		{"huishouqian", "alipay", "03", ""},
		{"fubei", "unionpay", "03", "sub_openid=oTest000000000000000000000000"},
	} {
		t.Logf("—— %s", p.channel)
		s := c.saleOf(c.types(exitDone, c.shows(p.wallet, "00"), "pay", "88.00", "--description", "凍檸茶 x2", "--code-stdin"))
		c.charged(s, 8800)
		for i, amount := range []string{"8.00", "80.00"} { // a part, then the rest
			c.types(exitDone, "", "refund", s.ID, amount, "--reason", "cold", "--reference", "f-"+p.channel+amount)
			c.await("the refund", func() bool { r := c.sale(s.ID).Refunds; return len(r) == i+1 && r[i].State == "done" })
			c.charged(s, int64(8000*(1-i)))
		}
		c.types(exitDone, "", "show", s.ID)
		c.undone("CNY", p.wallet, p.over)
		c.prepared(p.channel, p.payer)
		if p.channel != "fubei" { // whose statement cannot be compared
			c.reconciled(p.channel, p.wallet)
		}
	}
	t.Log("—— deposits")
	s := c.saleOf(c.types(exitDone, c.shows("wechat", "00"), "pay", "500.00", "--deposit", "--code-stdin"))
	c.charged(s, 50000)
	c.types(exitDone, "", "capture", s.ID, "120.50")
	s = c.becomes(s.ID, "paid", "paid")
	c.await("the platform to settle it", func() bool { o, _ := c.books().Order(s.Payments[0].OutTradeNo); return o.Charged == 12050 })
	c.charged(s, 12050)
	s = c.saleOf(c.types(exitDone, c.shows("wechat", "00"), "pay", "300.00", "--deposit", "--code-stdin"))
	c.types(exitDone, "", "release", s.ID)
	s = c.becomes(s.ID, "released", "")
	c.charged(s, 0)
	c.preparedDeposit()
	c.types(exitDone, "", "day")
	c.types(exitDone, "", "verify")
}

// undone: the customer never confirms, and the till gives up.
func (c *transcript) undone(currency, wallet, digits string) {
	c.t.Helper()
	var s agent.Sale
	c.call(http.MethodPost, "/v1/sales", agent.NewSale{Reference: "left-" + wallet + digits, Amount: 1250, Currency: currency, Description: "tea"}, &s)
	c.call(http.MethodPost, "/v1/sales/"+s.ID+"/scan", map[string]string{"code": strings.TrimSpace(c.shows(wallet, digits))}, nil)
	if wallet == "alipay" { // Huishouqian closes nothing: an order ends by its customer, or with its time
		c.await("the till to give up", func() bool { v := c.sale(s.ID); return len(v.Payments) == 1 && v.Payments[0].State == "revoking" })
		c.steer("/v1/phone/reject", nil, nil)
	}
	c.await("it to be undone", func() bool {
		v := c.sale(s.ID)
		return len(v.Payments) == 1 && (v.Payments[0].State == "revoked" || v.Payments[0].State == "declined")
	})
	c.types(exitDone, "", "show", s.ID)
	c.charged(c.sale(s.ID), 0)
	c.types(exitDone, "", "cancel", s.ID)
}

func (c *transcript) prepared(channel, payer string) {
	c.t.Helper()
	var s agent.Sale
	c.call(http.MethodPost, "/v1/sales", agent.NewSale{Reference: "app-" + channel, Amount: 660, Currency: "CNY", Description: "tea"}, &s)
	args := []string{"prepare", s.ID, channel}
	if payer != "" {
		args = append(args, "--payer", payer)
	}
	c.types(exitDone, "", args...)
	s = c.sale(s.ID)
	p := s.Payments[0]
	switch channel {
	case "huifu":
		c.steer("/v1/huifu/orders/"+p.OutTradeNo+"/open", nil, nil)
	case "fubei":
		c.steer("/v1/phone/fubei", p.PayParams, nil)
	case "huishouqian":
		var qrCode string
		if err := json.Unmarshal(p.PayParams, &qrCode); err != nil {
			c.t.Fatal(err)
		}
		c.steer("/v1/phone/huishouqian", map[string]string{"qr_code": qrCode}, nil)
	}
	c.steer("/v1/phone/confirm", map[string]string{"pin": "123456"}, nil)
	s = c.becomes(s.ID, "paid", "paid")
	c.types(exitDone, "", "show", s.ID)
	c.charged(s, 660)
}
