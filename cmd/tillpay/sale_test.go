package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"tillpay/agent"
	"tillpay/channels/sandbox"
)

// codes counts the payment codes that were scanned, so that none comes twice.
var codes atomic.Int64

// The main job on real input: bytes on a pseudo-terminal, TLS and signatures to
// another process, ESC/POS on TCP, everything in SQLite.
func TestSaleThroughProcesses(t *testing.T) {
	t.Parallel()
	c := openCounter(t)

	s := c.becomes(c.pay("r-paid", "00"), "paid", "paid")
	c.await("the receipt", func() bool { return c.sale(s.ID).Receipt == "printed" })
	number := s.Payments[0].OutTradeNo
	if !strings.Contains(c.printed(), number) {
		t.Errorf("the paper does not say %s", number)
	}
	if o, ok := c.books().Order(number); !ok || o.Charged != 8800 || o.Currency != "HKD" {
		t.Errorf("the platform's books: %+v", o)
	}

	c.becomes(c.pay("r-pin", "02"), "paid", "paid")
	s = c.becomes(c.pay("r-poor", "22"), "open", "declined")
	if s.Payments[0].Reason != "insufficient_funds" || s.Action != "other_method" {
		t.Errorf("%+v", s)
	}
	c.command("cancel", s.ID)

	timeOut(t, c)
	refundInParts(t, c)
	if out, code := c.command("verify"); code != exitDone {
		t.Errorf("verify: %s", out)
	}
	noCodeIsKept(t, c)
}

// timeOut: the customer never types the PIN. The last query stands right before
// the revoke, and a query behind it proves it.
func timeOut(t *testing.T, c *counter) {
	t.Helper()
	s := c.becomes(c.pay("r-forgotten", "03"), "open", "revoked")
	requests := c.books().Of(s.Payments[0].OutTradeNo)
	if n := len(requests); n < 4 || requests[n-3].Call != sandbox.Query || requests[n-2].Call != sandbox.Revoke || requests[n-1].Call != sandbox.Query {
		t.Errorf("requests: %+v", requests)
	}
	c.command("cancel", s.ID)
}

func refundInParts(t *testing.T, c *counter) {
	t.Helper()
	id := c.becomes(c.pay("r-refund", "00"), "paid", "paid").ID
	out, code := c.command("refund", id, "8.00", "-reason", "cold", "-reference", "f1")
	if code != exitDone {
		t.Fatalf("refund: %s", out)
	}
	if out, code := c.command("refund", id, "88.00", "-reason", "all", "-reference", "f2"); code != exitFailed || !strings.Contains(out, "refund_too_large") {
		t.Errorf("refund: %d %s", code, out)
	}
	c.await("the refund to be accepted", func() bool {
		s := c.sale(id)
		return len(s.Refunds) == 1 && s.Refunds[0].State != "asked"
	})
	c.await("the refund's slip", func() bool { return strings.Contains(c.printed(), c.sale(id).Refunds[0].RefundNo) })
}

// noCodeIsKept looks for a whole payment code in every file and every log.
func noCodeIsKept(t *testing.T, c *counter) {
	t.Helper()
	code := regexp.MustCompile(`13465072086\d{7}`)
	if code.MatchString(c.agent.said()) {
		t.Error("the log holds a payment code")
	}
	err := filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if code.Match(b) {
			t.Errorf("%s holds a payment code", d.Name())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// The plug is pulled between the Pay and its answer. The customer is charged
// once, and the agent knows it as soon as it is back; so does the page.
func TestKilledBetweenPayAndAnswer(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	page := c.page()
	id := c.pay("r-killed", "15")
	c.await("the Pay to arrive", func() bool { return len(c.books().Orders) == 1 })
	c.agent.kill()
	c.run()
	s := c.becomes(id, "paid", "paid")
	if len(s.Payments) != 1 {
		t.Errorf("%d payments", len(s.Payments))
	}
	if status := page("/v1/sales/" + id); status != http.StatusOK {
		t.Errorf("the page that saw the payment begin is answered %d", status)
	}
	pays := 0
	for _, r := range c.books().Of(s.Payments[0].OutTradeNo) {
		if r.Call == sandbox.Pay {
			pays++
		}
	}
	if pays != 1 {
		t.Errorf("paid %d times", pays)
	}
	c.await("the receipt", func() bool { return c.sale(id).Receipt == "printed" })
}

// Without a platform a code is refused before anyone is charged, and nothing is
// kept for later.
func TestOfflineIsSaidAndChargesNobody(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	c.box.kill()
	id := c.open("r-offline")
	var s agent.Sale
	c.await("the till to say that it is offline", func() bool { s = c.sale(id); return s.Action == "other_method" && !s.Armed })
	c.scan("00")
	c.await("the scan", func() bool { return strings.Contains(c.agent.said(), "refused=offline") })
	if s = c.sale(id); len(s.Payments) != 0 {
		t.Errorf("%+v", s.Payments)
	}
}

// What is not a payment code gets a sentence, and nothing on the wire.
func TestWrongScansSendNothing(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	id := c.open("r-wrong")
	c.await("the sale to be armed", func() bool { return c.sale(id).Armed })
	for text, refused := range map[string]string{
		"4006381333931":                        "goods_barcode",
		"1346507208":                           "half_code",
		"134650720866361395134650720866361396": "two_codes",
		"288888888888888888":                   "no_route",
		"hello":                                "not_a_payment_code",
	} {
		if _, err := c.gun.WriteString(text + "\r"); err != nil {
			t.Fatal(err)
		}
		c.await(refused, func() bool { return strings.Contains(c.agent.said(), "refused="+refused) })
	}
	for _, r := range c.books().Requests {
		if r.Call == sandbox.Pay {
			t.Errorf("a Pay went out: %+v", r)
		}
	}
}
