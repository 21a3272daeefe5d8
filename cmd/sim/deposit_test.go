package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// depositFront is WeChat Pay's deposits: v2, XML, HMAC-SHA256 both ways.
type depositFront struct{ key string }

func (f depositFront) signs() bool { return true }

var depositKinds = map[string]kind{"/deposit/micropay": pay, "/deposit/unifiedorder": pay, "/deposit/orderquery": query, "/deposit/reverse": undo,
	"/deposit/consume": capture, "/deposit/refund": refund, "/deposit/refundquery": refundQuery}

func (f depositFront) sign(e map[string]string, key string) string {
	var text []byte
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if name != "sign" && e[name] != "" {
			text = append(text, name+"="+e[name]+"&"...)
		}
	}
	h := hmac.New(sha256.New, []byte(key))
	h.Write(append(text, "key="+key...))
	return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
}

func (f depositFront) read(r *http.Request, body []byte, _ time.Time) (call, error) {
	e := map[string]string{}
	d := xml.NewDecoder(strings.NewReader(string(body)))
	for name := ""; ; {
		t, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			return call{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			name = t.Name.Local
		case xml.CharData:
			e[name] += string(t)
		}
	}
	if f.sign(e, f.key) != e["sign"] {
		return call{}, errors.New("deposit: the signature is wrong")
	}
	k, ok := depositKinds[r.URL.Path]
	if !ok {
		return call{}, errors.New("deposit: no such call: " + r.URL.Path)
	}
	if (k == undo || k == capture || k == refund) != (r.TLS != nil) {
		return call{}, errors.New("deposit: the client certificate is shown where it is not asked for, or not where it is")
	}
	number := func(name string) int64 { n, _ := strconv.ParseInt(e[name], 10, 64); return n }
	c := call{kind: k, no: e["out_trade_no"], id: e["transaction_id"], refundNo: e["out_refund_no"], code: e["auth_code"],
		amount: number("total_fee"), refund: number("refund_fee"), deposit: true}
	if k == capture {
		c.amount = number("consume_fee")
	}
	if c.prepared = strings.HasSuffix(r.URL.Path, "unifiedorder"); c.prepared {
		var err error
		if c.expires, err = time.ParseInLocation(fourteen, e["time_expire"], china); err != nil || e["notify_url"] == "" {
			return call{}, errors.New("deposit: an order without notify_url, or an end that can be read")
		}
	}
	c.body = hashOf(e["out_trade_no"], e["auth_code"], e["total_fee"], e["body"], e["fee_type"])
	return c, nil
}

var depositStates = map[string]string{"paying": "USERPAYING", "paid": "SUCCESS", "failed": "PAYERROR", "closed": "CLOSED", "returned": "REFUND"}

func (f depositFront) write(c call, a answer, lies fault, now time.Time) reply {
	e := map[string]string{"return_code": "SUCCESS", "result_code": "SUCCESS", "appid": "wx01", "mch_id": "1900000101", "sub_mch_id": "1900000102", "nonce_str": "n1"}
	fail := func(code string) { e["result_code"], e["err_code"] = "FAIL", code }
	o := told(c, a, lies)
	if o.no != "" {
		e["out_trade_no"] = o.no
	}
	verdict := a.verdict
	switch {
	case lies == forgedNo:
		return f.sealed(map[string]string{"return_code": "FAIL", "return_msg": "签名失败"}, forgedNaked, now)
	case !forges(lies):
	case c.kind == pay || c.kind == query:
		verdict = isOrder
	default:
		a.r.done = true
	}
	switch verdict {
	case isPoor:
		fail("NOTENOUGH")
	case isExpired:
		fail("AUTHCODEEXPIRE")
	case isUsed:
		fail("OUT_TRADE_NO_USED")
	case isUnknown:
		fail("ORDERNOTEXIST")
		if c.kind == refundQuery {
			fail("REFUNDNOTEXIST")
		}
	case isBusy:
		fail("SYSTEMERROR")
	case isShort:
		fail("NOTENOUGH")
	case isRefused:
		fail("TRADE_OVERDUE")
	case isAgain:
		fail("USERPAYING")
		e["recall"] = "Y"
	case isTaken:
		e["recall"] = "N"
		if c.kind == refund {
			e["out_refund_no"], e["refund_id"] = a.r.no, a.r.id
		}
	case isRefund:
		state, sum := "PROCESSING", a.r.amount
		if a.r.done {
			state = "SUCCESS"
		}
		if lies == wrongAmount {
			sum++
		}
		e["out_refund_no_0"], e["refund_id_0"], e["refund_status_0"], e["refund_fee_0"] = a.r.no, a.r.id, state, strconv.FormatInt(sum, 10)
	case isOrder:
		f.order(e, c, o, fail)
	}
	return f.sealed(e, lies, now)
}

func (f depositFront) order(e map[string]string, c call, o order, fail func(string)) {
	if c.kind == pay && c.prepared { // it names no order
		delete(e, "out_trade_no")
		e["prepay_id"] = "wx" + o.id
		return
	}
	if c.kind == pay && o.state != "paid" {
		fail(map[string]string{"paying": "USERPAYING", "failed": "NOTENOUGH", "closed": "ORDERREVERSED", "returned": "ORDERREVERSED"}[o.state])
		return
	}
	if c.kind == query {
		e["trade_state"] = depositStates[o.state]
	}
	e["transaction_id"], e["total_fee"], e["fee_type"] = o.id, strconv.FormatInt(o.amount, 10), "CNY"
	if o.captured > 0 {
		e["consume_fee"] = strconv.FormatInt(o.captured, 10)
	}
}

func (f depositFront) sealed(e map[string]string, lies fault, now time.Time) reply {
	switch key := f.key; lies {
	case forgedNaked:
	case forgedPaid:
		e["sign"] = f.sign(e, strings.Repeat("0", len(key)))
	case forgedTamper: // signed truly, then altered
		e["total_fee"] += "0"
		e["sign"] = f.sign(e, key)
		e["total_fee"] = strings.TrimSuffix(e["total_fee"], "0")
	default:
		e["sign"] = f.sign(e, key)
	}
	var b strings.Builder
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(e)) {
		b.WriteString("<" + name + "><![CDATA[" + e[name] + "]]></" + name + ">")
	}
	b.WriteString("</xml>")
	r := textReply(http.StatusOK, "text/xml", b.String())
	r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	return r
}
