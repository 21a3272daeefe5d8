package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Faults that an unsigned platform has.
const (
	Ignored     Kind = "ignored"      // of an undo: answered as if it was taken, and nothing is done
	TextAmounts Kind = "text_amounts" // amounts as texts with two decimals, §10: to be believed
	NoData      Kind = "no_data"      // 200, and data is empty
)

// fubeiAnswer is what an Answer fault says in the platform's place. A number is
// a result_code, a word the sub_code of a 400.
func (f *Fault) fubeiAnswer(c *fubeiCall) fubeiDraft {
	if f.Body != "" || f.Code == "" {
		d := fubeiDraft{status: f.Status, raw: []byte(f.Body), media: "application/json;charset=UTF-8"}
		if strings.HasPrefix(f.Body, "<") {
			d.media = "text/html"
		}
		return d
	}
	text := f.Message
	if text == "" {
		text = fubeiDeclineWords()[f.Code]
	}
	r := failFubei(f.Code, text)
	if code, err := strconv.Atoi(f.Code); err == nil {
		r = refuseFubei(code, text)
	}
	d := r.draft(c)
	d.status = f.Status
	return d
}

// The members that tell who and how much: all the proof that there is (§3).
func fubeiEchoes() []string {
	return []string{"merchant_order_sn", "order_sn", "trade_no", "ins_order_sn", "channel_order_sn", "refund_sn", "merchant_refund_sn"}
}

func fubeiAmounts() []string {
	return []string{"total_fee", "order_price", "total_amount", "refund_money", "refund_amount"}
}

func fubeiStates() []string { return []string{"trade_state", "order_status", "refund_status"} }

// falsifyFubei changes the content of a good answer. A member that is not there
// stays absent.
func (f *Fault) falsifyFubei(doc map[string]any) {
	data, ok := doc["data"].(map[string]any)
	if !ok {
		return
	}
	switch f.What {
	case WrongAmount:
		replace(data, raiseFubei, fubeiAmounts()...)
	case WrongMerchant:
		replace(data, func(v any) any { id, _ := v.(int64); return id + 1 }, "merchant_id", "uid", "store_id")
	case WrongOrder:
		replace(data, otherText, "merchant_order_sn", "order_sn", "merchant_refund_sn")
	case UnknownState:
		replace(data, func(any) any { return "MARINATING" }, fubeiStates()...)
	case ForgeSignature:
		without(data, slices.Concat(fubeiEchoes(), fubeiAmounts()))
	case NoSignature:
		without(data, fubeiAmounts())
	case ForgeSuccess:
		replace(data, func(any) any { return success }, fubeiStates()...)
		without(data, slices.Concat(fubeiEchoes(), fubeiAmounts()))
	case TextAmounts:
		replace(data, func(v any) any { fen, _ := fubeiFen(string(v.(json.Number))); return major(fen, "CNY") }, fubeiAmounts()...)
	case NoData:
		doc["data"] = map[string]any{}
	case OddMembers:
		data["a_new_member"] = map[string]any{"deep": []any{nil, true, 1.5, "x"}}
		data["zz_another"], data["fee_list"] = nil, []any{}
		if _, has := data["attach"]; !has {
			data["attach"] = nil
		}
	}
}

// spoilFubei changes the bytes.
func (f *Fault) spoilFubei(body []byte) []byte {
	switch f.What {
	case DuplicateKeys:
		return append([]byte(`{"result_code":400,"data":{"merchant_order_sn":"0","trade_state":"REVOKED","order_status":"CLOSED"},`), body[1:]...)
	case Oversize:
		return append(body, bytes.Repeat([]byte(" "), maxBody)...)
	}
	return body
}

func raiseFubei(v any) any {
	n, _ := v.(json.Number)
	if fen, ok := fubeiFen(string(n)); ok {
		return fubeiYuan(fen + 1)
	}
	return v
}

func without(doc map[string]any, names []string) {
	for _, name := range names {
		delete(doc, name)
	}
}
