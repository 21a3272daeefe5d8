package sandbox_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels/sandbox"
)

func TestHuifuPay(t *testing.T) {
	tl := newHuifuTill(t)
	for i, path := range []string{"/v2/trade/payment/micropay", "/v3/trade/payment/micropay"} {
		no := tl.number("A")
		a := tl.want(tl.call(path, tl.payData(no, tl.code("00")).with("remark", "T01")), "00000000 S raw")
		for name, want := range map[string]any{"req_seq_id": no, "req_date": "20261124", "huifu_id": tl.acct.HuifuID, "trans_amt": "8.88",
			"trade_type": "T_MICROPAY", "remark": "T01", "end_time": "20261124120000", "fee_amt": "0.00", "acct_stat": "S"} {
			if a.data[name] != want {
				t.Error(path, name, a.data[name])
			}
		}
		// §15.6: a JSON text in replies.
		if text, ok := a.data["wx_response"].(string); !ok || !json.Valid([]byte(text)) {
			t.Error(a)
		}
		q := tl.want(tl.ask(no), "00000000 S raw")
		if q.data["org_req_seq_id"] != no || q.data["org_hf_seq_id"] != a.data["hf_seq_id"] || q.data["req_seq_id"] != nil ||
			!strings.Contains(string(q.body), `"fee_amt":0.00,`) {
			t.Error(q)
		}
		if o := tl.order(no); o.Charged != 888 || o.Currency != "CNY" || o.State != "S" || o.DeviceID != "SPINTP1" || o.Platform != "huifu" || len(tl.box.Books().Orders) != i+1 {
			t.Errorf("%+v", o)
		}
	}
	tl.want(tl.ask("nobody"), "23000001 raw")
}

func TestHuifuV4(t *testing.T) {
	tl := newHuifuTill(t)
	data := tl.own("A1", "trade_type", "T_MICROPAY", "trans_amt", "8.88", "goods_desc", "午餐",
		"method_expand", `{"auth_code":"`+tl.code("00")+`"}`, "terminal_device_data", `{"device_ip":"203.0.113.10","devs_id":"X1"}`)
	const path = "/v4/trade/payment/create"
	for _, bad := range []bag{
		data.with("risk_check_data", `{"ip_addr":"203.0.113.10"}`),
		data.with("terminal_device_data", `{"devs_id":"X1"}`),
		data.with("method_expand", `{"auth_code":"280000000000000000"}`),
		data.with("method_expand", nil),
	} {
		if a := tl.call(path, bad); a.data["resp_code"] != "10000000" && a.data["resp_code"] != "21000000" {
			t.Error(a)
		}
	}
	tl.want(tl.call(path, data), "00000000 S raw")
	ask := bag{"huifu_id": tl.acct.HuifuID, "req_date": tl.today(), "req_seq_id": "A1"}
	q := tl.want(tl.call("/v4/trade/payment/scanpay/query", ask), "00000000 S raw")
	if q.data["req_seq_id"] != "A1" || q.data["org_req_seq_id"] != nil {
		t.Error(q)
	}
	// §6: the wrong prefix is 21000000, which is not "not paid".
	tl.want(tl.call("/v3/trade/payment/scanpay/query", ask), "21000000 raw")
	tl.want(tl.call("/v4/trade/payment/scanpay/query", bag{"huifu_id": tl.acct.HuifuID, "org_req_date": tl.today(), "org_req_seq_id": "A1"}), "21000000 raw")
	mini := tl.own("A2", "trade_type", "T_MINIAPP", "trans_amt", "1.00", "goods_desc", "x", "method_expand", `{"openid":"o1"}`)
	tl.want(tl.call(path, mini), "10000000 raw")
	tl.want(tl.call(path, mini.with("method_expand", `{"sub_appid":"`+tl.acct.SubAppID+`","sub_openid":"o1"}`)), "00000100 P raw")
}

func TestHuifuNumbersOnceADay(t *testing.T) {
	tl := newHuifuTill(t)
	data := tl.payData("A1", tl.code("00"))
	tl.want(tl.call("/v3/trade/payment/micropay", data), "00000000 S raw")
	tl.want(tl.call("/v3/trade/payment/micropay", data), "20000000 raw")
	tl.want(tl.pay("A1", tl.code("00")), "20000000 raw")
	tl.want(tl.refund("A1", "A1", "1.00"), "20000000 raw")
	other := data.with("huifu_id", "6666000000000003", "auth_code", tl.code("00"))
	tl.want(tl.call("/v3/trade/payment/micropay", other), "00000000 S raw")
	tl.clock.pass(24 * time.Hour)
	tl.want(tl.call("/v3/trade/payment/micropay", data), "10000000 raw") // yesterday's date
	tl.want(tl.pay("A1", tl.code("03")), "00000100 P raw")
	// §15.1: the day belongs to the order.
	tl.want(tl.ask("A1"), "00000000 P raw")
	tl.want(tl.call("/v3/trade/payment/scanpay/query", bag{"huifu_id": tl.acct.HuifuID, "org_req_date": "20261124", "org_req_seq_id": "A1"}), "00000000 S raw")
	// A call that is refused for its form has not used its number.
	tl.want(tl.call("/v3/trade/payment/micropay", tl.payData("B1", tl.code("00")).with("trans_amt", "1")), "10000000 raw")
	tl.want(tl.pay("B1", tl.code("00")), "00000000 S raw")
}

func TestHuifuCodes(t *testing.T) {
	tl := newHuifuTill(t)
	for wallet, kind := range map[string]string{"wechat": "T_MICROPAY", "alipay": "A_MICROPAY", "unionpay": "U_MICROPAY"} {
		shown, err := tl.box.Phone().Show(wallet, "")
		if err != nil {
			t.Fatal(err)
		}
		no := tl.number("A")
		if a := tl.want(tl.pay(no, shown.Code), "00000000 S raw"); a.data["trade_type"] != kind {
			t.Error(a)
		}
		again := tl.want(tl.pay(tl.number("A"), shown.Code), "90000000 F raw")
		if !strings.Contains(again.data["resp_desc"].(string), "仅限使用一次") {
			t.Error(again)
		}
	}
	old, _ := tl.box.Phone().Show("alipay", "")
	tl.clock.pass(61 * time.Second)
	if a := tl.want(tl.pay("B1", old.Code), "90000000 F raw"); !strings.Contains(a.data["resp_desc"].(string), "付款码已过期") {
		t.Error(a)
	}
	for _, code := range []string{"160000000000000000", "13000000000000000", "13000000000000000x", "62000000000000000", "900000000000000000"} {
		if a := tl.want(tl.pay("B2", code), "10000000 raw"); !strings.Contains(a.data["resp_desc"].(string), "付款码格式异常") {
			t.Error(a)
		}
	}
	// UnionPay wants to know where the till is.
	tl.want(tl.call("/v3/trade/payment/micropay", tl.payData("B3", "6200000000000000100").with("terminal_device_info", `{"mer_device_type":"07","devs_id":"1"}`)), "10000000 raw")
	// §5: a code that was looked up is spent.
	code := tl.code("00")
	id := tl.want(tl.call("/v2/trade/wxusermark/query", tl.own("U1", "auth_code", code, "sub_appid", tl.acct.SubAppID)), "00000000 raw")
	if id.data["openid"] == nil || id.data["sub_openid"] == nil {
		t.Error(id)
	}
	tl.want(tl.pay("B4", code), "90000000 F raw")
	up := tl.want(tl.call("/v2/trade/payment/usermark2/query", tl.own("U2", "auth_code", "6200000000000000200", "app_up_identifier", "UnionPay/1.0 CloudPay")), "00000000 raw")
	if up.data["user_id"] == nil {
		t.Error(up)
	}
}

func TestHuifuPhone(t *testing.T) {
	tl := newHuifuTill(t)
	phone := tl.box.Phone()
	shown, _ := phone.Show("alipay", "01")
	tl.want(tl.pay("A1", shown.Code), "00000100 P raw")
	for range 5 {
		tl.want(tl.ask("A1"), "00000000 P raw") // the phone decides, not the table
	}
	if q, asked := phone.Pending(); !asked || q.OutTradeNo != "A1" || q.Amount != 888 || q.Currency != "CNY" {
		t.Error(q, asked)
	}
	if err := phone.Confirm("123456"); err != nil {
		t.Fatal(err)
	}
	tl.want(tl.ask("A1"), "00000000 S raw")
	if o, any := phone.Last(); !any || o.OutTradeNo != "A1" || o.Charged != 888 {
		t.Error(o)
	}
	shown, _ = phone.Show("wechat", "03")
	tl.want(tl.pay("A2", shown.Code), "00000100 P raw")
	if err := phone.Reject(); err != nil {
		t.Fatal(err)
	}
	tl.want(tl.ask("A2"), "00000000 F raw")
	if err := phone.Reject(); !errors.Is(err, sandbox.ErrNoQuestion) {
		t.Error(err)
	}
}

func TestHuifuPrepared(t *testing.T) {
	tl := newHuifuTill(t)
	phone := tl.box.Phone()
	a := tl.want(tl.prepare("A1", "oABC"), "00000100 P raw")
	var start map[string]string
	if err := json.Unmarshal([]byte(a.data["pay_info"].(string)), &start); err != nil || len(a.data["pay_info"].(string)) > 1024 {
		t.Fatal(err, a)
	}
	for _, name := range []string{"timeStamp", "nonceStr", "package", "signType", "paySign"} {
		if start[name] == "" {
			t.Error("no", name, start)
		}
	}
	tl.want(tl.ask("A1"), "00000000 P raw")
	if _, asked := phone.Pending(); asked {
		t.Error("asked before the mini program is open")
	}
	if q, err := phone.HuifuOpen("A1"); err != nil || q.OutTradeNo != "A1" {
		t.Fatal(q, err)
	}
	if err := phone.Reject(); err != nil { // leaves it, and comes back
		t.Fatal(err)
	}
	tl.want(tl.ask("A1"), "00000000 P raw")
	if err := phone.HuifuPay("A1"); err != nil {
		t.Fatal(err)
	}
	tl.want(tl.ask("A1"), "00000000 S raw")
	if o := tl.order("A1"); !o.Prepared || o.Charged != 888 {
		t.Errorf("%+v", o)
	}
	if err := phone.HuifuPay("A1"); !errors.Is(err, sandbox.ErrNoPrepared) {
		t.Error(err)
	}
	tl.prepare("A2", "oABC")
	if err := phone.HuifuExpire("A2"); err != nil {
		t.Fatal(err)
	}
	tl.want(tl.ask("A2"), "00000000 F raw")
	// time_expire, and two hours without it.
	tl.want(tl.call("/v3/trade/payment/jspay", tl.miniData("A3", "oABC").with("time_expire", "20261124120500")), "00000100 P raw")
	tl.prepare("A4", "oABC")
	tl.clock.pass(6 * time.Minute)
	tl.want(tl.ask("A3"), "00000000 F raw")
	tl.want(tl.ask("A4"), "00000000 P raw")
	tl.clock.pass(2 * time.Hour)
	tl.want(tl.ask("A4"), "00000000 F raw")
	native := tl.own("A5", "trade_type", "A_NATIVE", "trans_amt", "1.00", "goods_desc", "x")
	if a := tl.want(tl.call("/v2/trade/payment/jspay", native), "00000100 P raw"); !strings.HasPrefix(a.data["qr_code"].(string), "https://qr.alipay.com/") {
		t.Error(a)
	}
	// The payer's digits choose, as a code's do.
	if a := tl.prepare("A6", "oABC10"); a.err == nil {
		t.Error(a)
	}
	tl.want(tl.ask("A6"), "00000000 P raw")
	tl.want(tl.prepare("A7", "oABC05"), "00000100 P raw")
	tl.clock.pass(10 * time.Second)
	tl.want(tl.ask("A7"), "00000000 S raw")
}

func TestHuifuPayer(t *testing.T) {
	tl := newHuifuTill(t)
	for wx, want := range map[string]string{
		`{"openid":"o1"}`: "00000100 P raw",
		`{"sub_appid":"wx0000000000000000","sub_openid":"o1"}`: "00000100 P raw",
		`{"sub_openid":"o1"}`:                               "10000000 raw",
		`{"sub_appid":"wx0000000000000000"}`:                "10000000 raw",
		`{"openid":""}`:                                     "10000000 raw",
		`{"openid":"o1","open_id":"o1"}`:                    "10000000 raw",
		`{"openid":"o1","openid":"o2"}`:                     "10000000 raw",
		`{"sub_appid":"wx1","sub_openid":"o1"}`:             "90000000 raw",
		`{"openid":"o1","promotion_flag":"Y"}`:              "10000000 raw",
		`{"openid":"o1","promotion_flag":"Y","detail":"x"}`: "00000100 P raw",
	} {
		tl.want(tl.call("/v3/trade/payment/jspay", tl.miniData(tl.number("A"), "").with("wx_data", wx)), want)
	}
	tl.want(tl.call("/v3/trade/payment/jspay", tl.miniData(tl.number("A"), "").with("wx_data", nil)), "10000000 raw")
}

func TestHuifuRefund(t *testing.T) {
	tl := newHuifuTill(t)
	paid := tl.pay("A1", tl.code("00"))
	a := tl.want(tl.refund("A1", "R1", "3.00"), "00000100 P raw")
	if a.data["req_seq_id"] != "R1" || a.data["org_req_seq_id"] != "A1" {
		t.Error(a)
	}
	tl.want(tl.refund("A1", "R2", "5.89"), "10000002 raw")
	// By any one of the three numbers.
	by := func(no, name string) huifuAnswer {
		return tl.call("/v2/trade/payment/scanpay/refund", tl.own(no, "ord_amt", "1.00", "org_req_date", tl.today(), name, paid.data[strings.TrimPrefix(name, "org_")]))
	}
	tl.want(by("R3", "org_hf_seq_id"), "00000100 P raw")
	tl.want(by("R4", "org_party_order_id"), "00000100 P raw")
	tl.want(tl.call("/v2/trade/payment/scanpay/refund", tl.own("R5", "ord_amt", "1.00", "org_req_date", tl.today())), "21000000 raw")
	tl.want(tl.call("/v2/trade/payment/scanpay/refund", tl.own("R6", "ord_amt", "1.00", "org_req_date", tl.today(), "org_req_seq_id", "A9", "org_hf_seq_id", paid.data["hf_seq_id"])), "21000000 raw")
	q := tl.want(tl.askRefund("R1"), "00000000 P raw")
	if q.data["org_req_seq_id"] != "R1" || q.data["ord_amt"] != "3.00" {
		t.Error(q)
	}
	// §7: the same names mean the payment in the one call and the refund here.
	tl.want(tl.askRefund("A1"), "23000001 raw")
	tl.clock.pass(5 * time.Minute)
	if q = tl.want(tl.askRefund("R1"), "00000000 S raw"); q.data["actual_ref_amt"] != "3.00" {
		t.Error(q)
	}
	tl.want(tl.call("/v3/trade/payment/scanpay/refundquery", bag{"huifu_id": tl.acct.HuifuID, "org_hf_seq_id": q.data["org_hf_seq_id"]}), "00000000 S raw")
	tl.want(tl.call("/v3/trade/payment/scanpay/refundquery", bag{"huifu_id": tl.acct.HuifuID, "org_req_seq_id": "R1"}), "21000000 raw")
	if o := tl.order("A1"); o.Charged != 388 || len(o.Refunds) != 3 {
		t.Errorf("%+v", o)
	}
	tl.want(tl.ask("A1"), "00000000 S raw") // a refunded payment was paid
	tl.pay("B1", tl.code("03"))
	tl.want(tl.refund("B1", "R7", "1.00"), "10000001 raw")
	tl.pay("C1", tl.code("22"))
	tl.want(tl.refund("C1", "R8", "1.00"), "23000000 raw")
	tl.want(tl.refund("D1", "R9", "1.00"), "23000001 raw")
	tl.clock.pass(361 * 24 * time.Hour)
	tl.want(tl.call("/v3/trade/payment/scanpay/refund", tl.own("R10", "ord_amt", "1.00", "org_req_date", "20261124", "org_req_seq_id", "A1")), "23000000 raw")
}

func TestHuifuClose(t *testing.T) {
	tl := newHuifuTill(t)
	tl.pay("A1", tl.code("03"))
	tl.want(tl.askClose("A1"), "23000001 raw")
	tl.want(tl.close("A1"), "20000001 raw")
	tl.clock.pass(59 * time.Second)
	tl.want(tl.close("A1"), "10000015 raw")
	tl.clock.pass(time.Second)
	a := tl.want(tl.close("A1"), "00000000 S raw")
	if a.data["org_trans_stat"] != "F" || a.data["org_req_seq_id"] != "A1" {
		t.Error(a)
	}
	tl.want(tl.askClose("A1"), "00000000 S raw")
	tl.want(tl.ask("A1"), "00000000 F raw")
	tl.want(tl.close("A1"), "23000000 raw")
	tl.pay("B1", tl.code("00"))
	tl.pay("C1", tl.code("22"))
	tl.pay("D1", "62000000000000001"+"03")
	tl.prepare("E1", "oABC")
	tl.clock.pass(time.Minute)
	tl.want(tl.close("B1"), "10000016 raw")
	tl.want(tl.close("C1"), "23000000 raw")
	tl.want(tl.close("D1"), "23000004 raw")
	tl.want(tl.close("E1"), "00000000 S raw")
	tl.want(tl.close("F1"), "23000001 raw")
	if err := tl.box.Phone().HuifuPay("E1"); !errors.Is(err, sandbox.ErrNoPrepared) {
		t.Error("a closed order was paid", err)
	}
	if o := tl.order("E1"); o.ClosedAt.IsZero() || o.Charged != 0 {
		t.Errorf("%+v", o)
	}
}

func TestHuifuV2TellsOfThePassword(t *testing.T) {
	tl := newHuifuTill(t)
	tl.pay("A1", tl.code("03"))
	ask := bag{"huifu_id": tl.acct.HuifuID, "org_req_date": tl.today(), "org_req_seq_id": "A1"}
	if a := tl.want(tl.call("/v2/trade/payment/scanpay/query", ask), "00000000 P raw"); a.data["password_trade"] != "Y" {
		t.Error(a)
	}
	if a := tl.ask("A1"); a.data["password_trade"] != nil {
		t.Error(a)
	}
}

// TestHuifuInBubble: time alone closes, pays and refunds, without a sleep.
func TestHuifuInBubble(t *testing.T) {
	keys := sandbox.SharedKeys(t)
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Config{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		tl := huifuTillOn(t, box, &clock{now: time.Now()})
		tl.web.Timeout = 10 * time.Second
		start := time.Now()
		if a := tl.pay("A1", tl.code("15")); a.err == nil || time.Since(start) != 10*time.Second { // takes 12 s
			t.Error(a, time.Since(start))
		}
		tl.clock.pass(10 * time.Second)
		tl.want(tl.ask("A1"), "00000000 S raw")
		tl.pay("A2", tl.code("05"))
		time.Sleep(10 * time.Second)
		tl.want(tl.ask("A2"), "00000000 S raw")
	})
}
