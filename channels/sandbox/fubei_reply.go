package sandbox

import (
	"bytes"
	"net/http"
	"time"
)

// fubeiDraft is an answer before it is sent.
type fubeiDraft struct {
	status int
	code   string // for the log
	doc    map[string]any
	raw    []byte // in the document's place
	media  string // of raw
}

// deliver sends a draft, as truly as the fault lets it.
func (f *fubei) deliver(d fubeiDraft, c *fubeiCall, hit *Fault, entry *Request) reply {
	if hit == nil {
		hit = &Fault{}
	}
	entry.Fault = hit.What
	if hit.What == Answer {
		d = hit.fubeiAnswer(c)
	}
	r := f.sent(d, c, hit)
	if hit.What == ReplayOld {
		r.body = f.replay(r.body, entry)
	} else if hit.What == "" && d.code == "" && len(d.doc) > 0 {
		f.remember(r, entry)
	}
	r.delay = time.Duration(hit.DelayMS) * time.Millisecond
	entry.Status, entry.Code = r.status, d.code
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

// sent makes the bytes of an answer. There is no signature to make (§3).
func (f *fubei) sent(d fubeiDraft, c *fubeiCall, hit *Fault) reply {
	at := f.s.wechat.clock(c.at).Add(hit.shift())
	r := reply{status: d.status, header: http.Header{}, body: d.raw}
	r.header.Set("Date", at.UTC().Format(http.TimeFormat))
	media := d.media
	if d.doc != nil {
		media = "application/json;charset=UTF-8"
		hit.falsifyFubei(d.doc)
		r.body = hit.spoilFubei(encode(d.doc))
	}
	if len(r.body) > 0 && media != "" {
		r.header.Set("Content-Type", media)
	}
	return r
}

func (f *fubei) remember(r reply, entry *Request) {
	if len(f.old) >= maxOld {
		f.old = f.old[1:]
	}
	f.old = append(f.old, oldReply{entry.Call, entry.OutTradeNo, r})
}

// replay finds the newest true answer to such a call about another order, or
// about this one. Without any the new one passes: nothing in it tells its age.
func (f *fubei) replay(body []byte, entry *Request) []byte {
	same := body
	found := false
	for i := len(f.old) - 1; i >= 0; i-- {
		switch o := &f.old[i]; {
		case o.call != entry.Call:
		case o.orderNo != entry.OutTradeNo:
			return bytes.Clone(o.reply.body)
		case !found:
			same, found = bytes.Clone(o.reply.body), true
		}
	}
	return same
}
