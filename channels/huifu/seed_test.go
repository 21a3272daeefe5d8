package huifu

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"tillpay/channels"
	"tillpay/channels/channeltest"
)

// seed is every field of the seed's page, 微信小程序支付. It gives no lengths: the
// limits are those of §4 to §9.
func seed() channeltest.Seed {
	return channeltest.Seed{Page: "../../docs/huifu.md", Sent: seedSent, Read: seedRead, Orders: seedOrders, Check: seedCheck, Answer: seedAnswer}
}

var seedSent = []channeltest.SeedField{
	{Name: "sys_id", Limit: "32", From: "every call: setting"},
	{Name: "product_id", Limit: "32", From: "every call: setting"},
	{Name: "huifu_id", Limit: "32", From: "every call: setting"},
	{Name: "trade_type", Limit: "16: `T_MINIAPP`", From: "prepare: the driver; option `T_NATIVE`, `A_NATIVE`, `U_NATIVE` (§5)"},
	{Name: "time_expire", Limit: "14: yyyyMMddHHmmss", From: "prepare: the order's end; pay: `expire_after`"},
	{Name: "wx_data", Limit: "JSON", From: "prepare: payer, and the option; pay: the option"},
	{Name: "wx_data.sub_appid", Limit: "32", From: "prepare: payer, else the setting"},
	{Name: "wx_data.openid", Limit: "128", From: "prepare: payer, alone", Max: 128},
	{Name: "wx_data.sub_openid", Limit: "128", From: "prepare: payer, with `sub_appid`", Max: 128},
	{Name: "notify_url", Limit: "512; http or https, no query, the scheme's port or 8000 to 9005", From: "prepare, pay, refund: setting"},
	{Name: "org_req_date", Limit: "8: yyyyMMdd", From: "refund, query, close: the day of the payment's number"},
	{Name: "org_req_seq_id", Limit: "128", From: "the same: the payment's number"},
	{Name: "org_hf_seq_id", Limit: "128", From: "the same: the platform's, where ours is not known"},
	{Name: "org_party_order_id", Limit: "128", From: "refund: the number on the customer's bill, where neither is known"},
	{Name: "ord_amt", Limit: "14: yuan, two decimals, at most what is left", From: "refund: its amount"},
	{Name: "bill_type", Limit: "32: four kinds by day, two by month", From: "statement: `statement_bill_type`"},
	{Name: "sub_appid", Limit: "32", From: "user id: setting"},
	{Name: "auth_code", Limit: "128", From: "user id, pay: the code"},
}

var seedRead = []channeltest.SeedField{
	{Name: "trans_stat", Limit: "1: `S`, `P`, `I`, `F`", From: "outcome", Other: "F"},
	{Name: "resp_desc", Limit: "256 bytes are kept", From: "reason, message, hint", Other: "数据权限认证失败"},
	{Name: "bank_message", Limit: "256 bytes are kept", From: "reason, message", Other: "余额不足"},
	{Name: "pay_info", Limit: "1024; up to 8 KiB is taken", From: "`pay_params`", Other: `{"package":"prepay_id=wx2"}`},
	{Name: "hf_seq_id", Limit: "128", From: "the platform's number", Other: testHf + "9"},
	{Name: "settlement_amt", Limit: "14: yuan", From: "what the customer paid", Other: "0.02"},
	{Name: "fee_amount", Limit: "256 bytes are kept", From: "detail", Other: "0.02"},
	{Name: "out_trans_id", Limit: "256 bytes are kept", From: "detail", Other: "4200009"},
	{Name: "party_order_id", Limit: "256 bytes are kept", From: "detail", Other: "03212609"},
	{Name: "wx_user_id", Limit: "256 bytes are kept", From: "detail", Other: "20889"},
	{Name: "wx_response", Limit: "4 KiB are kept, without openids", From: "detail", Other: `{"bank_type":"CMB"}`},
	{Name: "acct_stat", Limit: "1: `I`, `P`, `S`, `F`", From: "detail", Other: "F"},
	{Name: "notify_type", Limit: "1: `1`, `2`", From: "callback: tells repetitions apart", Other: "2"},
}

// seedOrders makes the calls of the seed's list, each with all it can say.
func seedOrders(t *testing.T) map[string]string {
	left := map[string]string{}
	keep := func(p *platform) {
		for _, seen := range p.seen {
			_, body, _ := strings.Cut(seen, " {")
			var sent map[string]any
			if err := json.Unmarshal([]byte("{"+body), &sent); err != nil {
				t.Fatal(err)
			}
			channeltest.Fields(left, "", sent["data"])
			delete(sent, "data")
			channeltest.Fields(left, "", sent)
		}
	}
	open := func() (*Channel, *platform) {
		return newChannel(t, always(500, ""), func(c *Config) {
			c.SubAppID, c.NotifyURL, c.ExpireAfter = "wx0000000000000000", "https://shop.example:8443/n", "120s"
		})
	}
	c, p := open()
	prep := testPreparation()
	c.Prepare(context.Background(), prep)
	prep.Payer = given("openid", `"o1"`)
	c.Prepare(context.Background(), prep)
	c.Pay(context.Background(), testPayment())
	for _, o := range []channels.Order{testOrder(), {PlatformID: testHf, Amount: cny(1), SubmittedAt: testTime}, {PlatformID: "032126", Amount: cny(1), SubmittedAt: testTime}} {
		r := testRefund()
		r.Order = o
		c.Refund(context.Background(), r)
	}
	c.Query(context.Background(), testOrder())
	c.QueryRefund(context.Background(), testRefund())
	c.Close(context.Background(), testOrder())
	c.QueryClose(context.Background(), testOrder())
	_, _, _ = c.WeChatUser(context.Background(), channels.NewCode(testCode))
	_, _ = c.Statement(context.Background(), testTime.AddDate(0, 0, -2))
	keep(p)
	for _, path := range []string{c.paths.prepare, c.paths.query, c.paths.refund, c.paths.refundQuery, closePath, closeQueryPath, userMarkPath, statementPath} { // the seed's API list
		if !strings.Contains(strings.Join(p.seen, "\n"), path) {
			t.Errorf("%s was not called", path)
		}
	}
	return left
}

func seedCheck(name, value string) error {
	c := &Channel{cfg: Config{SubAppID: "wx0"}}
	return c.CheckPreparation(given(strings.TrimPrefix(name, "wx_data."), `"`+value+`"`), nil)
}

// seedAnswer is of a prepared order, of a query, or of a callback.
func seedAnswer(t *testing.T, name, value string) any {
	with := func(base map[string]string, pairs ...string) string {
		if value != "" {
			pairs = append(pairs, name, value)
		}
		return dataOf(base, pairs...)
	}
	switch name {
	case "notify_type":
		c, _ := newChannel(t, always(500, ""))
		n, err := c.Notified(context.Background(), nil, []byte(formOf(t, with(ofTestPay, "notify_type", "1", "trans_stat", "S")).Encode()))
		return [2]any{n.ID, err}
	case "trans_stat", "resp_desc", "pay_info", "hf_seq_id":
		base := with(map[string]string{"req_date": "20261122", "req_seq_id": testPreparation().OutTradeNo, "huifu_id": "6666000000000002",
			"hf_seq_id": testHf, "trans_amt": "1.00"}, "trans_stat", "P", "resp_code", "00000100", "resp_desc", "下单成功", "pay_info", payInfo)
		c, _ := newChannel(t, always(200, sealedReply(t, base)))
		r, params := c.Prepare(context.Background(), testPreparation())
		return [2]any{r, string(params)}
	}
	stat := "S"
	if name == "bank_message" {
		stat = "F"
	}
	c, _ := newChannel(t, always(200, sealedReply(t, with(ofTestQuery, "trans_stat", stat, "resp_desc", "查询成功", "bank_message", "交易失败",
		"settlement_amt", "0.01", "fee_amount", "0.01", "out_trans_id", "4200001", "party_order_id", "03212601", "wx_user_id", "20881",
		"wx_response", `{"bank_type":"OTHERS"}`, "acct_stat", "S"))))
	return c.Query(context.Background(), testOrder())
}

func TestSeedFields(t *testing.T) { seed().Run(t) }
