package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// TestHuishouqianEveryCode pays once with every code of the table, waits until
// all is quiet, and holds the books against the row.
func TestHuishouqianEveryCode(t *testing.T) {
	const ok, pin, busy = "V SUCCESS 000000", "V PROCESSING 100201", "V refused "
	rows := map[string][3]string{ // the pay's answer, the state in the books three minutes later, charged
		"00": {ok, "SUCCESS", "1000"}, "01": {pin, "FAIL", "0"}, "02": {pin, "FAIL", "0"}, "03": {pin, "FAIL", "0"},
		"04": {pin, "SUCCESS", "1000"}, "05": {pin, "SUCCESS", "1000"}, "07": {pin, "FAIL", "0"}, "08": {pin, "FAIL", "0"},
		"09": {"V FAIL 100208", "FAIL", "0"},
		"10": {"err", "SUCCESS", "1000"}, "11": {"err", "SUCCESS", "1000"}, "12": {"err", "", "0"}, "13": {"err", "", "0"},
		"14": {"err", "SUCCESS", "1000"}, "15": {ok, "SUCCESS", "1000"}, "16": {"err", "SUCCESS", "1000"},
		"17": {"err", "SUCCESS", "1000"}, "18": {"err", "SUCCESS", "1000"}, "19": {"err", "SUCCESS", "1000"},
		"30": {"V refused 200201", "", "0"}, "31": {"V refused 200206", "", "0"},
		"32": {"refused 100500", "", "0"}, "33": {"refused 100500", "SUCCESS", "1000"},
		"34": {"V FAIL 200003", "SUCCESS", "1000"}, "35": {"V FAIL 200003", "SUCCESS", "1100"}, "36": {"V FAIL 100200", "SUCCESS", "1000"},
		"37": {"V refused 909090", "", "0"}, "38": {"V refused 909090", "SUCCESS", "1000"}, "39": {"FAIL 100500", "SUCCESS", "1000"},
		"40": {busy, "", "0"}, "41": {busy, "SUCCESS", "1000"}, "42": {busy, "", "0"}, "43": {"V INIT 100201", "SUCCESS", "1000"},
		"44": {"502", "SUCCESS", "1000"}, "45": {"503", "", "0"}, "46": {"V refused 200012", "", "0"}, "47": {"429", "", "0"},
		"48": {"V refused 200115", "", "0"}, "49": {"", "SUCCESS", "1000"},
		"50": {"SUCCESS 000000", "SUCCESS", "1000"}, "51": {"SUCCESS 000000", "SUCCESS", "1000"}, "52": {"SUCCESS 000000", "SUCCESS", "1000"},
		"53": {ok, "SUCCESS", "1000"}, "54": {ok + " of D0", "SUCCESS", "1000"}, "55": {ok + " 1001", "SUCCESS", "1000"},
		"57": {"SUCCESS 000000", "SUCCESS", "1000"}, "58": {ok + " of D2", "SUCCESS", "1000"}, "59": {"size", "SUCCESS", "1000"},
		"60": {pin, "SUCCESS", "1000"}, "61": {ok, "SUCCESS", "1000"}, "62": {"twice", "SUCCESS", "1000"}, "63": {ok, "SUCCESS", "1000"},
		"64": {"V nothing", "SUCCESS", "1000"}, "65": {"SUCCESS 000000", "SUCCESS", "1000"}, "66": {ok + " 1001", "SUCCESS", "1000"},
		"67": {"SUCCESS 000000", "SUCCESS", "1000"}, "68": {pin, "FAIL", "0"},
		"70": {pin, "FAIL", "0"}, "71": {pin, "FAIL", "0"}, "78": {pin, "REVOKED", "0"},
		"90": {"err", "SUCCESS", "1000"}, "91": {"V FAIL 100205", "SUCCESS", "1000"}, "92": {"V FAIL 200116", "SUCCESS", "1000"},
		"93": {"V FAIL 300401", "SUCCESS", "1000"}, "94": {"V PROCESSING 100213", "SUCCESS", "1000"}, "95": {"err", "SUCCESS", "1000"},
		"96": {"err", "SUCCESS", "1000"}, "97": {ok, "SUCCESS", "1000"},
		"98": {"V refused 000000", "", "0"}, "99": {"V FAIL 000000", "FAIL", "0"},
	}
	for i, code := range []string{"100203", "100204", "100500", "100208", "100207", "100506", "100505", "100209", "100004", "100212"} {
		rows[fmt.Sprint(20+i)] = [3]string{"V FAIL " + code, "FAIL", "0"}
	}
	for _, digits := range []string{"72", "73", "74", "75", "76", "77", "79"} {
		rows[digits] = [3]string{pin, "SUCCESS", "1000"}
	}
	for digit := range 10 {
		rows[fmt.Sprint(80+digit)] = [3]string{ok, "SUCCESS", "1000"}
	}
	for digits, want := range rows {
		t.Run(digits, func(t *testing.T) {
			ht := newHsqTill(t)
			if digits == "54" {
				ht.says(ht.pay("D0", ht.code("00")), "SUCCESS", "000000")
			}
			code := ht.code(digits)
			if digits == "98" || digits == "99" {
				code = ht.code("000000" + digits)
			}
			if got := hsqBrief(ht.pay("D1", code)); got != want[0] {
				t.Errorf("pay: %s, want %s", got, want[0])
			}
			ht.clock.pass(3 * time.Minute)
			o, booked := ht.box.Books().Order("D1")
			if o.State != want[1] || fmt.Sprint(o.Charged) != want[2] || booked != (want[1] != "") {
				t.Errorf("books: %s %d, want %s", o.State, o.Charged, want)
			}
		})
	}
	delete(rows, "97") // digits that are in no row
	for _, b := range sandbox.HuishouqianBehaviours() {
		if _, tested := rows[b.Digits]; !tested || len(b.Digits) != 2 || b.Name == "" || b.Says == "" {
			t.Errorf("row %+v", b)
		}
		delete(rows, b.Digits) // so that a second one shows
	}
	if len(rows) > 0 {
		t.Error("no such row:", rows)
	}
}

// hsqBrief is a pay's answer in few words: V if its proof holds, and what is
// wrong with its content.
func hsqBrief(a hsqAnswer) string {
	switch {
	case a.err != nil:
		return "err"
	case a.status != 200:
		return fmt.Sprint(a.status)
	case len(a.body) == 0:
		return ""
	case a.bad != nil && (a.bad.Error() == "size" || a.bad.Error() == "twice"):
		return a.bad.Error()
	}
	proof := ""
	if a.bad == nil {
		proof = "V "
	}
	switch {
	case fmt.Sprint(a.outer["success"]) != "true":
		return proof + "refused " + a.code
	case a.result == nil:
		return proof + "nothing"
	}
	says := proof + a.get("orderStatus") + " " + a.get("respCode")
	if a.get("transNo") != "D1" {
		says += " of " + a.get("transNo")
	}
	if a.get("orderAmt") != "1000" {
		says += " " + a.get("orderAmt")
	}
	return says
}

// TestHuishouqianEverySeedCode selects each code of the seed in both shapes by a
// payment code, and by a fault for the other calls.
func TestHuishouqianEverySeedCode(t *testing.T) {
	ht := newHsqTill(t)
	codes := sandbox.HuishouqianCodes()
	if len(codes) != 58 {
		t.Error(len(codes), "codes")
	}
	ht.says(ht.pay("D0", ht.code("00")), "SUCCESS", "000000")
	for _, code := range codes {
		ht.seq++
		ht.says(ht.pay("F"+code, fmt.Sprintf("13%08d%s99", ht.seq, code)), "FAIL", code)
		ht.says(ht.query("F"+code), "FAIL", code)
		ht.refuses(ht.pay("G"+code, fmt.Sprintf("13%08d%s98", ht.seq, code)), code, "")
		if _, booked := ht.box.Books().Order("G" + code); booked {
			t.Error("an order of a refusal", code)
		}
		for _, asResult := range []bool{true, false} {
			if _, err := ht.box.Faults().Add(sandbox.Fault{Call: sandbox.RefundCreate, Times: 1, What: sandbox.Answer, Status: 200, Code: code, AsResult: asResult}); err != nil {
				t.Fatal(err)
			}
			a := ht.refund("D0", "R"+code, "1")
			if asResult {
				ht.says(a, "FAIL", code)
			} else {
				ht.refuses(a, code, "")
			}
		}
	}
	if o := ht.order("D0"); len(o.Refunds) != 0 || o.Charged != 1000 {
		t.Errorf("%+v", o)
	}
}
