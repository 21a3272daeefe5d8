package agent

import (
	"context"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer"
)

// depositRoute is the name under which the routes have the channel for deposits.
const depositRoute = "deposit"

// Settlement is how a deposit was asked to end, as the API answers it.
type Settlement struct {
	Kind    string          `json:"kind"` // capture, release
	Amount  int64           `json:"amount"`
	State   string          `json:"state"`
	Reason  channels.Reason `json:"reason,omitempty"`
	Code    string          `json:"platform_code,omitempty"`
	Message string          `json:"platform_message,omitempty"`
	AskedAt time.Time       `json:"asked_at"`
	EndedAt *time.Time      `json:"ended_at,omitempty"`
}

// holds tells a channel that takes deposits, and nothing else: a sale that went
// there would be held, and returned after its days.
func (l *link) holds() bool {
	_, captures := l.account.Channel.(channels.Capturer)
	_, revokes := l.account.Channel.(channels.Revoker)
	return captures && revokes && l.account.Sheet().Hold > 0
}

func (t *Till) checkKind(kind string) error {
	switch {
	case kind == "sale":
		return nil
	case kind != ledger.KindDeposit:
		return &Invalid{"kind", `must be "sale" or "deposit"`}
	case len(t.routes(kind, "")) == 0:
		return &Invalid{"kind", `must be "sale": this till has no channel for deposits`}
	}
	return nil
}

// Capture settles a held deposit: amount is the shop's, the rest goes back. The
// same amount again is the same capture.
func (t *Till) Capture(ctx context.Context, id string, amount int64, by string) (*Sale, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	if amount <= 0 {
		return nil, &Invalid{"amount", "must be 1 or more, in the currency's minor unit; to capture nothing is a release"}
	}
	if err := t.engine.Capture(ctx, n, amount, by); err != nil {
		return nil, err
	}
	return t.Sale(ctx, id)
}

// Release gives a held deposit back whole. Again is the same release.
func (t *Till) Release(ctx context.Context, id, by string) (*Sale, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	if err := t.engine.Release(ctx, n, by); err != nil {
		return nil, err
	}
	return t.Sale(ctx, id)
}

// viewDeposit adds what only deposits have.
func (t *Till) viewDeposit(v *Sale, w ledger.Whole) {
	if v.Kind != ledger.KindDeposit || w.Sale.PaidBy == "" {
		return
	}
	for _, p := range w.Payments {
		l := t.links[p.Channel]
		if p.OutTradeNo == w.Sale.PaidBy && v.State == ledger.SaleHeld && l != nil {
			hold := l.account.HoldOf(p)
			v.ReturnsAt, v.warned = moment(hold.ReturnsAt), !t.Now().Before(hold.WarnAt)
		}
	}
	if s := w.Settlement; s != nil {
		v.Settlement = &Settlement{Kind: s.Kind, Amount: s.Amount, State: s.State, Reason: s.Reason, Code: s.Code, Message: s.Message,
			AskedAt: s.AskedAt.UTC(), EndedAt: moment(s.EndedAt)}
	}
}

var (
	sayHeld        = sentence{"Deposit held: %s. Capture what is owed, or release it.", "押金已冻结：%s。请在结算时扣取应付金额，或全部退还。", "按金已凍結：%s。請於結算時扣取應付金額，或全數退還。"}
	sayReturns     = sentence{"Deposit held: %s. It goes back to the customer by itself on %s: capture or release it before, or call the manager.", "押金已冻结：%s。该押金将于 %s 自动退还顾客，请在此之前扣取或退还，或通知店长。", "按金已凍結：%s。此按金將於 %s 自動退還顧客，請於此前扣取或退還，或通知店長。"}
	sayCapturing   = sentence{"Capturing %s of the deposit. Wait for the result here.", "正在从押金中扣取 %s，请在此等候结果。", "正從按金中扣取 %s，請在此等候結果。"}
	sayReleasing   = sentence{"Releasing the deposit of %s. Wait for the result here.", "正在退还押金 %s，请在此等候结果。", "正在退還按金 %s，請在此等候結果。"}
	sayCaptured    = sentence{"Captured %s of the deposit. %s goes back to the customer.", "已从押金中扣取 %s，其余 %s 退还顾客。", "已從按金中扣取 %s，其餘 %s 退還顧客。"}
	sayReleased    = sentence{"Deposit returned: %s. Nothing was charged.", "押金已全部退还：%s，未扣款。", "按金已全數退還：%s，並無扣款。"}
	sayNotCaptured = sentence{"The deposit went back to the customer before it was captured: %s. Nothing was charged. Call the manager.", "押金在扣取之前已退还顾客：%s，未扣款。请通知店长。", "按金在扣取之前已退還顧客：%s，並無扣款。請通知店長。"}
	sayUnsettled   = sentence{"The platform refused it: the deposit of %s is still held. Call the manager.", "平台拒绝了该操作：押金 %s 仍被冻结。请通知店长。", "平台拒絕了該操作：按金 %s 仍被凍結。請通知店長。"}
	sayOtherwise   = sentence{"The platform captured %s, which is not what was asked. Call the manager.", "平台实际扣取 %s，与所要求的不符。请通知店长。", "平台實際扣取 %s，與所要求的不符。請通知店長。"}
	sayStillHeld   = sentence{"The platform says: the deposit is held.", "平台回复：押金仍被冻结。", "平台回覆：按金仍被凍結。"}
	sayReturnedNow = sentence{"The platform says: the deposit went back to the customer.", "平台回复：押金已退还顾客。", "平台回覆：按金已退還顧客。"}
)

// sayDeposit is say for a deposit that is held or was asked to end.
func (t *Till) sayDeposit(v *Sale) (message, action string) {
	in := func(amount int64) string {
		return channels.Format(channels.Money{Amount: amount, Currency: v.Currency})
	}
	state, kind := payment.SettleState(""), ""
	if v.Settlement != nil {
		state, kind = payment.SettleState(v.Settlement.State), v.Settlement.Kind
	}
	switch {
	case state == payment.SettleAttention:
		return sayOtherwise.in(t.Language, in(v.Captured)), actManager
	case v.State == "refunded":
		return sayRefunded.in(t.Language, in(v.Captured)), actDone
	case v.State == "paid":
		return sayCaptured.in(t.Language, in(v.Captured), in(v.Amount-v.Captured)), actDone
	case v.State == ledger.SaleReleased && kind == ledger.Capture:
		return sayNotCaptured.in(t.Language, in(v.Amount)), actManager
	case v.State == ledger.SaleReleased:
		return sayReleased.in(t.Language, in(v.Amount)), actDone
	case state == payment.SettleRefused:
		return sayUnsettled.in(t.Language, in(v.Amount)), actManager
	case kind == ledger.Capture:
		return sayCapturing.in(t.Language, in(v.Settlement.Amount)), actWait
	case kind == ledger.Release:
		return sayReleasing.in(t.Language, in(v.Amount)), actWait
	case v.warned && v.ReturnsAt != nil:
		return sayReturns.in(t.Language, in(v.Amount), v.ReturnsAt.In(t.Zone).Format("2006-01-02 15:04")), actManager
	}
	return sayHeld.in(t.Language, in(v.Amount)), actDone
}

// leads tells the slips that a sale's receipt state speaks of.
func leads(kind string) bool { return kind == "sale" || kind == "deposit" || kind == "released" }

// leading is the kind of slip that says how a paid sale stands.
func leading(s ledger.Sale) string {
	switch s.State {
	case ledger.SaleHeld:
		return "deposit"
	case ledger.SaleReleased:
		return "released"
	}
	return "sale"
}

// depositSlip makes r say what of a deposit was held, and what of it is paid. Its
// goods add up to the deposit, not to what was captured, and stay off.
func depositSlip(r *printer.Receipt, s ledger.Sale, kind string) {
	switch {
	case kind == "released":
		r.Kind = printer.Cancelled // with PaidAt: the money came and went
	case kind == "sale" && s.Kind == ledger.KindDeposit:
		r.Deposit, r.Amount, r.Items = s.Amount.Amount, s.Captured, nil
		if r.Description == "" {
			r.Description = s.Description
		}
	}
}

// liveDeposit says what a platform's answer means for a deposit.
func liveDeposit(s ledger.Sale, r channels.Reply) (sentence, bool) {
	if s.Kind == ledger.KindDeposit && r.Outcome == channels.Paid && r.Captured == 0 {
		return sayStillHeld, true
	}
	if s.Kind == ledger.KindDeposit && r.Outcome == channels.Refunded {
		return sayReturnedNow, true
	}
	return sentence{}, false
}
