package sandbox

import (
	"net/netip"
	"time"
	"unicode/utf8"
)

// hsqTime and hsqDay are the seed's yyyyMMddHHmmss and its day, in Beijing (§1).
const (
	hsqTime = "20060102150405"
	hsqDay  = "20060102"
)

// hsqField is a row of a request's table: a member of text.
type hsqField struct {
	name  string
	max   int // characters
	need  bool
	empty bool // may be sent empty: the seed's sample does
	form  func(string) bool
}

var (
	hsqNumberForm = &pattern{expression: `^[0-9A-Za-z_-]+$`} // ASSUMED, §6
	hsqAmountForm = &pattern{expression: `^[1-9][0-9]*$`}    // fen
	hsqPlaceForm  = &pattern{expression: `^-?[0-9]{1,3}(\.[0-9]+)?$`}
	hsqURLForm    = &pattern{expression: `^https?://[^\s]+$`}
	hsqDigitsForm = &pattern{expression: `^[0-9]+$`}
)

func hsqIsTime(s string) bool {
	_, err := time.ParseInLocation(hsqTime, s, beijing)
	return err == nil && len(s) == len(hsqTime)
}

func hsqIsDay(s string) bool {
	_, err := time.ParseInLocation(hsqDay, s, beijing)
	return err == nil && len(s) == len(hsqDay)
}

func hsqIsAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func hsqIs(word string) func(string) bool { return func(s string) bool { return s == word } }

// hsqCommon are the rows that every order has, of the seed's table.
func hsqCommon() []hsqField {
	return []hsqField{
		{name: "transNo", max: 64, need: true, form: hsqNumberForm.MatchString},
		{name: "payType", max: 32, need: true},
		{name: "orderAmt", max: 16, need: true, form: hsqAmountForm.MatchString},
		{name: "goodsInfo", max: 128, need: true},
		{name: "requestDate", max: 14, need: true, form: hsqIsTime},
		{name: "returnUrl", max: 128, empty: true, form: hsqURLForm.MatchString},
		{name: "subMerchantNo", max: 32},
		{name: "extend", max: 128},
		// Its limit is memo's own affair: see checkMemo.
		{name: "memo", max: hsqMaxContent},
	}
}

// hsqMaxContent bounds a member whose limit is looked at elsewhere.
const hsqMaxContent = 1 << 16

// hsqPayFields is §6.
func hsqPayFields() []hsqField {
	return append(hsqCommon(),
		hsqField{name: "payCode", max: 32, need: true, form: hsqDigitsForm.MatchString},
		hsqField{name: "pageUrl", max: 128, empty: true, form: hsqURLForm.MatchString})
}

// hsqPrepareFields is the seed's table, and what only its sample has (§7).
func hsqPrepareFields() []hsqField {
	return append(hsqCommon(),
		hsqField{name: "transType", max: 16, form: hsqIs("2")},
		hsqField{name: "totalOrderAmt", max: 16, form: hsqAmountForm.MatchString},
		hsqField{name: "unionInfo", max: 128, empty: true},
		hsqField{name: "bizOrderNo", max: 64, empty: true})
}

// hsqQueryFields is §8; queryType is ASSUMED to be 2.
func hsqQueryFields() []hsqField {
	return []hsqField{
		{name: "transNo", max: 64, need: true, form: hsqNumberForm.MatchString},
		{name: "queryType", max: 2, need: true, form: hsqIs("2")},
	}
}

// hsqRefundFields is §8; refundType is ASSUMED to be 2.
func hsqRefundFields() []hsqField {
	return []hsqField{
		{name: "transNo", max: 64, need: true, form: hsqNumberForm.MatchString},
		{name: "origTransNo", max: 64, need: true, form: hsqNumberForm.MatchString},
		{name: "origOrderAmt", max: 16, need: true, form: hsqAmountForm.MatchString},
		{name: "orderAmt", max: 16, need: true, form: hsqAmountForm.MatchString},
		{name: "refundType", max: 2, need: true, form: hsqIs("2")},
		{name: "requestDate", max: 14, need: true, form: hsqIsTime},
		{name: "refundReason", max: 128},
		{name: "returnUrl", max: 128, empty: true, form: hsqURLForm.MatchString},
		{name: "extend", max: 128},
	}
}

func hsqRefundQueryFields() []hsqField {
	return []hsqField{{name: "transNo", max: 64, need: true, form: hsqNumberForm.MatchString}}
}

// hsqFileFields is §10; billType is ASSUMED to be 1.
func hsqFileFields() []hsqField {
	return []hsqField{
		{name: "batchDate", max: 8, need: true, form: hsqIsDay},
		{name: "billType", max: 2, need: true, form: hsqIs("1")},
	}
}

// hsqCloseFields is §8's close_fields.
func hsqCloseFields() []hsqField {
	return []hsqField{
		{name: "transNo", max: 64, need: true, form: hsqNumberForm.MatchString},
		{name: "requestDate", max: 14, need: true, form: hsqIsTime},
	}
}

// checkHuishouqian holds a document against a table, strictly.
func checkHuishouqian(doc map[string]any, table []hsqField) *hsqRefusal {
	known := map[string]bool{}
	for _, f := range table {
		known[f.name] = true
		v, has := doc[f.name]
		if !has {
			if f.need {
				return f.refuse("required")
			}
			continue
		}
		s, ok := v.(string)
		switch {
		case !ok:
			return f.refuse("not text")
		case s == "" && !f.empty:
			return f.refuse("empty")
		case s == "":
		case utf8.RuneCountInString(s) > f.max:
			return f.refuse("too long")
		case f.form != nil && !f.form(s):
			return f.refuse("not of the right form")
		}
	}
	for name := range doc {
		if !known[name] {
			return refuseHsqForm(name, "not a member of this call")
		}
	}
	return nil
}

// refuse names the field; amounts and the product have codes of their own.
func (f hsqField) refuse(issue string) *hsqRefusal {
	bad := refuseHsqForm(f.name, issue)
	switch f.name {
	case "orderAmt", "totalOrderAmt", "origOrderAmt":
		bad.code = "100503"
	case "payType":
		bad.code = "200302"
	}
	return bad
}
