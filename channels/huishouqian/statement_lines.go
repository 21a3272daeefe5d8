package huishouqian

import (
	"fmt"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// statementVoid is whether an order's state (§11) says that nothing moved. A
// REVOKED order was charged and given back the same day: the file shows it once.
var statementVoid = map[string]bool{
	stateSuccess: false, "": false, stateInit: true, stateProcessing: true, stateFail: true, stateRevoked: true,
}

// ReadStatement reads a file of Statement's as what moved. A refund is told by
// the original's number or by its sign: the words of payType are not published.
func (c *Channel) ReadStatement(s channels.Statement) ([]channels.Line, error) {
	rows, err := c.readRows(s)
	if err != nil {
		return nil, err
	}
	lines := make([]channels.Line, 0, len(rows))
	for i, r := range rows {
		void, known := statementVoid[r.State]
		if !known {
			return nil, fmt.Errorf("%w: line %d behind the header has a state that is not known: %q", channels.ErrNotReadable, i+1, wire.Cut(wire.Plain(r.State), 32))
		}
		l := channels.Line{Kind: channels.PaymentLine, OutTradeNo: r.Number, PlatformID: wire.Cut(wire.Plain(r.Platform), 64),
			Amount: r.Amount, Status: r.State, Void: void, At: c.moment(r.Finished)}
		if r.Original != "" || r.Amount.Amount < 0 {
			l.Kind, l.OutTradeNo, l.RefundNo = channels.RefundLine, r.Original, r.Number
			l.Amount.Amount = max(l.Amount.Amount, -l.Amount.Amount)
		}
		lines = append(lines, l)
	}
	return lines, nil
}
