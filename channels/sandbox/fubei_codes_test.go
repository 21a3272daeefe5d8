package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// TestFubeiEveryCode pays once with every code of the table, waits until all is
// quiet, and holds the books against the row, in both generations.
func TestFubeiEveryCode(t *testing.T) {
	const ok, pin = "SUCCESS 12.3", "USERPAYING 12.3"
	rows := map[string][3]string{ // the pay's answer, the state in the books a minute later, charged
		"00": {ok, "SUCCESS", "1230"}, "01": {pin, "DEAD", "0"}, "02": {pin, "DEAD", "0"}, "03": {pin, "DEAD", "0"},
		"04": {pin, "DEAD", "0"}, "05": {pin, "SUCCESS", "1230"}, "06": {ok, "SUCCESS", "1230"}, "07": {pin, "DEAD", "0"},
		"09": {"400 TRADE_ERROR", "DEAD", "0"},
		"10": {"err", "SUCCESS", "1230"}, "11": {"err", "SUCCESS", "1230"}, "12": {"err", "", "0"}, "13": {"err", "", "0"},
		"14": {"err", "SUCCESS", "1230"}, "15": {ok, "SUCCESS", "1230"}, "16": {"err", "SUCCESS", "1230"},
		"17": {"err", "SUCCESS", "1230"}, "18": {"err", "SUCCESS", "1230"}, "19": {"err", "SUCCESS", "1230"},
		"20": {"400 AUTH_CODE_INVALID", "", "0"}, "21": {"400 AUTHCODEEXPIRE", "", "0"}, "22": {"400 NOTENOUGH", "DEAD", "0"},
		"23": {"400 TRADE_ERROR", "DEAD", "0"}, "24": {"400 ERROR_MES", "", "0"}, "25": {"400 RULELIMIT", "DEAD", "0"},
		"26": {"9999", "DEAD", "0"}, "27": {"1004", "", "0"}, "28": {"4006", "", "0"}, "29": {"60303", "", "0"}, "30": {"9996", "", "0"},
		"33": {"9996", "SUCCESS", "1230"}, "34": {"400 OUT_TRADE_NO_USED", "SUCCESS", "1230"},
		"35": {"400 OUT_TRADE_NO_USED", "SUCCESS", "1330"}, "36": {"400 ORDERPAID", "SUCCESS", "1230"},
		"37": {"77777", "", "0"}, "38": {"77777", "SUCCESS", "1230"}, "39": {"400 NOTENOUGH", "SUCCESS", "1230"},
		"40": {"9999", "", "0"}, "41": {"9999", "SUCCESS", "1230"}, "42": {"9999", "", "0"}, "43": {"400 BANKERROR", "SUCCESS", "1230"},
		"44": {"HTTP 502", "SUCCESS", "1230"}, "45": {"HTTP 503", "", "0"}, "46": {"9999", "", "0"}, "47": {"HTTP 429", "", "0"},
		"48": {"9996", "", "0"}, "49": {"nothing", "SUCCESS", "1230"},
		"50": {"SUCCESS  of nobody", "SUCCESS", "1230"}, "51": {"SUCCESS ", "SUCCESS", "1230"},
		"54": {ok + " of F0", "SUCCESS", "1230"}, "55": {"SUCCESS 12.31", "SUCCESS", "1230"},
		"57": {ok + " elsewhere", "SUCCESS", "1230"}, "58": {ok + " of F2", "SUCCESS", "1230"}, "59": {ok + " at length", "SUCCESS", "1230"},
		"60": {pin, "SUCCESS", "1230"}, "61": {ok, "SUCCESS", "1230"}, "62": {ok + " twice", "SUCCESS", "1230"},
		"63": {"SUCCESS 12.30", "SUCCESS", "1230"}, "64": {"  of nobody", "SUCCESS", "1230"}, "65": {"9999", "", "0"},
		"66": {"SUCCESS 12.31", "SUCCESS", "1230"}, "67": {"SUCCESS  of nobody", "SUCCESS", "1230"}, "68": {pin, "DEAD", "0"},
		"69": {"HTML", "SUCCESS", "1230"}, "95": {ok, "SUCCESS", "1230"},
		"90": {pin, "DEAD", "0"}, "91": {pin, "DEAD", "0"}, "92": {ok, "SUCCESS", "1230"}, "93": {pin, "SUCCESS", "1230"},
	}
	for digit := range 10 {
		rows[fmt.Sprint(70+digit)] = [3]string{pin, "DEAD", "0"}
		rows[fmt.Sprint(80+digit)] = [3]string{ok, "SUCCESS", "1230"}
	}
	rows["72"], rows["76"] = rows["00"], rows["00"]
	for digits, want := range rows {
		for _, v2 := range []bool{false, true} {
			t.Run(fmt.Sprint(digits, v2), func(t *testing.T) {
				ft := newFubeiTill(t).as(sandbox.FubeiMerchant, v2)
				if digits == "54" {
					ft.says(ft.pay("F0", ft.code("00")), "SUCCESS")
				}
				if got := fubeiBrief(ft.pay("F1", ft.code(digits))); got != want[0] {
					t.Errorf("pay: %q, want %q", got, want[0])
				}
				ft.clock.pass(time.Minute)
				state := strings.Replace(want[1], "DEAD", map[bool]string{false: "REVOKED", true: "CLOSED"}[v2], 1)
				o, booked := ft.box.Books().Order("F1")
				if o.State != state || fmt.Sprint(o.Charged) != want[2] || booked != (want[1] != "") {
					t.Errorf("books: %s %d, want %s", o.State, o.Charged, want)
				}
			})
		}
	}
	for _, b := range sandbox.FubeiBehaviours() {
		if _, tested := rows[b.Digits]; !tested || len(b.Digits) != 2 || b.Name == "" || b.Says == "" {
			t.Errorf("row %+v", b)
		}
		delete(rows, b.Digits) // so that a second one shows
	}
	if delete(rows, "95"); len(rows) > 0 {
		t.Error("no such row:", rows)
	}
}

// fubeiBrief is a pay's answer in few words, and what is wrong with it.
func fubeiBrief(a fubeiReply) string {
	switch {
	case a.err != nil:
		return "err"
	case a.status != 200:
		return fmt.Sprint("HTTP ", a.status)
	case len(a.body) == 0:
		return "nothing"
	case a.body[0] == '<':
		return "HTML"
	case a.code != 200:
		return strings.TrimSpace(fmt.Sprint(a.code, " ", a.sub))
	}
	brief := a.state() + " " + a.get("total_fee") + a.get("total_amount")
	switch {
	case strings.Count(string(a.body), `"result_code"`) > 1:
		brief += " twice"
	case len(a.body) > 1<<20:
		brief += " at length"
	case a.get("merchant_order_sn") == "" && a.get("order_sn") == "":
		brief += " of nobody"
	case a.get("merchant_order_sn") != "F1":
		brief += " of " + a.get("merchant_order_sn")
	case a.get("store_id") != "3239":
		brief += " elsewhere"
	}
	return brief
}

// TestFubeiRowsLater is what the rows promise after the pay.
func TestFubeiRowsLater(t *testing.T) {
	const undo, ask, soon = "R", "Q", "S" // reverse, query, three seconds
	for digits, story := range map[string][]string{
		"01": {ask, "USERPAYING", ask, "USERPAYING", ask, "USERPAYING", ask, "SUCCESS"},
		"02": {ask, "SUCCESS"},
		"03": {undo, "done", ask, "REVOKING", soon, "", ask, "REVOKED"},
		"04": {undo, "done", ask, "REVOKING", undo, "done", soon, "", ask, "REVOKED", undo, "done"},
		"11": {ask, "400", ask, "400", ask, "SUCCESS"},
		"18": {ask, "err", ask, "err", ask, "err", ask, "SUCCESS"},
		"22": {ask, "REVOKED", undo, "done", ask, "REVOKED"},
		"60": {ask, "MARINATING", ask, "MARINATING", ask, "USERPAYING"},
		"67": {ask, "SUCCESS of nobody"},
		"68": {ask, "SUCCESS of nobody", ask, "SUCCESS of nobody", ask, "USERPAYING"},
		"70": {undo, "done", ask, "USERPAYING", undo, "done", ask, "USERPAYING", undo, "done", ask, "REVOKING"},
		"71": {undo, "9999", undo, "9999", undo, "9999", undo, "done", ask, "REVOKING"},
		"72": {undo, "400", undo, "400", ask, "SUCCESS"},
		"73": {undo, "done", soon, "", ask, "REVOKING", soon, "", soon, "", soon, "", soon, "", soon, "", soon, "", ask, "REVOKED"},
		"74": {undo, "err", soon, "", ask, "REVOKED"},
		"75": {undo, "done", soon, "", ask, "REVOKED"},
		"76": {undo, "done", soon, "", ask, "SUCCESS", undo, "done", ask, "SUCCESS"},
		"77": {undo, "9999", undo, "9999", undo, "9999", undo, "9999", ask, "USERPAYING"},
		"78": {undo, "done", soon, "", ask, "REVOKED_ERROR", undo, "done", ask, "REVOKING", soon, "", ask, "REVOKED"},
		"79": {undo, "err", undo, "err", ask, "USERPAYING", undo, "done", ask, "REVOKING"},
		"90": {undo, "done", soon, "", ask, "REVOKED_ERROR", undo, "done", soon, "", ask, "REVOKED_ERROR"},
		"91": {undo, "done", soon, "", ask, "CLOSED"},
		"93": {ask, "HTML", ask, "USERPAYING of F2", ask, "USERPAYING"},
	} {
		t.Run(digits, func(t *testing.T) {
			ft := newFubeiTill(t)
			ft.pay("F1", ft.code(digits))
			for i := 0; i < len(story); i += 2 {
				var got string
				switch story[i] {
				case soon:
					ft.clock.pass(3 * time.Second)
				case undo:
					if got = fubeiBrief(ft.reverse("F1")); !strings.HasPrefix(got, "400") && !strings.HasPrefix(got, "9999") && got != "err" {
						got = "done"
					}
				case ask:
					got = strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(fubeiBrief(ft.query("F1"))), " 12.31", ""), " 12.3", "")
					got = strings.ReplaceAll(got, "  ", " ")
				}
				if got != story[i+1] {
					t.Fatalf("step %d, %s: %q, want %q", i/2, story[i], got, story[i+1])
				}
			}
		})
	}
}

func TestFubeiRefundRows(t *testing.T) {
	for digits, want := range map[string][3]string{ // two refunds of the same number, and the state at the end
		"80": {"200", "200", "REFUND_FAILER"}, "81": {"200", "200", "REFUND_FAILED"}, "82": {"9999", "200", "REFUND_SUCCESS"},
		"83": {"400", "400", ""}, "84": {"9999", "200", "REFUND_SUCCESS"}, "85": {"400", "200", "REFUND_SUCCESS"},
		"86": {"0", "200", "REFUND_SUCCESS"}, "87": {"400", "400", ""}, "88": {"400", "400", ""}, "89": {"200", "200", "REFUND_SUCCESS"},
	} {
		t.Run(digits, func(t *testing.T) {
			ft := newFubeiTill(t)
			ft.pay("F1", ft.code(digits))
			for i := range 2 {
				if a := ft.refund("F1", "R1", "2.30"); fmt.Sprint(a.code) != want[i] {
					t.Errorf("refund %d: %v, want %s", i, a, want[i])
				}
			}
			ft.clock.pass(6 * time.Minute)
			if a := ft.refundQuery("F1", "R1"); a.get("refund_status") != want[2] {
				t.Errorf("%v, want %s", a, want[2])
			}
			wantCharged := int64(1230)
			if want[2] == "REFUND_SUCCESS" {
				wantCharged = 1000
			}
			if o := ft.order("F1"); o.Charged != wantCharged {
				t.Error(o.Charged)
			}
		})
	}
}
