package sandbox

import (
	"net/http"
)

// depositDraft is an answer before it is signed and sent.
type depositDraft struct {
	status   int
	code     string // err_code, for the log
	doc      depositDoc
	raw      []byte // in the document's place: what somebody in between says
	media    string // of raw
	unsigned bool
}

// with adds elements to a good answer.
func (d depositDraft) with(pairs ...string) depositDraft {
	d.doc = d.doc.with(pairs...)
	return d
}

// envelope is §5, as far as it is the same in good and bad answers.
func (c *depositCall) envelope() depositDoc {
	return depositDoc{}.with(
		"return_code", "SUCCESS", "return_msg", "OK",
		"appid", c.form.get("appid"), "mch_id", c.form.get("mch_id"),
		"sub_appid", c.form.get("sub_appid"), "sub_mch_id", c.form.get("sub_mch_id"),
	)
}

// done is result_code SUCCESS.
func (c *depositCall) done() depositDraft {
	return depositDraft{status: http.StatusOK, doc: c.envelope().with("result_code", "SUCCESS")}
}

// deliver signs a draft and sends it, as truly as the fault lets it.
func (d *deposit) deliver(draft depositDraft, c *depositCall, hit *Fault, entry *Request) reply {
	if hit == nil {
		hit = &Fault{}
	}
	entry.Fault = hit.What
	if hit.What == Answer {
		draft = hit.depositAnswer(c)
	}
	r := d.sent(draft, c, hit)
	if hit.What == ReplayOld {
		if old, found := d.old.replay(entry); found { // else the new one passes: nothing in it tells its age
			r.body = old.body
		}
	} else if hit.What == "" && draft.code == "" && len(draft.doc) > 0 {
		d.old.remember(r, entry)
	}
	hit.travel(&r, draft.code, entry)
	return r
}

// sent makes the bytes of an answer.
func (d *deposit) sent(draft depositDraft, c *depositCall, hit *Fault) reply {
	at := d.s.wechat.clock(c.at).Add(hit.shift()) // one platform, one clock
	r := reply{status: draft.status, header: http.Header{}, body: draft.raw}
	r.header.Set("Date", at.UTC().Format(http.TimeFormat))
	media := draft.media
	if len(draft.doc) > 0 {
		media = "text/xml; charset=utf-8"
		doc := hit.falsifyDeposit(draft.doc)
		if c.who != nil && !draft.unsigned && hit.What != NoSignature {
			doc = d.signed(doc, c.who.APIKey, c.hmac, hit.proof())
		}
		r.body = hit.spoilDeposit(doc.encode("xml"))
	}
	if len(r.body) > 0 && media != "" {
		r.header.Set("Content-Type", media)
	}
	return r
}

// signed adds nonce and sign, or what a fault has in mind.
func (d *deposit) signed(doc depositDoc, key string, useHMAC bool, what Kind) depositDoc {
	doc = doc.with("nonce_str", d.s.wechat.nonce(32))
	if what == OtherAlgorithm {
		useHMAC = !useHMAC
	}
	sign := signDeposit(doc, key, useHMAC)
	if what == ForgeSignature {
		flipped := byte('A')
		if sign[10] == flipped {
			flipped = 'B'
		}
		sign = sign[:10] + string(flipped) + sign[11:]
	}
	return doc.with("sign", sign)
}

func (d depositDraft) logged() (int, string) { return d.status, d.code }
