package payment

import (
	"context"
	"runtime/debug"
	"time"

	"tillpay/channels"
)

// payTimeout bounds a Pay's exchange: the platforms suggest up to 30 s, and a
// till asks by query instead of waiting (WeChat dossier §15.2: 10 s is enough).
const payTimeout = 10 * time.Second

// callTimeout bounds every other exchange.
const callTimeout = 8 * time.Second

// hangs is when an exchange is told to be silent: platforms answer sooner.
const hangs = 1500 * time.Millisecond

// watch tells of an exchange that hangs, until it is ended.
func (e *Engine) watch(account string) (ended func() bool) {
	return time.AfterFunc(hangs, func() { e.Silent(account) }).Stop
}

// perform makes one exchange.
func (e *Engine) perform(ctx context.Context, l *live, do Exchange) channels.Reply {
	if do == DoPay {
		defer e.watch(l.account.Name)()
		return e.pay(ctx, l)
	}
	l.mu.Lock()
	order, way, plan, sent := l.asOrder(), l.life.Way, l.plan(), l.life.RefundSentAt
	closing := l.life.State == Revoked || l.life.State == Revoking && (do == DoConfirm || l.life.Rounds > 0)
	l.mu.Unlock()
	how := channels.ByRefund
	if way < len(plan.Undo) {
		how = plan.Undo[way].How
	}
	refund := undoRefund(order, l.sale, sent)
	switch {
	case do == DoConfirm && how == channels.ByRefund:
		return e.exchange(ctx, l.account, pacedRefundQuery, func(ctx context.Context) channels.Reply { return l.refundWorked(ctx, refund) })
	case do != DoUndo:
		return e.exchange(ctx, l.account, pacedQuery, func(ctx context.Context) channels.Reply { return l.whatBecame(ctx, order, closing) })
	}
	e.Log.Info("undoing", "out_trade_no", order.OutTradeNo, "channel", l.account.Name, "how", how)
	if r, ok := l.account.Channel.(channels.Revoker); ok && how == channels.ByRevoke {
		return e.exchange(ctx, l.account, pacedUndo, func(ctx context.Context) channels.Reply { return r.Revoke(ctx, order) })
	}
	if c, ok := l.account.Channel.(channels.Closer); ok && how == channels.ByClose {
		return e.exchange(ctx, l.account, pacedUndo, func(ctx context.Context) channels.Reply { return c.Close(ctx, order) })
	}
	return e.exchange(ctx, l.account, pacedRefund, func(ctx context.Context) channels.Reply { return e.undoByRefund(ctx, l, refund) })
}

// whatBecame asks about the order. One that is being undone and still counts as
// unpaid may be closed all the same, and only the closing's own query tell.
func (l *live) whatBecame(ctx context.Context, o channels.Order, closing bool) channels.Reply {
	r := l.account.Channel.Query(ctx, o)
	if q, ok := l.account.Channel.(channels.CloseQuerier); ok && closing && r.Outcome == channels.Paying {
		if closed := q.QueryClose(ctx, o); closed.Outcome == channels.Closed {
			return closed
		}
	}
	return r
}

// refundWorked asks about the refund that undoes a payment: on some platforms the
// order itself goes on saying that it is paid. A refund that is not there says
// nothing about the order, and its number, time and detail are not the order's.
func (l *live) refundWorked(ctx context.Context, r channels.Refund) channels.Reply {
	reply := l.account.Channel.QueryRefund(ctx, r)
	if reply.Outcome == channels.NotFound {
		reply.Outcome = channels.Unknown
	}
	reply.PlatformID, reply.PaidAt, reply.Detail = "", time.Time{}, nil
	return reply
}

// pay submits, and does not let a shutdown cut the exchange short: its answer is
// worth the wait.
//
// A driver that panics may have sent it: nothing is known, so the till asks. The
// queue would make the job, and with it the Pay, again.
func (e *Engine) pay(ctx context.Context, l *live) (reply channels.Reply) {
	defer func() {
		if r := recover(); r != nil {
			e.Log.Error("a driver panicked in a Pay", "out_trade_no", l.outTradeNo, "channel", l.account.Name, "panic", r, "stack", string(debug.Stack()))
			reply = channels.Reply{}
		}
	}()
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

// asOrder dates the order as its ages count: a row's times may be of a clock that was
// set since, and a driver that went by them would wait for years, or not at all.
// l.mu is held.
func (l *live) asOrder() channels.Order {
	o := channels.Order{OutTradeNo: l.row.OutTradeNo, PlatformID: l.row.PlatformID, Amount: l.sale.Amount,
		SubmittedAt: l.row.SubmittedAt, ExpiresAt: l.life.ExpiresAt}
	if ended := l.life.EndedAt; !ended.IsZero() {
		o.SubmittedAt = ended
		if l.life.Prepared {
			o.ExpiresAt = ended.Add(l.plan().Deadline)
		}
	}
	return o
}
