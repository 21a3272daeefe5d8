package main

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// huifuFront is Huifu Dougong, V3: JSON, RSA-SHA256 both ways over data alone. It
// knows an order, and a refund, by number and day, and takes new ones of today only.
// It has no reversal: what is unpaid is closed, what is paid goes back as a refund.
type huifuFront struct {
	key     *stamp // the platform's
	till    *rsa.PublicKey
	another *stamp // nobody's
}

const huifuID = "6666000123120001"

func (f *huifuFront) signs() bool { return true }

var huifuKinds = map[string]kind{"/v3/trade/payment/micropay": pay, "/v3/trade/payment/jspay": pay, "/v3/trade/payment/scanpay/query": query,
	"/v3/trade/payment/scanpay/refund": refund, "/v3/trade/payment/scanpay/refundquery": refundQuery,
	"/v2/trade/payment/scanpay/close": closing, "/v2/trade/payment/scanpay/closequery": closeQuery}

var china = time.FixedZone("", 8*3600)

const fourteen = "20060102150405"

func (f *huifuFront) read(r *http.Request, body []byte, now time.Time) (call, error) {
	var e struct {
		SysID     string            `json:"sys_id"`
		ProductID string            `json:"product_id"`
		Sign      string            `json:"sign"`
		Data      map[string]string `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return call{}, err
	}
	signature, err := base64.StdEncoding.DecodeString(e.Sign)
	sum := sha256.Sum256(sorted(e.Data))
	if err != nil || rsa.VerifyPKCS1v15(f.till, crypto.SHA256, sum[:], signature) != nil {
		return call{}, errors.New("huifu: the signature is wrong")
	}
	k, ok := huifuKinds[r.URL.Path]
	if !ok {
		return call{}, errors.New("huifu: no such call: " + r.URL.Path)
	}
	if e.SysID != huifuID || e.ProductID != "MYPAY" || e.Data["huifu_id"] != huifuID || slices.Contains(slices.Collect(maps.Values(e.Data)), "") {
		return call{}, errors.New("huifu: another's numbers, or an empty field")
	}
	c := huifuCall(k, e.Data)
	c.prepared = strings.HasSuffix(r.URL.Path, "jspay")
	today := k == query || k == refundQuery || e.Data["req_date"] == now.In(china).Format("20060102")
	if late := !c.expires.IsZero() && !c.expires.After(now); !today || late {
		return c, errClock
	}
	return c, nil
}

// sorted is data as it is signed: keys in byte order, nothing escaped that need not be.
func sorted(data map[string]string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(data)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func huifuCall(k kind, d map[string]string) call {
	switch k {
	case pay:
		end, _ := time.ParseInLocation(fourteen, d["time_expire"], china)
		return call{kind: k, no: d["req_seq_id"], day: d["req_date"], code: d["auth_code"], amount: fenOf(d["trans_amt"]), expires: end,
			body: hashOf(d["req_date"], d["auth_code"], d["trans_amt"], d["goods_desc"], d["trade_type"])}
	case refund:
		return call{kind: k, no: d["org_req_seq_id"], day: d["org_req_date"], refundNo: d["req_seq_id"], refundDay: d["req_date"], refund: fenOf(d["ord_amt"])}
	case refundQuery: // org_ is the refund here
		return call{kind: k, refundNo: d["org_req_seq_id"], refundDay: d["org_req_date"]}
	}
	return call{kind: k, no: d["org_req_seq_id"], day: d["org_req_date"]}
}

var huifuStates = map[string]string{"paying": "P", "paid": "S", "failed": "F", "closed": "F"}

func (f *huifuFront) write(c call, a answer, lies fault, now time.Time) reply {
	d := map[string]string{"huifu_id": huifuID}
	say := func(code, text string) { d["resp_code"], d["resp_desc"] = code, text }
	o := told(c, a, lies)
	switch {
	case lies == forgedNo:
		say("90000000", "余额不足")
		return f.sealed(d, forgedNaked, 0, now)
	case forges(lies) && (c.kind == pay || c.kind == query):
		a.verdict, a.again = isOrder, false
	case forges(lies):
		a.r.done = true
	}
	switch {
	case c.kind == pay && a.again:
		say("20000000", "重复交易")
	case a.verdict == isOrder, a.verdict == isPoor:
		f.order(d, c, o, say)
	case a.verdict == isRefund, a.verdict == isTaken && c.kind == refund:
		f.refund(d, c, a, lies, say)
	case a.verdict == isTaken, a.verdict == isAgain, a.verdict == isShut:
		say("00000000", "成功")
		f.closed(d, c, o, a.verdict)
	case a.verdict == isRefused && c.kind == closing:
		f.unclosable(d, c, o, say)
	case a.verdict == isRefused:
		say("23000003", "退款失败")
		d["trans_stat"] = "F"
		f.refundNamed(d, c)
	default:
		say(huifuRefusal(a.verdict))
	}
	return f.sealed(d, lies, o.sale, now)
}

func huifuRefusal(v verdict) (code, text string) {
	switch v {
	case isExpired:
		return "90000000", "付款码已过期，请刷新"
	case isUsed:
		return "90000000", "付款码仅限使用一次"
	case isUnknown:
		return "23000001", "原交易不存在"
	case isShort:
		return "90000000", "账户余额不足"
	case isClock:
		return "10000000", "请求日期必须是当前日期"
	}
	return "98888888", "系统错误"
}

// order names it as its call does: a pay under bare names, a query as the original.
func (f *huifuFront) order(d map[string]string, c call, o order, say func(code, text string)) {
	say("00000000", "成功")
	before := ""
	if c.kind == query {
		before = "org_"
	}
	if o.day == "" {
		o.day = c.day
	}
	d[before+"req_date"], d[before+"req_seq_id"], d[before+"hf_seq_id"] = o.day, o.no, "0029T"+o.id
	d["trans_stat"], d["trans_amt"] = huifuStates[o.state], yuan(o.amount)
	switch o.state {
	case "failed", "closed":
		say("90000000", "余额不足")
	case "paid":
		d["end_time"] = o.paidAt.In(china).Format(fourteen)
	case "paying":
		say("00000100", "交易处理中")
		if c.kind == pay && c.prepared {
			d["qr_code"] = "https://qr.example/" + o.id
		}
	}
}

func (f *huifuFront) refundNamed(d map[string]string, c call) {
	before := ""
	if c.kind == refundQuery {
		before = "org_"
	}
	d[before+"req_date"], d[before+"req_seq_id"] = c.refundDay, c.refundNo
}

func (f *huifuFront) refund(d map[string]string, c call, a answer, lies fault, say func(code, text string)) {
	if c.kind == refund && a.again {
		say("20000000", "重复交易")
		return
	}
	say("00000100", "交易处理中")
	f.refundNamed(d, c)
	sum := a.r.amount
	if lies == wrongAmount {
		sum++
	}
	d["trans_stat"], d["ord_amt"] = "P", yuan(sum)
	if a.r.done {
		say("00000000", "成功")
		d["trans_stat"], d["actual_ref_amt"] = "S", yuan(sum)
	}
}

// closed is a closing's own state beside the order's.
func (f *huifuFront) closed(d map[string]string, c call, o order, v verdict) {
	d["org_req_date"], d["org_req_seq_id"] = c.day, o.no
	d["trans_stat"], d["org_trans_stat"] = "S", huifuStates[o.state]
	if o.lingers && o.state == "closed" {
		d["org_trans_stat"] = "P"
	}
	if v == isAgain {
		d["trans_stat"] = "P"
	}
}

// unclosable is an order that is final, or of a wallet that closes nothing.
func (f *huifuFront) unclosable(d map[string]string, c call, o order, say func(code, text string)) {
	f.closed(d, c, o, isRefused)
	switch d["trans_stat"] = "F"; o.state {
	case "paying":
		say("23000004", "不支持的交易类型")
		delete(d, "trans_stat")
	case "paid":
		say("23000000", "原交易已终态")
	default:
		say("10000016", "原交易已终态")
		delete(d, "trans_stat")
	}
}

// sealed signs data, sorted. Of some orders it is sent in another order than it was
// signed in, and with a number that no float may touch.
func (f *huifuFront) sealed(d map[string]string, lies fault, sale int, now time.Time) reply {
	signed := bytes.TrimSuffix(sorted(d), []byte("}"))
	if sale%2 == 0 {
		signed = append(signed, `,"unfreeze_amt":0.00`...)
	}
	signed = append(signed, '}')
	data, key := signed, f.key
	if sale%4 == 1 {
		data = append([]byte(`{"zone":"8",`), signed[1:]...)
		signed = append(bytes.TrimSuffix(signed, []byte("}")), `,"zone":"8"}`...)
	}
	switch lies {
	case forgedPaid:
		key = f.another
	case forgedTamper: // signed truly, then altered
		signed = bytes.Replace(signed, []byte(`"trans_stat":"S"`), []byte(`"trans_stat":"P"`), 1)
	}
	body := `{"data":` + string(data)
	if lies != forgedNaked {
		body += `,"sign":"` + base64.StdEncoding.EncodeToString(key.sign(signed)) + `"`
	}
	r := textReply(http.StatusOK, "application/json; charset=UTF-8", body+"}")
	r.header.Set("Date", now.UTC().Format(http.TimeFormat))
	return r
}

// notice is the platform's callback about a payment that is over, or its first refund.
func (f *huifuFront) notice(o order, forged bool, now time.Time) (url.Values, string) {
	d := map[string]string{"huifu_id": huifuID, "req_date": o.day, "req_seq_id": o.no, "hf_seq_id": "0029T" + o.id, "trans_type": "T_MICROPAY",
		"notify_type": "1", "trans_amt": yuan(o.amount), "trans_stat": "S", "end_time": now.In(china).Format(fourteen)}
	no := o.no
	for _, key := range slices.Sorted(maps.Keys(o.refunds)) {
		r := o.refunds[key]
		no = r.no
		d["req_date"], d["req_seq_id"], d["org_req_seq_id"], d["trans_type"] = r.day, r.no, o.no, "TRANS_REFUND"
		break
	}
	key := f.key
	if forged {
		key = f.another
	}
	text := sorted(d)
	return url.Values{"resp_code": {"10000"}, "resp_data": {string(text)}, "sign": {base64.StdEncoding.EncodeToString(key.sign(text))}}, "RECV_ORD_ID_" + no
}
