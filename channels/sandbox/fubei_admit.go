package sandbox

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fubeiEnvelope is §2. Which of the three optional ones are sent is the
// caller's choice, and only what is sent is signed.
func fubeiEnvelope() []fubeiField {
	return []fubeiField{
		{name: "app_id", max: 32},
		{name: "vendor_sn", max: 32},
		{name: "method", max: 64, need: true},
		{name: "format", max: 8, check: isFubeiOneOf("json")},
		{name: "sign_method", max: 8, check: isFubeiOneOf("md5")},
		{name: "nonce", max: 32, need: true},
		{name: "version", max: 8, check: isFubeiOneOf("1.0", "2.0")},
		{name: "biz_content", max: maxBody, need: true},
		{name: "sign", max: 32, need: true},
	}
}

// admit holds a request against every rule of form: who, proof, shape. The call
// is filled as far as it was understood.
func (f *fubei) admit(c *fubeiCall) *fubeiRefusal {
	if bad := checkFubeiHTTP(c.exchange); bad != nil {
		return bad
	}
	var err error
	if c.envelope, err = readFubei(c.body); err != nil {
		return refuseFubeiForm("", err.Error())
	}
	if bad := checkFubei(c.envelope, fubeiEnvelope()); bad != nil {
		return bad
	}
	if c.envelope.has("app_id") == c.envelope.has("vendor_sn") {
		return refuseFubeiForm("app_id", "or vendor_sn, one of the two")
	}
	who := f.names[c.envelope.get("app_id")+c.envelope.get("vendor_sn")]
	if who == nil || who.vendor() != c.envelope.has("vendor_sn") {
		return refuseFubei(fubeiNoMerchant, "商户不存在")
	}
	// A and all code: upper case (§3).
	if c.envelope.get("sign") != signFubei(c.envelope, who.APIKey) {
		return refuseFubei(fubeiBadRequest, "签名错误")
	}
	nonce := who.AppID + who.VendorSN + "/" + c.envelope.get("nonce")
	if f.nonces[nonce] {
		return refuseFubeiForm("nonce", "was used before") // §2: new for each request
	}
	if len(f.nonces) >= maxRequests {
		clear(f.nonces)
	}
	f.nonces[nonce] = true
	c.who = who
	return c.understand()
}

// understand is the method and its business parameters.
func (c *fubeiCall) understand() *fubeiRefusal {
	vendor := c.who.vendor()
	if c.uri == fubeiPathCate && vendor {
		return refuseFubei(fubeiBadRequest, "无权限: /gateway/cate") // §1: merchant credentials
	}
	end := fubeiRoute(c.uri, c.envelope.get("method"))
	switch {
	case end == nil:
		return refuseFubeiForm("method", "no such call here")
	case vendor && !end.v2, !vendor && end.vendor:
		return refuseFubei(fubeiBadRequest, "无权限: "+end.method)
	}
	c.end = end
	form, err := readFubei([]byte(c.envelope.get("biz_content")))
	if err != nil {
		return refuseFubeiForm("biz_content", err.Error())
	}
	c.form = form
	table := end.fields()
	if end.v2 && vendor && !end.vendor {
		table = append(table, fubeiField{name: "merchant_id", shape: fubeiInteger, max: 16, need: true})
	}
	if bad := checkFubei(form, table); bad != nil {
		return bad
	}
	return c.checkShop()
}

// checkShop: the numbers of shop, store and cashier are the caller's own.
func (c *fubeiCall) checkShop() *fubeiRefusal {
	shop := c.who.shop
	switch own := func(name string, id int64) bool {
		return !c.form.has(name) || c.form.get(name) == strconv.FormatInt(id, 10)
	}; {
	case !own("merchant_id", shop.id):
		return refuseFubei(fubeiNoMerchant, "商户不存在")
	case !own("store_id", shop.store):
		return refuseFubeiForm("store_id", "门店不属于该商户")
	case !own("cashier_id", shop.cashier):
		return refuseFubeiForm("cashier_id", "收银员不属于该商户")
	}
	return nil
}

// checkFubeiHTTP is the seed's request line and header.
func checkFubeiHTTP(x *exchange) *fubeiRefusal {
	media, params, err := mime.ParseMediaType(x.header.Get("Content-Type"))
	switch {
	case !slices.Contains([]string{fubeiPath1, fubeiPath2, fubeiPathCate}, x.uri):
		return &fubeiRefusal{status: http.StatusNotFound, text: "no such address"}
	case x.method != http.MethodPost:
		return &fubeiRefusal{status: http.StatusMethodNotAllowed, text: "POST only"}
	case len(x.body) > maxBody:
		return &fubeiRefusal{status: http.StatusRequestEntityTooLarge, text: "too large"}
	case err != nil || media != "application/json" || !strings.EqualFold(params["charset"], "utf-8"):
		return refuseFubeiForm("Content-Type", "not JSON in UTF-8")
	}
	return nil
}

// checkFubei holds a form against its table: first what must be there, then
// each member for what it is.
func checkFubei(form fubeiForm, table []fubeiField) *fubeiRefusal {
	for _, row := range table {
		if row.need && !form.has(row.name) {
			return refuseFubeiForm(row.name, "必填")
		}
	}
	for _, m := range form {
		i := slices.IndexFunc(table, func(row fubeiField) bool { return row.name == m.name })
		if i < 0 {
			return refuseFubeiForm(m.name, "not of this call")
		}
		if issue := table[i].issue(m); issue != "" {
			return refuseFubeiForm(m.name, issue)
		}
	}
	return nil
}

// issue says what is wrong with a member, in lengths of characters.
func (row fubeiField) issue(m fubeiMember) string {
	switch {
	case m.value == "" && row.mayBeEmpty:
		return ""
	case m.value == "":
		return "empty" // §3: do not send it
	case utf8.RuneCountInString(m.value) > row.max:
		return "too long"
	case strings.ContainsRune(m.value, utf8.RuneError):
		return "half a character"
	case m.number != (row.shape != fubeiText) && row.shape != fubeiEither:
		return "not of its type"
	}
	switch row.shape {
	case fubeiInteger, fubeiEither:
		if strings.Trim(m.value, "0123456789") != "" {
			return "not an integer"
		}
	case fubeiMoney:
		if fen, ok := fubeiFen(m.value); !ok || fen <= 0 {
			return "not an amount above 0"
		}
	}
	if row.check == nil {
		return ""
	}
	return row.check(m.value)
}
