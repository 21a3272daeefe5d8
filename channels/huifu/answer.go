package huifu

import (
	"encoding/json"
	"net/http"
	"strconv"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// proof is what an answer's signature shows.
type proof uint8

const (
	unsigned proof = iota // no sign, or no data that it could be of
	broken                // a sign that is not of this data
	proven
)

// answer is what came back, and what it is worth.
type answer struct {
	status     int
	data       wire.Object // nil unless the answer has the platform's form
	proof      proof
	code, text string // resp_code and resp_desc, of data or, of gateways, beside it
}

// prove checks an answer's signature, and learns the time from one that is
// proven: nobody else's Date counts.
func (c *Channel) prove(resp *wire.Response) answer {
	a := answer{status: resp.Status}
	o, err := wire.ParseObject(resp.Body)
	if err != nil {
		return a // a proxy's page, or a truncated or doubled form
	}
	a.code, a.text = textOf(o, "resp_code"), o.Text("resp_desc")
	if a.data = o.Object("data"); a.data == nil {
		return a
	}
	if a.data.Has("resp_code", "resp_desc") {
		a.code, a.text = textOf(a.data, "resp_code"), a.data.Text("resp_desc")
	}
	text := o.Text("sign")
	if text == "" {
		return a
	}
	a.proof = broken
	raw, ok := member(resp.Body, "data")
	sig, decodes := readSignature(text)
	if ok && decodes && sig.fitsData(c.platform, raw) {
		a.proof = proven
		c.clock.Learn(resp)
	}
	return a
}

// member is a member's text as it stands in an object that ParseObject took.
func member(body []byte, name string) ([]byte, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil, false
	}
	raw, ok := members[name]
	return raw, ok
}

// reply begins a Reply to a.
func (a answer) reply() channels.Reply {
	return channels.Reply{Verified: a.proof == proven, Code: wire.Cut(plain(a.code), 32), Message: explained(a.text, a.data)}
}

// usable is whether a may say anything about an order; if not, the Reply says
// why. What a gateway answers is usually unsigned and is a hint at most (§11).
func (a answer) usable() (channels.Reply, bool) {
	r := a.reply()
	switch {
	case a.proof == broken:
		r.Verified, r.Reason = false, channels.BadSignature
		r.Message = "answer " + strconv.Itoa(a.status) + " is not proven by its signature"
		return r, false
	case a.proof == proven && a.status == http.StatusOK:
		return r, true
	}
	r.Verified, r.Reason = false, channels.Unverified
	if g, ok := gateway[a.gatewayCode()]; ok {
		r.Reason = g.reason
		if g.hint != "" {
			r.Message = join(r.Message, "hint: "+g.hint)
		}
	} else if a.status >= 500 {
		r.Reason = channels.PlatformBusy
	}
	if r.Message == "" {
		r.Message = "answer " + strconv.Itoa(a.status) + " is not in the platform's form, or not signed"
	}
	return r, false
}

// gatewayCode is the gateway's own code, in the body or as the status.
func (a answer) gatewayCode() string {
	if a.code != "" {
		return a.code
	}
	return strconv.Itoa(a.status)
}

// explained is what the platform says, with what its dossier knows to do (§12).
func explained(text string, data wire.Object) string {
	text = wire.Cut(plain(text), 256)
	if bank := wire.Cut(plain(data.Text("bank_message", "bank_desc")), 256); bank != "" && bank != text {
		text = join(text, bank)
	}
	if hint := hintOf(text); hint != "" {
		text = join(text, "hint: "+hint)
	}
	return text
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
