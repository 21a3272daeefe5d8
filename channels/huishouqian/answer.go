package huishouqian

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// stale is how far requestDate may be from the platform's clock (§1), less
// what an exchange takes.
const stale = 10*time.Minute - 10*time.Second

// proof is what an answer's signature shows.
type proof uint8

const (
	unsigned proof = iota // no signature at all
	broken                // one that does not fit
	proven
)

// answer is what came back, and what it is worth (§4).
type answer struct {
	status  int
	formed  bool // it is an envelope
	success bool
	proof   proof
	skewed  bool // the platform's clock is too far from the time that we named
	result  wire.Object
	fault   string // what is wrong with a proven result
	code    string // errorCode
	message string // errorMsg
}

// prove reads an answer and checks its signature: first the signature over the
// text of result, then that text (§3). It learns the time from answers that
// are signed, and from an unsigned refusal that our clock explains: no other
// answer could ever put it right.
func (c *Channel) prove(resp *wire.Response, named time.Time) answer {
	a := answer{status: resp.Status}
	if a.status/100 != 2 { // an error page (§1)
		return a
	}
	c.read(&a, resp.Body)
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil && !named.IsZero() {
		a.skewed = date.Sub(named.Round(0)).Abs() > stale
	}
	if a.proof == proven || a.formed && !a.success && a.proof == unsigned && a.skewed {
		c.clock.Learn(resp)
	}
	return a
}

// read is prove without the time.
func (c *Channel) read(a *answer, body []byte) {
	o, err := wire.ParseObject(body)
	if err != nil {
		return
	}
	if a.success, a.formed = truth(o["success"]); !a.formed {
		return
	}
	sign := o.Text("sign")
	if !a.success {
		a.code, a.message = word(o, "errorCode"), o.Text("errorMsg")
		a.proof = c.check(sign, c.refusalTexts(a.code, a.message)...)
		a.code, a.message = wire.Cut(a.code, 32), wire.Cut(a.message, 256)
		return
	}
	text := o.Text("result")
	a.proof = c.check(sign, "result="+text+"&success=true&key="+c.signer.secret)
	if a.proof != proven {
		return
	}
	if a.result, err = wire.ParseObject([]byte(text)); err != nil {
		a.fault = "result: " + err.Error()
	}
}

func (c *Channel) check(sign string, texts ...string) proof {
	if sign == "" {
		return unsigned
	}
	for _, t := range texts {
		if c.signer.fits(t, sign) {
			return proven
		}
	}
	return broken
}

// refusalTexts is what a refusal may be signed as: with its empty parts, or
// without them (§3, ASSUMED: verify_skip_empty).
func (c *Channel) refusalTexts(code, message string) []string {
	end := "success=false&key=" + c.signer.secret
	kept := "errorCode=" + code + "&errorMsg=" + message + "&" + end
	if code != "" && message != "" || c.VerifySkipEmpty == skipNever {
		return []string{kept}
	}
	dropped := end
	if message != "" {
		dropped = "errorMsg=" + message + "&" + end
	} else if code != "" {
		dropped = "errorCode=" + code + "&" + end
	}
	if c.VerifySkipEmpty == skipAlways {
		return []string{dropped}
	}
	return []string{dropped, kept}
}

// reply begins a Reply to a.
func (a answer) reply() channels.Reply {
	return channels.Reply{Verified: a.proof == proven, Code: a.code, Message: a.message}
}

// unusable is the Reply to an answer that says nothing, and whether it is one.
// An unsigned refusal changes nothing, but what it says helps the operator (§3).
func (a answer) unusable(t table) (channels.Reply, bool) {
	r := channels.Reply{Reason: channels.Unverified, Message: "answer " + strconv.Itoa(a.status) + " is not proven by its signature"}
	switch {
	case a.status/100 != 2:
		r.Reason, r.Message = reasonOfStatus(a.status), "answer "+strconv.Itoa(a.status)
	case !a.formed:
		r.Reason, r.Message = channels.ReasonUnknown, "answer is not of the platform's form"
	case a.proof == broken:
		r.Reason = channels.BadSignature
	case a.proof == unsigned && !a.success:
		r.Code, r.Message = a.code, a.message+" (unsigned)"
		if row := t.row(a.code, a.message); row.pay == actCfg || row.pay == actSlow {
			r.Reason = row.reason
		}
		if a.skewed {
			r.Reason = channels.ClockSkew
		}
	case a.proof == unsigned:
	case a.fault != "":
		r = a.reply()
		r.Reason, r.Message = channels.Mismatch, a.fault
	default:
		return a.reply(), false
	}
	return r, true
}

func reasonOfStatus(status int) channels.Reason {
	switch {
	case status == http.StatusTooManyRequests:
		return channels.RateLimited
	case status >= 500:
		return channels.PlatformBusy
	}
	return channels.ReasonUnknown
}

// truth reads a boolean, which the page's table calls a string (§4).
func truth(v any) (value, ok bool) {
	switch v {
	case true, "true":
		return true, true
	case false, "false":
		return false, true
	}
	return false, false
}

// word is a short text that some write as a number.
func word(o wire.Object, name string) string {
	if n, ok := o[name].(json.Number); ok {
		return n.String()
	}
	return o.Text(name)
}

// fen is an amount: whole, in digits, as text or as a number (§6).
func fen(o wire.Object, name string) (int64, bool) {
	s := word(o, name)
	if len(s) == 0 || len(s) > 16 || !digits(s) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
