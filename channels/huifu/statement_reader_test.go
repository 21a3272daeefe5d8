package huifu

import (
	"errors"
	"strings"
	"testing"

	"tillpay/channels"
)

func TestReadStatement(t *testing.T) {
	head := strings.SplitN(testCSV, "\n", 2)[0]
	column := func(title string) int {
		for i, h := range strings.Split(head, ",") {
			if cell(h) == title {
				return i
			}
		}
		t.Fatalf("the test's bill has no %s", title)
		return -1
	}
	row := func(number, amount, state, kind string) string {
		cells := make([]string, len(strings.Split(head, ",")))
		for title, value := range map[string]string{"请求流水号": number, "交易金额": amount, "交易状态": state, "交易类型": kind} {
			cells[column(title)] = value
		}
		return strings.Join(cells, ",") + "\n"
	}
	read := func(bill, text string) ([]channels.Line, error) {
		c, _ := newChannel(t, always(500, ""), func(cfg *Config) { cfg.StatementBillType = bill })
		return c.ReadStatement(channels.Statement{Body: []byte(zipOf(t, "a.csv", head+"\n"+text))})
	}
	lines, err := read("TRADE_BILL", row("P1", "0.01", "成功", "微信反扫")+row("R1", "-0.01", "成功", "退款")+row("P2", "1.00", "失败", "微信反扫")+row("R2", "3.00", "成功", "TRANS_REFUND"))
	if err != nil || len(lines) != 4 {
		t.Fatal(lines, err)
	}
	if l := lines[0]; l.Kind != channels.PaymentLine || l.OutTradeNo != "P1" || l.Amount.Amount != 1 || l.Void {
		t.Errorf("%+v", l)
	}
	if l := lines[1]; l.Kind != channels.RefundLine || l.RefundNo != "R1" || l.OutTradeNo != "" || l.Amount.Amount != 1 {
		t.Errorf("%+v", l)
	}
	if l := lines[3]; l.Kind != channels.RefundLine || l.RefundNo != "R2" || l.Amount.Amount != 300 {
		t.Errorf("%+v", l)
	}
	if !lines[2].Void {
		t.Errorf("%+v", lines[2])
	}
	for name, bad := range map[string][2]string{
		"a state nobody knows": {"TRADE_BILL", row("P1", "0.01", "某种状态", "")},
		"another bill":         {"SETTLE_BILL", row("P1", "0.01", "成功", "")},
		"an odd amount":        {"TRADE_BILL", row("P1", "1e2", "成功", "")},
	} {
		if lines, err := read(bad[0], bad[1]); !errors.Is(err, channels.ErrNotReadable) || lines != nil {
			t.Errorf("%s: %v, %v", name, lines, err)
		}
	}
}
