package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// ErrNoPrepared: no prepared order of that number can still be paid.
var ErrNoPrepared = errors.New("phone: no such prepared order is waiting")

// HuifuOpen is the customer opening the mini program: the order's question is on
// the phone from now on, for Confirm and Reject.
func (p *Phone) HuifuOpen(reqSeqID string) (Question, error) {
	var q Question
	err := p.huifuPrepared(reqSeqID, func(o *huifuOrder, _ time.Time) { o.opened, q = true, o.question() })
	return q, err
}

// HuifuPay is the customer opening the mini program and paying.
func (p *Phone) HuifuPay(reqSeqID string) error {
	return p.huifuPrepared(reqSeqID, func(o *huifuOrder, now time.Time) { o.decide("", now) })
}

// HuifuDecline is the customer leaving the mini program unpaid. The order stays
// open: it can be paid later, until it expires or is closed.
func (p *Phone) HuifuDecline(reqSeqID string) error {
	return p.huifuPrepared(reqSeqID, func(o *huifuOrder, _ time.Time) { o.opened = false })
}

// HuifuExpire lets the order's time run out now.
func (p *Phone) HuifuExpire(reqSeqID string) error {
	return p.huifuPrepared(reqSeqID, func(o *huifuOrder, now time.Time) { o.expires = now; o.settle(now) })
}

func (p *Phone) huifuPrepared(no string, do func(*huifuOrder, time.Time)) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	now := p.s.cfg.Now()
	o := p.s.huifu.findPrepared(no, now)
	if o == nil || !o.open() || o.closeStat != "" {
		return fmt.Errorf("%w: %s", ErrNoPrepared, no)
	}
	do(o, now)
	return nil
}

// pending is the question on the display: of several, the one asked first.
func (h *huifu) pending(now time.Time) *huifuOrder {
	h.arrive(now)
	for _, o := range h.list {
		if o.onPhone || o.opened {
			if o.settle(now); o.asking() {
				return o
			}
		}
	}
	return nil
}

// answered is what the customer did with the question.
func (o *huifuOrder) answered(state string, now time.Time) {
	switch {
	case state == success:
		o.decide("", now)
	case o.prepared:
		o.opened = false
	default:
		o.decide("用户取消支付", now)
	}
}

// last is the order that was begun last with this phone, or opened on it, no
// earlier than since.
func (h *huifu) last(since, now time.Time) *huifuOrder {
	h.arrive(now)
	for _, o := range slices.Backward(h.list) {
		if (o.onPhone || o.opened) && !o.entry().CreatedAt.Before(since) {
			o.settle(now)
			return o
		}
	}
	return nil
}

// controlHuifu is what Phone does with prepared orders, over HTTP: POST
// /v1/huifu/orders/{no}/{open, pay, decline or expire}.
func (s *Sandbox) controlHuifu(w http.ResponseWriter, r *http.Request) {
	no := r.PathValue("no")
	do, known := map[string]func(string) error{
		"open": func(no string) error { _, err := s.phone.HuifuOpen(no); return err },
		"pay":  s.phone.HuifuPay, "decline": s.phone.HuifuDecline, "expire": s.phone.HuifuExpire,
	}[r.PathValue("act")]
	if !known {
		sendError(w, http.StatusNotFound, errors.New("open, pay, decline or expire"))
		return
	}
	if err := do(no); err != nil {
		sendError(w, http.StatusConflict, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
