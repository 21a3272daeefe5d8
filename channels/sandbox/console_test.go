package sandbox_test

import (
	"errors"
	"testing"

	"tillpay/channels/sandbox"
)

// A refund in the console is one that the books have and no till asked for: of paid
// orders, and of no more than is left. The day's file has it, early where that is on.
func TestConsoleRefund(t *testing.T) {
	tl := newHuifuTill(t, func(c *sandbox.Config) { c.EarlyStatements = true })
	tl.pay("N1", tl.code("00"))
	tl.pay("N2", tl.code("03"))
	if _, err := tl.box.ConsoleRefund("N1", 30); err != nil {
		t.Fatal(err)
	}
	for no, amount := range map[string]int64{"N1": 1 << 40, "N2": 1, "N3": 1, "": 0} {
		if _, err := tl.box.ConsoleRefund(no, amount); !errors.Is(err, sandbox.ErrNoRefund) {
			t.Errorf("%q %d: %v", no, amount, err)
		}
	}
	o, _ := tl.box.Books().Order("N1")
	if len(o.Refunds) != 1 || o.Charged != o.Amount-30 {
		t.Errorf("%+v", o)
	}
	if rows := tl.rows(tl.statement("TRADE_BILL", "20261125")); len(rows) != 2 {
		t.Errorf("%v", rows)
	}

	gl := newTill(t, sandbox.Institution, func(c *sandbox.Config) { c.EarlyStatements = true })
	gl.pay("G1", gl.code("00"))
	if _, err := gl.box.ConsoleRefund("G1", 100); err != nil {
		t.Fatal(err)
	}
	gl.says(gl.query("G1"), "REFUND")

	ht := newHsqTill(t)
	ht.pay("H1", ht.code("00"))
	if _, err := ht.box.ConsoleRefund("H1", 1); err != nil {
		t.Fatal(err)
	}
	if o, _ := ht.box.Books().Order("H1"); len(o.Refunds) != 1 || o.Refunds[0].Status != "SUCCESS" {
		t.Errorf("%+v", o)
	}
}
