package sandbox

import (
	"net/http"
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
		if old, found := f.old.replay(entry); found { // else the new one passes: nothing in it tells its age
			r.body = old.body
		}
	} else if hit.What == "" && d.code == "" && len(d.doc) > 0 {
		f.old.remember(r, entry)
	}
	hit.travel(&r, d.code, entry)
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

func (d fubeiDraft) logged() (int, string) { return http.StatusOK, d.code }
