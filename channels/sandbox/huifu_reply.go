package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// huifuDraft is an answer before it is signed and sent: data, or else what the
// gateway or somebody in between says.
type huifuDraft struct {
	status   int
	data     map[string]any
	gateway  string // resp_code of a gateway refusal
	body     []byte // in the place of data
	media    string // of the body; empty is JSON
	unsigned bool
}

// huifuNumber stands in a reply as a number, with the digits given.
func huifuNumber(digits string) json.Number { return json.Number(digits) }

// code is what the log keeps.
func (d huifuDraft) code() string {
	if code, ok := d.data["resp_code"].(string); ok {
		return code
	}
	return d.gateway
}

// reply is the payment's part of a reply (§4).
func (o *huifuOrder) reply(code, text string) huifuDraft {
	data := map[string]any{
		"resp_code": code, "resp_desc": text,
		"req_date": o.date, "req_seq_id": o.no, "hf_seq_id": o.id, "huifu_id": o.shop.id,
		"trade_type": o.tradeType, "trans_amt": yuan(o.amount), "trans_stat": o.stat, "party_order_id": o.partyID,
	}
	if remark := o.values["remark"]; remark != "" {
		data["remark"] = remark
	}
	if o.stat == huifuDone {
		paid := yuan(o.amount - o.coupon)
		for name, v := range map[string]any{
			"pay_amt": paid, "settlement_amt": paid, "acct_stat": o.booked(), "out_trans_id": o.billID,
			"end_time": huifuStamp(o.ended), "debit_type": "D", "fee_amt": "0.00", "fee_flag": 2,
		} {
			data[name] = v
		}
		name, response := o.channelResponse()
		if o.version == 4 {
			name = "method_expand"
		}
		data[name] = string(encode(response))
	}
	return huifuDraft{status: http.StatusOK, data: data}
}

// channelResponse is what WeChat, Alipay or UnionPay said: a JSON text in
// replies, an object in notifications (§15.6).
func (o *huifuOrder) channelResponse() (string, map[string]any) {
	switch o.tradeType[0] {
	case 'A':
		return "alipay_response", map[string]any{"buyer_id": "2088000000000000", "fund_bill_list": []any{}}
	case 'U':
		return "unionpay_response", map[string]any{"bank_type": "OTHERS"}
	}
	return "wx_response", map[string]any{"bank_type": "OTHERS", "coupon_fee": yuan(o.coupon), "openid": "oTESTONLY"}
}

// paid is the reply of a scanned payment.
func (o *huifuOrder) paid() huifuDraft {
	switch {
	case o.stat == huifuDone:
		return o.reply("00000000", "交易成功")
	case o.open():
		code := "00000100"
		if o.customer.pendingCode != "" {
			code = o.customer.pendingCode
		}
		d := o.reply(code, "交易正在处理中")
		d.data["bank_desc"] = o.text
		return d
	}
	code := "90000000"
	if o.customer.code != "" {
		code = o.customer.code
	}
	d := o.reply(code, o.text)
	d.data["bank_desc"] = o.text
	return d
}

// deliver signs a draft and sends it, as truly as the fault lets it.
func (h *huifu) deliver(d huifuDraft, at time.Time, hit *Fault, entry *Request) reply {
	if hit == nil {
		hit = &Fault{}
	}
	entry.Fault = hit.What
	r := h.signed(hit.falsifyHuifu(d), at, hit)
	whole := d.data != nil && !d.unsigned && hit.What == ""
	if hit.What == ReplayOld {
		// Huifu signs no time: an old answer is as good as a new one, which goes
		// out where there is none.
		if old, found := h.old.replay(entry); found {
			r = old
		}
	} else if whole {
		h.old.remember(r, entry)
	}
	hit.travel(&r, d.code(), entry)
	return r
}

// signed makes the envelope of §2 around data, or sends a body as it stands.
func (h *huifu) signed(d huifuDraft, now time.Time, hit *Fault) reply {
	at := h.clock(now).Add(hit.shift())
	r := reply{status: d.status, header: http.Header{}, body: d.body}
	if r.status == 0 {
		r.status = http.StatusOK // of an answer that nobody gets
	}
	r.header.Set("Date", at.UTC().Format(http.TimeFormat))
	media := d.media
	if media == "" {
		media = "application/json; charset=UTF-8"
	}
	r.header.Set("Content-Type", media)
	if d.data == nil {
		return r
	}
	over, sent := huifuTexts(d.data, hit.What)
	key := h.s.keys.huifuPlatform
	if hit.What == UnpublishedCertificate {
		key = h.s.keys.huifuMerchant // a pair of the till's own, and not Huifu's
	}
	signature, err := sign(key, over)
	if err != nil {
		panic("sandbox: a key of our own does not sign: " + err.Error())
	}
	if hit.proof() == ForgeSignature {
		signature = huifuForged(signature)
	}
	if d.unsigned || hit.What == NoSignature {
		r.body = slices.Concat([]byte(`{"data":`), sent, []byte("}"))
		return r
	}
	r.body = huifuReplyBody(sent, signature)
	return r
}

// huifuReplyBody is a reply as the vectors show it.
func huifuReplyBody(data []byte, signature string) []byte {
	return slices.Concat([]byte(`{"data":`), data, []byte(`,"sign":"`+signature+`"}`))
}

// huifuTexts are the bytes that are signed, and those that are sent: the same,
// in sorted order, but for the two ways in which serialisers disagree (§3).
func huifuTexts(data map[string]any, what Kind) (over, sent []byte) {
	over = encode(data)
	switch what {
	case DuplicateKeys:
		over = slices.Concat([]byte(`{"trans_stat":"F","req_seq_id":"0",`), over[1:])
	case Unsorted:
		members, err := readMembers(over)
		if err != nil {
			panic("sandbox: a reply of our own is no object: " + err.Error())
		}
		slices.Reverse(members)
		var b bytes.Buffer
		for i, m := range members {
			b.WriteByte("{,"[min(i, 1)])
			b.Write(encode(m.name))
			b.WriteByte(':')
			b.Write(m.raw)
		}
		b.WriteByte('}')
		return over, b.Bytes()
	case Escaped:
		return over, []byte(strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(string(over)))
	}
	return over, over
}

func huifuForged(signature string) string {
	flipped := byte('A')
	if signature[10] == flipped {
		flipped = 'B'
	}
	return signature[:10] + string(flipped) + signature[11:]
}

func (h *huifu) nonce(n int) string { return h.s.wechat.nonce(n) }

func (d huifuDraft) logged() (int, string) { return d.status, d.code() }
