package channeltest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// Bad is what is wrong with an answer or a callback.
type Bad string

// Bads is what every driver must see through, in answers and in callbacks. A
// Pay's answers meet the same under the names of behaviours.
const (
	BadSignature Bad = "forged"
	NoSignature  Bad = "unsigned"
	Truncated    Bad = "truncated"
	Oversize     Bad = "oversize"
	DuplicateKey Bad = "duplicate key"
	OtherAmount  Bad = "wrong amount"
	OtherOrder   Bad = "wrong order"
	OtherShop    Bad = "wrong merchant"
	Page         Bad = "a page of HTML"
	Stale        Bad = "stale"
)

// Bads are all of them.
var Bads = []Bad{BadSignature, NoSignature, Truncated, Oversize, DuplicateKey, OtherAmount, OtherOrder, OtherShop, Page, Stale}

// leadsNowhere is what holds for every bad answer: nothing is believed, and there
// is a line that support can use.
func (k *till) leadsNowhere(what string, r channels.Reply) {
	k.t.Helper()
	k.want(what, r, channels.Unknown)
	if r.Reason == channels.NoReason || r.Code == "" && r.Message == "" {
		k.t.Errorf("%s: nothing that support could use: %+v", what, r)
	}
}

// badQuery spoils the answer that would have told that the order is paid.
func badQuery(k *till, b Bad) {
	if b == Stale { // there must be an earlier one
		other, _ := k.pays()
		k.want("an earlier query", k.query(other), channels.Paid)
	}
	p := k.payment(AsksThenPays)
	k.pay(p)
	time.Sleep(20 * time.Second)
	if !k.Spoil(p.OutTradeNo, false, b) {
		k.t.Fatalf("this platform's answers cannot be %q; name the case in Left, with the reason", b)
	}
	k.leadsNowhere("the bad answer", k.query(p))
	time.Sleep(5 * time.Second)
	k.want("the next answer", k.query(p), channels.Paid)
}

// badRefundQuery spoils the answer that would have told that the money went back.
func badRefundQuery(k *till, b Bad) {
	if b == Stale {
		other, paid := k.pays()
		k.refunded(other, paid.PlatformID)
	}
	p, paid := k.pays()
	r := k.refundOf(p, paid.PlatformID, "1")
	k.gave = true
	k.want("refund", k.ch.Refund(k.t.Context(), r), channels.Accepted, channels.Refunded)
	time.Sleep(3 * time.Hour)
	if !k.Spoil(p.OutTradeNo, true, b) {
		k.t.Fatalf("this platform's answers cannot be %q; name the case in Left, with the reason", b)
	}
	k.leadsNowhere("the bad answer", k.ch.QueryRefund(k.t.Context(), r))
	time.Sleep(5 * time.Second)
	k.want("the next answer", k.ch.QueryRefund(k.t.Context(), r), channels.Refunded)
}

// refundedAndTold is an order and its refund, both over, so that a platform that
// calls back about either has something to tell.
func (k *till) refundedAndTold() (outTradeNo, refundNo string) {
	k.t.Helper()
	p, paid := k.pays()
	r := k.refundOf(p, paid.PlatformID, "1")
	r.Amount.Amount /= 4
	k.giveBack(r)
	return p.OutTradeNo, r.RefundNo
}

func (k *till) notified(r *http.Request) (channels.Notice, error) {
	k.t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		k.t.Fatal(err)
	}
	n, err := k.ch.(channels.Notifiee).Notified(k.t.Context(), r.Header, body)
	if n.Status == 0 || len(n.Answer) == 0 || n.AnswerType == "" {
		k.t.Errorf("no answer in the platform's words: %+v", n)
	}
	return n, err
}

// badCallback: what does not prove itself is refused, in the platform's words. One
// that does is a hint at most, which by its type cannot move a state; it names the
// order that it is about, and no other.
func badCallback(k *till, b Bad) {
	outTradeNo, refundNo := k.refundedAndTold()
	req, err := k.Callback(outTradeNo, refundNo, b)
	if err != nil {
		k.t.Fatalf("%v; name the case in Left, with the reason", err)
	}
	spoilBody(req, b)
	n, err := k.notified(req)
	if err != nil {
		if n.Status < 400 && !strings.Contains(strings.ToUpper(string(n.Answer)), "FAIL") {
			k.t.Errorf("refused, and answered %d %s", n.Status, n.Answer)
		}
		if n.OutTradeNo != "" || n.RefundNo != "" {
			k.t.Errorf("refused, and hints at %q %q", n.OutTradeNo, n.RefundNo)
		}
		return
	}
	switch b {
	case OtherAmount, Stale: // the hint is true: the query behind it will tell the rest
	case OtherOrder:
		if n.OutTradeNo == outTradeNo && n.RefundNo == refundNo {
			k.t.Error("it is about another order, and hints at ours")
		}
	default:
		k.t.Errorf("accepted: %+v", n)
	}
}

// spoilBody does what no platform has to lend a hand to.
func spoilBody(r *http.Request, b Bad) {
	body, _ := io.ReadAll(r.Body)
	switch b {
	case Truncated:
		body = body[:len(body)/2]
	case Oversize:
		body = append(body, bytes.Repeat([]byte(" "), 2<<20)...)
	case Page:
		body = []byte(LogInPage)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
}

// LogInPage is what a network answers in everybody's place.
const LogInPage = "<html><head><title>Welcome</title></head><body>Log in to go on.</body></html>"

func goodCallback(t *testing.T, k *till) {
	outTradeNo, refundNo := k.refundedAndTold()
	first := ""
	for range 2 { // platforms repeat themselves
		req, err := k.Callback(outTradeNo, refundNo, "")
		if err != nil {
			t.Fatal(err)
		}
		n, err := k.notified(req)
		switch {
		case err != nil:
			t.Fatalf("refused: %v", err)
		case n.Status != http.StatusOK || n.ID == "":
			t.Errorf("%+v", n)
		case n.OutTradeNo != outTradeNo && n.RefundNo != refundNo:
			t.Errorf("hints at %q %q, and is about %q or %q", n.OutTradeNo, n.RefundNo, outTradeNo, refundNo)
		case first != "" && n.ID != first:
			t.Errorf("the same callback has another ID: %q, %q", first, n.ID)
		}
		first = n.ID
	}
}
