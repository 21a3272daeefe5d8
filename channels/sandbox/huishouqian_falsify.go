package sandbox

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// Faults that only this platform has.
const (
	CapitalTrue Kind = "capital_true"     // signed over success=True (§3)
	TextSuccess Kind = "text_success"     // success is text, as the seed's table has it: to be believed
	NullResult  Kind = "null_result"      // success true, and the result is the word null
	FixedWords  Kind = "fixed_words"      // of a notification: sent and signed as CALLBACK, 1.0.0
	HiddenWords Kind = "hidden_words"     // of a notification: signed as CALLBACK, 1.0.0 and sent as the order's
	Zipped      Kind = "zipped_statement" // the file is an archive of one
)

// hsqMissing are the codes that say that there is no order: beside them stands
// no orderStatus (§11).
var hsqMissing = map[string]bool{"100206": true, "100211": true, "200004": true, "200109": true}

// hsqAnswer is what an Answer fault says in the platform's place: Body as it
// stands; Code as success false or, with AsResult, as a result that is FAIL; a
// Message without Code as a refusal whose code is null.
func (f *Fault) hsqAnswer(c *hsqCall) hsqDraft {
	if f.Body != "" || f.Code == "" && f.Message == "" {
		d := hsqDraft{status: f.Status, raw: []byte(f.Body), media: "text/plain"}
		if strings.HasPrefix(f.Body, "<") {
			d.media = "text/html"
		}
		return d
	}
	message := f.Message
	if message == "" {
		message = hsqWord(f.Code)
	}
	if !f.AsResult {
		d := (&hsqRefusal{code: f.Code, text: message, unsigned: f.Unsigned}).draft()
		d.status = f.Status
		return d
	}
	doc := map[string]any{"transNo": c.get("transNo"), "respCode": f.Code, "respMsg": message}
	if v := c.get("orderAmt"); v != "" {
		doc["orderAmt"] = v
	}
	switch {
	case f.Code == "100201" || f.Code == "100213":
		doc["orderStatus"] = hsqProcessing
	case !hsqMissing[f.Code] || c.method == nil || c.method.call != Query:
		doc["orderStatus"] = hsqFail
	}
	return hsqDraft{status: f.Status, result: doc}
}

// falsifyHsq makes the text of a result, its content changed before it is
// signed. A member that is not there stays absent.
func (f *Fault) falsifyHsq(doc map[string]any) string {
	doc = maps.Clone(doc)
	switch f.What {
	case WrongAmount:
		replace(doc, raiseFen, "orderAmt")
	case WrongOrder:
		replace(doc, otherText, "transNo", "origTransNo")
	case WrongMerchant:
		replace(doc, otherText, "merchantNo")
	case UnknownState:
		replace(doc, func(any) any { return "MARINATING" }, "orderStatus")
	case ForgeSuccess:
		replace(doc, func(any) any { return success }, "orderStatus")
	case OddMembers:
		doc["aNewMember"] = map[string]any{"deep": []any{nil, true, 1.5, "x"}}
		doc["zzAnother"] = nil
		if s := hsqText(doc, "orderAmt"); s != "" {
			doc["orderAmt"] = hsqFen(s) // as a number: §6, accept both
		}
	case NullResult:
		return "null"
	}
	text := string(encode(doc))
	if f.What == DuplicateKeys {
		text = `{"orderStatus":"FAIL","transNo":"0",` + text[1:]
	}
	return text
}

// spoilHsq changes the bytes after they were signed.
func (f *Fault) spoilHsq(body []byte) []byte {
	if f.What == Oversize {
		return append(body, bytes.Repeat([]byte(" "), maxBody)...)
	}
	return body
}

func raiseFen(v any) any {
	s, _ := v.(string)
	return strconv.FormatInt(hsqFen(s)+1, 10)
}

// hsqSay is an Answer of the platform itself.
func hsqSay(call Call, code string) Fault {
	return Fault{Call: call, What: Answer, Status: http.StatusOK, Code: code}
}
