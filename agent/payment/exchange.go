package payment

import (
	"context"
	"time"

	"tillpay/channels"
)

// payTimeout bounds a Pay's exchange: the platforms suggest up to 30 s, and a
// till asks by query instead of waiting (WeChat dossier §15.2: 10 s is enough).
const payTimeout = 10 * time.Second

// callTimeout bounds every other exchange.
const callTimeout = 8 * time.Second

// perform makes one exchange.
func (e *Engine) perform(ctx context.Context, l *live, do Exchange) channels.Reply {
	if do == DoPay {
		return e.pay(ctx, l)
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	l.mu.Lock()
	order, way, plan := l.asOrder(), l.life.Way, l.plan()
	l.mu.Unlock()
	how := channels.ByRefund
	if way < len(plan.Undo) {
		how = plan.Undo[way].How
	}
	// The whole amount, under a number that repeats with the order's.
	refund := channels.Refund{Order: order, RefundNo: undoPrefix + order.OutTradeNo, Amount: order.Amount, Reason: l.sale.Description}
	switch {
	case do == DoConfirm && how == channels.ByRefund:
		return l.refundWorked(ctx, refund)
	case do != DoUndo:
		return l.account.Channel.Query(ctx, order)
	}
	e.Log.Info("undoing", "out_trade_no", order.OutTradeNo, "channel", l.account.Name, "how", how)
	if r, ok := l.account.Channel.(channels.Revoker); ok && how == channels.ByRevoke {
		return r.Revoke(ctx, order)
	}
	if c, ok := l.account.Channel.(channels.Closer); ok && how == channels.ByClose {
		return c.Close(ctx, order)
	}
	return l.account.Channel.Refund(ctx, refund)
}

// refundWorked asks about the refund that undoes a payment: on some platforms the
// order itself goes on saying that it is paid. A refund that is not there says
// nothing about the order.
func (l *live) refundWorked(ctx context.Context, r channels.Refund) channels.Reply {
	reply := l.account.Channel.QueryRefund(ctx, r)
	if reply.Outcome == channels.NotFound {
		reply.Outcome = channels.Unknown
	}
	return reply
}

// pay submits, and does not let a shutdown cut the exchange short: its answer is
// worth the wait.
func (e *Engine) pay(ctx context.Context, l *live) channels.Reply {
	l.mu.Lock()
	early, replay, order, p := l.early, l.life.Replayed, l.order, e.payment(l)
	l.early = nil
	l.mu.Unlock()
	if early != nil {
		return <-early
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), payTimeout)
	defer cancel()
	if order != nil {
		return e.create(ctx, l, order)
	}
	p.Replay = replay
	return l.account.Channel.Pay(ctx, p)
}

func (e *Engine) payment(l *live) channels.Payment {
	return channels.Payment{
		OutTradeNo: l.row.OutTradeNo, Amount: l.sale.Amount, Code: l.code, Description: l.sale.Description,
		Items: l.sale.Items, Cashier: l.sale.Cashier, Options: l.sale.Options,
	}
}

func (l *live) asOrder() channels.Order {
	return channels.Order{OutTradeNo: l.row.OutTradeNo, PlatformID: l.row.PlatformID, Amount: l.sale.Amount, SubmittedAt: l.row.SubmittedAt}
}
