package sandbox

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"net/http"
	"time"
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
		r.body = d.replay(r.body, entry)
	} else if hit.What == "" && draft.code == "" && len(draft.doc) > 0 {
		d.remember(r, entry)
	}
	r.delay = time.Duration(hit.DelayMS) * time.Millisecond
	entry.Status, entry.Code = r.status, draft.code
	switch hit.What {
	case DropBefore:
		r.fate, entry.Outcome = cut, CutBefore
	case DropAfter:
		r.fate, entry.Outcome = cut, CutAfter
	case Late:
		r.fate, r.delay, entry.Outcome = cut, 0, ArrivesLater
	case Reset:
		r.fate, entry.Outcome = torn, CutBefore
		if hit.Booked {
			entry.Outcome = CutAfter
		}
	case Truncate:
		r.fate, entry.Outcome = halved, CutMidway
	}
	if r.fate != delivered && r.fate != halved {
		entry.Status, entry.Code = 0, ""
	}
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
	doc = doc.with("nonce_str", d.nonce(32))
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

func (d *deposit) nonce(n int) string {
	b := make([]byte, n)
	for i := range b {
		k, err := rand.Int(d.s.cfg.Rand, big.NewInt(int64(len(nonceLetters))))
		if err != nil {
			panic("sandbox: Config.Rand ran dry: " + err.Error())
		}
		b[i] = nonceLetters[k.Int64()]
	}
	return string(b)
}

func (d *deposit) remember(r reply, entry *Request) {
	if len(d.old) >= maxOld {
		d.old = d.old[1:]
	}
	d.old = append(d.old, oldReply{entry.Call, entry.OutTradeNo, r})
}

// replay finds the newest true answer to such a call about another order, or
// about this one. Without any the new one passes: nothing in a v2 answer tells
// its age.
func (d *deposit) replay(body []byte, entry *Request) []byte {
	same := body
	found := false
	for i := len(d.old) - 1; i >= 0; i-- {
		switch o := &d.old[i]; {
		case o.call != entry.Call:
		case o.orderNo != entry.OutTradeNo:
			return bytes.Clone(o.reply.body)
		case !found:
			same, found = bytes.Clone(o.reply.body), true
		}
	}
	return same
}
