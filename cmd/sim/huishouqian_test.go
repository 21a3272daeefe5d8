package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hsqFront is Huishouqian's gateway in its RSA2 mode: forms, JSON in texts, one
// signature over an envelope whose order is fixed, with a sign key that is never
// sent. It closes and reverses nothing: an unpaid order ends by its timeExpire, a paid
// one goes back as a refund.
type hsqFront struct {
	secret  string
	key     *stamp // the platform's
	till    *rsa.PublicKey
	another *stamp // nobody's
}

const hsqMerchant = "8000000026"

func (f *hsqFront) signs() bool { return true }

var hsqKinds = map[string]kind{"POLYMERIZE_BE_SWEPTN": pay, "POLYMERIZE_MAIN_SWEPTN": pay, "POLYMERIZE_QUERY": query,
	"POLYMERIZE_REFUND": refund, "POLYMERIZE_REFUND_QUERY": refundQuery}

func (f *hsqFront) read(_ *http.Request, body []byte, now time.Time) (call, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return call{}, err
	}
	signature, err := hex.DecodeString(form.Get("sign"))
	sum := sha256.Sum256([]byte(f.enveloped(form)))
	if err != nil || rsa.VerifyPKCS1v15(f.till, crypto.SHA256, sum[:], signature) != nil {
		return call{}, errors.New("huishouqian: the signature is wrong")
	}
	k, ok := hsqKinds[form.Get("method")]
	if !ok || form.Get("merchantNo") != hsqMerchant || form.Get("signType") != "RSA2" || form.Has("key") {
		return call{}, errors.New("huishouqian: no such call: " + form.Get("method"))
	}
	var d map[string]string
	if err := json.Unmarshal([]byte(form.Get("signContent")), &d); err != nil {
		return call{}, err
	}
	c, err := hsqCall(k, d)
	c.prepared = form.Get("method") == "POLYMERIZE_MAIN_SWEPTN"
	if at, wrong := time.ParseInLocation(fourteen, d["requestDate"], china); err == nil && (k == pay || k == refund) && (wrong != nil || now.Sub(at).Abs() > 10*time.Minute) {
		err = errClock
	}
	return c, err
}

// enveloped is what a request and a callback are signed over.
func (f *hsqFront) enveloped(form url.Values) string {
	var b strings.Builder
	for _, name := range []string{"method", "version", "format", "merchantNo", "signType", "signContent"} {
		b.WriteString(name + "=" + form.Get(name) + "&")
	}
	return b.String() + "key=" + f.secret
}

func hsqCall(k kind, d map[string]string) (call, error) {
	fen, _ := strconv.ParseInt(d["orderAmt"], 10, 64)
	switch k {
	case pay:
		var memo struct {
			End string `json:"timeExpire"`
		}
		err := json.Unmarshal([]byte(d["memo"]), &memo)
		end, wrong := time.ParseInLocation(fourteen, memo.End, china)
		return call{kind: k, no: d["transNo"], code: d["payCode"], amount: fen, expires: end,
			body: hashOf(d["payType"], d["payCode"], d["orderAmt"], d["goodsInfo"])}, errors.Join(err, wrong)
	case refund:
		return call{kind: k, no: d["origTransNo"], refundNo: d["transNo"], refund: fen}, nil
	case refundQuery:
		return call{kind: k, refundNo: d["transNo"]}, nil
	}
	return call{kind: k, no: d["transNo"]}, nil
}

var hsqStates = map[string]string{"paying": "PROCESSING", "paid": "SUCCESS", "failed": "FAIL", "closed": "FAIL"}

func (f *hsqFront) write(c call, a answer, lies fault, now time.Time) reply {
	o := told(c, a, lies)
	switch {
	case lies == forgedNo:
		return f.refusal("100500", "余额不足", forgedNaked, now)
	case forges(lies) && (c.kind == pay || c.kind == query):
		a.verdict, a.again = isOrder, false
	case forges(lies):
		a.r.done = true
	}
	switch {
	case c.kind == pay && a.again:
		return f.result(map[string]string{"transNo": o.no, "tradeNo": o.id, "orderStatus": "FAIL", "respCode": "200003", "respMsg": "订单号已存在,请勿重复提交"}, lies, now)
	case a.verdict == isPoor && o.sale%3 == 0: // refusals may come unsigned
		return f.refusal("100500", "余额不足", forgedNaked, now)
	case a.verdict == isOrder, a.verdict == isPoor:
		return f.result(f.order(c, o), lies, now)
	case c.kind == refund && a.again:
		return f.result(map[string]string{"transNo": a.r.no, "origTransNo": o.no, "orderStatus": "FAIL", "respCode": "200003", "respMsg": "订单号已存在,请勿重复提交"}, lies, now)
	case a.verdict == isTaken, a.verdict == isRefund:
		return f.result(f.refund(o, a.r, lies), lies, now)
	case a.verdict == isClock && o.sale%2 == 0:
		return f.refusal("200002", "非法的交易", forgedNaked, now)
	}
	code, text := hsqRefusal(a.verdict)
	return f.refusal(code, text, lies, now)
}

func hsqRefusal(v verdict) (code, text string) {
	switch v {
	case isExpired:
		return "100204", "订单已过期"
	case isUsed:
		return "100203", "交易失败"
	case isUnknown:
		return "200004", "订单不存在"
	case isShort:
		return "100500", "余额不足"
	case isRefused:
		return "200117", "订单已经分账不能发起退款/撤销"
	case isClock:
		return "200002", "非法的交易"
	}
	return "", "系统繁忙,请稍后再试"
}

func (f *hsqFront) order(c call, o order) map[string]string {
	d := map[string]string{"transNo": o.no, "tradeNo": o.id, "orderAmt": strconv.FormatInt(o.amount, 10), "orderStatus": hsqStates[o.state], "extend": "T01"}
	switch o.state {
	case "paying":
		d["respCode"], d["respMsg"] = "100201", "交易处理中,请稍后查询"
		if o.sale%2 == 0 {
			d["orderStatus"] = "INIT"
		}
		if c.kind == pay && c.prepared {
			d["qrCode"] = `{"mp_appid":"wx1121decaed78f83f","mp_path":"pages/checkout/counter?q=` + o.id + `","mp_username":"gh_918a17273472"}`
		}
	case "paid":
		d["finishedDate"] = o.paidAt.In(china).Format(fourteen)
	case "failed":
		d["respCode"], d["respMsg"] = "100500", "余额不足"
	case "closed":
		d["respCode"], d["respMsg"] = "100204", "订单已过期,请使用新的订单号发起交易"
	}
	return d
}

func (f *hsqFront) refund(o order, r giveBack, lies fault) map[string]string {
	state, sum := "PROCESSING", r.amount
	if r.done {
		state = "SUCCESS"
	}
	if lies == wrongAmount {
		sum++
	}
	return map[string]string{"merchantNo": hsqMerchant, "transNo": r.no, "origTransNo": o.no, "tradeNo": r.id, "orderAmt": strconv.FormatInt(sum, 10), "orderStatus": state}
}

// result is an answer about an order or refund: JSON in a text in JSON.
func (f *hsqFront) result(d map[string]string, lies fault, now time.Time) reply {
	text, signed := string(sorted(d)), string(sorted(d))
	if lies == forgedTamper { // signed truly, then altered
		signed = strings.Replace(signed, "SUCCESS", "PROCESSING", 1)
	}
	quoted, _ := json.Marshal(text)
	return f.sealed(`"success":true,"result":`+string(quoted)+`,"errorCode":null,"errorMsg":null`, "result="+signed+"&success=true&key="+f.secret, lies, now)
}

// refusal is the gateway's: its signature covers no order.
func (f *hsqFront) refusal(code, text string, lies fault, now time.Time) reply {
	signed, quoted := "errorCode="+code+"&", `"`+code+`"`
	if code == "" {
		signed, quoted = "", "null"
	}
	return f.sealed(`"success":false,"result":null,"errorCode":`+quoted+`,"errorMsg":"`+text+`"`, signed+"errorMsg="+text+"&success=false&key="+f.secret, lies, now)
}

func (f *hsqFront) sealed(members, signed string, lies fault, now time.Time) reply {
	key := f.key
	if lies == forgedPaid {
		key = f.another
	}
	if lies != forgedNaked {
		members += `,"sign":"` + hex.EncodeToString(key.sign([]byte(signed))) + `"`
	}
	r := textReply(http.StatusOK, "application/json;charset=UTF-8", "{"+members+"}")
	r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	return r
}

// notice is the platform's callback about a payment, or its first refund. Half of
// them are signed in words that they do not bring.
func (f *hsqFront) notice(o order, forged bool, now time.Time) (url.Values, string) {
	d := map[string]string{"transNo": o.no, "tradeNo": o.id, "orderAmt": strconv.FormatInt(o.amount, 10), "orderStatus": "SUCCESS",
		"goodsInfo": "Milk+tea & 100%", "finishedDate": now.In(china).Format(fourteen)}
	for _, key := range slices.Sorted(maps.Keys(o.refunds)) {
		d["transNo"], d["origTransNo"] = o.refunds[key].no, o.no
		break
	}
	form := url.Values{"method": {"CALLBACK"}, "version": {"1.0.0"}, "format": {"JSON"}, "merchantNo": {hsqMerchant}, "signType": {"RSA2"}, "signContent": {string(sorted(d))}}
	key := f.key
	if forged {
		key = f.another
	}
	form.Set("sign", hex.EncodeToString(key.sign([]byte(f.enveloped(form)))))
	if o.sale%2 == 0 {
		form.Set("method", "POLYMERIZE_BE_SWEPTN")
		form.Set("version", "1.0")
	}
	return form, "SUCCESS"
}
