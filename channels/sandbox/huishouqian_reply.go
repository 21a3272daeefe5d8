package sandbox

import (
	"net/http"
	"strings"
)

// hsqDraft is an answer before it is signed and sent: a result, a refusal, or
// what somebody in between says.
type hsqDraft struct {
	status  int
	result  map[string]any
	refusal *hsqRefusal
	raw     []byte
	media   string // of raw
}

func hsqResult(doc map[string]any) hsqDraft { return hsqDraft{status: http.StatusOK, result: doc} }

// code is what the log keeps: of a refusal, or of a result that failed.
func (d hsqDraft) code() string {
	if d.refusal != nil {
		return d.refusal.code
	}
	if code := hsqText(d.result, "respCode"); code != hsqPaidCode {
		return code
	}
	return ""
}

// hsqReply is the seed's 公共响应参数, in the order of its sample.
type hsqReply struct {
	Success   any     `json:"success"`
	Result    *string `json:"result"`
	ErrorCode *string `json:"errorCode"`
	ErrorMsg  *string `json:"errorMsg"`
	Sign      *string `json:"sign"`
}

// deliver signs a draft and sends it, as truly as the fault lets it.
func (h *huishouqian) deliver(draft hsqDraft, c *hsqCall, hit *Fault, entry *Request) reply {
	if hit == nil {
		hit = &Fault{}
	}
	entry.Fault = hit.What
	switch hit.What {
	case Answer:
		draft = hit.hsqAnswer(c)
	case Zipped:
		h.zipHsqFiles()
	}
	r := h.sent(draft, c, hit)
	if hit.What == ReplayOld {
		if old, found := h.old.replay(entry); found { // else the new one passes: nothing in it tells its age
			r.body = old.body
		}
	} else if hit.What == "" && draft.result != nil {
		h.old.remember(r, entry)
	}
	hit.travel(&r, draft.code(), entry)
	return r
}

// sent makes the bytes of an answer.
func (h *huishouqian) sent(draft hsqDraft, c *hsqCall, hit *Fault) reply {
	at := h.s.wechat.clock(c.at).Add(hit.shift())
	r := reply{status: draft.status, header: http.Header{}, body: draft.raw}
	r.header.Set("Date", at.UTC().Format(http.TimeFormat))
	media := draft.media
	if draft.result != nil || draft.refusal != nil {
		media = "application/json;charset=UTF-8"
		r.body = hit.spoilHsq(encode(h.signed(draft, c.who, hit)))
	}
	if len(r.body) > 0 && media != "" {
		r.header.Set("Content-Type", media)
	}
	return r
}

// signed makes the envelope of §4 and its proof (§3), or what a fault has in
// mind. Nothing is signed for a merchant that nobody knows.
func (h *huishouqian) signed(draft hsqDraft, who *hsqMerchant, hit *Fault) hsqReply {
	e := hsqReply{Success: draft.refusal == nil}
	word := map[bool]string{true: "true", false: "false"}[draft.refusal == nil]
	if hit.What == TextSuccess {
		e.Success = word
	}
	if hit.What == CapitalTrue {
		word = strings.ToUpper(word[:1]) + word[1:]
	}
	unsigned := who == nil || hit.What == NoSignature
	if who == nil {
		who = &hsqMerchant{}
	}
	signKey := who.APIKey
	if hit.What == WrongMerchant {
		signKey = "" // a reply that was made for somebody else
	}
	var text string
	if draft.refusal != nil {
		e.ErrorCode, e.ErrorMsg = orNull(draft.refusal.code), orNull(draft.refusal.text)
		text = hsqErrorText(e.ErrorCode, e.ErrorMsg, word, signKey)
		unsigned = unsigned || draft.refusal.unsigned
	} else {
		result := hit.falsifyHsq(draft.result)
		e.Result = &result
		text = hsqResultText(result, word, signKey)
	}
	if !unsigned {
		sign := h.prove(text, hit.proof())
		e.Sign = &sign
	}
	return e
}

func (h *huishouqian) prove(text string, what Kind) string {
	key := h.s.keys.hsqPlatform
	if what == UnpublishedCertificate {
		key = h.s.keys.hsqMerchant
	}
	sign, err := hsqSign(key, text)
	if err != nil {
		panic("sandbox: a key of our own does not sign: " + err.Error())
	}
	if what == ForgeSignature {
		flipped := "a"
		if sign[10:11] == flipped {
			flipped = "b"
		}
		sign = sign[:10] + flipped + sign[11:]
	}
	return sign
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (d hsqDraft) logged() (int, string) { return d.status, d.code() }
