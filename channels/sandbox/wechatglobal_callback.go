package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// ErrNoCallback: there is no such refund, it has no notify_url, or it is not
// over yet.
var ErrNoCallback = errors.New("sandbox: no callback for this refund")

// RefundCallback builds the request that the platform makes when a refund is
// over (§12), to the refund's notify_url, or to url when that is not empty. The
// caller sends it: twice, at once, or late, as the test wants. what spoils it:
// ForgeSignature, NoSignature, SignTest, StaleTimestamp, UnpublishedCertificate,
// DuplicateKeys, WrongAmount, WrongOrder, WrongMerchant, or nothing.
func (s *Sandbox) RefundCallback(outRefundNo, url string, what Kind) (*http.Request, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, now := s.wechat, s.cfg.Now()
	w.arrive(now)
	var r *refund
	for _, a := range s.accts {
		if found := w.findRefund(w.names[a.caller()], func(r *refund) bool { return r.no == outRefundNo && !r.byRevoke }, now); found != nil && r == nil {
			r = found
		}
	}
	if r == nil || r.status == refundProcessing || url == "" && r.notifyURL == "" {
		return nil, fmt.Errorf("%w: %s", ErrNoCallback, outRefundNo)
	}
	if url == "" {
		url = r.notifyURL
	}
	body := encode(w.callback(r, now, what))
	if what == DuplicateKeys {
		body = append([]byte(`{"event_type":"REFUND.CLOSED","resource_type":"",`), body[1:]...)
	}
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("sandbox: callback: %w", err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	at := w.clock(now)
	if what == StaleTimestamp {
		at = at.Add(-10 * time.Minute)
	}
	if what != NoSignature {
		w.prove(req.Header, body, at, what)
	}
	return req, nil
}

// callbackDoc is the envelope of §12.
type callbackDoc struct {
	ID           string   `json:"id"`
	CreateTime   string   `json:"create_time"`
	ResourceType string   `json:"resource_type"`
	EventType    string   `json:"event_type"`
	Summary      string   `json:"summary"`
	Resource     resource `json:"resource"`
}

// refundEventDoc is what is sealed in it.
type refundEventDoc struct {
	identity
	TransactionID string         `json:"transaction_id"`
	OutTradeNo    string         `json:"out_trade_no"`
	RefundID      string         `json:"refund_id"`
	OutRefundNo   string         `json:"out_refund_no"`
	RefundStatus  string         `json:"refund_status"`
	SuccessTime   string         `json:"success_time,omitempty"`
	RecvAccount   string         `json:"recv_account"`
	FundSource    string         `json:"fund_source"`
	Amount        refundEventSum `json:"amount"`
}

type refundEventSum struct {
	Total         int64   `json:"total"`
	Currency      string  `json:"currency"`
	Refund        int64   `json:"refund"`
	PayerTotal    int64   `json:"payer_total"`
	PayerRefund   int64   `json:"payer_refund"`
	PayerCurrency string  `json:"payer_currency"`
	ExchangeRate  rateDoc `json:"exchange_rate"`
}

// callback is always the same notification of one refund: its id serves to
// tell repetitions (§12).
func (w *wechatGlobal) callback(r *refund, now time.Time, what Kind) callbackDoc {
	status := r.status
	if status == refundClosed {
		status = "CLOSED" // §18.11: the callback's own word
	}
	o, listed := r.o, r.listed()
	plain := encode(refundEventDoc{
		identity:      identity{MchID: o.request.MchID, SpMchID: o.request.SpMchID, SubMchID: o.request.SubMchID},
		TransactionID: o.id, OutTradeNo: o.no, RefundID: r.id, OutRefundNo: r.no,
		RefundStatus: status, SuccessTime: listed.SuccessTime, RecvAccount: listed.RecvAccount, FundSource: listed.FundSource,
		Amount: refundEventSum{
			Total: o.amount, Currency: r.currency, Refund: r.amount, PayerTotal: o.payerTotal,
			PayerRefund: o.payerMoney(r.amount), PayerCurrency: o.payerCurrency,
			ExchangeRate: rateDoc{"SETTLEMENT_RATE", o.rate},
		},
	})
	if what == WrongAmount || what == WrongOrder || what == WrongMerchant {
		plain = (&Fault{What: what}).falsify(draft{status: http.StatusOK, body: plain}).body
	}
	sealed := w.sealed(&o.who.Account, "refund", plain)
	sealed.OriginalType = "refund"
	return callbackDoc{
		ID: "EV-" + strconv.FormatInt(r.created.Unix(), 10) + r.id[len(r.id)-10:], CreateTime: stamp(now),
		ResourceType: "encrypt-resource", EventType: "REFUND." + status, Summary: "refund " + status, Resource: sealed,
	}
}
