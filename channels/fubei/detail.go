package fubei

import (
	"encoding/json"

	"tillpay/channels/wire"
)

// told is what else an answer may tell (§5, §6, §7, §8), kept for support under
// the platform's names. A customer's ids and logins are personal and stay out,
// but for the tail of user_id.
var told = []string{
	"trade_state", "order_status", "refund_status", "sub_code", "type", "pay_type",
	"trade_no", "ins_order_sn", "channel_order_sn", "platform_order_no", "prepay_id", "merchant_refund_sn", "refund_sn",
	"total_fee", "order_price", "discount_money", "total_amount", "net_amount", "buyer_pay_amount",
	"cash_coupon_fee", "no_cash_coupon_fee", "fee",
	"refund_money", "refund_amount", "refund_fee", "buyer_refund_amount", "is_can_part_refund",
	"pay_time", "finish_time", "attach", "merchant_id", "store_id", "cashier_id", "device_no", "body", "handler",
}

// detail is those as one JSON object; nil when there are none.
func detail(d wire.Object) json.RawMessage {
	if len(d) == 0 {
		return nil
	}
	var o object
	for _, name := range told {
		switch v := d[name].(type) {
		case string:
			o.text(name, wire.Cut(v, 256))
		case json.Number:
			if len(v) <= 32 {
				o.raw(name, []byte(v))
			}
		}
	}
	o.text("user_id", tail(scalar(d, "user_id")))
	if list := payments(d); list != nil {
		o.raw("payment_list", list)
	}
	if o.b.Len() == 0 {
		return nil
	}
	return o.bytes()
}

// payments is 2.0's payment_list: whose discounts paid how much (§7).
func payments(d wire.Object) []byte {
	var list []byte
	for i, p := range d.Objects("payment_list") {
		if i == 20 {
			break
		}
		var o object
		o.text("type", wire.Cut(p.Text("type"), 64))
		if n, there, right := fen(p, "amount"); there && right {
			o.money("amount", n)
		}
		sep := byte(',')
		if i == 0 {
			sep = '['
		}
		list = append(append(list, sep), o.bytes()...)
	}
	if list == nil {
		return nil
	}
	return append(list, ']')
}
