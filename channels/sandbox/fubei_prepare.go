package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// prepareOrder is the seed's mini program order, and fbpay.order.create (§7).
func (f *fubei) prepareOrder(c *fubeiCall) (fubeiPlan, *fubeiRefusal) {
	no := c.form.get("merchant_order_sn")
	payType := c.form.get("pay_type")
	if payType == "" {
		payType = "wxpay"
	}
	if bad := checkFubeiExpiry(c, payType); bad != nil {
		return fubeiPlan{orderNo: no}, bad
	}
	return fubeiPlan{no, func(now time.Time) fubeiDraft {
		if bad := f.checkNumber(c, no); bad != nil {
			return bad.draft(c)
		}
		life := f.s.cfg.Fubei.PrepayLife
		if life == 0 {
			life = fubeiPrepayLife
		}
		o := f.open(c, payType, life, now)
		o.prepared, o.onPhone = true, true
		o.prepay(now)
		return c.done(o.preparedData(f.s.cfg.Fubei.ParamsAsText))
	}}, nil
}

// prepay makes what the mini program starts with. The signature is WeChat's, and
// nobody but WeChat can check it: here it is noise, and kept to be compared.
func (o *fubeiOrder) prepay(now time.Time) {
	// The sample's length, 36, which is over the table's own 32.
	o.prepayID = "wx" + now.In(beijing).Format(fubeiTime) + fmt.Sprintf("%020d", o.f.seq)
	o.f.byPre[o.prepayID] = o
	if o.payType != "wxpay" {
		return
	}
	o.params = map[string]string{
		"appId":     fubeiMinaAppID,
		"timeStamp": strconv.FormatInt(now.Unix(), 10),
		"nonceStr":  o.f.s.wechat.nonce(13),
		"package":   "prepay_id=" + o.prepayID,
		"signType":  "RSA",
		"paySign":   o.f.s.wechat.nonce(344),
	}
}

// preparedData is the seed's answer, with the three members that its sample has
// among sign_params; or that of 2.0, where the package is WeChat's alone.
func (o *fubeiOrder) preparedData(asText bool) map[string]any {
	d := o.numbers()
	d["prepay_id"] = o.prepayID
	name := "sign_params"
	if o.v2 {
		name = "sign_package"
	} else {
		o.copyCashier(d)
		d["user_id"] = o.form.get("sub_openid")
	}
	if o.params == nil {
		return d
	}
	params := map[string]any{}
	for k, v := range o.params {
		params[k] = v
	}
	if !o.v2 {
		params["store_id"], params["user_id"] = o.who.shop.store, ""
		o.copyCashier(params)
	}
	if d[name] = params; asText {
		text, _ := json.Marshal(params)
		d[name] = string(text)
	}
	return d
}
