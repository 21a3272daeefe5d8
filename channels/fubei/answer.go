package fubei

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const codeDone = "200" // result_code: the call is done, the state tells the rest (§11)

// answer is a reply, read as far as it has the platform's form. TLS has proven
// whose host it is from; nothing else has, so far.
type answer struct {
	resp         *wire.Response
	nonce        string // of the request: what the platform can be asked about
	code         string // result_code; empty if there is none
	message, sub string
	data         wire.Object
	envelope     wire.Object
	fault        channels.Reason // why it has not the platform's form
}

// readAnswer takes HTTP 200 and one JSON object with a result_code, and nothing
// else: a captive portal's page and a proxy's JSON come with 200, too (§15 no. 1).
func readAnswer(resp *wire.Response) answer {
	a := answer{resp: resp}
	if resp.Status != http.StatusOK {
		a.fault = reasonOfStatus(resp.Status)
		a.message = "answer " + strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status)
		return a
	}
	o, err := wire.ParseObject(resp.Body)
	if err != nil {
		a.fault, a.message = channels.Unverified, "answer is not the platform's: "+err.Error()
		return a
	}
	a.code = resultCode(o)
	if a.code == "" {
		a.fault, a.message = channels.Unverified, "answer is not the platform's: it has no result_code"
		return a
	}
	a.message = wire.Cut(o.Text("result_message"), 256)
	a.sub = wire.Cut(scalar(o, "sub_code"), 64)
	a.envelope, a.data = o, o.Object("data")
	return a
}

// resultCode is a whole number, as number or text; else nothing.
func resultCode(o wire.Object) string {
	s := scalar(o, "result_code")
	if n, err := strconv.Atoi(s); err != nil || strconv.Itoa(n) != s {
		return ""
	}
	return s
}

// scalar is a member that is a text or a number, as it is written: ids come as
// either (§2).
func scalar(o wire.Object, name string) string {
	switch v := o[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func reasonOfStatus(status int) channels.Reason {
	switch {
	case status == http.StatusTooManyRequests:
		return channels.RateLimited
	case status >= 500:
		return channels.PlatformBusy
	}
	return channels.Unverified
}

// reply begins a Reply to a.
func (a answer) reply() channels.Reply {
	r := channels.Reply{Code: a.code, Message: a.message, RequestID: a.nonce, Reason: a.fault}
	if a.sub != "" {
		r.Code += " " + a.sub
	}
	return r
}

// done is whether the call was done, so that data tells the rest.
func (a answer) done() bool { return a.fault == channels.NoReason && a.code == codeDone }

// kind of a call, for the columns of the code table.
type kind uint8

const (
	paying kind = iota
	querying
	undoing
	refunding
	refundQuerying
)

// refusal reads an answer that is not done. Nothing in it echoes our order, so
// it is never verified.
func (c *Channel) refusal(a answer, k kind) channels.Reply {
	r := a.reply()
	if a.fault != channels.NoReason {
		return r
	}
	m, known := c.set.codes[a.code]
	if !known {
		m = ask
	}
	r.Outcome, r.Reason = m.of(k), m.reason
	if k == paying && r.Outcome == channels.Declined && c.cfg.ConfirmRefusal {
		r.Outcome = channels.Unknown // only a query may tell (§11)
	}
	if reason, ok := c.set.subCodes[normal(a.sub)]; ok && m.reason != channels.MerchantConfig {
		r.Reason = reason
	}
	if m.orders && k != paying && k != refunding && c.saysNotFound(a.message) {
		r.Outcome = channels.NotFound
	}
	if r.Outcome == channels.NotFound {
		r.Reason = channels.NoReason
	}
	return r
}

func (m meaning) of(k kind) channels.Outcome {
	switch k {
	case paying:
		return m.pay
	case undoing:
		return m.undo
	case refunding:
		return m.refund
	}
	return m.query
}

// saysNotFound matches the words of an answer about an order that is not there:
// no code of it is published (§11).
func (c *Channel) saysNotFound(message string) bool {
	for _, w := range c.cfg.NotFoundWords {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}
