package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrFubeiParams is what a mini program is told when the payment cannot be
// started.
var ErrFubeiParams = errors.New("phone: the mini program cannot start the payment")

// OpenFubei starts a prepared order as a mini program does, with sign_params (or
// sign_package) as the till handed it on: an object, or a text with one inside.
// WeChat's six members must be as they were given (§6). An Alipay order has only
// its prepay_id: {"prepay_id": "…"}. Then the order is a question like any
// other: Confirm, Reject (it can be opened again), or let it expire.
func (p *Phone) OpenFubei(params []byte) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var text string
	if json.Unmarshal(params, &text) == nil {
		params = []byte(text)
	}
	var given map[string]any
	if err := json.Unmarshal(params, &given); err != nil {
		return fmt.Errorf("%w: not an object: %w", ErrFubeiParams, err)
	}
	f, now := p.s.fubei, p.s.cfg.Now()
	f.arrive(now)
	o := f.settled(f.byParams(given), now)
	if o == nil {
		return fmt.Errorf("%w: no such prepay_id", ErrFubeiParams)
	}
	for name, value := range o.params {
		if given[name] != value {
			return fmt.Errorf("%w: %s is not what Fubei gave", ErrFubeiParams, name)
		}
	}
	if o.state != userPaying {
		return fmt.Errorf("%w: the order is %s", ErrFubeiParams, o.state)
	}
	o.opened = now
	return nil
}

func (f *fubei) byParams(given map[string]any) *fubeiOrder {
	id, _ := given["prepay_id"].(string)
	if pack, ok := given["package"].(string); ok && len(pack) > len("prepay_id=") {
		id = pack[len("prepay_id="):]
	}
	return f.byPre[id]
}

// pending is the order that the phone asks about: of several, the first.
func (f *fubei) pending(now time.Time) *fubeiOrder {
	f.arrive(now)
	for _, o := range f.list {
		if !o.onPhone || o.prepared && o.opened.IsZero() {
			continue
		}
		if o.settle(now); o.state == userPaying {
			return o
		}
	}
	return nil
}

func (o *fubeiOrder) question() Question {
	at := o.created
	if !o.opened.IsZero() {
		at = o.opened
	}
	return Question{OutTradeNo: o.no, Amount: o.paid(), Currency: "CNY", Merchant: "Sandbox Branch",
		Description: o.form.get("body"), AskedAt: at}
}

// last is the order that was begun last with this phone, no earlier than since.
func (f *fubei) last(since, now time.Time) *fubeiOrder {
	f.arrive(now)
	for i := len(f.list) - 1; i >= 0; i-- {
		o := f.list[i]
		if o.onPhone && !o.created.Before(since) && (!o.prepared || !o.opened.IsZero() || !o.paidAt.IsZero()) {
			return f.settled(o, now)
		}
	}
	return nil
}

// controlOpenFubei is OpenFubei for demos: the parameters as the body.
func (s *Sandbox) controlOpenFubei(w http.ResponseWriter, r *http.Request) {
	var params json.RawMessage
	if receive(w, r, &params) {
		s.controlDecided(w, s.phone.OpenFubei(params))
	}
}
