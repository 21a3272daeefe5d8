package payment

import (
	"context"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// Cancel stops a sale: in one commit the sale is over and what is in flight is
// to be undone. A sale that is cancelled already is no error; a paid one answers
// ErrSaleOver.
func (e *Engine) Cancel(ctx context.Context, n int64, by string) error {
	for {
		flying, err := e.inFlight(ctx, n)
		if err != nil {
			return err
		}
		again, err := e.cancel(ctx, n, by, flying)
		if err != nil || !again {
			return err
		}
	}
}

// inFlight is the sale's payment that may still be charged; at most one is.
func (e *Engine) inFlight(ctx context.Context, n int64) (*live, error) {
	payments, err := e.DB.Payments(ctx, n)
	if err != nil {
		return nil, err
	}
	for _, p := range payments {
		if s := State(p.State); s == Submitting || s == Paying {
			return e.live(ctx, p.OutTradeNo)
		}
	}
	return nil, nil
}

// cancel makes the one commit. It answers again when the payments changed
// between the look and the commit.
func (e *Engine) cancel(ctx context.Context, n int64, by string, l *live) (again bool, err error) {
	var m move
	if l != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if s := l.life.State; s != Submitting && s != Paying {
			return true, nil
		}
		if m, err = e.move(l, Cancelled, None, channels.Reply{}); err != nil {
			return false, err
		}
	}
	done := false
	err = e.DB.Update(ctx, func(tx *ledger.Tx) error {
		sale, err := tx.Sale(n)
		if err != nil {
			return err
		}
		if sale.State == ledger.SaleCancelled {
			done = true
			return nil
		}
		if sale.State == ledger.SaleHeld {
			return ErrHeld
		}
		if sale.State != ledger.SaleOpen {
			return ErrSaleOver
		}
		if again, err = strangers(tx, n, l); err != nil || again {
			return err
		}
		sale.State = ledger.SaleCancelled
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
		if err := tx.Journal("sale.cancelled", n, "", map[string]any{"by": by}); err != nil {
			return err
		}
		if l == nil {
			return nil
		}
		return e.store(tx, nil, &m)
	})
	if err != nil || again || done {
		return again, err
	}
	if l == nil {
		e.Changed(n)
		return false, nil
	}
	e.moved(l, m)
	e.queue.Wake(jobPayment, l.outTradeNo)
	return false, nil
}

// strangers tells whether a payment other than l may still be charged: one that
// was submitted, or brought back after a restart, since we looked.
func strangers(tx *ledger.Tx, n int64, l *live) (bool, error) {
	payments, err := tx.Payments(n)
	if err != nil {
		return false, err
	}
	for _, p := range payments {
		s := State(p.State)
		if (s == Submitting || s == Paying) && (l == nil || l.outTradeNo != p.OutTradeNo) {
			return true, nil
		}
	}
	return false, nil
}
