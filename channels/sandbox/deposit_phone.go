package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrStart is what an app is told when the payment cannot be started: §7.1's -1.
var ErrStart = errors.New("phone: the payment cannot be started")

// OpenDeposit starts a prepared deposit as an app or a mini program does, with
// the parameters that the till made (§7), all texts. They are held against the
// order and the provider's key. Then the order is a question like any other:
// Confirm, Reject, or let it expire.
func (p *Phone) OpenDeposit(start map[string]string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	d, now := p.s.deposit, p.s.cfg.Now()
	d.arrive(now)
	prepayID := start["prepayid"]
	if prepayID == "" {
		prepayID, _ = strings.CutPrefix(start["package"], "prepay_id=")
	}
	o := d.settled(d.byPre[prepayID], now)
	if o == nil {
		return fmt.Errorf("%w: no such prepay_id", ErrStart)
	}
	if err := o.checkStart(start); err != nil {
		return fmt.Errorf("%w: %w", ErrStart, err)
	}
	if o.state != notPay && o.state != userPaying {
		return fmt.Errorf("%w: the order is %s", ErrStart, o.state)
	}
	o.state, o.opened = userPaying, now
	return nil
}

// checkStart is §7.1 and §7.2: these names and no other, and the signature over
// them by the algorithm of the order.
func (o *depositOrder) checkStart(start map[string]string) error {
	want := map[string]string{"package": "Sign=WXPay", "partnerid": o.who.SubMchID, "prepayid": o.prepayID}
	app, stamp, nonce, proof := "appid", "timestamp", "noncestr", "sign"
	if o.kind == "JSAPI" {
		want = map[string]string{"package": "prepay_id=" + o.prepayID, "signType": depositMD5}
		if app, stamp, nonce, proof = "appId", "timeStamp", "nonceStr", "paySign"; o.hmac {
			want["signType"] = depositHMAC
		}
	}
	names := append(slices.Collect(maps.Keys(want)), app, stamp, nonce, proof)
	signed := depositDoc{}
	for _, name := range slices.Sorted(maps.Keys(start)) {
		switch value := start[name]; {
		case !slices.Contains(names, name):
			return fmt.Errorf("%s is not a parameter", name)
		case want[name] != "" && value != want[name]:
			return fmt.Errorf("%s is not %s", name, want[name])
		case name != proof:
			signed = signed.with(name, value)
		}
	}
	seconds, err := strconv.ParseInt(start[stamp], 10, 64)
	switch sub := o.form.get("sub_appid"); {
	case len(signed) != len(names)-1 || start[proof] == "":
		return errors.New("a parameter is missing or empty")
	case start[app] != o.who.AppID && (sub == "" || start[app] != sub):
		return fmt.Errorf("%s is not the order's", app)
	case err != nil || strconv.FormatInt(seconds, 10) != start[stamp] || len(start[stamp]) != 10:
		return fmt.Errorf("%s is not Unix time in seconds", stamp)
	case len(start[nonce]) > 32:
		return fmt.Errorf("%s has more than 32 characters", nonce)
	case signDeposit(signed, o.who.APIKey, o.hmac) != start[proof]:
		return errors.New("the signature does not match")
	}
	return nil
}

// pending is the deposit that the phone asks about: of several, the first.
func (d *deposit) pending(now time.Time) *depositOrder {
	d.arrive(now)
	for _, o := range d.list {
		if !o.onPhone {
			continue
		}
		if o.settle(now); o.state == userPaying {
			return o
		}
	}
	return nil
}

func (o *depositOrder) question() Question {
	at := o.created
	if !o.opened.IsZero() {
		at = o.opened
	}
	return Question{OutTradeNo: o.no, Amount: o.amount, Currency: "CNY",
		Merchant: o.who.SubMchID, Description: o.form.get("body"), AskedAt: at}
}

// last is the deposit that was begun last with this phone, no earlier than since.
func (d *deposit) last(since, now time.Time) *depositOrder {
	d.arrive(now)
	for _, o := range slices.Backward(d.list) {
		if o.onPhone && !o.created.Before(since) && (o.kind == "MICROPAY" || !o.opened.IsZero()) {
			return d.settled(o, now)
		}
	}
	return nil
}

// controlOpenDeposit is OpenDeposit for demos: the parameters as a JSON object.
func (s *Sandbox) controlOpenDeposit(w http.ResponseWriter, r *http.Request) {
	var start map[string]string
	if receive(w, r, &start) {
		s.controlDecided(w, s.phone.OpenDeposit(start))
	}
}
