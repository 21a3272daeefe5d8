package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The rules of §9. The dossier does not say how far apart the retries are.
const (
	huifuNotifyTime  = 5 * time.Second
	huifuRetries     = 3
	huifuRetryPause  = 5 * time.Second
	huifuAckPrefix   = "RECV_ORD_ID_"
	huifuNotifyMedia = "application/x-www-form-urlencoded; charset=UTF-8"
)

// HuifuCallback builds the notification of §9 about a payment or a refund,
// to its notify_url, or to address when that is not empty. notifyType 1 is the
// channel's result, 2 the booking's, which only a paid order has. The caller
// sends it: twice, out of order, or late, as the test wants. what spoils it:
// ForgeSignature, NoSignature, UnpublishedCertificate, Unsorted (signed sorted,
// which must not verify), WrongAmount, WrongOrder, WrongDate, WrongMerchant,
// UnknownState, OddMembers, DuplicateKeys, or nothing.
func (s *Sandbox) HuifuCallback(reqSeqID string, notifyType int, address string, what Kind) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, to := s.huifu.notification(reqSeqID, notifyType, s.cfg.Now())
	if address == "" {
		address = to
	}
	if data == nil || address == "" {
		return nil, fmt.Errorf("%w: %s, notify_type %d", ErrNoCallback, reqSeqID, notifyType)
	}
	f := &Fault{What: what}
	over, sent := huifuTexts(f.falsifyHuifu(huifuDraft{data: data}).data, what)
	key := s.keys.huifuPlatform
	if what == UnpublishedCertificate {
		key = s.keys.huifuMerchant
	}
	signature, err := sign(key, over)
	if err != nil {
		return nil, fmt.Errorf("sandbox: callback: %w", err)
	}
	switch what {
	case ForgeSignature:
		signature = huifuForged(signature)
	case NoSignature:
		signature = ""
	}
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(huifuForm(string(sent), signature)))
	if err != nil {
		return nil, fmt.Errorf("sandbox: callback: %w", err)
	}
	req.Header.Set("Content-Type", huifuNotifyMedia)
	return req, nil
}

// huifuForm is the body of §9, as the vectors show it.
func huifuForm(respData, signature string) string {
	return "resp_code=10000&resp_desc=" + url.QueryEscape("成功调用") +
		"&sign=" + url.QueryEscape(signature) + "&resp_data=" + url.QueryEscape(respData)
}

// notification is the newest payment's or refund's of this number; nil when
// there is none, or it is not over.
func (h *huifu) notification(no string, notifyType int, now time.Time) (data map[string]any, to string) {
	h.arrive(now)
	for _, o := range slices.Backward(h.list) {
		o.settle(now)
		if o.no == no {
			return o.notification(notifyType), o.values["notify_url"]
		}
		for _, r := range o.refunds {
			if r.no == no {
				return r.notification(notifyType), r.notifyURL
			}
		}
	}
	return nil, ""
}

// notification is §9's, with the oddities of N1 and N2: numbers, both names of
// the trade's kind, an object where replies have a JSON text.
func (o *huifuOrder) notification(notifyType int) map[string]any {
	if o.open() || notifyType < 1 || notifyType > 2 || notifyType == 2 && o.stat != huifuDone {
		return nil
	}
	d := o.reply("00000000", o.text).data
	acct := huifuInitial
	if notifyType == 2 {
		acct = o.booked()
	}
	for name, v := range map[string]any{
		"acct_stat": acct, "bank_code": "SUCCESS", "bank_message": o.text, "end_time": huifuStamp(o.ended),
		"fee_amount": "0.00", "is_delay_acct": "0", "is_div": "0", "mer_ord_id": o.no,
		"notify_type": notifyType, "trans_type": o.tradeType,
	} {
		d[name] = v
	}
	delete(d, "fee_amt")
	delete(d, "method_expand")
	if o.stat == huifuDone {
		name, response := o.channelResponse()
		d[name] = response
	} else {
		d["resp_code"], d["bank_code"] = "90000000", "FAIL"
	}
	if risk, ok := huifuObject(o.values["risk_check_data"]); ok {
		d["risk_check_data"] = risk
	}
	return d
}

// notification of a refund. The dossier shows none: here it has a payment's form,
// with the refund's numbers, and no second one follows.
func (r *huifuRefund) notification(notifyType int) map[string]any {
	if notifyType != 1 || r.stat == huifuWaiting {
		return nil
	}
	d := r.reply("00000000", r.text).data
	d["req_date"], d["req_seq_id"], d["hf_seq_id"], d["mer_ord_id"] = r.date, r.no, r.id, r.no
	d["org_req_date"], d["org_req_seq_id"], d["org_hf_seq_id"] = r.o.date, r.o.no, r.o.id
	d["notify_type"], d["end_time"] = notifyType, huifuStamp(r.ended)
	return d
}

// HuifuAttempt is one try to deliver a notification.
type HuifuAttempt struct {
	NotifyType int
	Status     int    // 0: nobody answered
	Body       string // of the answer, its beginning
	Taken      bool   // 2xx, and RECV_ORD_ID_ with the number
}

// HuifuNotify delivers the notifications of a payment or refund as the platform
// does (§9): type 1, then type 2 where there is one, each up to three times more
// until it is answered 2xx with RECV_ORD_ID_ and the number, 5 s for each try and
// no redirects. It is done when this returns.
func (s *Sandbox) HuifuNotify(ctx context.Context, client *http.Client, reqSeqID, address string) ([]HuifuAttempt, error) {
	once := *client
	once.Timeout = huifuNotifyTime
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var tries []HuifuAttempt
	for notifyType := 1; notifyType <= 2; notifyType++ {
		for try := 0; try <= huifuRetries; try++ {
			req, err := s.HuifuCallback(reqSeqID, notifyType, address, "")
			if errors.Is(err, ErrNoCallback) && notifyType == 2 {
				return tries, nil
			}
			if err != nil {
				return tries, err
			}
			if try > 0 {
				if err := s.cfg.Wait(ctx, huifuRetryPause); err != nil {
					return tries, err
				}
			}
			a := huifuAttempt(&once, req.WithContext(ctx), huifuAckPrefix+reqSeqID)
			a.NotifyType = notifyType
			if tries = append(tries, a); a.Taken {
				break
			}
		}
	}
	return tries, nil
}

func huifuAttempt(client *http.Client, req *http.Request, want string) HuifuAttempt {
	res, err := client.Do(req)
	if err != nil {
		return HuifuAttempt{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	a := HuifuAttempt{Status: res.StatusCode, Body: string(body)}
	a.Taken = err == nil && res.StatusCode >= 200 && res.StatusCode < 300 && a.Body == want
	return a
}
