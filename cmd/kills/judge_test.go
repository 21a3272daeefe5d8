//go:build linux

package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// honest is a till of which everything is right: a sale that was paid and partly
// refunded, and one whose payment was taken back.
const honest = `{
	"told": [
		{"Reference": "a", "ID": "s1", "Amount": 8800, "Paid": true, "Numbers": {"2026000000000000000000000001": true, "f1": true}, "Refunds": {"fa": 800}},
		{"Reference": "b", "ID": "s2", "Amount": 500, "Numbers": {"2026000000000000000000000002": true}}
	],
	"sales": [
		{"id": "s1", "reference": "a", "amount": 8800, "state": "paid", "receipt": "printed",
			"payments": [{"out_trade_no": "2026000000000000000000000001", "state": "paid"}],
			"refunds": [{"refund_no": "f1", "reference": "fa", "amount": 800, "state": "done"}]},
		{"id": "s2", "reference": "b", "amount": 500, "state": "open", "receipt": "none",
			"payments": [{"out_trade_no": "2026000000000000000000000002", "state": "revoked"}]}
	],
	"books": {"orders": [
		{"out_trade_no": "2026000000000000000000000001", "amount": 8800, "charged": 8000, "paid_at": "2026-11-30T00:00:00Z",
			"refunds": [{"out_refund_no": "f1", "status": "SUCCESS", "amount": 800}]},
		{"out_trade_no": "2026000000000000000000000002", "amount": 500, "charged": 0}
	], "requests": [{"call": "pay", "out_trade_no": "2026000000000000000000000001"}]},
	"slips": ["Shop\n2026000000000000000000000001\n", "REFUND\n2026000000000000000000000001\n"]
}`

func witness(t *testing.T, text string) evidence {
	t.Helper()
	var e struct {
		Told         []known
		Sales        []sale
		Books        books
		Slips, Loose []string
	}
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		t.Fatal(err)
	}
	return evidence{e.Told, e.Sales, e.Books, e.Slips, e.Loose}
}

// A judge who finds nothing proves nothing: each lie below is found, by its name.
func TestJudge(t *testing.T) {
	if broken := judge(witness(t, honest)); len(broken) != 0 {
		t.Fatalf("an honest till: %s", broken)
	}
	const one, two = `2026000000000000000000000001`, `2026000000000000000000000002`
	for _, c := range []struct{ name, from, to, finds string }{
		{"a sale is forgotten", `"reference": "b", "amount"`, `"reference": "c", "amount"`, "is gone"},
		{"paid is taken back", `"amount": 8800, "state": "paid"`, `"amount": 8800, "state": "open"`, "was paid, and is open"},
		{"a number is forgotten", `"f1": true`, `"f2": true`, "number f2 was told, and is gone"},
		{"a refund is forgotten", `{"fa": 800}`, `{"fb": 800}`, "refund fb was 800, and is 0"},
		{"a payment is not over", `"` + two + `", "state": "revoked"`, `"` + two + `", "state": "paying"`, "is not over"},
		{"a person is called for nothing", `"` + two + `", "state": "revoked"`, `"` + two + `", "state": "attention"`, "a person is called"},
		{"revoked, and charged", `"amount": 500, "charged": 0`, `"amount": 500, "charged": 500`, "and the customer is charged 500"},
		{"paid, and not charged", `"charged": 8000`, `"charged": 0`, "should be out of pocket 8000, and is 0"},
		{"charged again", `"orders": [`, `"orders": [{"out_trade_no": "x", "charged": 8800},`, "the till knows no sale of it"},
		{"submitted again and again", `"requests": [`, `"requests": [{"call": "pay", "out_trade_no": "` + one + `"}, {"call": "pay", "out_trade_no": "` + one + `"},`, "was submitted 3 times"},
		{"a refund that the platform never gave", `"refunds": [{"out_refund_no": "f1", "status": "SUCCESS", "amount": 800}]`, `"refunds": []`, "the platform gave 0"},
		{"a refund that the till never asked for", `"refunds": [{"out_refund_no"`, `"refunds": [{"out_refund_no": "f9", "amount": 1}, {"out_refund_no"`, "the till knows nothing of it"},
		{"a receipt twice", `"slips": [`, `"slips": ["Shop\n` + one + `\n",`, "has 2 receipts that are no copies"},
		{"a receipt for nothing", `"slips": [`, `"slips": ["Shop\n` + two + `\n",`, "nobody was charged"},
		{"a receipt that is not there", `"slips": ["Shop\n` + one, `"slips": ["Shop\n`, "and there is none"},
		{"a receipt that should not be there", `"receipt": "printed"`, `"receipt": "not_printed"`, "and is there"},
		{"a receipt still owed", `"receipt": "printed"`, `"receipt": "queued"`, "is not over"},
		{"a code is kept", `"told": [`, `"loose": ["tillpay.db"], "told": [`, "kept in tillpay.db"},
	} {
		text := strings.Replace(honest, c.from, c.to, 1)
		if text == honest {
			t.Fatalf("%s: the lie changes nothing", c.name)
		}
		broken := judge(witness(t, text))
		if !strings.Contains(strings.Join(broken, "\n"), c.finds) {
			t.Errorf("%s: found %q", c.name, broken)
		}
	}
}

// A stretch of like calls is sampled, and nothing else is left out.
func TestMoments(t *testing.T) {
	var calls []call
	for _, c := range []struct {
		n    int
		call call
	}{{1, call{Name: "write", On: "socket"}}, {200, call{Name: "pwrite", On: "wal"}}, {2, call{Name: "fsync", On: "wal"}}, {10, call{Name: "pwrite", On: "wal"}}} {
		for range c.n {
			calls = append(calls, c.call)
		}
	}
	if got := len(moments(calls, true)); got != 214 { // and once after the send
		t.Errorf("%d of all", got)
	}
	some := moments(calls, false)
	if len(some) < 30 || len(some) > 40 {
		t.Errorf("%d of some", len(some))
	}
	seen := map[moment]bool{}
	for _, m := range some {
		seen[m] = true
	}
	for _, must := range []moment{{1, false}, {1, true}, {2, false}, {9, false}, {201, false}, {202, false}, {203, false}, {204, false}, {213, false}} {
		if !seen[must] {
			t.Errorf("%s is left out", must)
		}
	}
}
