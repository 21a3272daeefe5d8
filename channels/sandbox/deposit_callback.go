package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// DepositCallback builds the request that the platform makes when a prepared
// deposit was paid (§12), to the order's notify_url, or to url when that is not
// empty. The caller sends it: twice, at once, or late, as the test wants. what
// spoils it, as a Fault would spoil an answer; an empty Kind does not. An order
// paid by a code has no notify_url, and no callback (B-12).
func (s *Sandbox) DepositCallback(outTradeNo, url string, what Kind) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, now := s.deposit, s.cfg.Now()
	d.arrive(now)
	for _, o := range d.list {
		if o.no != outTradeNo || o.form.get("notify_url") == "" {
			continue
		}
		if o.settle(now); !o.paidAt.IsZero() {
			return d.callback(o, url, &Fault{What: what})
		}
	}
	return nil, fmt.Errorf("%w: deposit %s", ErrNoCallback, outTradeNo)
}

func (d *deposit) callback(o *depositOrder, url string, f *Fault) (*http.Request, error) {
	c := &depositCall{form: o.form, who: o.who}
	reply := c.done().with(o.paidElements(c)...)
	if o.hmac {
		reply = reply.with("sign_type", depositHMAC)
	}
	doc := f.falsifyDeposit(reply.doc)
	if f.What != NoSignature {
		doc = d.signed(doc, o.who.APIKey, o.hmac, f.proof())
	}
	return depositPost(url, o.form.get("notify_url"), f.spoilDeposit(doc.encode("xml")))
}

// DepositRefundCallback is the same for a refund that is over. It is sealed and
// not signed (§12): WrongAmount and the like change what is sealed, and
// ForgeSignature seals it with another key.
func (s *Sandbox) DepositRefundCallback(outRefundNo, url string, what Kind) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, now := s.deposit, s.cfg.Now()
	d.arrive(now)
	r := d.findRefund(nil, func(r *depositRefund) bool { return r.no == outRefundNo }, now)
	if r == nil || r.status == refundProcessing || url == "" && r.notifyURL == "" {
		return nil, fmt.Errorf("%w: deposit refund %s", ErrNoCallback, outRefundNo)
	}
	f := &Fault{What: what}
	key := depositInfoKey(r.o.who.APIKey)
	if what == ForgeSignature {
		key = depositInfoKey("not the key")
	}
	sealed, err := sealDeposit(key, f.falsifyDeposit(r.event()).encode("root"))
	if err != nil {
		return nil, fmt.Errorf("sandbox: callback: %w", err)
	}
	a := r.o.who.Account
	doc := depositDoc{}.with("return_code", "SUCCESS", "appid", a.AppID, "mch_id", a.MchID,
		"sub_appid", r.o.form.get("sub_appid"), "sub_mch_id", a.SubMchID, "nonce_str", d.s.wechat.nonce(32), "req_info", sealed)
	if what == WrongMerchant {
		doc = f.falsifyDeposit(doc)
	}
	return depositPost(url, r.notifyURL, f.spoilDeposit(doc.encode("xml")))
}

// event is what is sealed in a refund's notification.
func (r *depositRefund) event() depositDoc {
	doc := depositDoc{}.with("out_refund_no", r.no, "out_trade_no", r.o.no, "refund_account", r.account,
		"refund_fee", fenText(r.amount), "refund_id", r.id, "refund_recv_accout", "支付用户零钱",
		"refund_request_source", "API", "refund_status", r.status, "settlement_refund_fee", fenText(r.amount),
		"settlement_total_fee", fenText(r.o.consumed))
	if !r.succeeded.IsZero() {
		doc = doc.with("success_time", r.succeeded.In(beijing).Format(time.DateTime))
	}
	return doc.with("total_fee", fenText(r.o.amount), "transaction_id", r.o.id)
}

func depositPost(url, fallback string, body []byte) (*http.Request, error) {
	if url == "" {
		url = fallback
	}
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("sandbox: callback: %w", err)
	}
	req.Header.Set("Content-Type", "text/xml; charset=utf-8")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	return req, nil
}

// depositRepeats are the pauses of §12 between one notification and the next.
func depositRepeats() []time.Duration {
	const s, m, h = time.Second, time.Minute, time.Hour
	return []time.Duration{15 * s, 15 * s, 30 * s, 3 * m, 10 * m, 20 * m, 30 * m, 30 * m, 30 * m, 60 * m, 3 * h, 3 * h, 3 * h, 6 * h, 6 * h}
}

// DeliverDeposit notifies as the platform does: again and again until the answer
// is SUCCESS or the pauses of §12 are used up; Config.Wait makes them. It says
// how many times it asked.
func (s *Sandbox) DeliverDeposit(ctx context.Context, client *http.Client, outTradeNo, url string) (times int, err error) {
	for _, pause := range append(depositRepeats(), 0) {
		req, err := s.DepositCallback(outTradeNo, url, "")
		if err != nil {
			return times, err
		}
		times++
		if tookDeposit(client, req.WithContext(ctx)) {
			return times, nil
		}
		if pause > 0 {
			if err := s.cfg.Wait(ctx, pause); err != nil {
				return times, err
			}
		}
	}
	return times, fmt.Errorf("sandbox: callback of deposit %s: nobody said SUCCESS", outTradeNo)
}

func tookDeposit(client *http.Client, req *http.Request) bool {
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxDepositBody))
	if err != nil || res.StatusCode != http.StatusOK {
		return false
	}
	doc, err := parseDeposit(body, "xml")
	return err == nil && doc.get("return_code") == "SUCCESS"
}
