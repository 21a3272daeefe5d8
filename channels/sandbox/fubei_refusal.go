package sandbox

import (
	"net/http"
	"strconv"
)

// The result_codes of §11 that the sandbox gives by rule.
const (
	fubeiDone       = 200
	fubeiFailed     = 400
	fubeiNoMerchant = 1004
	fubeiHidden     = 4006
	fubeiBadRequest = 9996
	fubeiGeneral    = 9999
	fubeiNotMade    = 12012
	fubeiChannel    = 60303
)

// fubeiRefusal is an answer that says no.
type fubeiRefusal struct {
	code   int
	sub    string // sub_code
	text   string
	status int // of HTTP, where it never comes to JSON
}

func refuseFubei(code int, text string) *fubeiRefusal { return &fubeiRefusal{code: code, text: text} }

// failFubei is the seed's example: 400, and the channel's own code.
func failFubei(sub, text string) *fubeiRefusal {
	return &fubeiRefusal{code: fubeiFailed, sub: sub, text: text}
}

// refuseFubeiForm names the parameter, as 9996 does (§11).
func refuseFubeiForm(name, issue string) *fubeiRefusal {
	return refuseFubei(fubeiBadRequest, "【无效参数】"+name+" "+issue)
}

func fubeiBusy() *fubeiRefusal { return refuseFubei(fubeiGeneral, "系统繁忙") }

// fubeiMissing has the words by which a till knows it (§11).
func fubeiMissing() *fubeiRefusal { return failFubei("", "订单不存在") }

func (r *fubeiRefusal) draft(c *fubeiCall) fubeiDraft {
	if r.status != 0 {
		return fubeiDraft{status: r.status, raw: []byte(r.text + "\n"), media: "text/plain"}
	}
	doc := map[string]any{"result_code": r.code, "result_message": clipFubei(r.text)}
	if r.sub != "" {
		doc["sub_code"] = r.sub
	}
	if c.v2() {
		doc["success"] = false
	}
	code := strconv.Itoa(r.code)
	if r.sub != "" {
		code = r.sub
	}
	return fubeiDraft{status: http.StatusOK, code: code, doc: doc}
}

// clipFubei keeps the 32 characters that the seed gives a message.
func clipFubei(s string) string {
	n := 0
	for i := range s {
		if n++; n > 32 {
			return s[:i]
		}
	}
	return s
}
