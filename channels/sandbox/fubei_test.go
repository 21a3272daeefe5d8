package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tillpay/channels/sandbox"
)

func (ft *fubeiTill) minaBiz(no string) fubeiBiz {
	return fubeiBiz{"merchant_order_sn": no, "sub_openid": "oODbw0Aiss8lP5aPvFq9-_F4H9LA", "total_fee": json.Number("0.10"),
		"store_id": 3239, "cashier_id": 34566, "body": "abcd", "attach": "订单:123456", "call_back_url": "https://shop.example/fubei"}
}

func TestFubeiRefunds(t *testing.T) {
	for _, v2 := range []bool{false, true} {
		ft := newFubeiTill(t).as(sandbox.FubeiMerchant, v2)
		ft.says(ft.pay("F1", ft.code("00")), "SUCCESS")
		first := ft.takes(ft.refund("F1", "R1", "2.30"))
		if (first.get("refund_status") == "") == v2 || first.get("refund_sn") == "" {
			t.Error(first) // 1.0 has numbers only
		}
		if again := ft.takes(ft.refund("F1", "R1", "2.30")); again.get("refund_sn") != first.get("refund_sn") {
			t.Error("not idempotent:", again)
		}
		if a := ft.refund("F1", "R1", "2.31"); a.code != 400 {
			t.Error("another amount:", a)
		}
		if a := ft.refund("F1", "R2", "10.01"); a.code != 400 {
			t.Error("too much:", a)
		}
		if a := ft.takes(ft.refundQuery("F1", "R1")); a.get("refund_status") != "REFUND_PROCESSING" {
			t.Error(a)
		}
		ft.clock.pass(6 * time.Minute)
		if a := ft.takes(ft.refundQuery("F1", "R1")); a.get("refund_status") != "REFUND_SUCCESS" || a.get("refund_money")+a.get("refund_amount") != "2.3" {
			t.Error(a)
		}
		if a := ft.refundQuery("F1", "R9"); a.code != 400 || !strings.Contains(a.text, "不存在") {
			t.Error(a)
		}
		if a := ft.reverse("F1"); a.code != 400 {
			t.Error("reversed after a refund:", a)
		}
		ft.says(ft.query("F1"), "SUCCESS") // there is no word for refunded
		if a := ft.refund("F1", "R3", ""); v2 != (a.code == 9996) {
			t.Error("without an amount:", a) // 1.0: everything that is left
		}
		if v2 {
			ft.takes(ft.refund("F1", "R3", "10"))
		}
		ft.clock.pass(6 * time.Minute)
		if o := ft.order("F1"); o.Charged != 0 || len(o.Refunds) != 2 || o.Refunds[1].Amount != 1000 {
			t.Errorf("%+v", o)
		}
	}
}

func TestFubeiRefundLimits(t *testing.T) {
	ft := newFubeiTill(t)
	ft.says(ft.pay("F1", ft.code("00")), "SUCCESS")
	for i := range 11 {
		if a := ft.refund("F1", fmt.Sprint("R", i), "0.01"); (a.code == 200) != (i < 10) {
			t.Error(i, a)
		}
	}
	if a := ft.takes(ft.call("openapi.payment.refund.statistics", fubeiBiz{"merchant_order_sn": "F1"})); a.get("can_refund") != "12.2" || a.get("refund_num") != "10" {
		t.Error(a)
	}
	ft.says(ft.pay("F2", ft.code("00")), "SUCCESS")
	ft.clock.pass(91 * 24 * time.Hour)
	if a := ft.refund("F2", "S1", "1"); a.code != 400 {
		t.Error("after 90 days:", a)
	}
	two := ft.as(sandbox.FubeiMerchant, true)
	two.says(two.pay("C1", two.code("06")), "SUCCESS")
	if a := two.query("C1"); a.get("is_can_part_refund") != "0" || a.get("buyer_pay_amount") != "11.07" || a.get("total_amount") != "12.3" {
		t.Error(a)
	}
	if a := two.refund("C1", "C1R", "1"); a.code != 400 {
		t.Error("a part of a coupon's order:", a)
	}
	two.takes(two.refund("C1", "C1R", "12.30"))
	if a := two.refund("nobody", "X", "1"); !strings.Contains(a.text, "不存在") {
		t.Error(a)
	}
}

// TestFubeiUndo: what reverse and cancel leave, and when they come too late.
func TestFubeiUndo(t *testing.T) {
	for v2, word := range map[bool]string{false: "REVOKED", true: "CLOSED"} {
		ft := newFubeiTill(t).as(sandbox.FubeiMerchant, v2)
		ft.says(ft.pay("F1", ft.code("00")), "SUCCESS")
		ft.takes(ft.reverse("F1"))
		if o := ft.order("F1"); o.State != "REVOKING" || o.Charged != 1230 {
			t.Errorf("%+v", o)
		}
		if a := ft.refund("F1", "R1", "1"); a.code != 400 {
			t.Error(a)
		}
		ft.clock.pass(3 * time.Second)
		ft.says(ft.query("F1"), "REVOKED")
		if o := ft.order("F1"); o.Charged != 0 || len(o.Refunds) != 1 || !o.Refunds[0].ByRevoke {
			t.Errorf("%+v", o)
		}
		ft.says(ft.pay("F2", ft.code("03")), "USERPAYING")
		ft.takes(ft.reverse("F2"))
		ft.clock.pass(3 * time.Second)
		ft.says(ft.query("F2"), word)
		if a := ft.reverse("nobody"); a.code != 400 || !strings.Contains(a.text, "不存在") {
			t.Error(a)
		}
		if a := ft.close("F2"); a.code != 400 {
			t.Error("a barcode order closed:", a)
		}
		ft.says(ft.pay("F3", ft.code("00")), "SUCCESS")
		ft.clock.pass(13 * time.Hour)
		if a := ft.reverse("F3"); a.code != 400 {
			t.Error("the next day:", a)
		}
	}
}

func TestFubeiPrepared(t *testing.T) {
	ft := newFubeiTill(t)
	a := ft.takes(ft.call("openapi.payment.order.mina", ft.minaBiz("M1")))
	params, _ := a.data["sign_params"].(map[string]any)
	if len(a.get("prepay_id")) != 36 || params["package"] != "prepay_id="+a.get("prepay_id") || params["store_id"] == nil || a.get("user_id") == "" {
		t.Fatal(a)
	}
	phone := ft.box.Phone()
	open := func() error { text, _ := json.Marshal(params); return phone.OpenFubei(text) }
	if _, asked := phone.Pending(); asked {
		t.Error("a question before the mini program is open")
	}
	ft.says(ft.query("M1"), "USERPAYING")
	sign := params["paySign"]
	if params["paySign"] = "x"; !errors.Is(open(), sandbox.ErrFubeiParams) {
		t.Error("opened with a changed parameter")
	}
	params["paySign"] = sign
	for _, decide := range []func() error{phone.Reject, func() error { return phone.Confirm("123456") }} {
		if err := open(); err != nil {
			t.Fatal(err)
		}
		if q, asked := phone.Pending(); !asked || q.OutTradeNo != "M1" || q.Amount != 10 {
			t.Error(q, asked)
		}
		if err := decide(); err != nil {
			t.Error(err)
		}
	}
	if a := ft.says(ft.query("M1"), "SUCCESS"); a.get("total_fee") != "0.1" || a.get("attach") != "订单:123456" {
		t.Error(a)
	}
	if !errors.Is(open(), sandbox.ErrFubeiParams) {
		t.Error("opened a paid order")
	}
	if last, any := phone.Last(); !any || last.OutTradeNo != "M1" || last.Charged != 10 {
		t.Errorf("%+v", last)
	}
	if a := ft.close("M1"); a.code != 400 {
		t.Error("a paid order closed:", a)
	}
	if a := ft.reverse("M1"); a.code != 400 {
		t.Error("a mini program order reversed:", a)
	}
	if a := ft.call("openapi.payment.order.mina", ft.minaBiz("M1")); a.sub != "OUT_TRADE_NO_USED" {
		t.Error(a)
	}
}

func TestFubeiPreparedEnds(t *testing.T) {
	ft := newFubeiTill(t)
	ft.takes(ft.call("openapi.payment.order.mina", ft.minaBiz("M1")))
	ft.takes(ft.close("M1"))
	ft.takes(ft.close("M1"))
	ft.says(ft.query("M1"), "REVOKED")
	ft.takes(ft.call("openapi.payment.order.mina", ft.minaBiz("M2")))
	ft.clock.pass(2 * time.Hour)
	ft.says(ft.query("M2"), "REVOKED")

	two := ft.as(sandbox.FubeiVendor, true)
	create := func(no, kind string) fubeiReply {
		return two.call("fbpay.order.create", fubeiBiz{"merchant_order_sn": no, "total_amount": json.Number("1.00"), "pay_type": kind, "user_id": "2088", "store_id": 3239})
	}
	if a := two.takes(create("A1", "alipay")); a.data["sign_package"] != nil || a.get("prepay_id") == "" {
		t.Error(a)
	} else if err := two.box.Phone().OpenFubei([]byte(`{"prepay_id":"` + a.get("prepay_id") + `"}`)); err != nil {
		t.Error(err)
	}
	if a := two.takes(create("A2", "wxpay")); a.data["sign_package"] == nil {
		t.Error(a)
	}
	two.takes(two.close("A2"))
	two.says(two.query("A2"), "CLOSED")

	stubborn := newFubeiTill(t, func(c *sandbox.Config) {
		c.Fubei = sandbox.FubeiConfig{RefuseClose: true, ParamsAsText: true, PrepayLife: time.Minute}
	})
	a := stubborn.takes(stubborn.call("openapi.payment.order.mina", stubborn.minaBiz("M1")))
	text, isText := a.data["sign_params"].(string)
	quoted, _ := json.Marshal(text)
	if err := stubborn.box.Phone().OpenFubei(quoted); !isText || err != nil {
		t.Error(a, err)
	}
	if a := stubborn.close("M1"); a.code != 400 {
		t.Error(a)
	}
	stubborn.clock.pass(time.Minute)
	stubborn.says(stubborn.query("M1"), "REVOKED")
}

// TestFubeiDiscount: the shop's discount changes what is paid (§5), and a till
// that asks for none is not touched.
func TestFubeiDiscount(t *testing.T) {
	ft := newFubeiTill(t, func(c *sandbox.Config) { c.Fubei.StoreDiscount = true })
	ft.says(ft.pay("F1", ft.code("00")), "SUCCESS")
	b := ft.payBiz("F2", ft.code("00"))
	delete(b, "discount_switch")
	a := ft.says(ft.call("openapi.payment.order.swipe", b), "SUCCESS")
	if a.get("total_fee") != "11.07" || a.get("discount_money") != "1.23" || a.get("order_price") != "" {
		t.Error(a)
	}
	if a := ft.query("F2"); a.get("order_price") != "12.3" {
		t.Error(a)
	}
	if one, two := ft.order("F1"), ft.order("F2"); one.Charged != 1230 || two.Charged != 1107 {
		t.Error(one.Charged, two.Charged)
	}
}

func TestFubeiStatements(t *testing.T) {
	ft := newFubeiTill(t)
	for i, digits := range []string{"00", "22", "06"} {
		ft.pay(fmt.Sprint("F", i), ft.code(digits))
	}
	ft.takes(ft.refund("F0", "R1", "2.30"))
	ft.clock.pass(10 * time.Minute)
	day := fubeiBiz{"year": "2026", "month": "11", "day": "24", "type": "1", "limit": "2"}
	a := ft.takes(ft.call("openapi.payment.order.reconciliation", day))
	day["page"] = 2
	rest := ft.takes(ft.call("openapi.payment.order.reconciliation", day))
	if len(a.list) != 2 || len(rest.list) != 1 {
		t.Fatal(a, rest)
	}
	row := a.list[0].(map[string]any)
	if fmt.Sprintln(row["merchant_order_sn"], row["total_fee"], row["fee"], row["income"], row["pay_status"], row["create_time"]) != "F0 12.3 0.05 12.25 1 2026-11-24 12:00:00\n" {
		t.Error(row)
	}
	delete(day, "type")
	day["page"] = 1
	if a := ft.takes(ft.call("openapi.payment.order.reconciliation", day)); len(a.list) != 2 {
		t.Error("the paid ones:", a)
	}
	for name, bad := range map[string]any{"day": "31", "limit": "101", "page": "0"} {
		wrong := fubeiBiz{"year": 2026, "month": 11, "day": 24}
		if wrong[name] = bad; ft.call("openapi.payment.order.reconciliation", wrong).code != 9996 {
			t.Error(name, bad)
		}
	}
	bill := ft.takes(ft.call("openapi.payment.order.bill", fubeiBiz{"start_time": "2026-11-24 00:00:00", "end_time": "2026-11-24 23:59:59"}))
	if fmt.Sprint(bill.get("summary_num"), bill.get("summary_total_fee"), bill.get("refund_num"), bill.get("refund_money")) != "224.612.3" {
		t.Error(bill)
	}
	vendor := ft.as(sandbox.FubeiVendor, true)
	load := func() fubeiReply {
		return vendor.call("openapi.agent.order.bill.download", fubeiBiz{"bill_date": "2026-11-24"})
	}
	if a := load(); a.code != 12012 {
		t.Error(a)
	}
	ft.clock.pass(25 * time.Hour)
	if a := vendor.takes(load()); a.get("bill_url") == "" {
		t.Error(a)
	}
	if a := ft.takes(ft.call("openapi.payment.store.query", fubeiBiz{})); len(a.list) != 1 {
		t.Error(a)
	}
	inObject := newFubeiTill(t, func(c *sandbox.Config) { c.Fubei.ListInObject = true })
	if a := inObject.takes(inObject.call("openapi.payment.order.reconciliation", fubeiBiz{"year": 2026, "month": 11, "day": 24})); a.data["list"] == nil {
		t.Error(a)
	}
}

// fubeiNotice reads a notification as §12 says.
func fubeiNotice(t *testing.T, req *http.Request, secret string) (data map[string]any, proven bool) {
	t.Helper()
	body, _ := io.ReadAll(req.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil || req.Method != "POST" || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Fatal(err, req)
	}
	fields := map[string]string{}
	for name, values := range form {
		fields[name] = strings.Join(values, "|")
	}
	dec := json.NewDecoder(strings.NewReader(fields["data"]))
	dec.UseNumber()
	if err := dec.Decode(&data); err != nil {
		t.Fatal(err)
	}
	return data, fields["sign"] != "" && fields["sign"] == fubeiSigned(fields, secret)
}

func TestFubeiCallbacks(t *testing.T) {
	ft := newFubeiTill(t)
	b := ft.payBiz("F1", ft.code("05"))
	b["call_back_url"] = "https://shop.example/fubei"
	ft.says(ft.call("openapi.payment.order.swipe", b), "USERPAYING")
	if _, err := ft.box.FubeiCallback("F1", "", ""); !errors.Is(err, sandbox.ErrNoCallback) {
		t.Error("before it is paid:", err)
	}
	ft.clock.pass(10 * time.Second)
	req, err := ft.box.FubeiCallback("F1", "", "")
	if err != nil || req.URL.String() != "https://shop.example/fubei" {
		t.Fatal(err)
	}
	if data, ok := fubeiNotice(t, req, ft.acct.APIKey); !ok || data["trade_state"] != "SUCCESS" || data["merchant_order_sn"] != "F1" {
		t.Error(data, ok)
	}
	for what, proven := range map[sandbox.Kind]bool{sandbox.ForgeSignature: false, sandbox.NoSignature: false, sandbox.DuplicateKeys: false,
		sandbox.WrongAmount: true, sandbox.WrongOrder: true} {
		req, err := ft.box.FubeiCallback("F1", "", what)
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := fubeiNotice(t, req, ft.acct.APIKey); ok != proven || (what == sandbox.WrongOrder) != (data["merchant_order_sn"] != "F1") {
			t.Error(what, data, ok)
		}
	}
	vendor := ft.as(sandbox.FubeiVendor, true)
	vendor.says(vendor.pay("V1", vendor.code("00")), "SUCCESS")
	vendor.takes(vendor.call("fbpay.pay.callback.config", fubeiBiz{"callback_url": "https://shop.example/p", "refund_callback_url": "https://shop.example/r"}))
	req, err = ft.box.FubeiCallback("V1", "", "")
	if err != nil || req.URL.Path != "/p" {
		t.Fatal(err)
	}
	if data, ok := fubeiNotice(t, req, vendor.acct.APIKey); !ok || fmt.Sprint(data["uid"]) != "3000001" || data["order_status"] != "SUCCESS" {
		t.Error(data, ok)
	}
	vendor.takes(vendor.refund("V1", "R1", "12.30"))
	if _, err := ft.box.FubeiRefundCallback("R1", "", ""); !errors.Is(err, sandbox.ErrNoCallback) {
		t.Error("before it is over:", err)
	}
	ft.clock.pass(6 * time.Minute)
	req, err = ft.box.FubeiRefundCallback("R1", "", "")
	if err != nil || req.URL.Path != "/r" {
		t.Fatal(err)
	}
	if data, ok := fubeiNotice(t, req, vendor.acct.APIKey); !ok || data["refund_status"] != "REFUND_SUCCESS" || fmt.Sprint(data["refund_amount"]) != "12.3" {
		t.Error(data, ok)
	}
}

// shop answers notifications with each text in turn.
type shop struct{ says []string }

func (s *shop) RoundTrip(*http.Request) (*http.Response, error) {
	text := s.says[0]
	s.says = s.says[1:]
	if text == "" {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(text))}, nil
}

func TestFubeiDelivery(t *testing.T) {
	ft := newFubeiTill(t)
	ft.says(ft.pay("F1", ft.code("00")), "SUCCESS")
	build := func() (*http.Request, error) { return ft.box.FubeiCallback("F1", "https://shop.example/n", "") }
	for _, c := range []struct {
		says  []string
		tries int
		ok    bool
	}{
		{[]string{"success"}, 1, true}, {[]string{"fail", "", "SUCCESS"}, 3, true}, {[]string{"fail", "a", "b", "c", "d"}, 5, false},
	} {
		if tries, err := ft.box.DeliverFubei(t.Context(), &shop{c.says}, build); tries != c.tries || (err == nil) != c.ok {
			t.Error(c.says, tries, err)
		}
	}
}

// TestFubeiClock is the bubble's: the wait is real, and takes no time.
func TestFubeiClock(t *testing.T) {
	keys := sandbox.SharedKeys(t)
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Config{Keys: keys})
		if err != nil {
			t.Fatal(err)
		}
		ft := (&fubeiTill{t: t, box: box, web: &http.Client{Transport: box.Transport()}}).as(sandbox.FubeiMerchant, false)
		begun := time.Now()
		ft.says(ft.pay("F1", ft.code("15")), "SUCCESS")
		if took := time.Since(begun); took != 12*time.Second {
			t.Error(took)
		}
		ft.takes(ft.reverse("F1"))
		time.Sleep(3 * time.Second)
		ft.says(ft.query("F1"), "REVOKED")
	})
}

func TestFubeiSwitches(t *testing.T) {
	ft := newFubeiTill(t)
	ft.box.Faults().PlatformBusy(true)
	if a := ft.pay("F1", ft.code("00")); a.code != 9999 || len(ft.box.Books().Orders) != 0 {
		t.Error(a)
	}
	ft.box.Faults().Clear()
	ft.box.Faults().AnswerLost(true)
	if a := ft.pay("F2", ft.code("00")); a.err == nil || ft.order("F2").Charged != 1230 {
		t.Error(a)
	}
	ft.box.Faults().Clear()
	for _, call := range []sandbox.Call{sandbox.Prepare, sandbox.Close} {
		if _, err := ft.box.Faults().Add(sandbox.Fault{Call: call, What: sandbox.DropAfter, Times: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if a := ft.call("openapi.payment.order.mina", ft.minaBiz("M1")); a.err == nil {
		t.Error(a)
	}
	if a := ft.close("M1"); a.err == nil || ft.order("M1").State != "REVOKED" {
		t.Error(a)
	}
	ft.box.Faults().NetworkDown(true)
	if a := ft.query("F2"); a.err == nil {
		t.Error(a)
	}
}

func TestFubeiPhone(t *testing.T) {
	ft := newFubeiTill(t)
	for wallet, kind := range map[string]int{"wechat": 1, "alipay": 2, "unionpay": 5} {
		shown, err := ft.box.Phone().Show(wallet, "01")
		if err != nil {
			t.Fatal(err)
		}
		b := ft.payBiz("P"+wallet, shown.Code)
		b["type"] = kind
		ft.says(ft.call("openapi.payment.order.swipe", b), "USERPAYING")
		for range 5 {
			ft.says(ft.query("P"+wallet), "USERPAYING") // the phone decides
		}
		if err := ft.box.Phone().Confirm("123456"); err != nil {
			t.Error(err)
		}
		ft.says(ft.query("P"+wallet), "SUCCESS")
	}
	shown, _ := ft.box.Phone().Show("wechat", "01")
	ft.says(ft.pay("N1", shown.Code), "USERPAYING")
	if err := ft.box.Phone().Reject(); err != nil {
		t.Error(err)
	}
	ft.says(ft.query("N1"), "REVOKED")
}

func TestFubeiTillChannel(t *testing.T) {
	ft := newFubeiTill(t)
	text := ft.box.TillChannel("fubei", "https://127.0.0.1:8443")
	var cfg struct{ Channel []map[string]any }
	if err := toml.Unmarshal([]byte(text), &cfg); err != nil || len(cfg.Channel) != 1 {
		t.Fatal(err, text)
	}
	c, files := cfg.Channel[0], ft.box.TillFiles("fubei")
	if c["driver"] != "fubei" || c["endpoint"] != "https://127.0.0.1:8443/gateway" || c["app_id"] != ft.acct.AppID || c["store_id"] != int64(3239) {
		t.Error(c)
	}
	if got := files[fmt.Sprint(c["app_secret_file"])]; !bytes.Equal(got, []byte(ft.acct.APIKey+"\n")) || len(ft.acct.APIKey) != 32 {
		t.Error(files)
	}
}
