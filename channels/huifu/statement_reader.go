package huifu

import (
	"fmt"
	"strings"

	"tillpay/channels"
)

var _ channels.StatementReader = (*Channel)(nil)

// stateVoid tells, of the state words that a bill of trades uses (ASSUMED, §13),
// which of them mean that no money moved. A word that is not here makes the file
// unreadable: a movement that is misread is worse than none.
var stateVoid = map[string]bool{
	"成功": false, "交易成功": false, "S": false, "SUCCESS": false,
	"失败": true, "交易失败": true, "F": true, "FAIL": true,
	"关闭": true, "已关闭": true,
}

// ReadStatement answers the movements of a bill of trades. Bills of settlement,
// splitting and payout hold no trades, and are not read.
func (c *Channel) ReadStatement(s channels.Statement) ([]channels.Line, error) {
	if kind := c.cfg.StatementBillType; kind != "TRADE_BILL" {
		return nil, fmt.Errorf("%w: statement_bill_type %s lists no trades; write TRADE_BILL", channels.ErrNotReadable, kind)
	}
	rows, err := c.Lines(s)
	if err != nil {
		return nil, fmt.Errorf("%w: it %w", channels.ErrNotReadable, err)
	}
	lines := make([]channels.Line, 0, len(rows))
	for i, r := range rows {
		void, known := stateVoid[r.State]
		if !known {
			return nil, fmt.Errorf("%w: row %d has a state that is not known", channels.ErrNotReadable, i+1)
		}
		l := channels.Line{Kind: channels.PaymentLine, OutTradeNo: r.Number, Amount: r.Amount, Status: r.State, Void: void}
		if r.Amount.Amount < 0 || gaveBack(r.Type) {
			l.Kind, l.OutTradeNo, l.RefundNo = channels.RefundLine, "", r.Number
			l.Amount.Amount = max(r.Amount.Amount, -r.Amount.Amount)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// gaveBack tells a refund: the words of the type's column are not published. In the API a
// refund's trans_type is TRANS_REFUND; consoles say 退款.
func gaveBack(kind string) bool {
	return strings.Contains(kind, "退") || strings.Contains(strings.ToUpper(kind), "REFUND")
}
