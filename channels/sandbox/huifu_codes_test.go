package sandbox_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tillpay/channels/sandbox"
)

// TestEveryHuifuCode pays once with every code of the table, waits until all is
// quiet, and holds the books against the row.
func TestEveryHuifuCode(t *testing.T) {
	rows := []struct {
		digits string
		pay    string // see huifuAnswer.brief
		state  string // in the books three hours later; empty: no order
		paid   int64
	}{
		{"00", "00000000 S raw", "S", 888},
		{"01", "00000100 P raw", "F", 0}, // nobody queries
		{"02", "00000000 P raw", "F", 0},
		{"03", "00000100 P raw", "F", 0},
		{"04", "00000100 P raw", "F", 0},
		{"05", "00000100 P raw", "S", 888},
		{"06", "00000000 S raw", "S", 888},
		{"07", "00000100 P raw", "F", 0},
		{"08", "00000100 P raw", "F", 0},
		{"09", "90000000 F raw", "F", 0},
		{"10", "err", "S", 888},
		{"11", "err", "S", 888},
		{"12", "err", "", 0},
		{"13", "err", "", 0},
		{"14", "err", "S", 888},
		{"15", "00000000 S raw", "S", 888},
		{"16", "err", "S", 888},
		{"17", "err", "S", 888},
		{"18", "err", "S", 888},
		{"19", "err", "S", 888},
		{"20", "90000000 F raw", "F", 0},
		{"21", "90000000 F raw", "F", 0},
		{"22", "90000000 F raw", "F", 0},
		{"23", "90000000 F raw", "F", 0},
		{"24", "10000000 raw", "", 0},
		{"25", "90000000 F raw", "F", 0},
		{"26", "90000000 F raw", "F", 0},
		{"27", "90000000 F raw", "F", 0},
		{"28", "90000000 F raw", "F", 0},
		{"29", "90000000 F raw", "F", 0},
		{"30", "00000103 raw", "", 0},
		{"31", "90000001 raw", "", 0},
		{"32", "90000000", "", 0},
		{"33", "90000000", "S", 888},
		{"34", "20000000 raw", "S", 888},
		{"35", "20000000 raw", "S", 988},
		{"36", "22000005 raw", "", 0},
		{"37", "77777777 raw", "", 0},
		{"38", "77777777 raw", "S", 888},
		{"39", "90000000", "S", 888},
		{"40", "98888888 raw", "", 0},
		{"41", "98888888 raw", "S", 888},
		{"42", "98888888 raw", "", 0},
		{"43", "91111119 raw", "S", 888},
		{"44", "502", "S", 888},
		{"45", "20000", "", 0},
		{"46", "20000001 raw", "", 0},
		{"47", "911", "", 0},
		{"48", "40002", "", 0},
		{"49", "923", "S", 888},
		{"50", "00000000 S", "S", 888},
		{"51", "00000000 S", "S", 888},
		{"52", "00000000 S sorted", "S", 888},
		{"53", "00000000 S unescaped", "S", 888},
		{"54", "00000000 S raw", "S", 888}, // there is no older answer
		{"55", "00000000 S raw", "S", 888},
		{"56", "00000000 S raw", "S", 888},
		{"57", "00000000 S raw", "S", 888},
		{"58", "00000000 S raw", "S", 888},
		{"59", "00000000 S raw", "S", 888},
		{"60", "00000000 X raw", "S", 888},
		{"61", "00000000 S raw", "S", 888},
		{"62", "00000000 S raw", "S", 888}, // the second of the two
		{"63", "00000000 S raw", "S", 888},
		{"65", "00000000 S", "S", 888},
		{"66", "00000000 S raw", "S", 888},
		{"67", "00000000 S", "S", 888},
		{"68", "00000100 P raw", "F", 0},
		{"70", "00000100 P raw", "F", 0},
		{"71", "00000100 P raw", "F", 0},
		{"72", "00000100 P raw", "F", 0},
		{"73", "00000100 P raw", "F", 0},
		{"74", "00000100 P raw", "F", 0},
		{"75", "00000100 P raw", "F", 0},
		{"76", "00000100 P raw", "F", 0},
		{"77", "00000100 P raw", "F", 0},
		{"78", "00000100 P raw", "F", 0},
		{"79", "00000100 P raw", "F", 0},
		{"80", "00000000 S raw", "S", 888},
		{"81", "00000000 S raw", "S", 888},
		{"82", "00000000 S raw", "S", 888},
		{"83", "00000000 S raw", "S", 888},
		{"84", "00000000 S raw", "S", 888},
		{"85", "00000000 S raw", "S", 888},
		{"86", "00000000 S raw", "S", 888},
		{"87", "00000000 S raw", "S", 888},
		{"88", "00000000 S raw", "S", 888},
		{"89", "00000000 S raw", "S", 888},
		{"90", "00000100 I raw", "S", 888},
		{"91", "00000000 S raw", "S", 888},
		{"92", "00000000 S raw", "S", 888},
		{"93", "90000000 raw", "", 0},
		{"94", "90000000 raw", "", 0},
		{"95", "00000100 P raw", "F", 0},
		{"99", "00000000 S raw", "S", 888}, // in no row
	}
	listed := map[string]bool{"99": true}
	for _, b := range sandbox.HuifuBehaviours() {
		if listed[b.Digits] {
			t.Error("twice:", b.Digits)
		}
		listed[b.Digits] = true
		if !slices.ContainsFunc(rows, func(v struct {
			digits, pay, state string
			paid               int64
		}) bool {
			return v.digits == b.Digits
		}) {
			t.Error("not tried:", b.Digits)
		}
	}
	for _, v := range rows {
		t.Run(v.digits, func(t *testing.T) {
			if !listed[v.digits] {
				t.Error("not in the table")
			}
			tl := newHuifuTill(t)
			if got := tl.pay("A1", tl.code(v.digits)).brief(); got != v.pay {
				t.Errorf("pay: %s, want %s", got, v.pay)
			}
			tl.clock.pass(3 * time.Hour)
			o, booked := tl.box.Books().Order("A1")
			if booked != (v.state != "") || o.State != v.state || o.Charged != v.paid {
				t.Errorf("books: %+v", o)
			}
		})
	}
}

// TestHuifuLies: what the answers of the rows 52 to 66 say, beside their proof.
func TestHuifuLies(t *testing.T) {
	tl := newHuifuTill(t)
	tl.pay("A0", tl.code("00"))
	for _, v := range []struct{ digits, name, want string }{
		{"53", "resp_desc", "<b>甲&乙</b>"},
		{"54", "req_seq_id", "A0"},
		{"55", "trans_amt", "8.89"},
		{"56", "req_date", "20261121"},
		{"57", "huifu_id", "6666000000000001"},
		{"58", "req_seq_id", "L5800001"},
	} {
		no := "L" + v.digits + "00002"
		if a := tl.pay(no, tl.code(v.digits)); a.data[v.name] != v.want {
			t.Errorf("%s: %s is %v", v.digits, v.name, a.data[v.name])
		}
		if a := tl.want(tl.ask(no), "00000000 S raw"); a.data["trans_amt"] != "8.88" || a.data["org_req_seq_id"] != no {
			t.Error(v.digits, a)
		}
	}
	if a := tl.pay("L1", tl.code("59")); len(a.body) <= 1<<20 {
		t.Error("59 is", len(a.body))
	}
	if a := tl.pay("L2", tl.code("61")); !strings.Contains(string(a.body), `"total":10000000000000001`) || !strings.Contains(string(a.body), `"enter_fee":0.00`) {
		t.Error(a)
	}
	if a := tl.pay("L3", tl.code("62")); strings.Count(string(a.body), `"trans_stat"`) != 2 {
		t.Error(a)
	}
	tl.pay("L4", tl.code("66"))
	if a := tl.want(tl.ask("L4"), "00000000 S raw"); a.data["trans_amt"] != "8.89" {
		t.Error(a)
	}
	tl.pay("L5", tl.code("67"))
	tl.want(tl.ask("L5"), "00000000 S")
	tl.pay("L6", tl.code("68"))
	tl.want(tl.ask("L6"), "00000000 S")
	tl.want(tl.ask("L6"), "00000000 S")
	tl.want(tl.ask("L6"), "00000000 P raw")
}

func TestHuifuQueriesOfCodes(t *testing.T) {
	tl := newHuifuTill(t)
	asks := func(digits string, briefs ...string) {
		t.Helper()
		no := tl.number("A")
		tl.pay(no, tl.code(digits))
		for _, want := range briefs {
			if want == "err" {
				if a := tl.ask(no); a.err == nil {
					t.Error(digits, a)
				}
				continue
			}
			tl.want(tl.ask(no), want)
		}
	}
	const waiting, done = "00000000 P raw", "00000000 S raw"
	asks("01", waiting, waiting, waiting, done)
	asks("02", done)
	asks("11", "23000001 raw", "23000001 raw", done)
	asks("12", "23000001 raw")
	asks("18", "err", "err", "err", done)
	asks("90", "00000000 I raw")
	no := tl.number("A")
	data := tl.payData(no, tl.code("13"))
	tl.call("/v3/trade/payment/micropay", data)
	tl.want(tl.call("/v3/trade/payment/micropay", data), done) // the same bytes: it had not arrived
	no = tl.number("A")
	tl.pay(no, tl.code("14"))
	tl.want(tl.ask(no), "23000001 raw")
	tl.clock.pass(40 * time.Second)
	tl.want(tl.ask(no), done)
}

func TestHuifuCloseCodes(t *testing.T) {
	const busy, waiting, done, failed = "98888888 raw", "00000000 P raw", "00000000 S raw", "00000000 F raw"
	for _, v := range []struct {
		digits string
		closes []string
		ask    string // at once
		later  string // 20 s later
		paid   int64  // after three hours
	}{
		{"04", []string{"10000016 raw"}, done, done, 888},
		{"70", []string{"00000100 P raw"}, waiting, failed, 0},
		{"71", []string{busy, busy, busy, "10000016 raw"}, done, done, 888},
		{"72", []string{"23000004 raw", "23000004 raw"}, waiting, waiting, 0},
		{"73", []string{done}, waiting, waiting, 0},
		{"74", []string{"err", "23000000 raw"}, failed, failed, 0},
		{"75", []string{"00000000 S"}, failed, failed, 0},
		{"76", []string{"23000000 raw"}, done, done, 888},
		{"77", []string{busy, busy, busy, busy, busy}, done, done, 888},
		{"78", []string{done}, failed, done, 888},
		{"79", []string{"err", "err", done}, failed, failed, 0},
	} {
		t.Run(v.digits, func(t *testing.T) {
			tl := newHuifuTill(t)
			tl.pay("A1", tl.code(v.digits))
			tl.clock.pass(time.Minute)
			for _, want := range v.closes {
				tl.want(tl.close("A1"), want)
			}
			tl.want(tl.ask("A1"), v.ask)
			tl.clock.pass(20 * time.Second)
			tl.want(tl.ask("A1"), v.later)
			tl.clock.pass(3 * time.Hour)
			if o := tl.order("A1"); o.Charged != v.paid {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestHuifuRefundCodes(t *testing.T) {
	const taken = "00000100 P raw"
	for _, v := range []struct {
		digits  string
		refunds []string // each under the same number
		ask     string   // five minutes later
		charged int64
	}{
		{"80", []string{taken}, "00000000 F raw", 888},
		{"81", []string{taken}, "00000000 P raw", 888},
		{"82", []string{"20000001 raw", "20000000 raw"}, "00000000 S raw", 588},
		{"83", []string{"23000003 raw", "23000003 raw", taken}, "00000000 S raw", 588},
		{"84", []string{"98888888 raw", taken}, "00000000 S raw", 588},
		{"85", []string{"23000000 raw", taken}, "00000000 S raw", 588},
		{"86", []string{"err", "20000000 raw"}, "00000000 S raw", 588},
		{"87", []string{"22000004 raw", "22000004 raw"}, "23000001 raw", 888},
		{"88", []string{"10000009 raw"}, "23000001 raw", 888},
		{"89", []string{"00000100 P"}, "00000000 S raw", 588},
		{"92", []string{taken}, "00000000 S raw", 588},
	} {
		t.Run(v.digits, func(t *testing.T) {
			tl := newHuifuTill(t)
			tl.pay("A1", tl.code(v.digits))
			for _, want := range v.refunds {
				tl.want(tl.refund("A1", "R1", "3.00"), want)
			}
			tl.clock.pass(5 * time.Minute)
			a := tl.want(tl.askRefund("R1"), v.ask)
			if v.digits == "92" && a.data["actual_ref_amt"] != "2.70" {
				t.Error(a)
			}
			if o := tl.order("A1"); o.Charged != v.charged {
				t.Errorf("%+v", o)
			}
		})
	}
}
