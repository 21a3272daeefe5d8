package sandbox

import (
	"net/url"
	"time"
)

// hsqApplet is the seed's own product; the others of hsqPrepared are §5's that a
// till can show as a code.
const hsqApplet = "WQF_APPLET"

var hsqPrepared = map[string]bool{hsqApplet: true, "WECHAT_NATIVE": true, "ALI_NATIVE": true}

// prepareOrder is §7.
func (h *huishouqian) prepareOrder(c *hsqCall) (hsqPlan, *hsqRefusal) {
	if !hsqPrepared[c.get("payType")] {
		return hsqPlan{}, &hsqRefusal{code: "200015", text: hsqWords["200015"]}
	}
	if total := c.get("totalOrderAmt"); total != "" && total != c.get("orderAmt") {
		return hsqPlan{}, &hsqRefusal{code: "200118", text: hsqWords["200118"]}
	}
	if bad := h.checkMemo(c, c.at); bad != nil {
		return hsqPlan{}, bad
	}
	return hsqPlan{func(now time.Time) hsqDraft {
		if bad := h.fresh(c, now); bad != nil {
			return bad.draft()
		}
		if h.taken(c.who, c.get("transNo")) {
			return c.repeated()
		}
		o := h.open(c, now)
		if !o.payable(now) {
			o.decide("100204", now)
		} else {
			o.admitCustomer()
		}
		doc := o.result()
		if o.qrCode != "" {
			doc["qrCode"] = o.qrCode
		}
		return hsqResult(doc)
	}}, nil
}

// admitCustomer makes what opens the cashier: for the mini program the arguments
// of navigateToMiniProgram as JSON in a string, as in the seed's sample; else the
// address in a code.
func (o *hsqOrder) admitCustomer() {
	o.token = o.h.s.wechat.nonce(32)
	o.h.byToken[o.token] = o
	counter := "https://sandbox.businesspay.qq.com/mse/wx/checkout?" + url.Values{"p": {"at=99&e=sandbox"}, "sk": {o.token}}.Encode()
	if o.doc["payType"] != hsqApplet {
		o.qrCode = counter
		return
	}
	o.qrCode = string(encode(map[string]string{
		"mp_appid": "wx1121decaed78f83f", "mp_path": "pages/checkout/counter?q=" + url.QueryEscape(counter),
		"mp_username": "gh_918a17273472", "mp_version": "trial",
	}))
}
