package main

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fubeiFront is Fubei's gateway, API 1.0. It signs nothing: TLS, our order number
// and the amount are all the proof there is, so a lie that repeats both cannot be
// told and is not simulated.
type fubeiFront struct{ secret string }

func (f fubeiFront) signs() bool { return false }

var fubeiKinds = map[string]kind{
	"openapi.payment.order.swipe": pay, "openapi.payment.order.mina": pay, "openapi.payment.order.close": closing,
	"openapi.payment.order.query": query, "openapi.payment.order.reverse": undo,
	"openapi.payment.order.refund": refund, "openapi.payment.order.refund.query": refundQuery,
}

func (f fubeiFront) read(_ *http.Request, body []byte, _ time.Time) (call, error) {
	var e struct { // sorted, as it is signed
		App     string `json:"app_id"`
		Biz     string `json:"biz_content"`
		Format  string `json:"format"`
		Method  string `json:"method"`
		Nonce   string `json:"nonce"`
		With    string `json:"sign_method"`
		Version string `json:"version"`
		Sign    string `json:"sign"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return call{}, err
	}
	sum := md5.Sum([]byte("app_id=" + e.App + "&biz_content=" + e.Biz + "&format=" + e.Format + "&method=" + e.Method + "&nonce=" + e.Nonce +
		"&sign_method=" + e.With + "&version=" + e.Version + f.secret))
	if strings.ToUpper(hex.EncodeToString(sum[:])) != e.Sign {
		return call{}, errors.New("fubei: the signature is wrong")
	}
	var biz struct {
		No       string      `json:"merchant_order_sn"`
		RefundNo string      `json:"merchant_refund_sn"`
		Code     string      `json:"auth_code"`
		Total    json.Number `json:"total_fee"`
		Refund   json.Number `json:"refund_money"`
	}
	if err := json.Unmarshal([]byte(e.Biz), &biz); err != nil {
		return call{}, err
	}
	k, ok := fubeiKinds[e.Method]
	if !ok {
		return call{}, errors.New("fubei: no such method: " + e.Method)
	}
	return call{kind: k, no: biz.No, refundNo: biz.RefundNo, code: biz.Code, prepared: strings.HasSuffix(e.Method, "mina"), amount: fenOf(biz.Total.String()), refund: fenOf(biz.Refund.String()),
		body: hashOf(e.Biz)}, nil
}

var fubeiStates = map[string]string{"paying": "USERPAYING", "paid": "SUCCESS", "failed": "CLOSED", "closed": "CLOSED", "returned": "REVOKED"}

func (f fubeiFront) write(c call, a answer, lies fault, now time.Time) reply {
	fail := func(code int, message string) reply {
		return f.reply(`{"result_code":`+strconv.Itoa(code)+`,"result_message":"`+message+`"}`, now)
	}
	switch a.verdict {
	case isPoor:
		return f.reply(`{"result_code":400,"sub_code":"NOTENOUGH","result_message":"余额不足"}`, now)
	case isExpired, isUsed:
		return fail(400, "付款码无效")
	case isUnknown:
		return fail(400, "订单不存在")
	case isBusy, isShort:
		return fail(9999, "系统繁忙")
	case isRefused:
		return fail(60303, "不支持撤销")
	case isAgain:
		return fail(400, "撤销处理中")
	}
	o := told(c, a, lies)
	d := `"merchant_order_sn":"` + o.no + `","order_sn":"` + o.id + `"`
	switch {
	case a.verdict == isRefund, a.verdict == isTaken && c.kind == refund:
		d += `,"merchant_refund_sn":"` + a.r.no + `","refund_sn":"` + a.r.id + `"`
		if c.kind == refundQuery {
			state := "REFUND_PROCESSING"
			if a.r.done {
				state = "REFUND_SUCCESS"
			}
			sum := a.r.amount
			if lies == wrongAmount {
				sum++
			}
			d += `,"refund_status":"` + state + `","refund_money":` + yuan(sum)
		}
	case c.kind == pay && c.prepared: // no state, no amount
		d += `,"prepay_id":"wx` + o.id + `","sign_params":{"timeStamp":"1","nonceStr":"n","package":"prepay_id=wx` + o.id + `","signType":"RSA","paySign":"s"}`
	case a.verdict == isOrder:
		d += `,"trade_state":"` + fubeiStates[o.state] + `","total_fee":` + yuan(o.amount)
		if !o.paidAt.IsZero() {
			d += `,"pay_time":` + strconv.FormatInt(o.paidAt.Unix(), 10)
		}
	}
	return f.reply(`{"result_code":200,"result_message":"成功","data":{`+d+`}}`, now)
}

func (fubeiFront) reply(body string, now time.Time) reply {
	r := textReply(http.StatusOK, "application/json;charset=UTF-8", body)
	r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	return r
}
