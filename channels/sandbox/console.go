package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrNoRefund: the order is not one that its platform's console could refund.
var ErrNoRefund = errors.New("console: no such paid order with as much left")

// ConsoleRefund gives money of a paid order back at once, as its owner does on
// the platform's own pages: no till asked for it, and its number is the
// console's. It is how a difference gets into a day.
func (s *Sandbox) ConsoleRefund(outTradeNo string, amount int64) (refundNo string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	no := fmt.Sprintf("CONSOLE%d", now.UnixNano())
	if amount > 0 && (s.wechat.consoleRefund(outTradeNo, no, amount, now) || s.huifu.consoleRefund(outTradeNo, no, amount, now) ||
		s.huishouqian.consoleRefund(outTradeNo, no, amount, now)) {
		return no, nil
	}
	return "", fmt.Errorf("%w: %s", ErrNoRefund, outTradeNo)
}

func (s *Sandbox) controlConsoleRefund(w http.ResponseWriter, r *http.Request) {
	var want struct {
		OutTradeNo string `json:"out_trade_no"`
		Amount     int64  `json:"amount"`
	}
	if !receive(w, r, &want) {
		return
	}
	no, err := s.ConsoleRefund(want.OutTradeNo, want.Amount)
	if err != nil {
		sendError(w, http.StatusConflict, err)
		return
	}
	send(w, http.StatusCreated, map[string]string{"out_refund_no": no})
}

func (w *wechatGlobal) consoleRefund(orderNo, no string, amount int64, now time.Time) bool {
	for _, o := range w.list {
		if o.no != orderNo {
			continue
		}
		if o.settle(now); o.paidAt.IsZero() || !o.revokedAt.IsZero() || amount > o.amount-o.refunding() {
			return false
		}
		o.state = refunded
		o.refunds = append(o.refunds, &refund{o: o, id: w.nextID("5030", now), no: no, amount: amount, currency: o.request.Amount.Currency,
			reason: "console", status: refundSuccess, created: now, succeeded: now})
		return true
	}
	return false
}

func (h *huifu) consoleRefund(orderNo, no string, amount int64, now time.Time) bool {
	for _, o := range h.list {
		if o.no != orderNo {
			continue
		}
		if o.settle(now); o.stat != huifuDone || amount > o.amount-o.refunding() {
			return false
		}
		r := &huifuRefund{o: o, date: h.today(now), no: no, id: h.nextID(now), amount: amount, remark: "console",
			stat: huifuDone, text: "退款成功", created: now, ended: now}
		o.refunds = append(o.refunds, r)
		h.backs[huifuKey(o.shop.id, r.date, r.no)], h.backs[r.id] = r, r
		return true
	}
	return false
}

func (h *huishouqian) consoleRefund(orderNo, no string, amount int64, now time.Time) bool {
	for _, o := range h.list {
		if o.no != orderNo {
			continue
		}
		if o.settle(now); o.paidAt.IsZero() || amount > o.amount-o.refunding() {
			return false
		}
		r := &hsqRefund{o: o, no: no, id: h.nextID("25010121", now), amount: amount, state: success, respCode: hsqPaidCode, created: now, over: now}
		o.refunds = append(o.refunds, r)
		h.refunds[hsqKey(o.who, r.no)] = r
		return true
	}
	return false
}
