package sandbox

// depositField is one row of a request table: what may stand in a document, and
// must. Lengths are bytes: §14.13 has 127 bytes for a body, and a till that
// counts characters finds out here and not in a shop.
type depositField struct {
	name  string
	max   int
	need  bool
	check func(value string) (issue string)
}

// depositIdentity is in every call. sign_type is needed where HMAC alone is
// taken, which the signature's check says in better words; sub_mch_id is "always
// send" where the tables leave it open (§8, §9).
func depositIdentity(more ...depositField) []depositField {
	return append([]depositField{
		{name: "appid", max: 32, need: true},
		{name: "mch_id", max: 32, need: true},
		{name: "sub_appid", max: 32},
		{name: "sub_mch_id", max: 32, need: true},
		{name: "nonce_str", max: 32, need: true},
		{name: "sign", max: 64, need: true},
		{name: "sign_type", max: 32},
	}, more...)
}

// unifiedFields is the seed's table, and openid and sub_openid of the JSAPI page
// (§6). product_id is in the table though its trade type is not offered.
func unifiedFields() []depositField {
	return depositIdentity(
		depositField{name: "device_info", max: 32},
		depositField{name: "body", max: 127, need: true},
		depositField{name: "detail", max: 6000},
		depositField{name: "attach", max: 127},
		depositField{name: "out_trade_no", max: 32, need: true, check: isOrderNo},
		depositField{name: "fee_type", max: 16, check: isCNY},
		depositField{name: "total_fee", max: 18, need: true, check: isMoney},
		depositField{name: "spbill_create_ip", max: 64, need: true, check: isIP},
		depositField{name: "time_start", max: 14, check: isTime},
		depositField{name: "time_expire", max: 14, check: isTime},
		depositField{name: "notify_url", max: 256, need: true, check: isNotifyURL},
		depositField{name: "trade_type", max: 16, need: true, check: isOneOf("APP", "JSAPI")},
		depositField{name: "product_id", max: 32},
		depositField{name: "limit_pay", max: 32, check: isOneOf("no_credit")},
		depositField{name: "openid", max: 128},
		depositField{name: "sub_openid", max: 128},
		depositField{name: "receipt", max: 8, check: isOneOf("Y")},
		depositField{name: "scene_info", max: 256, check: isScene},
	)
}

// micropayFields is §8. version and profit_sharing, of one transcription alone,
// are not in it.
func micropayFields() []depositField {
	return depositIdentity(
		depositField{name: "deposit", max: 1, need: true, check: isOneOf("Y")},
		depositField{name: "device_info", max: 32},
		depositField{name: "body", max: 128, need: true},
		depositField{name: "detail", max: 6000, check: isJSON},
		depositField{name: "attach", max: 127},
		depositField{name: "out_trade_no", max: 32, need: true, check: isOrderNo},
		depositField{name: "total_fee", max: 18, need: true, check: isMoney},
		depositField{name: "fee_type", max: 16, need: true, check: isCNY},
		depositField{name: "spbill_create_ip", max: 16, need: true, check: isIPv4},
		depositField{name: "goods_tag", max: 32},
		depositField{name: "limit_pay", max: 32, check: isOneOf("no_credit")},
		depositField{name: "time_start", max: 14, check: isTime},
		depositField{name: "time_expire", max: 14, check: isTime},
		depositField{name: "receipt", max: 8, check: isOneOf("Y")},
		depositField{name: "auth_code", max: 128, need: true},
		depositField{name: "scene_info", max: 256, check: isScene},
	)
}

// depositNumbers are the two ways to name an order.
func depositNumbers(more ...depositField) []depositField {
	return depositIdentity(append([]depositField{
		{name: "transaction_id", max: 32, check: isDepositNumber("", 32)},
		{name: "out_trade_no", max: 32, check: isOrderNo},
	}, more...)...)
}

// orderqueryFields is §9.
func orderqueryFields() []depositField {
	return depositNumbers(depositField{name: "version", max: 32, check: isOneOf("1.0")})
}

// reverseFields is §10.2.
func reverseFields() []depositField { return depositNumbers() }

// consumeFields is §10.1. Zero has the form of an amount, and is refused by rule.
func consumeFields() []depositField {
	return depositNumbers(
		depositField{name: "total_fee", max: 18, need: true, check: isMoney},
		depositField{name: "consume_fee", max: 18, need: true, check: isInteger},
		depositField{name: "fee_type", max: 16, need: true, check: isCNY},
	)
}

// depositRefundFields is §10.3.
func depositRefundFields() []depositField {
	return depositIdentity(
		depositField{name: "transaction_id", max: 32, need: true, check: isDepositNumber("", 32)},
		depositField{name: "out_trade_no", max: 32, check: isOrderNo},
		depositField{name: "out_refund_no", max: 64, need: true, check: isDepositNumber(refundMarks, 64)},
		depositField{name: "total_fee", max: 18, need: true, check: isMoney},
		depositField{name: "refund_fee", max: 18, need: true, check: isMoney},
		depositField{name: "refund_fee_type", max: 8, check: isCNY},
		depositField{name: "refund_desc", max: 70},
		depositField{name: "refund_account", max: 30, check: isOneOf("REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS")},
		depositField{name: "notify_url", max: 256, check: isNotifyURL},
	)
}

// depositRefundqueryFields is §10.4.
func depositRefundqueryFields() []depositField {
	return depositNumbers(
		depositField{name: "out_refund_no", max: 64, check: isDepositNumber(refundMarks, 64)},
		depositField{name: "refund_id", max: 32, check: isDepositNumber("", 32)},
		depositField{name: "offset", max: 9, check: isInteger},
	)
}

// checkDocument holds a request against its table: first what must be there,
// then each element for what it is.
func checkDocument(doc document, table []depositField) *depositRefusal {
	for _, f := range table {
		if f.need && !doc.has(f.name) {
			return refuseDeposit("LACK_PARAMS", "缺少参数: "+f.name)
		}
	}
	for _, e := range doc {
		f, known := findField(table, e.name)
		switch {
		case !known:
			return refuseForm(e.name, "not a parameter of this call")
		case e.value == "":
			return refuseForm(e.name, "empty; leave the element out")
		case len(e.value) > f.max:
			return refuseForm(e.name, "too long")
		}
		if f.check == nil {
			continue
		}
		if issue := f.check(e.value); issue != "" {
			return refuseForm(e.name, issue)
		}
	}
	return nil
}

func findField(table []depositField, name string) (depositField, bool) {
	for _, f := range table {
		if f.name == name {
			return f, true
		}
	}
	return depositField{}, false
}
