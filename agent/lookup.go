package agent

import (
	"context"
	"fmt"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// Lookup finds the sale behind any number and asks its platform for a live answer.
func (t *Till) Lookup(ctx context.Context, number string) (*Sale, *Live, error) {
	s, err := t.DB.Lookup(ctx, number)
	if err != nil {
		return nil, nil, err
	}
	v, err := t.view(ctx, s.N)
	if err != nil {
		return nil, nil, err
	}
	live, err := t.ask(ctx, s)
	return v, live, err
}

// Live is what the platform says now of a sale's decisive payment.
type Live struct {
	OutTradeNo string          `json:"out_trade_no"`
	Asked      bool            `json:"asked"`
	Outcome    string          `json:"outcome"`
	Reason     channels.Reason `json:"reason,omitempty"`
	Verified   bool            `json:"verified"`
	PlatformID string          `json:"platform_id,omitempty"`
	Message    string          `json:"message"`
}

var liveWords = map[channels.Outcome]sentence{
	channels.Paid:     {"The platform says: paid.", "平台回复：已付款。", "平台回覆：已付款。"},
	channels.Paying:   {"The platform says: the customer has not confirmed yet.", "平台回复：顾客尚未确认。", "平台回覆：顧客尚未確認。"},
	channels.Declined: {"The platform says: not charged. It is safe to try again.", "平台回复：未扣款，可以重新收款。", "平台回覆：並無扣款，可以重新收款。"},
	channels.NotFound: {"The platform knows no such order: not charged. It is safe to try again.", "平台查无此单：未扣款，可以重新收款。", "平台查無此單：並無扣款，可以重新收款。"},
	channels.Revoked:  {"The platform says: revoked, nothing stays charged. It is safe to try again.", "平台回复：已撤销，未扣款或已退回，可以重新收款。", "平台回覆：已撤銷，未扣款或已退回，可以重新收款。"},
	channels.Closed:   {"The platform says: closed, not charged. It is safe to try again.", "平台回复：已关闭，未扣款，可以重新收款。", "平台回覆：已關閉，並無扣款，可以重新收款。"},
	channels.Refunded: {"The platform says: refunded, wholly or in part.", "平台回复：已退款（全部或部分）。", "平台回覆：已退款（全部或部分）。"},
}

var sayNoAnswer = sentence{"The platform gives no answer now. What is shown is what this till knows.", "平台暂无答复，以下为本机记录。", "平台暫無回覆，以下為本機紀錄。"}

// ask queries the platform about the payment that paid the sale, or else the
// last one. It changes nothing.
func (t *Till) ask(ctx context.Context, s ledger.Sale) (*Live, error) {
	payments, err := t.DB.Payments(ctx, s.N)
	if err != nil {
		return nil, err
	}
	if len(payments) == 0 {
		return nil, nil
	}
	p := payments[len(payments)-1]
	for _, other := range payments {
		if other.OutTradeNo == s.PaidBy {
			p = other
		}
	}
	l := t.links[p.Channel]
	if l == nil {
		return nil, fmt.Errorf("payment %s: its channel %q is no longer configured", p.OutTradeNo, p.Channel)
	}
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	r := l.account.Channel.Query(ctx, channels.Order{OutTradeNo: p.OutTradeNo, PlatformID: p.PlatformID, Amount: s.Amount, SubmittedAt: p.SubmittedAt})
	t.exchanged(p.Channel, r)
	words, ok := liveWords[r.Outcome]
	if deposit, is := liveDeposit(s, r); is {
		words = deposit
	}
	if !ok || !r.Verified {
		words = sayNoAnswer
	}
	return &Live{OutTradeNo: p.OutTradeNo, Asked: r.Verified, Outcome: r.Outcome.String(), Reason: r.Reason, Verified: r.Verified,
		PlatformID: r.PlatformID, Message: words.in(t.Language)}, nil
}
