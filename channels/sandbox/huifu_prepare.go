package sandbox

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// prepareJspay is §5 and the seed (A).
func (h *huifu) prepareJspay(c *huifuCall) (huifuPlan, *huifuRefusal) {
	var wallet string
	switch c.values["trade_type"][0] {
	case 'T':
		wallet = c.values["wx_data"]
	case 'A':
		wallet = c.values["alipay_data"]
	case 'U':
		wallet = c.values["unionpay_data"]
	}
	return h.prepareOrder(c, wallet)
}

// prepareOrder is an order that the customer pays in a mini program, an app, or
// by scanning what the shop shows. The last two digits of the customer's id
// choose a behaviour, as a code's do: its customer where it asks for a PIN, and
// its faults of Pay as faults of Prepare.
func (h *huifu) prepareOrder(c *huifuCall, walletData string) (huifuPlan, *huifuRefusal) {
	p := huifuPlan{orderNo: c.values["req_seq_id"]}
	expand, _ := huifuObject(walletData)
	if bad := checkHuifuPayer(c, expand); bad != nil {
		return p, bad
	}
	if bad := h.checkTrade(c, walletData); bad != nil {
		return p, bad
	}
	row, key := h.payerRow(expand), huifuKey(c.shop.id, c.values["req_date"], p.orderNo)
	if !h.used[key] && !h.brought[key] {
		h.brought[key] = true
		faults := slices.Clone(row.faults)
		for i := range faults {
			if faults[i].Call == Pay {
				faults[i].Call = Prepare
			}
		}
		h.s.faults.bring(row.Digits, p.orderNo, faults)
	}
	p.book = func(now time.Time) huifuDraft {
		o := h.newOrder(c, c.values["trade_type"], now)
		o.prepared, o.text, o.digits = true, "下单成功", row.Digits
		if row.customer.asked {
			o.customer = row.customer
			o.customer.initial = false
		} else {
			o.customer.coupon, o.customer.unbooked = row.customer.coupon, row.customer.unbooked
		}
		o.customer.refundEnds, o.customer.refundShort = row.customer.refundEnds, row.customer.refundShort
		h.add(o)
		return o.ordered()
	}
	return p, nil
}

// checkHuifuPayer is who pays: A's footnote for WeChat, §5's table for others.
func checkHuifuPayer(c *huifuCall, expand map[string]string) *huifuRefusal {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return expand[name] == "" })
	}
	ok := true
	switch kind := c.values["trade_type"]; kind {
	case "T_MINIAPP", "T_JSAPI":
		ok = has("sub_appid", "sub_openid") || has("openid") && c.end.version < 4
	case "T_APP":
		ok = has("sub_appid")
	case "A_JSAPI":
		ok = has("buyer_id") || has("buyer_logon_id")
	case "U_JSAPI":
		ok = has("user_id", "qr_code", "customer_ip")
	}
	if !ok {
		return huifuRefuse("10000000", "参数缺失: who pays ("+c.values["trade_type"]+")")
	}
	return nil
}

// payerRow is the behaviour that the customer's id ends with.
func (h *huifu) payerRow(expand map[string]string) huifuRow {
	for _, name := range []string{"sub_openid", "openid", "buyer_id", "user_id"} {
		id := expand[name]
		if len(id) > 2 && strings.Trim(id[len(id)-2:], "0123456789") == "" {
			return h.row(id)
		}
	}
	return h.row("")
}

// ordered is the reply of a prepared order: P, and what starts the payment.
func (o *huifuOrder) ordered() huifuDraft {
	d := o.reply("00000100", "下单成功")
	switch {
	case strings.HasSuffix(o.tradeType, "_NATIVE") || o.tradeType == "T_H5":
		d.data["qr_code"] = map[string]string{"T": "weixin://wxpay/bizpayurl?pr=", "A": "https://qr.alipay.com/",
			"U": "https://qr.95516.com/", "D": "https://ecny.example/"}[o.tradeType[:1]] + o.partyID
	case strings.HasPrefix(o.tradeType, "T_"):
		d.data["pay_info"] = o.startParameters()
	default:
		d.data["pay_info"] = string(encode(map[string]string{"tradeNO": o.billID}))
	}
	return d
}

// startParameters are what the mini program hands to wx.requestPayment (A). The
// signature in them is WeChat's, which nobody here can check.
func (o *huifuOrder) startParameters() string {
	stamp := strconv.FormatInt(o.h.clock(o.created).Unix(), 10)
	signature, err := sign(o.h.s.keys.huifuPlatform, []byte(o.id))
	if err != nil {
		panic("sandbox: a key of our own does not sign: " + err.Error())
	}
	return string(encode(map[string]string{
		"appId": o.shop.subAppID, "timeStamp": stamp, "nonceStr": o.h.nonce(32),
		"package": "prepay_id=wx" + huifuStamp(o.created) + o.partyID, "signType": "RSA", "paySign": signature,
	}))
}

// findPrepared is an order of that number, of any day, the newest first.
func (h *huifu) findPrepared(no string, now time.Time) *huifuOrder {
	h.arrive(now)
	for _, o := range slices.Backward(h.list) {
		if o.no == no && o.prepared {
			o.settle(now)
			return o
		}
	}
	return nil
}
