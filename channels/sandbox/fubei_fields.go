package sandbox

// fubeiField is one row of a request table: what may stand in a form, and must.
type fubeiField struct {
	name       string
	shape      fubeiShape
	max        int // characters
	need       bool
	mayBeEmpty bool
	check      func(value string) (issue string)
}

type fubeiShape int

const (
	fubeiText    fubeiShape = iota
	fubeiInteger            // a number; the seed's sample with a text is against its own table
	fubeiMoney              // a number in yuan
	fubeiEither             // an integer as number or text: the dossier does not say
)

// fubeiOrderFields are common to orders of 1.0; the seed's lengths.
func fubeiOrderFields(more ...fubeiField) []fubeiField {
	return append([]fubeiField{
		{name: "merchant_order_sn", max: 32, need: true, check: isFubeiNumber},
		{name: "total_fee", shape: fubeiMoney, max: 10, need: true},
		{name: "cashier_id", shape: fubeiInteger, max: 10},
		{name: "call_back_url", max: 256, check: isFubeiURL},
		{name: "body", max: 128},
		{name: "attach", max: 127},
	}, more...)
}

// fubeiSwipeFields is §5. equipment_type is by agreement, which there is none of.
// A shop with one store may leave store_id out.
func fubeiSwipeFields() []fubeiField {
	return fubeiOrderFields(
		fubeiField{name: "type", shape: fubeiInteger, max: 1, need: true, check: isFubeiOneOf("1", "2", "5")},
		fubeiField{name: "auth_code", max: 32, need: true},
		fubeiField{name: "store_id", shape: fubeiInteger, max: 10},
		fubeiField{name: "device_no", max: 32},
		fubeiField{name: "discount_switch", shape: fubeiInteger, max: 1, check: isFubeiOneOf("0", "1")},
		fubeiField{name: "goods_tag", max: 32},
		fubeiField{name: "detail", max: 6000, check: isFubeiJSON},
		fubeiField{name: "sub_appid", max: 32},
		fubeiField{name: "timeout_express", max: 14, check: isFubeiTime},
	)
}

// fubeiMinaFields is the seed.
func fubeiMinaFields() []fubeiField {
	return fubeiOrderFields(
		fubeiField{name: "sub_openid", max: 32, need: true},
		fubeiField{name: "store_id", shape: fubeiInteger, max: 10, need: true},
	)
}

// fubeiOrder2Fields are common to orders of 2.0 (§7).
func fubeiOrder2Fields(more ...fubeiField) []fubeiField {
	return append([]fubeiField{
		{name: "merchant_order_sn", max: 32, need: true, check: isFubeiNumber},
		{name: "total_amount", shape: fubeiMoney, max: 11, need: true, check: isFubeiAmount2},
		{name: "store_id", shape: fubeiInteger, max: 10},
		{name: "cashier_id", shape: fubeiInteger, max: 10},
		{name: "sub_appid", max: 32},
		{name: "goods_tag", max: 32},
		{name: "detail", max: 6000, check: isFubeiJSON},
		{name: "device_no", max: 32},
		{name: "body", max: 128},
		{name: "attach", max: 127},
		{name: "timeout_express", max: 14, check: isFubeiTime},
		{name: "notify_url", max: 256, check: isFubeiURL},
		{name: "alipay_extend_params", max: 1024, check: isFubeiJSON},
		{name: "platform_store_id", max: 32},
		{name: "disable_pay_channels", max: 32, check: isFubeiOneOf("promotion", "voucher", "promotion,voucher")},
	}, more...)
}

func fubeiPay2Fields() []fubeiField {
	return fubeiOrder2Fields(fubeiField{name: "auth_code", max: 32, need: true})
}

func fubeiCreateFields() []fubeiField {
	return fubeiOrder2Fields(
		fubeiField{name: "pay_type", max: 8, need: true, check: isFubeiOneOf("wxpay", "alipay")},
		fubeiField{name: "user_id", max: 32, need: true},
	)
}

// fubeiNumbers are the ways to name an order; third is the wallet's number.
func fubeiNumbers(third string, more ...fubeiField) []fubeiField {
	fields := []fubeiField{
		{name: "merchant_order_sn", max: 32, check: isFubeiNumber},
		{name: "order_sn", max: 32, check: isFubeiNumber},
	}
	if third != "" {
		fields = append(fields, fubeiField{name: third, max: 32, check: isFubeiNumber})
	}
	return append(fields, more...)
}

// The tables of §8.

func fubeiQueryFields() []fubeiField {
	return fubeiNumbers("trade_no", fubeiField{name: "device_no", max: 32})
}

func fubeiQuery2Fields() []fubeiField { return fubeiNumbers("ins_order_sn") }

func fubeiUndoFields() []fubeiField { return fubeiNumbers("") }

func fubeiUndo2Fields() []fubeiField { return fubeiNumbers("") }

// fubeiRefundFields: without refund_money everything that is left goes back
// (§15.3), and so it does here. The number is demanded, as nothing else makes a
// refund safe to repeat.
func fubeiRefundFields() []fubeiField {
	return fubeiNumbers("trade_no",
		fubeiField{name: "merchant_refund_sn", max: 32, need: true, check: isFubeiNumber},
		fubeiField{name: "refund_money", shape: fubeiMoney, max: 10, mayBeEmpty: true},
		fubeiField{name: "device_no", max: 32},
	)
}

func fubeiRefund2Fields() []fubeiField {
	return fubeiNumbers("ins_order_sn",
		fubeiField{name: "merchant_refund_sn", max: 32, need: true, check: isFubeiNumber},
		fubeiField{name: "refund_amount", shape: fubeiMoney, max: 11, need: true},
		fubeiField{name: "handler", max: 32},
		fubeiField{name: "device_no", max: 32},
	)
}

func fubeiRefundQueryFields() []fubeiField {
	return fubeiNumbers("trade_no", fubeiRefundQuery2Fields()...)
}

func fubeiRefundQuery2Fields() []fubeiField {
	return []fubeiField{
		{name: "refund_sn", max: 32, check: isFubeiNumber},
		{name: "merchant_refund_sn", max: 32, check: isFubeiNumber},
	}
}

// The tables of §13 and the small calls of §4.

func fubeiPaging(more ...fubeiField) []fubeiField {
	return append([]fubeiField{
		{name: "store_id", shape: fubeiEither, max: 10},
		{name: "cashier_id", shape: fubeiEither, max: 10},
		{name: "page", shape: fubeiEither, max: 9},
		{name: "limit", shape: fubeiEither, max: 3},
	}, more...)
}

func fubeiReconciliationFields() []fubeiField {
	return fubeiPaging(
		fubeiField{name: "year", shape: fubeiEither, max: 4, need: true},
		fubeiField{name: "month", shape: fubeiEither, max: 2, need: true},
		fubeiField{name: "day", shape: fubeiEither, max: 2, need: true},
		fubeiField{name: "type", max: 1, check: isFubeiOneOf("1")},
	)
}

func fubeiBillFields() []fubeiField {
	return fubeiPaging(
		fubeiField{name: "start_time", max: 19, need: true, check: isFubeiDateTime},
		fubeiField{name: "end_time", max: 19, need: true, check: isFubeiDateTime},
	)
}

func fubeiDownloadFields() []fubeiField {
	return []fubeiField{{name: "bill_date", max: 10, need: true, check: isFubeiDate}}
}

func fubeiPageFields() []fubeiField { return fubeiPaging()[2:] }

func fubeiCashierFields() []fubeiField { return fubeiPaging() }

func fubeiNoFields() []fubeiField { return nil }

func fubeiHookFields() []fubeiField {
	return []fubeiField{
		{name: "callback_url", max: 256, check: isFubeiURL},
		{name: "refund_callback_url", max: 256, check: isFubeiURL},
		{name: "second_callback_url", max: 256, check: isFubeiURL},
	}
}
