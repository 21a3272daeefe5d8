package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// TestDepositEveryCode pays once with every code of the table, waits until all
// is quiet, and holds the books against the row.
func TestDepositEveryCode(t *testing.T) {
	const ok, pin = "V SUCCESS", "V USERPAYING"
	rows := map[string][3]string{ // the pay's answer, the state in the books a minute later, charged
		"00": {ok, "SUCCESS", "1000"}, "01": {pin, "NOTPAY", "0"}, "02": {pin, "NOTPAY", "0"}, "03": {pin, "NOTPAY", "0"},
		"04": {pin, "NOTPAY", "0"}, "05": {pin, "SUCCESS", "1000"}, "07": {pin, "NOTPAY", "0"}, "08": {pin, "PAYERROR", "0"},
		"09": {"V TRADE_ERROR", "PAYERROR", "0"},
		"10": {"err", "SUCCESS", "1000"}, "11": {"err", "SUCCESS", "1000"}, "12": {"err", "", "0"}, "13": {"err", "", "0"},
		"14": {"err", "SUCCESS", "1000"}, "15": {ok, "SUCCESS", "1000"}, "16": {"err", "SUCCESS", "1000"},
		"17": {"err", "SUCCESS", "1000"}, "18": {"err", "SUCCESS", "1000"}, "19": {"err", "SUCCESS", "1000"},
		"20": {"V AUTH_CODE_INVALID", "", "0"}, "21": {"V AUTHCODEEXPIRE", "", "0"}, "22": {"V NOTENOUGH", "NOTPAY", "0"},
		"23": {"V TRADE_ERROR", "PAYERROR", "0"}, "24": {"V AUTH_CODE_ERROR", "", "0"}, "25": {"V RULELIMIT", "NOTPAY", "0"},
		"28": {"V NOTSUPORTCARD", "NOTPAY", "0"}, "29": {"V BUYER_MISMATCH", "NOTPAY", "0"}, "30": {"V NOAUTH", "", "0"},
		"32": {"NOTENOUGH", "", "0"}, "33": {"NOTENOUGH", "SUCCESS", "1000"}, "34": {"V OUT_TRADE_NO_USED", "SUCCESS", "1000"},
		"35": {"V OUT_TRADE_NO_USED", "SUCCESS", "1100"}, "36": {"V ORDERPAID", "SUCCESS", "1000"},
		"37": {"V MOON_PHASE_WRONG", "", "0"}, "38": {"V MOON_PHASE_WRONG", "SUCCESS", "1000"}, "39": {"NOTENOUGH", "SUCCESS", "1000"},
		"40": {"V SYSTEMERROR", "", "0"}, "41": {"V SYSTEMERROR", "SUCCESS", "1000"}, "42": {"V SYSTEMERROR", "", "0"},
		"43": {"V BANKERROR", "SUCCESS", "1000"}, "44": {"502", "SUCCESS", "1000"}, "45": {"503", "", "0"},
		"46": {"V FREQUENCY_LIMITED", "", "0"}, "47": {"429", "", "0"}, "48": {"FAIL 签名失败", "", "0"}, "49": {"", "SUCCESS", "1000"},
		"50": {"SUCCESS", "SUCCESS", "1000"}, "51": {"SUCCESS", "SUCCESS", "1000"}, "52": {"SUCCESS", "SUCCESS", "1000"},
		"53": {"SUCCESS", "SUCCESS", "1000"}, "54": {"V SUCCESS of D0", "SUCCESS", "1000"}, "55": {"V SUCCESS 1001", "SUCCESS", "1000"},
		"56": {"V SUCCESS USD", "SUCCESS", "1000"}, "57": {"V SUCCESS by another", "SUCCESS", "1000"},
		"58": {"V SUCCESS of D2", "SUCCESS", "1000"}, "59": {"unread", "SUCCESS", "1000"}, "60": {pin, "SUCCESS", "1000"},
		"61": {ok, "SUCCESS", "1000"}, "62": {"unread", "SUCCESS", "1000"}, "63": {"unread", "SUCCESS", "1000"},
		"64": {"unread", "SUCCESS", "1000"}, "66": {"V SUCCESS 1001", "SUCCESS", "1000"}, "67": {"SUCCESS", "SUCCESS", "1000"},
		"68": {pin, "NOTPAY", "0"},
		"90": {"FAIL system error", "SUCCESS", "1000"}, "91": {"FAIL system error", "", "0"}, "95": {ok, "SUCCESS", "1000"},
	}
	for digit := range 10 {
		rows[fmt.Sprint(70+digit)] = [3]string{pin, "NOTPAY", "0"}
		rows[fmt.Sprint(80+digit)] = [3]string{ok, "SUCCESS", "1000"}
	}
	rows["69"] = rows["70"]
	for _, digits := range []string{"92", "93", "94", "96", "97", "98", "99"} {
		rows[digits] = [3]string{ok, "SUCCESS", "1000"}
	}
	for digits, want := range rows {
		t.Run(digits, func(t *testing.T) {
			dt := newDepositTill(t)
			if digits == "54" {
				dt.takes(dt.pay("D0", dt.code("00")))
			}
			if got := depositBrief(dt, dt.pay("D1", dt.code(digits))); got != want[0] {
				t.Errorf("pay: %s, want %s", got, want[0])
			}
			dt.clock.pass(time.Minute)
			o, booked := dt.box.Books().Order("D1")
			if o.State != want[1] || fmt.Sprint(o.Charged) != want[2] || booked != (want[1] != "") {
				t.Errorf("books: %s %d, want %s", o.State, o.Charged, want)
			}
		})
	}
	for _, b := range sandbox.DepositBehaviours() {
		if _, tested := rows[b.Digits]; !tested || len(b.Digits) != 2 || b.Name == "" || b.Says == "" {
			t.Errorf("row %+v", b)
		}
		delete(rows, b.Digits) // so that a second one shows
	}
	if delete(rows, "95"); len(rows) > 0 {
		t.Error("no such row:", rows)
	}
}

// depositBrief is a pay's answer in few words: V if its proof holds, and what is
// wrong with its content.
func depositBrief(dt *depositTill, a depositReply) string {
	switch {
	case a.err != nil:
		return "err"
	case a.status != 200:
		return fmt.Sprint(a.status)
	case len(a.body) == 0:
		return ""
	case a.doc["return_code"] == "FAIL":
		return "FAIL " + a.doc["return_msg"]
	case a.bad != nil && a.bad.Error() != "sign":
		return "unread"
	}
	says := a.doc["result_code"]
	if says == "FAIL" {
		says = a.doc["err_code"]
	}
	if a.verified() {
		says = "V " + says
		switch {
		case a.doc["mch_id"] != dt.acct.MchID || a.doc["sub_mch_id"] != dt.acct.SubMchID:
			says += " by another"
		case a.doc["result_code"] == "FAIL":
		case a.doc["out_trade_no"] != "D1":
			says += " of " + a.doc["out_trade_no"]
		case a.doc["total_fee"] != "1000":
			says += " " + a.doc["total_fee"]
		case a.doc["fee_type"] != "CNY":
			says += " " + a.doc["fee_type"]
		}
	}
	return says
}

// steps is a way through an order: calls, and what each is answered.
func (dt *depositTill) steps(no string, steps ...string) {
	dt.t.Helper()
	for i := 0; i < len(steps); i += 2 {
		var a depositReply
		switch call, arg, _ := strings.Cut(steps[i], " "); call {
		case "wait":
			d, err := time.ParseDuration(arg)
			if err != nil {
				dt.t.Fatal(err)
			}
			dt.clock.pass(d)
			i--
			continue
		case "query":
			a = dt.query(no)
		case "reverse":
			a = dt.reverse(no)
		case "consume":
			a = dt.consume(no, 300)
		case "refund":
			a = dt.refund(no, "R1", 100)
		case "refundquery":
			a = dt.refundQuery("R1")
		}
		got := depositStep(a)
		if got != steps[i+1] {
			dt.t.Fatalf("step %d, %s: %s, want %s: %v", i, steps[i], got, steps[i+1], a)
		}
	}
}

func depositStep(a depositReply) string {
	switch {
	case a.err != nil:
		return "err"
	case a.bad != nil && a.doc["return_code"] != "FAIL":
		return "unproven"
	case a.doc["return_code"] == "FAIL":
		return "FAIL"
	case a.doc["result_code"] == "FAIL":
		return a.doc["err_code"]
	}
	says := a.doc["trade_state"] + a.doc["refund_status"] + a.doc["refund_status_0"] + a.doc["recall"]
	if fee, ok := a.doc["consume_fee"]; ok {
		says += " " + fee
	}
	return strings.TrimSpace(says)
}

// TestDepositEveryWay is what the rows bring about after the pay.
func TestDepositEveryWay(t *testing.T) {
	for digits, steps := range map[string][]string{
		"00": {"query", "SUCCESS", "wait 15s", "reverse", "N", "query", "REFUND"},
		"01": {"query", "USERPAYING", "query", "USERPAYING", "query", "USERPAYING", "query", "SUCCESS"},
		"02": {"query", "SUCCESS"},
		"03": {"wait 45s", "query", "NOTPAY", "reverse", "N", "query", "REVOKED"},
		"04": {"wait 20s", "query", "USERPAYING", "reverse", "N", "query", "REFUND"},
		"05": {"wait 9s", "query", "USERPAYING", "wait 1s", "query", "SUCCESS"},
		"07": {"wait 6s", "query", "NOTPAY", "wait 1h", "query", "NOTPAY", "reverse", "N", "query", "REVOKED"},
		"09": {"query", "PAYERROR", "wait 20s", "reverse", "N", "query", "PAYERROR"},
		"11": {"query", "ORDERNOTEXIST", "query", "ORDERNOTEXIST", "query", "SUCCESS"},
		"12": {"query", "ORDERNOTEXIST", "wait 1m", "query", "ORDERNOTEXIST", "reverse", "N"},
		"14": {"query", "ORDERNOTEXIST", "wait 40s", "query", "SUCCESS"},
		"18": {"query", "err", "query", "err", "query", "err", "query", "SUCCESS"},
		"19": {"wait 20s", "reverse", "N", "query", "ORDERNOTEXIST", "wait 30s", "query", "SUCCESS"},
		"22": {"query", "NOTPAY", "wait 20s", "reverse", "N", "query", "REVOKED"},
		"60": {"query", "MARINATING", "wait 10s", "query", "MARINATING", "query", "SUCCESS"},
		"67": {"query", "unproven", "wait 20s", "reverse", "unproven", "query", "unproven"},
		"68": {"query", "unproven", "query", "unproven", "query", "USERPAYING"},
		"69": {"wait 20s", "reverse", "Y", "query", "SUCCESS", "reverse", "Y", "reverse", "N", "query", "REFUND"},
		"70": {"wait 20s", "reverse", "USERPAYING", "reverse", "USERPAYING", "reverse", "N", "query", "REVOKED"},
		"71": {"wait 20s", "reverse", "SYSTEMERROR", "query", "SUCCESS", "reverse", "SYSTEMERROR", "reverse", "SYSTEMERROR", "reverse", "N", "query", "REFUND"},
		"72": {"wait 20s", "reverse", "REVERSE_EXPIRE", "reverse", "REVERSE_EXPIRE", "query", "SUCCESS", "wait 720h", "query", "REFUND"},
		"73": {"wait 20s", "reverse", "N", "query", "SUCCESS", "consume", "INVALID_REQUEST", "wait 20s", "query", "REFUND"},
		"74": {"wait 20s", "reverse", "err", "query", "REVOKED"},
		"75": {"wait 20s", "reverse", "unproven", "query", "REVOKED"},
		"76": {"wait 20s", "reverse", "INVALID_REQUEST", "query", "SUCCESS"},
		"77": {"wait 20s", "reverse", "SYSTEMERROR", "wait 1h", "reverse", "SYSTEMERROR"},
		"78": {"wait 20s", "reverse", "N", "query", "REVOKED"},
		"79": {"wait 20s", "reverse", "err", "reverse", "err", "query", "USERPAYING", "reverse", "N", "query", "REVOKED"},
		"80": {"consume", "300", "refund", "", "wait 6m", "refundquery", "CHANGE"},
		"81": {"consume", "300", "refund", "", "wait 6m", "refundquery", "REFUNDCLOSE"},
		"82": {"consume", "300", "refund", "FREQUENCY_LIMITED", "refundquery", "PROCESSING"},
		"83": {"consume", "300", "refund", "NOTENOUGH", "refund", "NOTENOUGH", "refund", "", "refundquery", "PROCESSING"},
		"84": {"consume", "300", "refund", "SYSTEMERROR", "refundquery", "REFUNDNOTEXIST", "refund", "", "wait 6m", "refundquery", "SUCCESS"},
		"85": {"consume", "300", "refund", "BIZERR_NEED_RETRY", "refund", ""},
		"86": {"consume", "300", "refund", "err", "refundquery", "PROCESSING"},
		"87": {"consume", "300", "refund", "USER_ACCOUNT_ABNORMAL", "refund", "USER_ACCOUNT_ABNORMAL"},
		"88": {"consume", "300", "refund", "TRADE_OVERDUE"},
		"89": {"consume", "300", "refund", "unproven", "refundquery", "PROCESSING"},
		"92": {"consume", "300", "query", "SUCCESS", "reverse", "INVALID_REQUEST", "consume", "300", "wait 40s", "query", "SUCCESS 300"},
		"93": {"consume", "err", "query", "SUCCESS 300", "consume", "300"},
		"94": {"consume", "FAIL", "consume", "FAIL", "query", "SUCCESS"},
		"96": {"consume", "SYSTEMERROR", "query", "SUCCESS", "consume", "300", "query", "SUCCESS 300"},
		"97": {"consume", "300", "query", "REFUND 300"},
		"98": {"consume", "300", "refund", "", "wait 6m", "refundquery", "SUCCESS"},
		"99": {"consume", "unproven", "query", "SUCCESS 300"},
	} {
		t.Run(digits, func(t *testing.T) {
			dt := newDepositTill(t)
			dt.pay("D1", dt.code(digits))
			dt.steps("D1", steps...)
		})
	}
}

func TestDepositFaultsAndSwitches(t *testing.T) {
	dt := newDepositTill(t)
	faults := dt.box.Faults()
	faults.PlatformBusy(true)
	dt.refuses(dt.pay("D1", dt.code("00")), "SYSTEMERROR")
	faults.PlatformBusy(false)
	faults.AnswerLost(true)
	if a := dt.pay("D2", dt.code("00")); a.err == nil {
		t.Error(a)
	}
	faults.AnswerLost(false)
	faults.NetworkDown(true)
	if a := dt.query("D2"); a.err == nil {
		t.Error(a)
	}
	faults.NetworkDown(false)
	dt.says(dt.query("D2"), "SUCCESS")
	if _, booked := dt.box.Books().Order("D1"); booked {
		t.Error("busy, and booked")
	}
	for _, f := range []sandbox.Fault{
		{Call: sandbox.Capture, Times: 1, What: sandbox.DropBefore},
		{Call: sandbox.Prepare, Times: 1, What: sandbox.DropAfter},
		{Call: sandbox.Query, OutTradeNo: "D2", Times: 1, What: sandbox.Recall}, // the fault of another call
	} {
		if _, err := faults.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	if a := dt.consume("D2", 300); a.err == nil || dt.order("D2").Consumed != 0 {
		t.Error(a)
	}
	if a := dt.call("/deposit/unifiedorder", dt.appFields("P1", nil)); a.err == nil || dt.order("P1").State != "NOTPAY" {
		t.Error(a)
	}
	var codes []string
	for _, r := range dt.box.Books().Of("D2") {
		codes = append(codes, string(r.Call)+" "+string(r.Outcome))
	}
	want := "pay cut after booking,query answered,capture cut before booking"
	if got := strings.Join(codes, ","); got != want {
		t.Errorf("log: %s, want %s", got, want)
	}
}
