package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/channels"
)

// WeChat Pay Global through real processes, as TestTranscripts tells the others.
// Its refunds are a minute apart, so that the rest goes back after a real minute.
func TestGlobalTranscript(t *testing.T) {
	t.Parallel()
	c := openTranscript(t, "tillpay.toml")
	c.types(exitDone, "", "doctor")
	s := c.saleOf(c.types(exitDone, c.shows("wechat", "00"), "pay", "88.00", "--description", "凍檸茶 x2", "--code-stdin"))
	c.charged(s, 8800)
	refund := func(amount string) {
		c.types(exitDone, "", "refund", s.ID, amount, "--reason", "cold", "--reference", "f-"+amount)
	}
	given := func(n int) bool { r := c.sale(s.ID).Refunds; return len(r) == n && r[n-1].State == "done" }
	refund("8.00")
	c.await("the refund", func() bool { return given(1) })
	c.charged(s, 8000)
	refund("80.00") // the rest; meanwhile others come
	c.undone("HKD", "wechat", "03")
	c.types(exitFailed, c.shows("wechat", "20"), "pay", "12.00", "--code-stdin") // its only code is refused: the command ends
	if out := c.types(exitFailed, c.shows("wechat", "03"), "pay", "12.00", "--code-stdin"); !strings.Contains(out, "nothing stays charged") {
		c.t.Error("the command ends before the undo is proven")
	}
	for end := time.Now().Add(2 * time.Minute); !given(2) && time.Now().Before(end); {
		time.Sleep(100 * time.Millisecond)
	}
	c.await("the rest of it", func() bool { return given(2) })
	c.charged(s, 0)
	c.types(exitDone, "", "show", s.ID)
	c.reconciled("wechat", "wechat")
	c.types(exitDone, "", "verify")
}

// reconciled is a day in which somebody refunded in the platform's console: its file
// has a line that the till's books do not have.
func (c *transcript) reconciled(channel, wallet string) {
	c.t.Helper()
	s := c.saleOf(c.types(exitDone, c.shows(wallet, "00"), "pay", "12.00", "--code-stdin"))
	day := s.Payments[0].PaidAt.In(channels.Beijing()).Format(time.DateOnly)
	var made struct {
		OutRefundNo string `json:"out_refund_no"`
	}
	c.t.Log("somebody gives 3.00 back in the platform's own console")
	c.steer("/v1/console/refunds", map[string]any{"out_trade_no": s.Payments[0].OutTradeNo, "amount": 300}, &made)
	out := c.types(exitFailed, "", "reconcile", "--day", day, "--channel", channel)
	for _, want := range []string{"only there 1", "different 0", made.OutRefundNo, "1 differences were found"} {
		if !strings.Contains(out, want) {
			c.t.Errorf("%q is not said", want)
		}
	}
	c.charged(s, 900)
}

// preparedDeposit is held in an app, and then captured whole.
func (c *transcript) preparedDeposit() {
	c.t.Helper()
	var s agent.Sale
	c.call(http.MethodPost, "/v1/sales", agent.NewSale{Reference: "app-deposit", Amount: 20000, Currency: "CNY", Description: "bicycle", Kind: "deposit"}, &s)
	c.types(exitDone, "", "prepare", s.ID, "deposit")
	c.steer("/v1/phone/deposit", c.sale(s.ID).Payments[0].PayParams, nil)
	c.steer("/v1/phone/confirm", map[string]string{"pin": "123456"}, nil)
	s = c.becomes(s.ID, "held", "paid")
	c.charged(s, 20000)
	c.types(exitDone, "", "capture", s.ID, "200.00")
	s = c.becomes(s.ID, "paid", "paid")
	c.types(exitDone, "", "show", s.ID)
	c.charged(s, 20000)
}
