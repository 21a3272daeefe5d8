package reconcile

import (
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

var (
	dayFrom = time.Date(2026, 11, 23, 0, 0, 0, 0, channels.Beijing())
	dayTo   = dayFrom.AddDate(0, 0, 1)
	noon    = dayFrom.Add(12 * time.Hour)
)

func hkd(n int64) channels.Money { return channels.Money{Amount: n, Currency: "HKD"} }

func payment(no string, state State, at time.Time) Payment {
	return Payment{Sale: "s1", OutTradeNo: no, PlatformID: "42", Amount: hkd(8800), State: state, Word: string(state), At: at}
}

func refundOf(no string, state State, at time.Time) Refund {
	return Refund{Sale: "s1", OutTradeNo: "A", RefundNo: no, Amount: hkd(800), State: state, Word: string(state), AskedAt: at, EndedAt: at.Add(time.Minute)}
}

func charge(no string, n int64) channels.Line {
	return channels.Line{Kind: channels.PaymentLine, OutTradeNo: no, PlatformID: "42", Amount: hkd(n), Status: "SUCCESS", At: noon}
}

func giveBack(no, refund string, n int64) channels.Line {
	return channels.Line{Kind: channels.RefundLine, OutTradeNo: no, RefundNo: refund, PlatformID: "50", Amount: hkd(n), Status: "SUCCESS", At: noon}
}

func void(l channels.Line) channels.Line { l.Void = true; return l }

func books(payments []Payment, refunds []Refund) Books {
	return Books{Payments: payments, Refunds: refunds, From: dayFrom, To: dayTo, OriginOf: func(number string) Origin {
		switch number[0] {
		case 'T':
			return ThisTill
		case 'O':
			return OtherTill
		}
		return Stranger
	}}
}

// said is what a table found, in short.
func said(t Table) string {
	var all []string
	for _, r := range t.Rows {
		all = append(all, string(r.Result)+"/"+string(r.Finding))
	}
	return strings.Join(all, " ")
}

func TestMatchPayments(t *testing.T) {
	other := charge("A", 8800)
	other.PlatformID = "43"
	yen := charge("A", 8800)
	yen.Amount.Currency = "JPY"
	for name, c := range map[string]struct {
		ours  []Payment
		lines []channels.Line
		want  string
	}{
		"agrees":                           {[]Payment{payment("A", Moved, noon)}, []channels.Line{charge("A", 8800)}, "matched/agrees"},
		"one cent":                         {[]Payment{payment("A", Moved, noon)}, []channels.Line{charge("A", 8801)}, "different/amount"},
		"currency":                         {[]Payment{payment("A", Moved, noon)}, []channels.Line{yen}, "different/currency"},
		"another order of the platform's":  {[]Payment{payment("A", Moved, noon)}, []channels.Line{other}, "different/platform_number"},
		"twice":                            {[]Payment{payment("A", Moved, noon)}, []channels.Line{charge("A", 8800), charge("A", 8800)}, "different/listed_twice matched/agrees"},
		"missing":                          {[]Payment{payment("A", Moved, noon)}, nil, "only_here/payment_missing"},
		"only listed as void":              {[]Payment{payment("A", Moved, noon)}, []channels.Line{void(charge("A", 8800))}, "only_here/payment_missing"},
		"of the day before, named":         {[]Payment{payment("A", Moved, dayFrom.Add(-time.Second))}, []channels.Line{charge("A", 8800)}, "matched/agrees"},
		"of the day before, not named":     {[]Payment{payment("A", Moved, dayFrom.Add(-time.Second))}, nil, ""},
		"at midnight it is the next day's": {[]Payment{payment("A", Moved, dayTo)}, nil, ""},
		"revoked":                          {[]Payment{payment("A", Still, noon)}, nil, ""},
		"revoked, charged and returned":    {[]Payment{payment("A", Still, noon)}, []channels.Line{charge("A", 8800), giveBack("A", "A", 8800)}, "matched/returned matched/returned"},
		"revoked, and still charged":       {[]Payment{payment("A", Still, noon)}, []channels.Line{charge("A", 8800)}, "different/charged_not_paid"},
		"revoked, returned in part":        {[]Payment{payment("A", Still, noon)}, []channels.Line{charge("A", 8800), giveBack("A", "", 800)}, "different/charged_not_paid different/charged_not_paid"},
		"returned the day after":           {[]Payment{payment("A", Still, noon)}, []channels.Line{giveBack("A", "A", 8800)}, "matched/returned"},
		"attention, charged":               {[]Payment{payment("A", Stopped, noon)}, []channels.Line{charge("A", 8800)}, "different/charged_unsettled"},
		"attention, returned":              {[]Payment{payment("A", Stopped, noon)}, []channels.Line{charge("A", 8800), giveBack("A", "A", 8800)}, "different/returned_unsettled different/returned_unsettled"},
		"attention, not charged":           {[]Payment{payment("A", Stopped, noon)}, nil, "only_here/unsettled"},
		"lost here":                        {nil, []channels.Line{charge("T1", 8800)}, "only_there/payment_unknown"},
		"another program's":                {nil, []channels.Line{charge("W1", 8800)}, "only_there/payment_foreign"},
		"another till's":                   {nil, []channels.Line{charge("O1", 8800), giveBack("O1", "x", 1), giveBack("", "O2", 1)}, ""},
		"void and unknown":                 {nil, []channels.Line{void(charge("W1", 8800))}, ""},
	} {
		if got := said(Match(books(c.ours, nil), c.lines)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestMatchRefunds(t *testing.T) {
	paid := []Payment{payment("A", Moved, dayFrom.Add(-time.Hour))}
	crossing := refundOf("R", Moved, dayTo.Add(-time.Second))
	for name, c := range map[string]struct {
		ours  []Refund
		lines []channels.Line
		want  string
	}{
		"agrees":                  {[]Refund{refundOf("R", Moved, noon)}, []channels.Line{giveBack("A", "R", 800)}, "matched/agrees"},
		"accepted counts":         {[]Refund{refundOf("R", Open, noon)}, []channels.Line{giveBack("A", "R", 800)}, "matched/agrees"},
		"without the order":       {[]Refund{refundOf("R", Moved, noon)}, []channels.Line{giveBack("", "R", 800)}, "matched/agrees"},
		"one cent":                {[]Refund{refundOf("R", Moved, noon)}, []channels.Line{giveBack("A", "R", 799)}, "different/amount"},
		"of another order":        {[]Refund{refundOf("R", Moved, noon)}, []channels.Line{giveBack("B", "R", 800)}, "different/platform_number"},
		"twice":                   {[]Refund{refundOf("R", Moved, noon)}, []channels.Line{giveBack("A", "R", 800), giveBack("A", "R", 800)}, "different/listed_twice matched/agrees"},
		"missing":                 {[]Refund{refundOf("R", Moved, noon)}, nil, "only_here/refund_missing"},
		"over midnight":           {[]Refund{crossing}, nil, "only_here/other_day"},
		"under way":               {[]Refund{refundOf("R", Open, noon)}, nil, "only_here/refund_open"},
		"of another day":          {[]Refund{refundOf("R", Moved, dayTo)}, nil, ""},
		"failed there":            {[]Refund{refundOf("R", Moved, noon)}, []channels.Line{void(giveBack("A", "R", 800))}, "different/refund_failed"},
		"failed both":             {[]Refund{refundOf("R", Still, noon)}, []channels.Line{void(giveBack("A", "R", 800))}, ""},
		"refused, and given":      {[]Refund{refundOf("R", Still, noon)}, []channels.Line{giveBack("A", "R", 800)}, "different/refunded_after_all"},
		"attention, and given":    {[]Refund{refundOf("R", Stopped, noon)}, []channels.Line{giveBack("A", "R", 800)}, "different/refund_stopped"},
		"in the console":          {nil, []channels.Line{giveBack("A", "console", 800)}, "only_there/refund_outside"},
		"in the console, unnamed": {nil, []channels.Line{giveBack("A", "", 800)}, "only_there/refund_outside"},
		"of an order lost here":   {nil, []channels.Line{giveBack("T1", "x", 800)}, "only_there/refund_unknown"},
		"of another program's":    {nil, []channels.Line{giveBack("W1", "x", 800)}, "only_there/refund_foreign"},
		"failed, and not our's":   {nil, []channels.Line{void(giveBack("A", "console", 800))}, ""},
	} {
		if got := said(Match(books(paid, c.ours), c.lines)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestSumsAreOfBothSides(t *testing.T) {
	table := Match(books([]Payment{payment("A", Moved, noon), payment("B", Moved, noon)}, []Refund{refundOf("R", Moved, noon)}),
		[]channels.Line{charge("A", 8800), charge("W1", 100), giveBack("A", "R", 800)})
	if len(table.Sums) != 1 || table.Sums[0] != (Sum{"HKD", Moves{2, 17600, 1, 800}, Moves{2, 8900, 1, 800}}) {
		t.Errorf("%+v", table.Sums)
	}
	if table.Matched != 2 || table.OnlyHere != 1 || table.OnlyThere != 1 || table.Different != 0 || table.Differences() != 2 {
		t.Errorf("%+v", table)
	}
}

// A file read in the wrong unit is told from one wrong amount, and hides nothing.
func TestMisreadUnit(t *testing.T) {
	three := []Payment{payment("A", Moved, noon), payment("B", Moved, noon), payment("C", Moved, noon)}
	for _, c := range []struct {
		amounts [3]int64
		want    bool
	}{{[3]int64{880000, 880000, 880000}, true}, {[3]int64{88, 88, 88}, true}, {[3]int64{880000, 8800, 880000}, false}, {[3]int64{8800, 8800, 8800}, false}} {
		table := Match(books(three, nil), []channels.Line{charge("A", c.amounts[0]), charge("B", c.amounts[1]), charge("C", c.amounts[2])})
		if table.Unit != c.want {
			t.Errorf("%v: misread %v", c.amounts, table.Unit)
		}
		if c.want && table.Different != 3 {
			t.Errorf("%v: %s", c.amounts, said(table))
		}
	}
	if Match(books(three[:1], nil), []channels.Line{charge("A", 880000)}).Unit {
		t.Error("one amount proves no unit")
	}
}

func TestEveryFindingIsSaidInThreeLanguages(t *testing.T) {
	seen := map[string]Finding{}
	for f, s := range words {
		for _, text := range []string{s.en, s.zhCN, s.zhHK} {
			if text == "" {
				t.Errorf("%s lacks a language", f)
			}
		}
		if seen[s.en] != "" {
			t.Errorf("%s says what %s says", f, seen[s.en])
		}
		seen[s.en] = f
		if f.In("en") != s.en || f.In("zh-CN") != s.zhCN || f.In("zh-HK") != s.zhHK {
			t.Errorf("%s in the wrong language", f)
		}
	}
	for _, table := range []Table{Match(books([]Payment{payment("A", Moved, noon)}, nil), nil)} {
		table.Say("zh-HK")
		if table.Rows[0].Message != words[PaymentMissing].zhHK {
			t.Error(table.Rows[0].Message)
		}
	}
}

func TestSheetRunsNoFormula(t *testing.T) {
	var b strings.Builder
	s := NewSheet(&b)
	line := charge("=cmd()", 8800)
	s.Add("2026-11-23", "wechat", Match(books(nil, nil), []channels.Line{line}))
	if err := s.Close(); err != nil || !strings.Contains(b.String(), ",'=cmd(),") || !strings.Contains(b.String(), ",HKD,88.00,SUCCESS,2026-11-23 12:00:00,") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
