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

// depositUnifiedFields is the seed's table, and openid and sub_openid of the JSAPI page
// (§6). product_id is in the table though its trade type is not offered.
func depositUnifiedFields() []depositField {
	return depositIdentity(
		depositField{name: "device_info", max: 32},
		depositField{name: "body", max: 127, need: true},
		depositField{name: "detail", max: 6000},
		depositField{name: "attach", max: 127},
		depositField{name: "out_trade_no", max: 32, need: true, check: isDepositOrderNo},
		depositField{name: "fee_type", max: 16, check: isDepositCNY},
		depositField{name: "total_fee", max: 18, need: true, check: isDepositMoney},
		depositField{name: "spbill_create_ip", max: 64, need: true, check: isDepositIP},
		depositField{name: "time_start", max: 14, check: isDepositTime},
		depositField{name: "time_expire", max: 14, check: isDepositTime},
		depositField{name: "notify_url", max: 256, need: true, check: isDepositNotifyURL},
		depositField{name: "trade_type", max: 16, need: true, check: isDepositOneOf("APP", "JSAPI")},
		depositField{name: "product_id", max: 32},
		depositField{name: "limit_pay", max: 32, check: isDepositOneOf("no_credit")},
		depositField{name: "openid", max: 128},
		depositField{name: "sub_openid", max: 128},
		depositField{name: "receipt", max: 8, check: isDepositOneOf("Y")},
		depositField{name: "scene_info", max: 256, check: isDepositScene},
	)
}

// depositMicropayFields is §8. version and profit_sharing, of one transcription alone,
// are not in it.
func depositMicropayFields() []depositField {
	return depositIdentity(
		depositField{name: "deposit", max: 1, need: true, check: isDepositOneOf("Y")},
		depositField{name: "device_info", max: 32},
		depositField{name: "body", max: 128, need: true},
		depositField{name: "detail", max: 6000, check: isDepositJSON},
		depositField{name: "attach", max: 127},
		depositField{name: "out_trade_no", max: 32, need: true, check: isDepositOrderNo},
		depositField{name: "total_fee", max: 18, need: true, check: isDepositMoney},
		depositField{name: "fee_type", max: 16, need: true, check: isDepositCNY},
		depositField{name: "spbill_create_ip", max: 16, need: true, check: isDepositIPv4},
		depositField{name: "goods_tag", max: 32},
		depositField{name: "limit_pay", max: 32, check: isDepositOneOf("no_credit")},
		depositField{name: "time_start", max: 14, check: isDepositTime},
		depositField{name: "time_expire", max: 14, check: isDepositTime},
		depositField{name: "receipt", max: 8, check: isDepositOneOf("Y")},
		depositField{name: "auth_code", max: 128, need: true},
		depositField{name: "scene_info", max: 256, check: isDepositScene},
	)
}

// depositNumbers are the two ways to name an order.
func depositNumbers(more ...depositField) []depositField {
	return depositIdentity(append([]depositField{
		{name: "transaction_id", max: 32, check: isDepositNumber("", 32)},
		{name: "out_trade_no", max: 32, check: isDepositOrderNo},
	}, more...)...)
}

// depositQueryFields is §9.
func depositQueryFields() []depositField {
	return depositNumbers(depositField{name: "version", max: 32, check: isDepositOneOf("1.0")})
}

// depositReverseFields is §10.2.
func depositReverseFields() []depositField { return depositNumbers() }

// depositConsumeFields is §10.1. Zero has the form of an amount, and is refused by rule.
func depositConsumeFields() []depositField {
	return depositNumbers(
		depositField{name: "total_fee", max: 18, need: true, check: isDepositMoney},
		depositField{name: "consume_fee", max: 18, need: true, check: isDepositInteger},
		depositField{name: "fee_type", max: 16, need: true, check: isDepositCNY},
	)
}

// depositRefundFields is §10.3.
func depositRefundFields() []depositField {
	return depositIdentity(
		depositField{name: "transaction_id", max: 32, need: true, check: isDepositNumber("", 32)},
		depositField{name: "out_trade_no", max: 32, check: isDepositOrderNo},
		depositField{name: "out_refund_no", max: 64, need: true, check: isDepositNumber(refundMarks, 64)},
		depositField{name: "total_fee", max: 18, need: true, check: isDepositMoney},
		depositField{name: "refund_fee", max: 18, need: true, check: isDepositMoney},
		depositField{name: "refund_fee_type", max: 8, check: isDepositCNY},
		depositField{name: "refund_desc", max: 70},
		depositField{name: "refund_account", max: 30, check: isDepositOneOf("REFUND_SOURCE_UNSETTLED_FUNDS", "REFUND_SOURCE_RECHARGE_FUNDS")},
		depositField{name: "notify_url", max: 256, check: isDepositNotifyURL},
	)
}

// depositRefundQueryFields is §10.4.
func depositRefundQueryFields() []depositField {
	return depositNumbers(
		depositField{name: "out_refund_no", max: 64, check: isDepositNumber(refundMarks, 64)},
		depositField{name: "refund_id", max: 32, check: isDepositNumber("", 32)},
		depositField{name: "offset", max: 9, check: isDepositInteger},
	)
}

// checkDeposit holds a request against its table: first what must be there,
// then each element for what it is.
func checkDeposit(doc depositDoc, table []depositField) *depositRefusal {
	for _, f := range table {
		if f.need && !doc.has(f.name) {
			return refuseDeposit("LACK_PARAMS", "缺少参数: "+f.name)
		}
	}
	for _, e := range doc {
		f, known := findDepositField(table, e.name)
		switch {
		case !known:
			return refuseDepositForm(e.name, "not a parameter of this call")
		case e.value == "":
			return refuseDepositForm(e.name, "empty; leave the element out")
		case len(e.value) > f.max:
			return refuseDepositForm(e.name, "too long")
		}
		if f.check == nil {
			continue
		}
		if issue := f.check(e.value); issue != "" {
			return refuseDepositForm(e.name, issue)
		}
	}
	return nil
}

func findDepositField(table []depositField, name string) (depositField, bool) {
	for _, f := range table {
		if f.name == name {
			return f, true
		}
	}
	return depositField{}, false
}
