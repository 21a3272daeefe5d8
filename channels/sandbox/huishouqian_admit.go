package sandbox

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// hsqClockSlack is the seed's: less than ten minutes from the platform's clock.
const hsqClockSlack = 10 * time.Minute

// admit holds a call against every rule of form: transport, envelope, proof,
// method, table.
func (h *huishouqian) admit(c *hsqCall) *hsqRefusal {
	if bad := c.read(); bad != nil {
		return bad
	}
	who := h.names[c.envelope["merchantNo"]]
	if who == nil {
		return &hsqRefusal{code: "200201", text: hsqWords["200201"]} // and nobody to sign for
	}
	c.who = who
	if err := hsqVerify(who.key, hsqRequestText(c.envelope, who.APIKey), c.envelope["sign"]); err != nil {
		return &hsqRefusal{code: "200115", text: "非法交易:验签失败: " + err.Error()}
	}
	return h.admitContent(c)
}

// admitContent is what follows the proof: method, table, store, clock.
func (h *huishouqian) admitContent(c *hsqCall) *hsqRefusal {
	for _, m := range h.methods() {
		if m.name == c.envelope["method"] {
			c.method = &m
		}
	}
	if c.method == nil {
		return refuseHsqForm("method", "no such method")
	}
	doc, err := parseHuishouqian(c.envelope["signContent"])
	if err != nil {
		return refuseHsqForm("signContent", err.Error())
	}
	c.doc = doc
	if bad := checkHuishouqian(doc, c.method.fields()); bad != nil {
		return bad
	}
	switch sub := c.get("subMerchantNo"); sub {
	case "", c.who.SubMchID:
	default:
		if h.isStore(sub) {
			return &hsqRefusal{code: "200203", text: hsqWords["200203"]}
		}
		return &hsqRefusal{code: "200204", text: hsqWords["200204"]}
	}
	return h.fresh(c, c.at)
}

func (h *huishouqian) isStore(no string) bool {
	for _, m := range h.names {
		if m.SubMchID == no {
			return true
		}
	}
	return false
}

// fresh holds requestDate against the platform's clock. A request that is long
// on its way is held against it again when it arrives (§8: not_found_after).
func (h *huishouqian) fresh(c *hsqCall, now time.Time) *hsqRefusal {
	date := c.get("requestDate")
	if date == "" {
		return nil
	}
	at, err := time.ParseInLocation(hsqTime, date, beijing)
	if off := h.s.wechat.clock(now).Sub(at); err != nil || off >= hsqClockSlack || off <= -hsqClockSlack {
		return refuseHsqForm("requestDate", "与当前系统时间相差超过10分钟")
	}
	return nil
}

// hsqEnvelopeFields is the seed's 公共请求参数. sign has no limit: its 128 is
// wrong, by the seed's own samples.
func hsqEnvelopeFields() []hsqField {
	return []hsqField{
		{name: "method", max: 32, need: true},
		{name: "version", max: 16, need: true, form: hsqIs("1.0")},
		{name: "format", max: 16, need: true, form: func(s string) bool { return s == "JSON" || s == "json" }},
		{name: "merchantNo", max: 16, need: true},
		{name: "signType", max: 16, need: true, form: hsqIs("RSA2")},
		{name: "signContent", max: hsqMaxContent, need: true},
		{name: "sign", max: hsqMaxContent, need: true},
	}
}

// read is §1 and §2: one POST of one form, each field once.
func (c *hsqCall) read() *hsqRefusal {
	kind, _, _ := strings.Cut(c.header.Get("Content-Type"), ";")
	switch {
	case c.exchange.method != http.MethodPost:
		return refuseHsqForm("POST", "not "+clip(c.exchange.method))
	case c.uri != hsqPath:
		return refuseHsqForm("address", "takes no query")
	case strings.ToLower(strings.TrimSpace(kind)) != "application/x-www-form-urlencoded":
		return refuseHsqForm("Content-Type", "not application/x-www-form-urlencoded")
	case len(c.body) > maxBody:
		return refuseHsqForm("body", "too long")
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return refuseHsqForm("body", "not a form")
	}
	doc := map[string]any{}
	envelope := map[string]string{}
	for name, values := range form {
		if len(values) > 1 {
			return refuseHsqForm(name, "given twice")
		}
		if !utf8.ValidString(values[0]) {
			return refuseHsqForm(name, "not UTF-8")
		}
		doc[name], envelope[name] = values[0], values[0]
	}
	if bad := checkHuishouqian(doc, hsqEnvelopeFields()); bad != nil {
		return bad
	}
	c.envelope = envelope
	return nil
}
