package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// steps is a way through order D1: calls, and what each is answered.
func (ht *hsqTill) steps(steps ...string) {
	ht.t.Helper()
	for i := 0; i < len(steps); i += 2 {
		var a hsqAnswer
		switch call, arg, _ := strings.Cut(steps[i], " "); call {
		case "wait":
			d, err := time.ParseDuration(arg)
			if err != nil {
				ht.t.Fatal(err)
			}
			ht.clock.pass(d)
			i-- // is not answered
			continue
		case "query":
			a = ht.query("D1")
		case "refund":
			a = ht.refund("D1", "R1", "1000")
		case "refundquery":
			a = ht.refundQuery("R1")
		case "pay":
			a = ht.pay("D1", ht.code(arg))
		}
		want := steps[i+1]
		if got := strings.TrimSuffix(hsqBrief(a), " of R1"); got != want {
			ht.t.Fatalf("step %d %s: %s, want %s (%v)", i/2, steps[i], got, want, a)
		}
	}
}

// TestHuishouqianWays walks the rows that need more than a pay.
func TestHuishouqianWays(t *testing.T) {
	const paid, pin, busy, lost = "V SUCCESS 000000", "V PROCESSING 100201", "V refused ", "err"
	back := []string{"wait 60s", "query", paid}
	for digits, way := range map[string][]string{
		"01": {"query", pin, "query", pin, "query", pin, "query", paid},
		"02": {"query", paid},
		"03": {"wait 119s", "query", pin, "wait 1s", "query", "V FAIL 100204"},
		"04": {"wait 59s", "query", pin, "wait 1s", "query", paid, "refund", pin, "refundquery", pin, "wait 5m", "refundquery", paid},
		"07": {"wait 6s", "query", "V FAIL 100207"},
		"08": {"wait 6s", "query", "V FAIL 100203"},
		"09": {"query", "V FAIL 100208", "refund", "V FAIL 200110"},
		"10": {"query", paid, "pay 00", "V FAIL 200003"},
		"11": {"query", "V refused 200004", "query", "V refused 200004", "query", paid},
		"12": {"query", "V refused 200004", "pay 12", lost, "query", "V refused 200004"},
		"13": {"query", "V refused 200004", "pay 00", paid},
		"14": {"wait 39s", "query", "V refused 200004", "wait 1s", "query", paid},
		"18": {"query", lost, "query", lost, "query", lost, "query", paid},
		"19": {"wait 49s", "query", "V refused 200004", "wait 1s", "query", paid},
		"35": {"query", paid + " 1100"},
		"42": {"query", "V refused 200004", "pay 00", paid},
		"43": {"query", "V INIT 100201", "query", pin, "wait 10s", "query", paid},
		"60": {"query", "V MARINATING 100201", "query", "V MARINATING 100201", "wait 10s", "query", paid},
		"66": {"query", paid + " 1001", "query", paid + " 1001"},
		"67": {"query", "SUCCESS 000000", "refund", "PROCESSING 100201"},
		"68": {"query", "SUCCESS 100201", "query", "SUCCESS 100201", "query", pin},
		"70": {"query", "V refused 200012", "query", "V refused 200012", "query", "V refused 200012", "query", "V refused 200012", "query", pin},
		"71": {"wait 149s", "query", pin, "wait 1s", "query", "V FAIL 100204"},
		"72": append(back, "refund", busy, "refund", busy, "refund", pin, "wait 5m", "refundquery", paid),
		"73": append(back, "refund", pin, "wait 5m", "refundquery", "V FAIL 100203"),
		"74": append(back, "refund", lost, "refundquery", pin, "refund", "V FAIL 200003"),
		"75": append(back, "refund", "PROCESSING 100201", "refundquery", pin),
		"76": append(back, "refund", "V FAIL 200117", "refund", "V FAIL 200117"),
		"77": append(back, "refund", busy, "refund", busy, "refund", busy),
		"78": {"wait 6s", "query", "V REVOKED 100207"},
		"79": append(back, "refund", lost, "refund", lost, "refundquery", "V refused 100211", "refund", pin),
		"80": {"refund", pin, "wait 5m", "refundquery", "V FAIL 100203"},
		"81": {"refund", paid, "refundquery", paid},
		"82": {"refund", "V refused 200012", "refundquery", pin},
		"83": {"refund", "V FAIL 100500", "refund", "V FAIL 100500", "refund", pin},
		"84": {"refund", busy, "refundquery", "V refused 100211", "refund", pin},
		"85": {"refund", "V FAIL 200003", "refundquery", pin},
		"86": {"refund", lost, "refundquery", pin},
		"87": {"refund", "V FAIL 200117"},
		"88": {"refund", "V FAIL 200005"},
		"89": {"refund", "PROCESSING 100201", "refundquery", pin},
		"90": {"query", "V FAIL 100200 <nil>", "query", "V FAIL 100200 <nil>", "query", paid},
		"94": {"query", pin, "wait 10s", "query", paid},
		"95": {"query", "V <nil> 100206 <nil>", "query", "V <nil> 100206 <nil>", "query", paid},
		"96": {"query", "V refused 100203", "query", "V refused 100203", "query", paid},
	} {
		t.Run(digits, func(t *testing.T) {
			ht := newHsqTill(t)
			ht.pay("D1", ht.code(digits))
			ht.steps(way...)
		})
	}
}

func TestHuishouqianRefunds(t *testing.T) {
	ht := newHsqTill(t)
	ht.says(ht.pay("D1", ht.code("00")), "SUCCESS", "000000")
	f := ht.refundFields("D1", "R0", "1")
	f["origOrderAmt"] = "999"
	ht.says(ht.call("POLYMERIZE_REFUND", f), "FAIL", "200005")
	a := ht.says(ht.refund("D1", "R1", "400"), "PROCESSING", "100201")
	if a.get("merchantNo") != ht.acct.MchID || a.get("transNo") != "R1" || a.get("orderAmt") != "400" {
		t.Error(a)
	}
	ht.says(ht.refund("D1", "R1", "400"), "FAIL", "200003")
	ht.says(ht.refund("D1", "D1", "1"), "FAIL", "200003")
	ht.says(ht.pay("R1", ht.code("00")), "FAIL", "200003")
	ht.says(ht.refund("D1", "R2", "601"), "FAIL", "100501")
	ht.says(ht.refund("D1", "R2", "600"), "PROCESSING", "100201")
	if o := ht.order("D1"); o.Charged != 1000 || len(o.Refunds) != 2 || o.Refunds[0].Reason != "顾客退货" {
		t.Errorf("%+v", o)
	}
	ht.clock.pass(5 * time.Minute)
	q := ht.says(ht.refundQuery("R2"), "SUCCESS", "000000")
	if q.get("origTransNo") != "D1" || q.get("extend") != "T01" || len(q.get("finishedDate")) != 14 {
		t.Error(q)
	}
	if o := ht.order("D1"); o.Charged != 0 || o.Refunds[1].SucceededAt.IsZero() {
		t.Errorf("%+v", o)
	}
	ht.says(ht.pay("D2", ht.code("00")), "SUCCESS", "000000")
	ht.clock.pass(180*24*time.Hour + time.Second)
	ht.says(ht.refund("D2", "R3", "1"), "FAIL", "200112")
}

// TestHuishouqianCodesOnce: of its wallet, once, and for a minute.
func TestHuishouqianCodesOnce(t *testing.T) {
	ht := newHsqTill(t)
	code := ht.code("00")
	ht.says(ht.pay("D1", code), "SUCCESS", "000000")
	ht.says(ht.pay("D2", code), "FAIL", "100203")
	ht.says(ht.pay("D3", "28123456789012345600"), "FAIL", "100203")
	shown, err := ht.box.Phone().Show("alipay", "")
	if err != nil {
		t.Fatal(err)
	}
	ht.clock.pass(61 * time.Second)
	f := ht.payFields("D4", shown.Code)
	f["payType"] = "ALI_BARCODEPAY"
	ht.says(ht.call("POLYMERIZE_BE_SWEPTN", f), "FAIL", "100203")
	if sum := ht.box.Books().Charged()["CNY"]; sum != 1000 {
		t.Error(sum)
	}
}

// TestHuishouqianPhone: a code that the phone showed waits for its owner.
func TestHuishouqianPhone(t *testing.T) {
	ht := newHsqTill(t)
	phone := ht.box.Phone()
	for no, say := range map[string]func() error{
		"D1": func() error { return phone.Confirm("123456") }, "D2": phone.Reject,
	} {
		shown, err := phone.Show("wechat", "03")
		if err != nil {
			t.Fatal(err)
		}
		ht.says(ht.pay(no, shown.Code), "PROCESSING", "100201")
		if q, asked := phone.Pending(); !asked || q.OutTradeNo != no || q.Currency != "CNY" || q.Amount != 1000 {
			t.Error(q, asked)
		}
		if err := say(); err != nil {
			t.Error(err)
		}
	}
	ht.says(ht.query("D1"), "SUCCESS", "000000")
	ht.says(ht.query("D2"), "FAIL", "100207")
}

// TestHuishouqianLateArrival: what is more than ten minutes on its way is
// refused when it arrives (§8: not_found_after).
func TestHuishouqianLateArrival(t *testing.T) {
	ht := newHsqTill(t, func(c *sandbox.Config) { c.CodeLife = time.Hour })
	late := func(d time.Duration) {
		if _, err := ht.box.Faults().Add(sandbox.Fault{Call: sandbox.Pay, Times: 1, What: sandbox.Late, DelayMS: d.Milliseconds()}); err != nil {
			t.Fatal(err)
		}
	}
	for no, want := range map[string]string{"D1": "V SUCCESS 000000", "D2": "V refused 200004"} {
		late(map[string]time.Duration{"D1": 10*time.Minute - time.Second, "D2": 10 * time.Minute}[no])
		f := ht.payFields(no, ht.code("00"))
		delete(f, "memo")
		if a := ht.call("POLYMERIZE_BE_SWEPTN", f); a.err == nil {
			t.Fatal(a)
		}
		ht.clock.pass(11 * time.Minute)
		if got := strings.TrimSuffix(hsqBrief(ht.query(no)), " of D2"); got != want {
			t.Errorf("%s: %s", no, got)
		}
	}
	// One that arrives after its timeExpire is an order, and failed.
	late(3 * time.Minute)
	ht.pay("D3", ht.code("00"))
	ht.clock.pass(3 * time.Minute)
	ht.says(ht.query("D3"), "FAIL", "100204")
}

// TestHuishouqianClose: there is no such method but where Config names one.
func TestHuishouqianClose(t *testing.T) {
	ht := newHsqTill(t)
	ht.refuses(ht.call("POLYMERIZE_CLOSE", hsqForm{"transNo": "D1", "requestDate": ht.now()}), "200002", "method")
	ht = newHsqTill(t, func(c *sandbox.Config) { c.HuishouqianClose = "POLYMERIZE_CLOSE" })
	end := func(no string) hsqAnswer {
		return ht.call("POLYMERIZE_CLOSE", hsqForm{"transNo": no, "requestDate": ht.now()})
	}
	ht.refuses(end("D1"), "200004", "")
	ht.pay("D1", ht.code("03"))
	for range 2 {
		if a := end("D1"); a.bad != nil || a.get("respCode") != "200017" {
			t.Error(a)
		}
	}
	ht.says(ht.query("D1"), "FAIL", "200114")
	ht.pay("D2", ht.code("00"))
	if a := end("D2"); a.bad != nil || a.get("respCode") != "300401" {
		t.Error(a)
	}
	ht.box.Faults().Add(sandbox.Fault{Call: sandbox.Close, Times: 1, What: sandbox.Answer, Status: 200, Code: "200018", AsResult: true})
	ht.says(end("D2"), "FAIL", "200018")
}

func TestHuishouqianSwitches(t *testing.T) {
	ht := newHsqTill(t)
	f := ht.box.Faults()
	f.PlatformBusy(true)
	if got := hsqBrief(ht.pay("D1", ht.code("00"))); got != "V refused " {
		t.Error(got)
	}
	f.PlatformBusy(false)
	f.AnswerLost(true)
	if a := ht.pay("D2", ht.code("00")); a.err == nil {
		t.Error(a)
	}
	f.AnswerLost(false)
	ht.says(ht.query("D2"), "SUCCESS", "000000")
	f.ClockOffset(11 * time.Minute)
	ht.refuses(ht.pay("D3", ht.code("00")), "200002", "requestDate")
	f.ClockOffset(0)
	f.NetworkDown(true)
	if a := ht.query("D2"); a.err == nil {
		t.Error(a)
	}
	f.NetworkDown(false)
	books := ht.box.Books()
	if of := books.Of("D2"); len(of) != 2 || of[0].Outcome != sandbox.CutAfter || of[1].Call != sandbox.Query {
		t.Errorf("%+v", of)
	}
	if of := books.Of("D3"); len(of) != 1 || of[0].Outcome != sandbox.NotAccepted || of[0].Code != "200002" {
		t.Errorf("%+v", of)
	}
}

// TestHuishouqianMerchants: numbers are each merchant's own.
func TestHuishouqianMerchants(t *testing.T) {
	ht := newHsqTill(t)
	ht.says(ht.pay("D1", ht.code("00")), "SUCCESS", "000000")
	ht.as(1)
	ht.refuses(ht.query("D1"), "200004", "")
	ht.refuses(ht.refund("D1", "R1", "1"), "200004", "")
	ht.says(ht.pay("D1", ht.code("22")), "FAIL", "100500")
	q := ht.says(ht.query("D1"), "FAIL", "100500")
	for _, name := range []string{"tradeNo", "goodsInfo", "requestDate", "extend", "memo", "channelOrderNo", "finishedDate", "payType"} {
		if q.result[name] == nil {
			t.Error("a query without", name)
		}
	}
}
