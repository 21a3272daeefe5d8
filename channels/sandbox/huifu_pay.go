package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// huifuCode is what the platform knows of a payment code.
type huifuCode struct {
	first time.Time // shown, or else first seen
	spent bool      // paid with, or looked up (§5: not promised to stay usable)
}

// huifuWallet tells whose code it is by the scanners' prefixes and lengths:
// T WeChat, A Alipay, U UnionPay. Empty is none that the platform takes.
func huifuWallet(code string) string {
	if strings.Trim(code, "0123456789") != "" || len(code) < 16 {
		return ""
	}
	prefix := code[:2]
	switch {
	case len(code) == 18 && prefix >= "10" && prefix <= "15":
		return "T"
	case len(code) <= 24 && prefix >= "25" && prefix <= "30":
		return "A"
	case len(code) == 19 && prefix == "62":
		return "U"
	}
	return ""
}

// huifuBadCode is the text of 10000000 that is about the code's form (§11).
func huifuBadCode() *huifuRefusal { return huifuRefuse("10000000", "付款码格式异常") }

// prepareMicropay is §4.
func (h *huifu) prepareMicropay(c *huifuCall) (huifuPlan, *huifuRefusal) {
	wallet := huifuWallet(c.values["auth_code"])
	if wallet == "" {
		return huifuPlan{orderNo: c.values["req_seq_id"]}, huifuBadCode()
	}
	terminal, _ := huifuObject(c.values["terminal_device_info"])
	if wallet == "U" && terminal["location"] == "" && terminal["mer_device_ip"] == "" {
		return huifuPlan{}, badForm("UnionPay needs location or mer_device_ip in terminal_device_info")
	}
	return h.scanned(c, wallet+"_MICROPAY", c.values["auth_code"], c.values["wx_data"])
}

// prepareCreate is V4 of §5: both ways to pay.
func (h *huifu) prepareCreate(c *huifuCall) (huifuPlan, *huifuRefusal) {
	kind := c.values["trade_type"]
	if !strings.HasSuffix(kind, "_MICROPAY") {
		return h.prepareOrder(c, c.values["method_expand"])
	}
	expand, _ := huifuObject(c.values["method_expand"])
	terminal, _ := huifuObject(c.values["terminal_device_data"])
	code := expand["auth_code"]
	switch {
	case code == "":
		return huifuPlan{}, huifuRefuse("10000000", "参数缺失: method_expand.auth_code")
	case huifuWallet(code)+"_MICROPAY" != kind:
		return huifuPlan{}, huifuBadCode()
	case terminal["device_ip"] == "":
		return huifuPlan{}, huifuRefuse("10000000", "参数缺失: terminal_device_data.device_ip")
	}
	return h.scanned(c, kind, code, c.values["method_expand"])
}

// huifuCreateCall tells a V4 order for a mini program from a scanned one, for
// the faults: before anything is proven.
func huifuCreateCall(body []byte) Call {
	var peek struct {
		Data struct {
			Kind string `json:"trade_type"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &peek) == nil && peek.Data.Kind != "" && !strings.HasSuffix(peek.Data.Kind, "_MICROPAY") {
		return Prepare
	}
	return Pay
}

// checkTrade is what both ways to pay have in common.
func (h *huifu) checkTrade(c *huifuCall, walletData string) *huifuRefusal {
	if s := c.values["time_expire"]; s != "" && s <= huifuStamp(h.clock(c.at)) {
		return huifuRefuse("10000000", "订单已超时: time_expire")
	}
	if ch, scene := c.values["channel_no"], c.values["pay_scene"]; ch != "" && ch != c.shop.channel || scene != "" && scene != c.shop.scene {
		return huifuNoChannel()
	}
	expand, _ := huifuObject(walletData)
	if app := expand["sub_appid"]; app != "" && app != c.shop.subAppID {
		return huifuRefuse("90000000", "sub_mch_id与sub_appid不匹配") // §12
	}
	return nil
}

// scanned plans the payment with a code. It also lets the code's behaviour take
// hold of the order, before any fault is looked for: the code may bring one for
// this very call.
func (h *huifu) scanned(c *huifuCall, kind, code, walletData string) (huifuPlan, *huifuRefusal) {
	p := huifuPlan{orderNo: c.values["req_seq_id"]}
	if bad := h.checkTrade(c, walletData); bad != nil {
		return p, bad
	}
	if h.codes[code] == nil {
		use := &huifuCode{first: c.at}
		if shown := h.s.phone.find(code); shown != nil {
			use.first = shown.at
		}
		h.codes[code] = use
		if h.byNo[huifuKey(c.shop.id, c.values["req_date"], p.orderNo)] == nil {
			row := h.row(code)
			h.s.faults.bring(row.Digits, p.orderNo, row.faults)
		}
	}
	p.book = func(now time.Time) huifuDraft { return h.pay(c, kind, code, now) }
	return p, nil
}

// newOrder is what both ways to pay begin with.
func (h *huifu) newOrder(c *huifuCall, kind string, now time.Time) *huifuOrder {
	asked, _ := fen(c.values["trans_amt"])
	o := &huifuOrder{
		id: h.nextID(now), sys: c.sys, shop: c.shop, date: c.values["req_date"], no: c.values["req_seq_id"],
		version: c.end.version, tradeType: kind, values: c.values, asked: asked, amount: asked,
		stat: huifuWaiting, created: now, expires: now.Add(huifuDefaultLife),
	}
	if s := c.values["time_expire"]; s != "" {
		o.expires, _ = time.ParseInLocation("20060102150405", s, beijing)
		o.expires = o.expires.Add(now.Sub(h.clock(now))) // by the platform's clock; the books keep the true time
	}
	h.number(o, now)
	return o
}

// number gives an order its numbers on the customer's bill (A).
func (h *huifu) number(o *huifuOrder, now time.Time) {
	day := now.In(beijing).Format("060102")
	o.billID = fmt.Sprintf("42000000%s%014d", "20"+day, h.seq)
	o.partyID = fmt.Sprintf("0322%s%010d", day, h.seq)
}

// pay books a scanned payment: the code first, then the customer. A refusal of
// the channel leaves an order that failed; its number is used.
func (h *huifu) pay(c *huifuCall, kind, code string, now time.Time) huifuDraft {
	row, use := h.row(code), h.codes[code]
	o := h.newOrder(c, kind, now)
	o.digits, o.customer = code[len(code)-2:], row.customer
	o.amount += o.customer.extra
	h.add(o)
	switch {
	case use.spent:
		o.refuse("90000000", "付款码无效，该付款码仅限使用一次", now)
		return o.paid()
	case now.Sub(use.first) > h.s.cfg.CodeLife:
		o.refuse("90000000", "付款码已过期，请刷新后重试", now)
		return o.paid()
	}
	use.spent = true
	if shown := h.s.phone.find(code); shown != nil {
		shown.huifu, o.onPhone = o, true
	}
	switch {
	case row.declines != nil:
		o.refuse(row.declines.code, row.declines.text, now)
	case o.customer.asked:
		o.text = "需要用户输入支付密码"
		if o.customer.initial {
			o.stat = huifuInitial
		}
	default:
		o.decide(o.customer.fails, now)
	}
	return o.paid()
}

// refuse ends an order with the channel's refusal.
func (o *huifuOrder) refuse(code, text string, at time.Time) {
	o.fail(text, at)
	o.customer.code = code
}
