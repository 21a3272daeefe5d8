package sandbox

import "slices"

// huifuOwnFields begin every call that has a number of its own (§4).
func huifuOwnFields(more ...huifuField) []huifuField {
	return append([]huifuField{
		{"req_date", 8, true, huifuDateForm},
		{"req_seq_id", 128, true, huifuNumberForm},
		{"huifu_id", 32, true, huifuNumberForm},
	}, more...)
}

// huifuTradeFields are what both ways to pay have (§4); the JSON texts that a
// till never sends are held to being JSON.
func huifuTradeFields(version int) []huifuField {
	desc, notify := 127, 512
	if version == 4 {
		desc, notify = 128, 504
	}
	return []huifuField{
		{"trans_amt", 14, true, huifuAmountForm},
		{"goods_desc", desc, true, nil},
		{"time_expire", 14, false, huifuStampForm},
		{"notify_url", notify, false, huifuURLForm},
		{"remark", 255, false, nil},
		{"limit_pay_type", 128, false, nil},
		{"channel_no", 32, false, nil},
		{"pay_scene", 2, false, huifuOneOf("01", "02", "03", "04", "05", "06", "07", "08", "09", "10")},
	}
}

func huifuOldFields(version int) []huifuField {
	fields := []huifuField{
		{"fee_flag", 1, false, huifuOneOf("1", "2")},
		{"delay_acct_flag", 1, false, huifuOneOf("Y", "N")},
		{"acct_id", 9, false, huifuNumberForm},
		{"acct_split_bunch", 2048, false, huifuJSONForm},
		{"combinedpay_data", 2048, false, huifuJSONForm},
		{"term_div_coupon_type", 1, false, huifuOneOf("1", "2", "3")},
		{"trans_fee_allowance_info", 2048, false, huifuJSONForm},
	}
	if version == 3 {
		fields = append(fields,
			huifuField{"combinedpay_data_fee_info", 2048, false, huifuJSONForm},
			huifuField{"fee_sign", 512, false, nil})
	}
	return fields
}

// huifuMicropayFields is §4.
func huifuMicropayFields(version int) []huifuField {
	return slices.Concat(huifuOwnFields(), huifuTradeFields(version), huifuOldFields(version), []huifuField{
		{"auth_code", 128, true, nil},
		{"risk_check_data", 2048, true, huifuRiskForm},
		{"terminal_device_info", 2048, false, huifuTerminalForm("mer_device_type", "devs_id")},
		{"wx_data", 4096, false, huifuObjectForm(huifuWechatKeys())},
		{"alipay_data", 4096, false, huifuObjectForm(huifuAlipayKeys())},
		{"unionpay_data", 4096, false, huifuObjectForm(huifuUnionPayKeys())},
	})
}

// huifuJspayFields is §5 and A. The terminal has another name here than in §4.
func huifuJspayFields(version int) []huifuField {
	return slices.Concat(huifuOwnFields(), huifuTradeFields(version), huifuOldFields(version), []huifuField{
		{"trade_type", 16, true, huifuOneOf("T_MINIAPP", "T_JSAPI", "T_APP", "T_NATIVE", "T_H5",
			"A_JSAPI", "A_NATIVE", "U_JSAPI", "U_NATIVE", "D_NATIVE")},
		{"risk_check_data", 2048, false, huifuRiskForm},
		{"terminal_device_data", 2048, false, huifuTerminalForm()},
		{"wx_data", 4096, false, huifuObjectForm(append(huifuWechatKeys(), huifuWechatPayerKeys()...))},
		{"alipay_data", 4096, false, huifuObjectForm(append(huifuAlipayKeys(), "buyer_id", "buyer_logon_id"))},
		{"unionpay_data", 4096, false, huifuObjectForm(append(huifuUnionPayKeys(), "user_id", "qr_code", "customer_ip"))},
	})
}

// huifuCreateFields is V4 of §5: no risk_check_data, and the wallet's object
// under one name.
func huifuCreateFields() []huifuField {
	return slices.Concat(huifuOwnFields(), huifuTradeFields(4), []huifuField{
		{"trade_type", 16, true, huifuOneOf("T_MICROPAY", "A_MICROPAY", "U_MICROPAY",
			"T_MINIAPP", "T_JSAPI", "T_APP", "A_JSAPI", "U_JSAPI", "A_NATIVE", "U_NATIVE")},
		{"method_expand", 4096, false, huifuObjectForm(slices.Concat([]string{"auth_code"}, huifuWechatKeys(), huifuWechatPayerKeys(),
			huifuAlipayKeys(), []string{"buyer_id", "buyer_logon_id"}, huifuUnionPayKeys(), []string{"user_id", "qr_code", "customer_ip"}))},
		{"terminal_device_data", 2048, false, huifuTerminalForm()},
	})
}

func huifuWechatKeys() []string {
	return []string{"sub_appid", "device_info", "goods_tag", "attach", "detail", "scene_info", "promotion_flag",
		"spbill_create_ip", "receipt"}
}

func huifuWechatPayerKeys() []string {
	return []string{"openid", "sub_openid", "body", "identity", "product_id", "limit_payer"}
}

func huifuAlipayKeys() []string {
	return []string{"alipay_store_id", "store_id", "operator_id", "goods_detail", "extend_params", "ext_user_info",
		"body", "ali_promo_params", "ali_business_params"}
}

func huifuUnionPayKeys() []string {
	return []string{"currency_code", "invoice_st", "mer_cat_code", "pnr_ins_id_cd", "specfeeinfo", "term_id", "addn_data", "pid_info"}
}

// huifuQueryFields is §6. V4 drops the prefix.
func huifuQueryFields(version int) []huifuField {
	prefix := "org_"
	if version == 4 {
		prefix = ""
	}
	return []huifuField{
		{"huifu_id", 32, true, huifuNumberForm},
		{prefix + "req_date", 8, false, huifuDateForm},
		{prefix + "req_seq_id", 128, false, huifuNumberForm},
		{prefix + "hf_seq_id", 128, false, huifuNumberForm},
		{"out_ord_id", 128, false, huifuNumberForm},
	}
}

// huifuRefundFields is §7: the org_ numbers are the payment's.
func huifuRefundFields() []huifuField {
	return huifuOwnFields(
		huifuField{"ord_amt", 14, true, huifuAmountForm},
		huifuField{"org_req_date", 8, true, huifuDateForm},
		huifuField{"org_req_seq_id", 128, false, huifuNumberForm},
		huifuField{"org_hf_seq_id", 128, false, huifuNumberForm},
		huifuField{"org_party_order_id", 64, false, huifuNumberForm},
		huifuField{"remark", 84, false, nil},
		huifuField{"notify_url", 512, false, huifuURLForm},
		huifuField{"terminal_device_data", 2048, false, huifuTerminalForm()},
		huifuField{"risk_check_data", 2048, false, huifuRiskForm},
		huifuField{"acct_split_bunch", 2048, false, huifuJSONForm},
	)
}

// huifuRefundQueryFields is §7: here the org_ numbers are the refund's.
func huifuRefundQueryFields() []huifuField {
	return []huifuField{
		{"huifu_id", 32, true, huifuNumberForm},
		{"org_req_date", 8, false, huifuDateForm},
		{"org_req_seq_id", 128, false, huifuNumberForm},
		{"org_hf_seq_id", 128, false, huifuNumberForm},
		{"mer_ord_id", 128, false, huifuNumberForm},
	}
}

// huifuCloseFields is §8, of the close and of its query.
func huifuCloseFields() []huifuField {
	return huifuOwnFields(
		huifuField{"org_req_date", 8, true, huifuDateForm},
		huifuField{"org_req_seq_id", 128, false, huifuNumberForm},
		huifuField{"org_hf_seq_id", 128, false, huifuNumberForm},
	)
}

// huifuStatementFields is §13.
func huifuStatementFields() []huifuField {
	return huifuOwnFields(
		huifuField{"file_date", 8, true, huifuDateForm},
		huifuField{"bill_type", 32, true, huifuOneOf("SETTLE_BILL", "SPLIT_BILL", "WITHDRAWAL_BILL", "TRADE_BILL", "SETTLE_BILL_MONTH", "TRADE_BILL_MONTH")},
	)
}

// huifuWechatIDFields is §5's user-id query.
func huifuWechatIDFields() []huifuField {
	return huifuOwnFields(
		huifuField{"auth_code", 128, true, nil},
		huifuField{"sub_appid", 32, false, huifuNumberForm},
		huifuField{"channel_no", 32, false, nil},
		huifuField{"pay_scene", 2, false, nil},
	)
}

// huifuUnionPayIDFields is the last row of §1.
func huifuUnionPayIDFields() []huifuField {
	return huifuOwnFields(
		huifuField{"auth_code", 128, true, nil},
		huifuField{"app_up_identifier", 64, true, nil},
	)
}
