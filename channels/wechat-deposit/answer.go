package wechatdeposit

import (
	"net/http"
	"strconv"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// answer is what came back, and what it is worth.
type answer struct {
	kind   kind
	status int
	doc    elements
	flaw   string // why doc could not be read
	proof  proof
}

func (c *Channel) prove(k kind, a algorithm, status int, body []byte) answer {
	got := answer{kind: k, status: status}
	if status != http.StatusOK {
		return got // §3: whatever it says, it is not the platform's word on an order
	}
	doc, err := parse(body, "xml")
	if err != nil {
		got.flaw = err.Error()
		return got
	}
	got.doc, got.proof = doc, c.key.check(doc, a)
	return got
}

// reply begins a Reply to a.
func (a answer) reply() channels.Reply {
	return channels.Reply{Verified: a.proof == proven}
}

// unproven is the Reply to an answer that must be signed and is not.
func (a answer) unproven() channels.Reply {
	r := channels.Reply{Reason: channels.Unverified, Message: "answer is not signed"}
	if a.proof == broken {
		r.Reason, r.Message = channels.BadSignature, "answer is not proven by its signature"
	}
	return r
}

// read is the frame of every answer (§5): transport, proof, identity, business
// result. True means that the platform did what was asked, by its word; false
// that the Reply is final.
func (c *Channel) read(a answer) (channels.Reply, meaning, bool) {
	r := a.reply()
	switch {
	case a.status != http.StatusOK:
		r.Reason, r.Message = reasonOfStatus(a), "answer "+strconv.Itoa(a.status)
		return r, meaning{}, false
	case a.doc == nil:
		r.Reason, r.Message = channels.Unverified, "answer: "+a.flaw
		return r, meaning{}, false
	}
	switch code := a.doc["return_code"]; {
	case a.proof == broken:
		return a.unproven(), meaning{}, false
	case code == "FAIL":
		return a.notTaken(), meaning{}, false
	case a.proof != proven:
		return a.unproven(), meaning{}, false
	case code != "SUCCESS":
		r.Reason, r.Message = channels.ReasonUnknown, "return_code: "+wire.Cut(code, 16)
		return r, meaning{}, false
	}
	if name := c.stranger(a.doc, false); name != "" {
		return contradiction(r, name), meaning{}, false
	}
	switch code := a.doc["result_code"]; code {
	case "SUCCESS":
		return r, meaning{}, true
	case "FAIL":
		m := meaningOf(a.kind, a.doc["err_code"])
		r.Outcome, r.Reason = m.outcome, m.reason
		r.Code, r.Message = wire.Cut(a.doc["err_code"], 32), wire.Cut(a.doc["err_code_des"], 256)
		return r, m, false
	default:
		r.Reason, r.Message = channels.ReasonUnknown, "result_code: "+wire.Cut(code, 16)
		return r, meaning{}, false
	}
}

// notTaken reads return_code FAIL, which is information only: money has been
// seen moving after one (§5, §14 no. 14). Only the two texts that the seed
// gives, which come before any processing, refuse a payment.
func (a answer) notTaken() channels.Reply {
	r := a.reply()
	r.Code, r.Message = "FAIL", wire.Cut(a.doc["return_msg"], 256)
	r.Reason = channels.ReasonUnknown
	for _, t := range returnTexts {
		if !t.says(a.doc["return_msg"]) {
			continue
		}
		r.Reason = t.reason
		if t.refuses && a.kind&(pay|create) != 0 {
			r.Outcome = channels.Declined
		}
		break
	}
	return r
}

func reasonOfStatus(a answer) channels.Reason {
	switch {
	case a.status == http.StatusTooManyRequests:
		return channels.RateLimited
	case a.status >= 500:
		return channels.PlatformBusy
	case a.status == http.StatusBadRequest && a.kind.mutual():
		return channels.MerchantConfig // §3: how a missing certificate is answered (B-8)
	}
	return channels.ReasonUnknown
}

// stranger names the first identity that is another's, or "". In strict, the
// merchant numbers must be there; application ids are compared where given.
func (c *Channel) stranger(e elements, strict bool) string {
	for _, id := range [...]struct {
		name, want string
		must       bool
	}{{"mch_id", c.cfg.MchID, true}, {"sub_mch_id", c.cfg.SubMchID, true},
		{"appid", c.cfg.AppID, false}, {"sub_appid", c.cfg.SubAppID, false}} {
		switch got := e[id.name]; {
		case got == "":
			if strict && id.must {
				return id.name
			}
		case got != id.want && id.want != "":
			return id.name
		}
	}
	return ""
}

// contradiction is a proven answer that is not about what was asked.
func contradiction(r channels.Reply, name string) channels.Reply {
	r.Outcome, r.Reason = channels.Unknown, channels.Mismatch
	r.Message = "answer contradicts the order: " + name
	return r
}
