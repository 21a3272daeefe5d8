package huishouqian

import (
	"errors"
	"testing"
	"time"

	"tillpay/channels"
)

var _ channels.StatementReader = (*Channel)(nil)

func TestStatementLines(t *testing.T) {
	c, _ := newChannel(t, nil)
	const file = "商户订单号,原商户订单号,交易订单号,交易金额,交易状态,完成时间\n" +
		"`T01-1,,`H1,`1230,SUCCESS,20261121143000\n" +
		"`T01-R-1,`T01-1,`H2,`40,SUCCESS,20261121150000\n" +
		"`T01-2,,`H3,`50,FAIL,\n"
	lines, err := c.ReadStatement(channels.Statement{Body: []byte(file)})
	if err != nil || len(lines) != 3 {
		t.Fatalf("%+v, %v", lines, err)
	}
	if l := lines[0]; l.Kind != channels.PaymentLine || l.OutTradeNo != "T01-1" || l.Amount != yuan(1230) || l.Void ||
		!l.At.Equal(time.Date(2026, 11, 21, 6, 30, 0, 0, time.UTC)) {
		t.Errorf("payment %+v", l)
	}
	if l := lines[1]; l.Kind != channels.RefundLine || l.OutTradeNo != "T01-1" || l.RefundNo != "T01-R-1" || l.Amount != yuan(40) || l.PlatformID != "H2" {
		t.Errorf("refund %+v", l)
	}
	if !lines[2].Void {
		t.Errorf("failed order %+v", lines[2])
	}
	minus, err := c.ReadStatement(channels.Statement{Body: []byte(dayFile)})
	if err != nil || minus[1].Kind != channels.RefundLine || minus[1].RefundNo != "T01-2" || minus[1].Amount != yuan(50) {
		t.Errorf("%+v, %v", minus, err)
	}
	for _, bad := range []string{"商户订单号,交易金额,交易状态\n1,1,DONE?\n", "订单,金额\n1,2\n"} {
		if _, err := c.ReadStatement(channels.Statement{Body: []byte(bad)}); !errors.Is(err, channels.ErrNotReadable) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// No line comes of a file that cannot be read, and none takes money twice.
func FuzzStatementLines(f *testing.F) {
	f.Add([]byte(dayFile))
	f.Add([]byte("商户订单号,原商户订单号,交易金额,交易状态\n1,2,-3.5,REVOKED\n"))
	c := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		lines, err := c.ReadStatement(channels.Statement{Body: body})
		for _, l := range lines {
			if err != nil || l.Amount.Amount < 0 || l.Amount.Currency != "CNY" || l.OutTradeNo == "" && l.RefundNo == "" {
				t.Errorf("%+v, %v", l, err)
			}
		}
	})
}
