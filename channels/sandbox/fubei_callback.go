package sandbox

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// FubeiCallback builds the notification of a paid order (§12) to the address
// that the order named, or the shop's, or to the one given here. what spoils it:
// ForgeSignature, NoSignature, WrongAmount, WrongOrder, WrongMerchant,
// UnknownState, OddMembers, DuplicateKeys, or nothing. Only successes are told.
func (s *Sandbox) FubeiCallback(merchantOrderSN, to string, what Kind) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, now := s.fubei, s.cfg.Now()
	f.arrive(now)
	for _, o := range f.list {
		if o.no != merchantOrderSN {
			continue
		}
		o.settle(now)
		if to == "" {
			to = o.form.get("call_back_url") + o.form.get("notify_url")
		}
		if to == "" {
			to = f.hooks[o.who.shop].pay
		}
		if o.paidAt.IsZero() || to == "" {
			break
		}
		return f.notification(o.who, o.notice(), to, what)
	}
	return nil, fmt.Errorf("%w: %s", ErrNoCallback, merchantOrderSN)
}

// FubeiRefundCallback is the same for a refund that is over: 2.0 alone has one,
// to the address of fbpay.pay.callback.config or to the one given here.
func (s *Sandbox) FubeiRefundCallback(merchantRefundSN, to string, what Kind) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, now := s.fubei, s.cfg.Now()
	f.arrive(now)
	for _, c := range f.names {
		r := f.findRefund(c.shop, func(r *fubeiRefund) bool { return r.no == merchantRefundSN }, now)
		if r == nil {
			continue
		}
		if to == "" {
			to = f.hooks[c.shop].refund
		}
		if !r.o.v2 || r.status == fubeiRefundProcessing || to == "" {
			break
		}
		return f.notification(r.o.who, r.notice(), to, what)
	}
	return nil, fmt.Errorf("%w: %s", ErrNoCallback, merchantRefundSN)
}

// notice is the data of a payment's notification: in 1.0 its own names, the
// dossier's assumption. It says what was paid, whatever came later.
func (o *fubeiOrder) notice() map[string]any {
	was := *o
	was.state = success
	if !o.v2 {
		return was.data1(false)
	}
	d := was.data2(true)
	d["uid"] = d["merchant_id"]
	delete(d, "merchant_id")
	return d
}

func (r *fubeiRefund) notice() map[string]any {
	d := r.data(&fubeiCall{end: &fubeiEndpoint{v2: true}})
	d["refund_fee"] = fubeiYuan(0)
	return d
}

// notification is the form of §12, signed by the secret of the level that placed
// the order: the only thing that Fubei signs.
func (f *fubei) notification(who *fubeiCaller, data map[string]any, to string, what Kind) (*http.Request, error) {
	(&Fault{What: inNotice(what)}).falsifyFubei(map[string]any{"data": data})
	form := fubeiForm{
		{name: "result_code", value: "200"}, {name: "result_message", value: "成功"}, {name: "data", value: string(encode(data))},
	}
	sign := signFubei(form, who.APIKey)
	if what == ForgeSignature {
		sign = signFubei(form, "not the secret")
	}
	body := ""
	for _, m := range form {
		body += m.name + "=" + url.QueryEscape(m.value) + "&"
	}
	switch what {
	case NoSignature:
		body = strings.TrimSuffix(body, "&")
	case DuplicateKeys:
		body += "sign=" + sign + "&result_code=400"
	default:
		body += "sign=" + sign
	}
	req, err := http.NewRequest(http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("sandbox: callback: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

// inNotice is what a kind does to the data: a notification has a real signature,
// so those of the proof leave the data alone.
func inNotice(what Kind) Kind {
	if what == ForgeSignature || what == NoSignature {
		return ""
	}
	return what
}

// fubeiRetries are the waits before each try. Nothing is published; the dossier
// assumes several.
func fubeiRetries() []time.Duration {
	return []time.Duration{0, 15 * time.Second, 30 * time.Second, 3 * time.Minute, 10 * time.Minute}
}

// DeliverFubei sends a notification through via until it is answered 200 and
// success, in either case of letters (§12), or the tries are spent. build makes
// each try's request. It returns how many were made, and what went wrong with
// the last.
func (s *Sandbox) DeliverFubei(ctx context.Context, via http.RoundTripper, build func() (*http.Request, error)) (tries int, err error) {
	for _, wait := range fubeiRetries() {
		if wait > 0 {
			if err := s.cfg.Wait(ctx, wait); err != nil {
				return tries, err
			}
		}
		req, bad := build()
		if bad != nil {
			return tries, bad
		}
		tries++
		if err = fubeiDelivered(via, req.WithContext(ctx)); err == nil {
			return tries, nil
		}
	}
	return tries, err
}

func fubeiDelivered(via http.RoundTripper, req *http.Request) error {
	res, err := via.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("sandbox: callback: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("sandbox: callback: %w", err)
	}
	if res.StatusCode != http.StatusOK || !strings.EqualFold(strings.TrimSpace(string(body)), "success") {
		return fmt.Errorf("sandbox: callback: answered %d %q", res.StatusCode, clip(string(body)))
	}
	return nil
}
