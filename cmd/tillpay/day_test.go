package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/agent/reconcile"
	"tillpay/channels"
)

// Totals and the comparison through real processes. The day before yesterday
// has a statement at any hour, and no trade.
func TestDayThroughProcesses(t *testing.T) {
	t.Parallel()
	now := time.Now().In(channels.Beijing())
	if tomorrow := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()); time.Until(tomorrow) < time.Minute {
		time.Sleep(time.Until(tomorrow)) // a day that ends between the sale and the question has no sale
	}
	c := openCounter(t)
	c.becomes(c.pay("r-day", "00"), "paid", "paid")
	if out, code := c.command("day"); code != exitDone || !strings.Contains(out, "HKD 88.00") || !strings.Contains(out, "Asia/Hong_Kong") {
		t.Errorf("%d %s", code, out)
	}
	if out, code := c.command("day", "-json"); code != exitDone || !strings.Contains(out, `"paid": 8800`) {
		t.Errorf("%d %s", code, out)
	}
	past := time.Now().In(channels.Beijing()).AddDate(0, 0, -2).Format(time.DateOnly)
	if out, code := c.command("reconcile", "-day", past); code != exitDone || !strings.Contains(out, "matched 0, only here 0") {
		t.Errorf("%d %s", code, out)
	}
	today := time.Now().In(channels.Beijing()).Format(time.DateOnly)
	if out, code := c.command("reconcile", "-day", today); code != exitFailed || !strings.Contains(out, "not_ready") {
		t.Errorf("%d %s", code, out)
	}
	sheet := filepath.Join(c.dir, "day.csv")
	if out, code := c.command("reconcile", "-day", past, "-channel", "wechat", "-csv", sheet); code != exitDone {
		t.Errorf("%d %s", code, out)
	}
	if b, err := os.ReadFile(sheet); err != nil || !strings.HasPrefix(string(b), "\ufeffdate,channel,result,") {
		t.Errorf("%q, %v", b, err)
	}
}

func TestReconcileUsage(t *testing.T) {
	for _, args := range [][]string{{"reconcile", "-day", "yesterday"}, {"reconcile", "-json", "-csv", "-"}, {"reconcile", "wechat"}, {"day", "2026-13-01", "x"}} {
		if code, out := typed(t, args...); code != exitUsage {
			t.Errorf("%v: exit %d: %s", args, code, out)
		}
	}
}

// What needs a person is shown with what to do; what matches is a number.
func TestShowReconciliation(t *testing.T) {
	var out strings.Builder
	at := time.Date(2026, 7, 28, 4, 0, 0, 0, time.UTC)
	paid := &reconcile.Side{Amount: 8800, Currency: "HKD", State: "paid", At: &at}
	err := showReconciliation(terminal{strings.NewReader(""), &out, &out}, &agent.Reconciliation{
		Date: "2026-07-28", TimeZone: "Asia/Shanghai", Note: reconcile.Note("en"),
		Channels: []agent.Reconciled{{Channel: "wechat", File: "day.csv", Warning: "odd", Table: reconcile.Table{Matched: 1, OnlyHere: 1,
			Sums: []reconcile.Sum{{Currency: "HKD", Here: reconcile.Moves{Payments: 2, Paid: 17600}, There: reconcile.Moves{Payments: 1, Paid: 8800}}},
			Rows: []reconcile.Row{
				{Result: reconcile.OnlyHere, Kind: channels.PaymentLine, OutTradeNo: "A1", Here: paid, Message: "look it up"},
				{Result: reconcile.Matched, Kind: channels.PaymentLine, OutTradeNo: "A2", Here: paid, There: paid, Message: "nothing"},
			}}}},
		Without: []*agent.NoStatement{{Channel: "deposits", Problem: "none"}},
	})
	const want = `2026-07-28, Asia/Shanghai
The day is the platform's: 00:00 to 24:00 Beijing time. It may differ from the till's own business day.

wechat  day.csv
matched 1, only here 1, only there 0, different 0, of other tills 0
odd
here   2 paid  HKD 176.00  0 refunded  HKD 0.00
there  1 paid  HKD 88.00   0 refunded  HKD 0.00
only_here  payment A1   here HKD 88.00 paid, there nothing
    look it up

deposits  none
`
	if err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
}
