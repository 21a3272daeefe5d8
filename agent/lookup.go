package agent

import (
	"context"
	"fmt"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
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
	channels.Accepted: {"The platform says: it is being given back, and is not yet.", "平台回复：正在退还顾客，尚未完成。", "平台回覆：正在退還顧客，尚未完成。"},
	channels.Refunded: {"The platform says: refunded, wholly or in part.", "平台回复：已退款（全部或部分）。", "平台回覆：已退款（全部或部分）。"},
}

var sayNoAnswer = sentence{"The platform gives no answer now. What is shown is what this till knows.", "平台暂无答复，以下为本机记录。", "平台暫無回覆，以下為本機紀錄。"}

// sayNotFoundYet: what the platform does not know may still reach it.
var sayNotFoundYet = sentence{"The platform knows no such order yet, and may still charge it. It is not known whether the customer pays: wait, and do not charge again.", "平台暂无此单，仍可能扣款。尚不能确定是否付款，请等候，切勿重复收款。", "平台暫無此單，仍可能扣款。尚未能確定是否付款，請等候，切勿重複收款。"}

// liveSentence is what a platform's answer means for a payment of s; empty where it
// says nothing.
func liveSentence(s ledger.Sale, p ledger.Payment, r channels.Reply) sentence {
	if words, is := liveDeposit(s, r); is {
		return words
	}
	if r.Outcome == channels.NotFound {
		switch payment.State(p.State) {
		case payment.Submitting, payment.Paying, payment.Revoking:
			return sayNotFoundYet
		}
	}
	return liveWords[r.Outcome]
}

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
	r := t.engine.Ask(ctx, p, s)
	t.exchanged(p.Channel, r)
	words := liveSentence(s, p, r).or(sayNoAnswer)
	if !r.Verified {
		words = sayNoAnswer
	}
	return &Live{OutTradeNo: p.OutTradeNo, Asked: r.Verified, Outcome: r.Outcome.String(), Reason: r.Reason, Verified: r.Verified,
		PlatformID: r.PlatformID, Message: words.in(t.Language)}, nil
}
