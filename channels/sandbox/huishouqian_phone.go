package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ErrQRCode: what was given opens no cashier.
var ErrQRCode = errors.New("phone: no cashier opens")

// OpenHuishouqian opens the cashier of a prepared order with the qrCode that the
// platform answered, byte for byte: the mini program's start arguments (§7), or
// the address in a code. After it the order is a question like any other:
// Confirm, Reject, or let it expire.
func (p *Phone) OpenHuishouqian(qrCode string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	h, now := p.s.huishouqian, p.s.cfg.Now()
	h.arrive(now)
	o := h.byToken[hsqToken(qrCode)]
	if o == nil || o.qrCode != qrCode {
		return fmt.Errorf("%w: not a qrCode of this platform", ErrQRCode)
	}
	o.settle(now)
	if !o.payable(now) {
		return fmt.Errorf("%w: the order is %s", ErrQRCode, o.state)
	}
	o.onPhone, o.opened = true, now
	return nil
}

// hsqToken finds the secret in a qrCode of either kind.
func hsqToken(qrCode string) string {
	counter := qrCode
	if strings.HasPrefix(qrCode, "{") {
		var start struct {
			Path string `json:"mp_path"`
		}
		if json.Unmarshal([]byte(qrCode), &start) != nil {
			return ""
		}
		_, query, _ := strings.Cut(start.Path, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			return ""
		}
		counter = values.Get("q")
	}
	u, err := url.Parse(counter)
	if err != nil {
		return ""
	}
	return u.Query().Get("sk")
}

// asks says that the phone shows a question about this order.
func (o *hsqOrder) asks(now time.Time) bool {
	o.settle(now)
	return o.onPhone && o.payable(now) && (!o.prepared || !o.opened.IsZero())
}

// pending is the order that the phone asks about: of several, the first.
func (h *huishouqian) pending(now time.Time) *hsqOrder {
	h.arrive(now)
	for _, o := range h.list {
		if o.onPhone && o.asks(now) {
			return o
		}
	}
	return nil
}

// answered is Confirm or Reject, in the words that all platforms share. Who says
// no has cancelled (100207).
func (o *hsqOrder) answered(state string, at time.Time) {
	code := "100207"
	if state == success {
		code = ""
	}
	o.decide(code, at)
}

func (o *hsqOrder) question() Question {
	at := o.created
	if !o.opened.IsZero() {
		at = o.opened
	}
	return Question{OutTradeNo: o.no, Amount: o.amount, Currency: "CNY",
		Merchant: o.who.MchID, Description: hsqText(o.doc, "goodsInfo"), AskedAt: at}
}

// last is the order that was begun last with this phone, no earlier than since.
func (h *huishouqian) last(since, now time.Time) *hsqOrder {
	h.arrive(now)
	for _, o := range slices.Backward(h.list) {
		if o.onPhone && !o.created.Before(since) {
			o.settle(now)
			return o
		}
	}
	return nil
}

// controlOpenHuishouqian is OpenHuishouqian for demos.
func (s *Sandbox) controlOpenHuishouqian(w http.ResponseWriter, r *http.Request) {
	var want struct {
		QRCode string `json:"qr_code"`
	}
	if receive(w, r, &want) {
		s.controlDecided(w, s.phone.OpenHuishouqian(want.QRCode))
	}
}
