package sandbox_test

import (
	"fmt"
	"testing"
	"time"
)

func TestDepositHeldAndConsumed(t *testing.T) {
	dt := newDepositTill(t)
	paid := dt.takes(dt.pay("D1", dt.code("00")))
	if paid.doc["out_trade_no"] != "D1" || paid.doc["total_fee"] != "1000" || paid.doc["trade_type"] != "MICROPAY" ||
		paid.doc["time_end"] != "20261124120000" || paid.doc["attach"] != "room <7> & bath" || paid.doc["sub_mch_id"] != dt.acct.SubMchID {
		t.Error(paid)
	}
	held := dt.query("D1")
	dt.says(held, "SUCCESS")
	if _, consumed := held.doc["consume_fee"]; consumed {
		t.Error("held, and consumed:", held)
	}
	if o := dt.order("D1"); o.Charged != 1000 || o.HeldUntil != noon.Add(30*24*time.Hour) || o.Consumed != 0 {
		t.Errorf("%+v", o)
	}
	dt.refuses(dt.consume("D1", 0), "INVALID_REQUEST")
	dt.refuses(dt.consume("D1", 1001), "INVALID_REQUEST")
	dt.refuses(dt.about("consume", "D1", depositForm{"total_fee": "999", "consume_fee": "1", "fee_type": "CNY"}), "INVALID_REQUEST")
	dt.refuses(dt.refund("D1", "R0", 1), "INVALID_REQUEST")
	if a := dt.takes(dt.consume("D1", 300)); a.doc["consume_fee"] != "300" || a.doc["transaction_id"] != paid.doc["transaction_id"] {
		t.Error(a)
	}
	dt.takes(dt.consume("D1", 300)) // the same again
	dt.refuses(dt.consume("D1", 301), "INVALID_REQUEST")
	dt.clock.pass(time.Minute)
	dt.refuses(dt.reverse("D1"), "INVALID_REQUEST")
	after := dt.query("D1")
	dt.says(after, "SUCCESS")
	o := dt.order("D1")
	if after.doc["consume_fee"] != "300" || o.Charged != 300 || o.Consumed != 300 || !o.HeldUntil.IsZero() || len(o.Refunds) != 1 || !o.Refunds[0].ByRevoke {
		t.Errorf("%v %+v", after, o)
	}
}

func TestDepositRefundAfterConsume(t *testing.T) {
	dt := newDepositTill(t)
	dt.takes(dt.pay("D1", dt.code("00")))
	dt.takes(dt.consume("D1", 300))
	dt.refuses(dt.refund("D1", "R1", 301), "INVALID_REQUEST") // B-6
	if a := dt.takes(dt.refund("D1", "R1", 100)); a.doc["refund_fee"] != "100" || a.doc["total_fee"] != "1000" || a.doc["refund_id"] == "" {
		t.Error(a)
	}
	dt.takes(dt.refund("D1", "R1", 100)) // the same number is the same refund
	dt.refuses(dt.refund("D1", "R1", 99), "INVALID_REQUEST")
	dt.refuses(dt.refund("D1", "R2", 201), "INVALID_REQUEST")
	if a := dt.takes(dt.refundQuery("R1")); a.doc["refund_status"] != "PROCESSING" || a.doc["refund_fee"] != "100" {
		t.Error(a)
	}
	dt.takes(dt.refund("D1", "R2", 200))
	dt.clock.pass(6 * time.Minute)
	if a := dt.takes(dt.refundQuery("R1")); a.doc["refund_status"] != "SUCCESS" {
		t.Error(a)
	}
	all := dt.takes(dt.about("refundquery", "D1", nil))
	if all.doc["refund_count"] != "2" || all.doc["refund_fee_1"] != "200" || all.doc["refund_status_0"] != "SUCCESS" {
		t.Error(all)
	}
	dt.refuses(dt.about("refundquery", "D1", depositForm{"offset": "2"}), "REFUNDNOTEXIST")
	dt.refuses(dt.refundQuery("R9"), "REFUNDNOTEXIST")
	last := dt.query("D1")
	if dt.says(last, "REFUND"); last.doc["consume_fee"] != "300" || dt.order("D1").Charged != 0 {
		t.Error(last, dt.order("D1"))
	}
	dt.clock.pass(366 * 24 * time.Hour)
	dt.takes(dt.pay("D2", dt.code("00")))
	dt.takes(dt.consume("D2", 1000))
	dt.clock.pass(366 * 24 * time.Hour)
	dt.refuses(dt.refund("D2", "R3", 1), "TRADE_OVERDUE")
}

func TestDepositManyRefunds(t *testing.T) {
	dt := newDepositTill(t)
	dt.takes(dt.pay("D1", dt.code("00")))
	dt.takes(dt.consume("D1", 1000))
	for i := range 50 {
		dt.takes(dt.refund("D1", fmt.Sprintf("R%d", i), 1))
	}
	dt.refuses(dt.refund("D1", "R50", 1), "INVALID_REQUEST")
	page := dt.takes(dt.about("refundquery", "D1", depositForm{"offset": "45"}))
	if page.doc["total_refund_count"] != "50" || page.doc["refund_count"] != "5" || page.doc["out_refund_no_0"] != "R45" {
		t.Error(page)
	}
}

func TestDepositReversed(t *testing.T) {
	dt := newDepositTill(t)
	dt.takes(dt.pay("D1", dt.code("00")))
	dt.refuses(dt.reverse("D1"), "INVALID_REQUEST") // within 15 s
	dt.clock.pass(15 * time.Second)
	for range 2 {
		if a := dt.takes(dt.reverse("D1")); a.doc["recall"] != "N" {
			t.Error(a)
		}
	}
	dt.says(dt.query("D1"), "REFUND")
	dt.refuses(dt.consume("D1", 300), "INVALID_REQUEST")
	dt.takes(dt.reverse("nobody-knows")) // §10.2: SUCCESS proves nothing
	dt.refuses(dt.query("nobody-knows"), "ORDERNOTEXIST")
	dt.refuses(dt.consume("nobody-knows", 300), "ORDERNOTEXIST")
	o := dt.order("D1")
	if o.Charged != 0 || len(o.Refunds) != 1 || !o.Refunds[0].ByRevoke {
		t.Errorf("%+v", o)
	}
}

func TestDepositGoesBackByItself(t *testing.T) {
	dt := newDepositTill(t)
	dt.takes(dt.pay("D1", dt.code("00")))
	dt.takes(dt.pay("D2", dt.code("00")))
	dt.clock.pass(30*24*time.Hour - time.Second)
	dt.says(dt.query("D1"), "SUCCESS")
	dt.takes(dt.consume("D2", 1))
	dt.clock.pass(time.Second)
	a := dt.query("D1")
	dt.says(a, "REFUND")
	if o := dt.order("D1"); a.doc["consume_fee"] != "" || o.Charged != 0 || o.Refunds[0].SucceededAt != noon.Add(30*24*time.Hour) {
		t.Errorf("%v %+v", a, o)
	}
	dt.refuses(dt.consume("D1", 300), "INVALID_REQUEST")
	dt.takes(dt.reverse("D1"))
	if o := dt.order("D2"); o.Charged != 1 {
		t.Errorf("%+v", o)
	}
}

func TestDepositPayAgain(t *testing.T) {
	dt := newDepositTill(t)
	code := dt.code("00")
	dt.takes(dt.pay("D1", code))
	dt.refuses(dt.pay("D1", code), "ORDERPAID")
	dt.refuses(dt.call("/deposit/micropay", dt.payFields("D1", code, 1001)), "OUT_TRADE_NO_USED")
	dt.refuses(dt.pay("D2", code), "AUTH_CODE_INVALID")
	pin := dt.code("03")
	dt.refuses(dt.pay("D3", pin), "USERPAYING")
	dt.refuses(dt.pay("D3", pin), "USERPAYING")
	dt.refuses(dt.call("/deposit/micropay", dt.payFields("D3", pin, 1001)), "INVALID_REQUEST")
	dt.refuses(dt.pay("D3", dt.code("00")), "AUTH_CODE_INVALID")
	dt.clock.pass(20 * time.Second)
	dt.takes(dt.reverse("D3"))
	dt.says(dt.query("D3"), "REVOKED")
	dt.refuses(dt.pay("D3", pin), "ORDERREVERSED")
	dt.refuses(dt.call("/deposit/unifiedorder", dt.appFields("D1", nil)), "OUT_TRADE_NO_USED")
	for _, bad := range []string{"280000000000000000", "160000000000000000", "13000000000000000", "1300000000000000000", "13000000000000000x"} {
		dt.refuses(dt.pay("E1", bad), "AUTH_CODE_INVALID")
	}
	shown, err := dt.box.Phone().Show("wechat", "")
	if err != nil {
		t.Fatal(err)
	}
	dt.clock.pass(61 * time.Second)
	dt.refuses(dt.pay("E2", shown.Code), "AUTHCODEEXPIRE")
	if sum := dt.box.Books().Charged()["CNY"]; sum != 1000 {
		t.Error("charged", sum)
	}
}

func TestDepositPhone(t *testing.T) {
	dt := newDepositTill(t)
	phone := dt.box.Phone()
	for no, decide := range map[string]func() error{
		"SUCCESS": func() error { return phone.Confirm("000000") }, "NOTPAY": phone.Reject,
	} {
		shown, err := phone.Show("wechat", "01")
		if err != nil {
			t.Fatal(err)
		}
		dt.refuses(dt.pay(no, shown.Code), "USERPAYING")
		for range 5 {
			dt.says(dt.query(no), "USERPAYING") // the phone decides, not the table
		}
		if q, asked := phone.Pending(); !asked || q.OutTradeNo != no || q.Amount != 1000 || q.Currency != "CNY" {
			t.Error(q, asked)
		}
		if err := decide(); err != nil {
			t.Error(err)
		}
		if _, asked := phone.Pending(); asked {
			t.Error("asked twice")
		}
		dt.says(dt.query(no), no)
		if last, any := phone.Last(); !any || last.OutTradeNo != no {
			t.Error(last)
		}
		dt.clock.pass(time.Second)
	}
}

// TestDepositOfAnotherProvider: the numbers of one are nothing to the other.
func TestDepositOfAnotherProvider(t *testing.T) {
	dt := newDepositTill(t)
	dt.takes(dt.pay("D1", dt.code("00")))
	id := dt.order("D1").ID
	for _, a := range dt.box.Accounts() {
		if a.Platform == "wechat-deposit" {
			dt.acct = a // the second, at last
		}
	}
	dt.refuses(dt.query("D1"), "ORDERNOTEXIST")
	dt.refuses(dt.about("consume", "-", depositForm{"transaction_id": id, "total_fee": "1000", "consume_fee": "1", "fee_type": "CNY"}), "ORDERNOTEXIST")
	dt.takes(dt.about("reverse", "-", depositForm{"transaction_id": id}))
	dt.takes(dt.pay("D1", dt.code("00"))) // a number is a merchant's own
	if sum := dt.box.Books().Charged()["CNY"]; sum != 2000 {
		t.Error("charged", sum)
	}
}
