package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// answer is what an Answer fault says in the platform's place.
func (f *Fault) answer() draft {
	if f.Body != "" || f.Code == "" {
		d := draft{status: f.Status, internal: f.Internal, body: []byte(f.Body), unsigned: f.Unsigned}
		if strings.HasPrefix(f.Body, "<") {
			// HTML comes from somebody in between, who signs nothing.
			d.media, d.unsigned = "text/html", true
		}
		return d
	}
	message := f.Message
	if message == "" {
		message = "the sandbox was told to say " + f.Code
	}
	d := (&refusal{status: f.Status, code: f.Code, message: message, internal: f.Internal}).draft()
	d.unsigned = f.Unsigned
	return d
}

func (f *Fault) shift() time.Duration {
	if f.What != WrongClock {
		return 0
	}
	if f.ShiftSeconds == 0 {
		return time.Hour
	}
	return time.Duration(f.ShiftSeconds) * time.Second
}

// falsify changes the content of a good answer, before it is signed. A member
// that the answer does not have stays absent.
func (f *Fault) falsify(d draft) draft {
	switch f.What {
	case HashMismatch:
		if d.sha1 != "" {
			// The header and its signature agree with each other, and not with the file.
			d.body = append(bytes.Clone(d.body), "`one line too many\r\n"...)
		}
		return d
	case Oversize:
		d.body = append(bytes.Clone(d.body), bytes.Repeat([]byte(" "), 1<<20)...)
		return d
	case Truncate:
		if len(d.body) == 0 {
			d.status, d.body = http.StatusOK, []byte("{}")
		}
		return d
	}
	if d.status != http.StatusOK || d.sha1 != "" || len(d.body) == 0 {
		return d
	}
	if f.What == DuplicateKeys {
		d.body = append([]byte(`{"trade_state":"NOTPAY","out_trade_no":"0",`), d.body[1:]...)
		return d
	}
	change := falsifiers()[f.What]
	if change == nil {
		return d
	}
	var doc map[string]any
	dec := json.NewDecoder(bytes.NewReader(d.body))
	dec.UseNumber()
	if dec.Decode(&doc) != nil {
		return d
	}
	change(doc)
	d.body = encode(doc) // in the alphabet's order, which is not the platform's
	return d
}

func falsifiers() map[Kind]func(map[string]any) {
	return map[Kind]func(map[string]any){
		WrongAmount:   func(doc map[string]any) { inAmount(doc, "total", raise); inAmount(doc, "refund", raise) },
		WrongCurrency: func(doc map[string]any) { inAmount(doc, "currency", otherCurrency) },
		WrongMerchant: func(doc map[string]any) { replace(doc, otherText, "mchid", "sub_mchid") },
		WrongOrder:    func(doc map[string]any) { replace(doc, otherText, "out_trade_no", "out_refund_no") },
		UnknownState: func(doc map[string]any) {
			replace(doc, func(any) any { return "MARINATING" }, "trade_state", "status")
		},
		ForgeSuccess: func(doc map[string]any) {
			replace(doc, func(any) any { return success }, "trade_state")
		},
		OddMembers: func(doc map[string]any) {
			doc["a_new_member"] = map[string]any{"deep": []any{nil, true, 1.5, "x"}}
			doc["zz_another"] = nil
			if _, has := doc["attach"]; !has {
				doc["attach"] = nil
			}
			doc["promotion_detail"] = nil
		},
	}
}

func inAmount(doc map[string]any, name string, change func(any) any) {
	if amount, ok := doc["amount"].(map[string]any); ok {
		replace(amount, change, name)
	}
}

func replace(doc map[string]any, change func(any) any, names ...string) {
	for _, name := range names {
		if v, has := doc[name]; has {
			doc[name] = change(v)
		}
	}
}

func raise(v any) any {
	if n, ok := v.(json.Number); ok {
		if i, err := n.Int64(); err == nil {
			return i + 1
		}
	}
	return v
}

func otherCurrency(v any) any {
	if v == "USD" {
		return "HKD"
	}
	return "USD"
}

// otherText changes the last character, so that the length stays plausible.
func otherText(v any) any {
	s, ok := v.(string)
	if !ok || s == "" {
		return v
	}
	last := "1"
	if strings.HasSuffix(s, last) {
		last = "2"
	}
	return s[:len(s)-1] + last
}
