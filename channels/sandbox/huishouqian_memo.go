package sandbox

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// hsqMemo is what an order's memo says, once it is checked.
type hsqMemo struct {
	expires time.Time // zero: nobody said
	payers  []hsqPayer
}

// hsqPayer is a row of payer_options, its name in clear.
type hsqPayer struct{ kind, name string }

// hsqMaxMemo is the seed's limit.
const hsqMaxMemo = 512

// hsqMemoFields are the texts in a memo. The seed's sample sends nearly all of
// them empty.
func hsqMemoFields() []hsqField {
	exact := func(n int) func(string) bool {
		return func(s string) bool { return utf8.RuneCountInString(s) == n }
	}
	return []hsqField{
		{name: "timeExpire", max: 14, empty: true, form: hsqIsTime},
		{name: "spbillCreateIp", max: 32, empty: true, form: hsqIsAddress},
		{name: "longitude", max: 32, empty: true, form: hsqPlaceForm.MatchString},
		{name: "latitude", max: 32, empty: true, form: hsqPlaceForm.MatchString},
		{name: "areaInfo", max: 7, form: exact(7)},
		{name: "paylimit", max: 32, empty: true},
	}
}

// hsqAppletFields are those that only an order for a mini program has.
func hsqAppletFields() []hsqField {
	fields := hsqMemoFields()
	fields = append(fields, hsqField{name: "timeStart", max: 14, empty: true, form: hsqIsTime})
	for _, name := range []string{"idType", "idName", "idNo", "openid", "appid"} {
		fields = append(fields, hsqField{name: name, max: 128, empty: true})
	}
	return fields
}

// checkMemo is §6 and §7: JSON in a string. Nested things may be objects, as the
// table has them, or strings that hold JSON, as the sample does.
func (h *huishouqian) checkMemo(c *hsqCall, now time.Time) *hsqRefusal {
	text := c.get("memo")
	if text == "" {
		return nil
	}
	doc, err := parseHuishouqian(text)
	if err != nil {
		return refuseHsqForm("memo", err.Error())
	}
	size := utf8.RuneCountInString(text)
	fields := hsqMemoFields()
	if c.method.call == Prepare {
		fields = hsqAppletFields()
		saved, bad := h.checkNested(c, doc)
		if bad != nil {
			return bad
		}
		size -= saved
	}
	if size > hsqMaxMemo {
		return refuseHsqForm("memo", "too long")
	}
	if bad := checkHuishouqian(doc, fields); bad != nil {
		bad.text = "memo." + bad.text
		return bad
	}
	if s := hsqText(doc, "timeExpire"); s != "" {
		at, err := time.ParseInLocation(hsqTime, s, beijing)
		at = at.Add(now.Sub(h.s.wechat.clock(now))) // by the platform's clock; the books keep the true time
		if err != nil || !at.After(now) || s <= c.get("requestDate") {
			return &hsqRefusal{code: "100204", text: hsqWords["100204"]}
		}
		c.memo.expires = at
	}
	return nil
}

// checkNested takes the nested members out of doc. saved is by how much the
// ciphers are longer than the names: a name that is encrypted as ASSUMED has 512
// hex digits or more, which memo's 512 and payer_name's 128 characters cannot
// mean; so both are held against the name in clear.
func (h *huishouqian) checkNested(c *hsqCall, doc map[string]any) (saved int, bad *hsqRefusal) {
	for _, name := range []string{"front_callback_url", "channel_options", "payer_options"} {
		v, has := doc[name]
		if !has {
			continue
		}
		if bad = c.onlyWQF(name); bad != nil {
			return 0, bad
		}
		delete(doc, name)
		if s, ok := v.(string); ok {
			// The parser takes objects; a list travels in one.
			wrapped, err := parseHuishouqian(`{"v":` + s + `}`)
			if err != nil || len(wrapped) != 1 {
				return 0, refuseHsqForm("memo."+name, "not JSON in a string")
			}
			v = wrapped["v"]
		}
		switch name {
		case "front_callback_url":
			bad = checkFrontCallback(v)
		case "channel_options":
			bad = checkChannelOptions(v)
		default:
			saved, bad = h.checkPayers(c, v)
		}
		if bad != nil {
			return 0, bad
		}
	}
	return saved, nil
}

func (c *hsqCall) onlyWQF(name string) *hsqRefusal {
	if c.get("payType") == hsqApplet {
		return nil
	}
	return refuseHsqForm("memo."+name, "only with payType "+hsqApplet)
}

// checkFrontCallback is the seed's 前端回调地址.
func checkFrontCallback(v any) *hsqRefusal {
	doc, ok := v.(map[string]any)
	if !ok {
		return refuseHsqForm("memo.front_callback_url", "not an object")
	}
	return under("memo.front_callback_url.", checkHuishouqian(doc, []hsqField{
		{name: "mp_path", max: 1024}, {name: "mp_appid", max: 64},
		{name: "mp_username", max: 64}, {name: "mp_urlscheme", max: 64},
	}))
}

// checkChannelOptions is the seed's 渠道选项.
func checkChannelOptions(v any) *hsqRefusal {
	const at = "memo.channel_options"
	doc, ok := v.(map[string]any)
	if !ok {
		return refuseHsqForm(at, "not an object")
	}
	for name, v := range doc {
		list, ok := v.([]any)
		if !ok || len(list) == 0 {
			return refuseHsqForm(at+"."+name, "not a list, or empty")
		}
		for _, item := range list {
			s, ok := item.(string)
			switch name {
			case "include_bank_snames", "exclude_bank_snames":
				ok = ok && s != "" && utf8.RuneCountInString(s) <= 64
			case "include_pay_channels", "exclude_pay_channels":
				ok = ok && slices.Contains(hsqPayerKinds, s)
			default:
				return refuseHsqForm(at+"."+name, "not a member")
			}
			if !ok {
				return refuseHsqForm(at+"."+name, "not a value of its table")
			}
		}
	}
	return nil
}

var hsqPayerKinds = []string{"INDIVIDUAL", "ENTERPRISE"}

// checkPayers is the seed's 付款方信息: one or two, each with an encrypted name.
func (h *huishouqian) checkPayers(c *hsqCall, v any) (saved int, bad *hsqRefusal) {
	const at = "memo.payer_options"
	list, ok := v.([]any)
	if !ok || len(list) < 1 || len(list) > 2 {
		return 0, refuseHsqForm(at, "not a list of one or two")
	}
	for _, item := range list {
		doc, ok := item.(map[string]any)
		if !ok {
			return 0, refuseHsqForm(at, "not a list of objects")
		}
		bad := checkHuishouqian(doc, []hsqField{
			{name: "assign_pay_type", max: 16, need: true, form: func(s string) bool { return slices.Contains(hsqPayerKinds, s) }},
			{name: "payer_name", max: hsqMaxContent, need: true},
		})
		if bad != nil {
			return 0, under(at+".", bad)
		}
		sealed := hsqText(doc, "payer_name")
		name, err := hsqOpen(h.s.keys.hsqPlatform, sealed)
		if err != nil {
			return 0, refuseHsqForm(at+".payer_name", err.Error())
		}
		name = hsqPayerName(name)
		n := utf8.RuneCountInString(name)
		if n < 1 || n > 128 || !utf8.ValidString(name) {
			return 0, refuseHsqForm(at+".payer_name", "not 1 to 128 characters")
		}
		saved += len(sealed) - n
		c.memo.payers = append(c.memo.payers, hsqPayer{hsqText(doc, "assign_pay_type"), name})
	}
	return saved, nil
}

// hsqPayerName undoes the Base64 that a rival reading puts below the cipher
// (§7). A name of a person or company is not Base64 of more UTF-8 by chance.
func hsqPayerName(plain string) string {
	inner, err := base64.StdEncoding.Strict().DecodeString(plain)
	if err != nil || len(inner) == 0 || !utf8.Valid(inner) || !strings.ContainsFunc(string(inner), func(r rune) bool { return r > 0x7f }) {
		return plain
	}
	return string(inner)
}

func under(at string, bad *hsqRefusal) *hsqRefusal {
	if bad != nil {
		bad.text = at + bad.text
	}
	return bad
}
