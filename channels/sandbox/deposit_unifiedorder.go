package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// prepareUnified is the seed's call.
func (d *deposit) prepareUnified(c *depositCall) (depositPlan, *depositRefusal) {
	p := depositPlan{orderNo: c.form.get("out_trade_no")}
	openid := c.form.has("openid") || c.form.has("sub_openid")
	switch kind := c.form.get("trade_type"); {
	case kind == "APP" && openid:
		return p, refuseDepositForm("openid", "not a parameter of trade_type APP")
	case kind == "JSAPI" && !openid:
		return p, refuseDeposit("LACK_PARAMS", "缺少参数: openid or sub_openid")
	case c.form.has("sub_openid") && !c.form.has("sub_appid"):
		return p, refuseDeposit("LACK_PARAMS", "缺少参数: sub_appid, which sub_openid belongs to")
	}
	if bad := checkDepositPeriod(c.form, c.at); bad != nil {
		return p, bad
	}
	p.book = func(now time.Time) depositDraft { return d.unified(c, now) }
	return p, nil
}

// unified makes an order that the customer has yet to pay, or finds the same
// again.
func (d *deposit) unified(c *depositCall, now time.Time) depositDraft {
	o := d.find(c.who, c.form.get("out_trade_no"), now)
	switch {
	case o == nil:
		o = d.open(c, c.form.get("trade_type"), now)
		o.state, o.onPhone = notPay, true
		o.expires = now.Add(depositPrepayLife)
		if end, err := time.ParseInLocation(depositTime, c.form.get("time_expire"), beijing); err == nil && end.Before(o.expires) {
			o.expires = end
		}
		o.prepayID = fmt.Sprintf("wx%s%020x", now.In(beijing).Format(depositTime), d.seq)
		d.byPre[o.prepayID] = o
	case o.kind == "MICROPAY":
		return refuseDeposit("OUT_TRADE_NO_USED", "商户订单号重复").draft(c)
	case !o.paidAt.IsZero():
		return refuseDeposit("ORDERPAID", "商户订单已支付,无需重复操作").draft(c)
	case o.state == closed:
		return refuseDeposit("ORDERCLOSED", "当前订单已关闭,请重新下单").draft(c)
	case depositPrint(c.form) != o.print:
		return refuseDeposit("INVALID_REQUEST", "订单重入时,要求参数值与原请求一致").draft(c)
	}
	return c.done().with("device_info", c.form.get("device_info"), "trade_type", o.kind, "prepay_id", o.prepayID)
}

func fenText(n int64) string { return strconv.FormatInt(n, 10) }
