package sandbox

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// HuishouqianCallback builds the request that the platform makes when a payment
// or a refund is over (§9), to its returnUrl, or to url when that is not empty.
// transNo is the payment's or the refund's. The caller sends it: twice, at once,
// or late, as the test wants. what spoils it, as a Fault would spoil an answer;
// FixedWords and HiddenWords are its own. An empty Kind does not.
func (s *Sandbox) HuishouqianCallback(transNo, url string, what Kind) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, now := s.huishouqian, s.cfg.Now()
	h.arrive(now)
	for _, o := range h.list {
		o.settle(now)
		if o.no == transNo && !o.over.IsZero() {
			return h.callback(o.who, o.method, o.doc, o.report(), url, &Fault{What: what})
		}
		for _, r := range o.refunds {
			if r.no == transNo && !r.over.IsZero() {
				return h.callback(o.who, "POLYMERIZE_REFUND", r.doc, r.report(), url, &Fault{What: what})
			}
		}
	}
	return nil, fmt.Errorf("%w: huishouqian %s", ErrNoCallback, transNo)
}

// callback is §9's form: the request's layout, signed by the platform.
func (h *huishouqian) callback(who *hsqMerchant, method string, asked, doc map[string]any, to string, f *Fault) (*http.Request, error) {
	if to == "" {
		to = hsqText(asked, "returnUrl")
	}
	if to == "" {
		return nil, fmt.Errorf("%w: no returnUrl", ErrNoCallback)
	}
	envelope := map[string]string{
		"method": method, "version": "1.0", "format": "JSON", "merchantNo": who.MchID, "signType": "RSA2",
		"signContent": f.falsifyHsq(doc),
	}
	if f.What == WrongMerchant {
		envelope["merchantNo"], _ = otherText(who.MchID).(string)
	}
	words := maps.Clone(envelope)
	if f.What == FixedWords || f.What == HiddenWords {
		words["method"], words["version"] = "CALLBACK", "1.0.0"
	}
	if f.What == FixedWords {
		envelope = words
	}
	form := url.Values{}
	for name, value := range envelope {
		form.Set(name, value)
	}
	if f.What != NoSignature {
		form.Set("sign", h.prove(hsqRequestText(words, who.APIKey), f.proof()))
	}
	body := form.Encode()
	switch f.What {
	case DuplicateKeys: // in signContent they are already; the form has them too
		body += "&method=POLYMERIZE_QUERY"
	case Truncate:
		body = body[:len(body)/2]
	case Oversize:
		body += "&pad=" + strings.Repeat("x", maxBody)
	}
	req, err := http.NewRequest(http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("sandbox: callback: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
	return req, nil
}

// hsqRepeats are the pauses before each notification. ASSUMED: several, spread
// over hours (§9).
func hsqRepeats() []time.Duration {
	const m, h = time.Minute, time.Hour
	return []time.Duration{0, m, 5 * m, 30 * m, h, 3 * h}
}

// DeliverHuishouqian notifies until it is answered SUCCESS, and then once more in
// the fixed words (§14): a till must take both. Config.Wait makes the pauses. It
// says how many times it asked.
func (s *Sandbox) DeliverHuishouqian(ctx context.Context, client *http.Client, transNo, url string) (times int, err error) {
	post := func(what Kind) (bool, error) {
		req, err := s.HuishouqianCallback(transNo, url, what)
		if err != nil {
			return false, err
		}
		times++
		return tookHuishouqian(client, req.WithContext(ctx)), nil
	}
	for _, pause := range hsqRepeats() {
		if pause > 0 {
			if err := s.cfg.Wait(ctx, pause); err != nil {
				return times, err
			}
		}
		took, err := post("")
		if err != nil {
			return times, err
		}
		if took {
			_, err = post(FixedWords)
			return times, err
		}
	}
	return times, fmt.Errorf("sandbox: callback of huishouqian %s: nobody said SUCCESS", transNo)
}

func tookHuishouqian(client *http.Client, req *http.Request) bool {
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64))
	return err == nil && res.StatusCode == http.StatusOK && string(body) == "SUCCESS"
}
