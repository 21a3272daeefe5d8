package sandbox_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// TestEveryCode pays once with every code of the table, waits until all is
// quiet, and holds the books against the row.
func TestEveryCode(t *testing.T) {
	for _, v := range []struct {
		digits string
		pay    string // "err", or the status, then V if its proof holds, then trade_state or code
		state  string // in the books a minute later; empty: no order
		paid   int64
	}{
		{"00", "200 V SUCCESS", "SUCCESS", 888},
		{"01", "200 V USERPAYING", "CLOSED", 0}, // nobody queries
		{"02", "202 V USERPAYING", "CLOSED", 0},
		{"03", "200 V USERPAYING", "CLOSED", 0},
		{"04", "200 V USERPAYING", "CLOSED", 0},
		{"05", "200 V USERPAYING", "SUCCESS", 888},
		{"06", "200 V SUCCESS", "SUCCESS", 888},
		{"07", "200 V USERPAYING", "CLOSED", 0},
		{"08", "200 V USERPAYING", "PAYERROR", 0},
		{"09", "200 V PAYERROR", "PAYERROR", 0},
		{"10", "err", "SUCCESS", 888},
		{"11", "err", "SUCCESS", 888},
		{"12", "err", "", 0},
		{"13", "err", "", 0},
		{"14", "err", "SUCCESS", 888},
		{"15", "200 V SUCCESS", "SUCCESS", 888},
		{"16", "err", "SUCCESS", 888},
		{"17", "err", "SUCCESS", 888},
		{"18", "err", "SUCCESS", 888},
		{"19", "err", "SUCCESS", 888},
		{"20", "400 V AUTH_CODE_INVALID", "", 0},
		{"21", "403 V AUTH_CODE_EXPIRE", "", 0},
		{"22", "403 V NOT_ENOUGH", "CLOSED", 0},
		{"23", "403 V TRADE_ERROR", "PAYERROR", 0},
		{"24", "400 V AUTH_CODE_ERROR", "", 0},
		{"25", "403 V RULE_LIMIT", "CLOSED", 0},
		{"26", "403 V ACCOUNT_ERROR", "CLOSED", 0},
		{"27", "403 V USER_ACCOUNT_ABNORMAL", "CLOSED", 0},
		{"28", "403 V NOT_SUPPORT_CARD", "CLOSED", 0},
		{"29", "403 V BUYER_MISMATCH", "CLOSED", 0},
		{"30", "403 V NO_AUTH", "", 0},
		{"31", "403 V REQUEST_BLOCKED", "", 0},
		{"32", "403 NOT_ENOUGH", "", 0},
		{"33", "403 NOT_ENOUGH", "SUCCESS", 888},
		{"34", "403 V OUT_TRADE_NO_USED", "SUCCESS", 888},
		{"35", "403 V OUT_TRADE_NO_USED", "SUCCESS", 988},
		{"36", "400 V ORDER_PAID", "SUCCESS", 888},
		{"37", "403 V MOON_PHASE_WRONG", "", 0},
		{"38", "400 V MOON_PHASE_WRONG", "SUCCESS", 888},
		{"39", "403 NOT_ENOUGH", "SUCCESS", 888},
		{"40", "500 SYSTEM_ERROR", "", 0},
		{"41", "500 SYSTEM_ERROR", "SUCCESS", 888},
		{"42", "500 SYSTEM_ERROR", "", 0},
		{"43", "500 BANK_ERROR", "SUCCESS", 888},
		{"44", "502 <nil>", "SUCCESS", 888},
		{"45", "503 SERVICE_UNAVAILABLE", "", 0},
		{"46", "429 V FREQUENCY_LIMITED", "", 0},
		{"47", "429 <nil>", "", 0},
		{"48", "401 V SIGN_ERROR", "", 0},
		{"49", "202 V <nil>", "SUCCESS", 888},
		{"50", "200 SUCCESS", "SUCCESS", 888},
		{"51", "200 SUCCESS", "SUCCESS", 888},
		{"52", "200 SUCCESS", "SUCCESS", 888},
		{"53", "200 SUCCESS", "SUCCESS", 888},
		{"54", "200 SUCCESS", "SUCCESS", 888}, // ten minutes old, as there is no older answer
		{"55", "200 V SUCCESS", "SUCCESS", 888},
		{"56", "200 V SUCCESS", "SUCCESS", 888},
		{"57", "200 V SUCCESS", "SUCCESS", 888},
		{"58", "200 V SUCCESS", "SUCCESS", 888},
		{"59", "200 V SUCCESS", "SUCCESS", 888},
		{"60", "200 V MARINATING", "SUCCESS", 888},
		{"61", "200 V SUCCESS", "SUCCESS", 888},
		{"62", "200 V SUCCESS", "SUCCESS", 888},
		{"63", "200 SUCCESS", "SUCCESS", 888},
		{"64", "200 V SUCCESS", "SUCCESS", 888},
		{"65", "200 SUCCESS", "SUCCESS", 888},
		{"66", "200 V SUCCESS", "SUCCESS", 888},
		{"67", "200 SUCCESS", "SUCCESS", 888},
		{"68", "200 V USERPAYING", "CLOSED", 0},
		{"70", "200 V USERPAYING", "CLOSED", 0},
		{"71", "200 V USERPAYING", "CLOSED", 0},
		{"72", "200 V USERPAYING", "CLOSED", 0},
		{"73", "200 V USERPAYING", "CLOSED", 0},
		{"74", "200 V USERPAYING", "CLOSED", 0},
		{"75", "200 V USERPAYING", "CLOSED", 0},
		{"76", "200 V USERPAYING", "CLOSED", 0},
		{"77", "200 V USERPAYING", "CLOSED", 0},
		{"78", "200 V USERPAYING", "CLOSED", 0},
		{"79", "200 V USERPAYING", "CLOSED", 0},
		{"80", "200 V SUCCESS", "SUCCESS", 888},
		{"81", "200 V SUCCESS", "SUCCESS", 888},
		{"82", "200 V SUCCESS", "SUCCESS", 888},
		{"83", "200 V SUCCESS", "SUCCESS", 888},
		{"84", "200 V SUCCESS", "SUCCESS", 888},
		{"85", "200 V SUCCESS", "SUCCESS", 888},
		{"86", "200 V SUCCESS", "SUCCESS", 888},
		{"87", "200 V SUCCESS", "SUCCESS", 888},
		{"88", "200 V SUCCESS", "SUCCESS", 888},
		{"89", "200 V SUCCESS", "SUCCESS", 888},
		{"95", "200 V SUCCESS", "SUCCESS", 888}, // in no row
	} {
		t.Run(v.digits, func(t *testing.T) {
			tl := newTill(t, sandbox.Institution)
			if got := brief(tl.pay("A1", tl.code(v.digits))); got != v.pay {
				t.Errorf("pay: %s, want %s", got, v.pay)
			}
			tl.clock.pass(time.Minute)
			o, booked := tl.box.Books().Order("A1")
			if o.State != v.state || o.Charged != v.paid || booked != (v.state != "") {
				t.Errorf("books: %s %d, want %s %d", o.State, o.Charged, v.state, v.paid)
			}
		})
	}
	digits := map[string]bool{}
	for _, b := range sandbox.Behaviours() {
		if digits[b.Digits] || len(b.Digits) != 2 || b.Name == "" || b.Says == "" {
			t.Errorf("row %+v", b)
		}
		digits[b.Digits] = true
	}
}

func brief(a answer) string {
	if a.err != nil {
		return "err"
	}
	s := fmt.Sprint(a.status, " ")
	if a.verified {
		s += "V "
	}
	if state := a.get("trade_state"); state != nil {
		return s + fmt.Sprint(state)
	}
	return s + fmt.Sprint(a.get("code"))
}

func TestAsksForPIN(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	tl.says(tl.pay("A1", tl.code("01")), "USERPAYING")
	for _, want := range []string{"USERPAYING", "USERPAYING", "USERPAYING", "SUCCESS", "SUCCESS"} {
		tl.clock.pass(5 * time.Second)
		tl.says(tl.query("A1"), want)
	}
	tl.pay("A2", tl.code("02"))
	tl.says(tl.query("A2"), "SUCCESS")
	tl.pay("A3", tl.code("07"))
	tl.clock.pass(10 * time.Second)
	tl.says(tl.query("A3"), "NOTPAY")
}

func TestLag(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	tl.pay("A1", tl.code("11"))
	tl.refuses(tl.query("A1"), 404, "ORDER_NOT_EXIST")
	tl.refuses(tl.query("A1"), 404, "ORDER_NOT_EXIST")
	tl.says(tl.query("A1"), "SUCCESS")
}

func TestLateArrival(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	tl.pay("A1", tl.code("14"))
	tl.clock.pass(35 * time.Second)
	tl.refuses(tl.query("A1"), 404, "ORDER_NOT_EXIST")
	if a := tl.revoke("A1"); a.status != 204 {
		t.Fatal(a)
	}
	tl.clock.pass(10 * time.Second)
	tl.says(tl.query("A1"), "SUCCESS")
	if o := tl.order("A1"); o.PaidAt != noon.Add(40*time.Second) {
		t.Errorf("%+v", o)
	}
	of := tl.box.Books().Of("A1")
	outcomes := []sandbox.Outcome{}
	for _, r := range of {
		outcomes = append(outcomes, r.Outcome)
	}
	if !slices.Equal(outcomes, []sandbox.Outcome{sandbox.ArrivesLater, sandbox.Answered, sandbox.Answered, sandbox.ArrivedLate, sandbox.Answered}) {
		t.Error(outcomes)
	}
}

func TestRevokeCodes(t *testing.T) {
	for _, v := range []struct {
		digits  string
		revokes string // the answers, in order
		state   string // of a query after each
		charged int64  // in the end
	}{
		{"04", "204 V", "REFUND", 0},
		{"70", "202 V USERPAYING,400 V USERPAYING,204 V", "USERPAYING,USERPAYING,REVOKED", 0},
		{"71", "500 SYSTEM_ERROR,500 SYSTEM_ERROR,500 SYSTEM_ERROR,204 V", "SUCCESS,SUCCESS,SUCCESS,REFUND", 0},
		{"72", "400 V INVALID_REQUEST", "SUCCESS", 888},
		{"73", "204 V,204 V", "SUCCESS,SUCCESS", 888},
		{"74", "err,204 V", "REVOKED,REVOKED", 0},
		{"75", "204,204 V", "REVOKED,REVOKED", 0},
		{"76", "400 V ORDER_PAID,400 V ORDER_PAID", "SUCCESS,SUCCESS", 888},
		{"77", "500 SYSTEM_ERROR,500 SYSTEM_ERROR", "SUCCESS,SUCCESS", 888},
		{"78", "204 V", "REVOKED", 0},
		{"79", "err,err,204 V", "USERPAYING,USERPAYING,REVOKED", 0},
	} {
		t.Run(v.digits, func(t *testing.T) {
			tl := newTill(t, sandbox.Institution)
			tl.says(tl.pay("A1", tl.code(v.digits)), "USERPAYING")
			tl.clock.pass(30 * time.Second)
			states := strings.Split(v.state, ",")
			for i, want := range strings.Split(v.revokes, ",") {
				got := strings.TrimSuffix(strings.TrimSuffix(brief(tl.revoke("A1")), "<nil>"), " ")
				if got != want {
					t.Errorf("revoke %d: %s, want %s", i, got, want)
				}
				tl.says(tl.query("A1"), states[i])
			}
			if o := tl.order("A1"); o.Charged != v.charged {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestSlowRevoke(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	tl.pay("A1", tl.code("73"))
	tl.clock.pass(30 * time.Second)
	tl.revoke("A1")
	tl.clock.pass(19 * time.Second)
	tl.says(tl.query("A1"), "SUCCESS")
	tl.clock.pass(time.Second)
	tl.says(tl.query("A1"), "REFUND")
	if o := tl.order("A1"); o.Charged != 0 {
		t.Errorf("%+v", o)
	}
}

func TestRefundCodes(t *testing.T) {
	for _, v := range []struct{ digits, answers, status string }{
		{"80", "200 V", "ABNORMAL"},
		{"81", "200 V", "REFUNDCLOSE"},
		{"82", "429 V FREQUENCY_LIMITED,200 V", "SUCCESS"},
		{"83", "403 V NOT_ENOUGH,403 V NOT_ENOUGH,200 V", "SUCCESS"},
		{"84", "500 SYSTEM_ERROR,200 V", "SUCCESS"},
		{"85", "500 BIZERR_NEED_RETRY,200 V", "SUCCESS"},
		{"86", "err,200 V", "SUCCESS"},
		{"87", "403 V USER_ACCOUNT_ABNORMAL", ""},
		{"88", "403 V TRADE_OVERDUE", ""},
		{"89", "200,200 V", "SUCCESS"},
	} {
		t.Run(v.digits, func(t *testing.T) {
			tl := newTill(t, sandbox.Institution)
			tl.says(tl.pay("A1", tl.code(v.digits)), "SUCCESS")
			for i, want := range strings.Split(v.answers, ",") {
				got := strings.TrimSuffix(brief(tl.refund("A1", "R1", 88, 888)), " <nil>")
				if got != want {
					t.Errorf("refund %d: %s, want %s", i, got, want)
				}
			}
			tl.clock.pass(5 * time.Minute)
			if a := tl.refundQuery("R1"); v.status != "" && a.get("status") != v.status {
				t.Error(a)
			} else if v.status == "" {
				tl.refuses(a, 404, "RESOURCE_NOT_EXISTS")
			}
			want := int64(888)
			if v.status == "SUCCESS" {
				want = 800
			}
			if o := tl.order("A1"); o.Charged != want {
				t.Errorf("%+v", o)
			}
		})
	}
	tl := newTill(t, sandbox.Institution)
	tl.pay("A1", tl.code("82"))
	tl.refund("A1", "R1", 88, 888)
	if a := tl.refundQuery("R1"); a.get("status") != "PROCESSING" {
		t.Error("the refund answered 429 is not booked:", a)
	}
}

func TestFalseAnswers(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	for digits, differs := range map[string]func(answer) bool{
		"52": func(a answer) bool {
			return strings.HasPrefix(a.header.Get("Wechatpay-Signature"), "WECHATPAY/SIGNTEST/")
		},
		"55": func(a answer) bool { return a.get("amount.total") == 889.0 },
		"56": func(a answer) bool { return a.get("amount.currency") == "USD" },
		"57": func(a answer) bool { return a.get("sub_mchid") == "20000101" },
		"58": func(a answer) bool { return a.get("out_trade_no") == "N582" || a.get("out_trade_no") == "N581" },
		"59": func(a answer) bool { return len(a.body) > 1<<20 },
		"62": func(a answer) bool { return strings.Count(string(a.body), `"trade_state"`) == 2 },
		"06": func(a answer) bool { return len(a.get("promotion_detail").([]any)) == 1 },
	} {
		if a := tl.pay("N"+digits+"1", tl.code(digits)); !differs(a) {
			t.Error(digits, a.header, string(a.body[:min(len(a.body), 600)]))
		}
	}
	replayed := tl.pay("N54", tl.code("54"))
	if replayed.get("out_trade_no") == "N54" || !replayed.verified {
		t.Error("not another order's answer:", replayed)
	}
	tl.pay("N68", tl.code("68"))
	if a := tl.query("N68"); a.get("trade_state") != "SUCCESS" || a.verified {
		t.Error(a)
	}
}

func TestFaults(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	faults := tl.box.Faults()
	add := func(f sandbox.Fault) int {
		t.Helper()
		id, err := faults.Add(f)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	add(sandbox.Fault{Call: sandbox.Query, OutTradeNo: "A1", Skip: 1, Times: 2, What: sandbox.Answer, Status: 500, Code: "SYSTEM_ERROR"})
	tl.says(tl.pay("A1", tl.code("00")), "SUCCESS")
	tl.says(tl.pay("A2", tl.code("00")), "SUCCESS")
	for i, want := range []string{"200 V SUCCESS", "500 SYSTEM_ERROR", "500 SYSTEM_ERROR", "200 V SUCCESS"} {
		if got := brief(tl.query("A1")); got != want {
			t.Errorf("query %d: %s, want %s", i, got, want)
		}
		tl.says(tl.query("A2"), "SUCCESS")
	}
	if n := len(faults.List()); n != 0 {
		t.Error(n, "faults are left")
	}
	id := add(sandbox.Fault{Call: sandbox.AnyCall, What: sandbox.DropBefore})
	if a := tl.query("A1"); a.err == nil || !strings.Contains(a.err.Error(), io.ErrUnexpectedEOF.Error()) {
		t.Error(a)
	}
	if !faults.Remove(id) || faults.Remove(id) {
		t.Error("remove")
	}
	add(sandbox.Fault{Call: sandbox.Pay, What: sandbox.Slow, DelayMS: 5000})
	start := tl.clock.Now()
	tl.says(tl.pay("A3", tl.code("00")), "SUCCESS")
	if took := tl.clock.Now().Sub(start); took != 5*time.Second {
		t.Error("took", took)
	}
	faults.Clear()
	for _, bad := range []sandbox.Fault{
		{}, {Call: "x", What: sandbox.Reset}, {Call: sandbox.Pay, What: "x"}, {Call: sandbox.Pay, What: sandbox.Answer},
		{Call: sandbox.Pay, What: sandbox.Slow}, {Call: sandbox.Pay, What: sandbox.Reset, Times: -1},
	} {
		if _, err := faults.Add(bad); err == nil {
			t.Errorf("took %+v", bad)
		}
	}
}

func TestSwitches(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	faults := tl.box.Faults()
	faults.NetworkDown(true)
	if a := tl.pay("A1", tl.code("00")); a.err == nil || !strings.Contains(a.err.Error(), "dial tcp: connection refused") {
		t.Error(a)
	}
	if n := len(tl.box.Books().Requests); n != 0 {
		t.Error(n, "requests crossed a dead network")
	}
	faults.NetworkDown(false)
	faults.PlatformBusy(true)
	tl.refuses(tl.pay("A1", tl.code("00")), 500, "SYSTEM_ERROR")
	faults.PlatformBusy(false)
	faults.AnswerLost(true)
	if a := tl.pay("A2", tl.code("00")); a.err == nil {
		t.Error(a)
	}
	faults.AnswerLost(false)
	tl.says(tl.query("A2"), "SUCCESS")
	if b := tl.box.Books(); len(b.Orders) != 1 || b.Orders[0].Charged != 888 {
		t.Errorf("%+v", b.Orders)
	}
}

func TestPhone(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	phone := tl.box.Phone()
	show := func(digits string) string {
		t.Helper()
		code, err := phone.Show("wechat", digits)
		if err != nil {
			t.Fatal(err)
		}
		return code.Code
	}
	if err := phone.Confirm("123456"); err != sandbox.ErrNoQuestion {
		t.Error(err)
	}
	tl.says(tl.pay("A1", show("01")), "USERPAYING")
	for range 6 { // the phone decides, not the count
		tl.says(tl.query("A1"), "USERPAYING")
	}
	q, asked := phone.Pending()
	if !asked || q.OutTradeNo != "A1" || q.Amount != 888 || q.Currency != "HKD" || q.Description != "奶茶" || q.AskedAt != noon {
		t.Error(q, asked)
	}
	if err := phone.Confirm("12345"); err != sandbox.ErrPIN {
		t.Error(err)
	}
	if err := phone.Confirm("123456"); err != nil {
		t.Fatal(err)
	}
	tl.says(tl.query("A1"), "SUCCESS")
	if last, ok := phone.Last(); !ok || last.OutTradeNo != "A1" || last.State != "SUCCESS" {
		t.Error(last)
	}
	tl.says(tl.pay("A2", show("01")), "USERPAYING")
	if err := phone.Reject(); err != nil {
		t.Fatal(err)
	}
	tl.says(tl.query("A2"), "NOTPAY")
	tl.says(tl.pay("A3", show("")), "SUCCESS")
	tl.pay("A4", show("02"))
	tl.says(tl.query("A4"), "USERPAYING")
	tl.clock.pass(45 * time.Second)
	tl.says(tl.query("A4"), "CLOSED")
	if _, asked := phone.Pending(); asked {
		t.Error("a closed order still asks")
	}
	if _, err := phone.Show("wechat", "1"); err == nil {
		t.Error("one digit")
	}
	if _, err := phone.Show("cash", ""); err == nil {
		t.Error("cash")
	}
}

func TestRefundCallback(t *testing.T) {
	tl := newTill(t, sandbox.Institution)
	tl.pay("A1", tl.code("00"))
	tl.refund("A1", "R1", 88, 888)
	const url = "https://till.example/v1/notify/wechat"
	if _, err := tl.box.RefundCallback("R1", url, ""); err == nil {
		t.Error("a callback before the end")
	}
	tl.clock.pass(5 * time.Minute)
	for what, holds := range map[sandbox.Kind]bool{"": true, sandbox.ForgeSignature: false, sandbox.StaleTimestamp: false, sandbox.NoSignature: false, sandbox.SignTest: false} {
		req, err := tl.box.RefundCallback("R1", url, what)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(req.Body)
		a := answer{header: req.Header, body: body}
		if tl.verify(a, body) != holds || a.get("event_type") != "REFUND.SUCCESS" || a.get("resource.associated_data") != "refund" {
			t.Errorf("%q: %s", what, body)
		}
	}
}
