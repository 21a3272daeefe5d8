package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// byDigits puts the parts of a platform's table together.
func byDigits(parts ...[]Behaviour) []Behaviour {
	return slices.SortedStableFunc(slices.Values(slices.Concat(parts...)), func(a, b Behaviour) int { return strings.Compare(a.Digits, b.Digits) })
}

// behaviourOf is what a code brings. Digits that are in no row pay at once.
func behaviourOf(rows map[string]Behaviour, code string) Behaviour {
	digits := lastTwo(code)
	if b, listed := rows[digits]; listed {
		return b
	}
	return Behaviour{Digits: digits, Name: "pays", Says: "pays at once"}
}

// network is how the platforms' tables differ where the way there and back goes
// wrong.
type network struct {
	missing Fault  // how a query says that there is no such order
	says    string // that, and what follows it, in words
	slow    int64  // ms: longer than a till waits
	then    string // what a till that gave up too soon has done
}

// networkCodes are every platform's 10 to 19.
func networkCodes(n network) []Behaviour {
	pay := func(what Kind, delay int64) Fault { return Fault{Call: Pay, Times: 1, What: what, DelayMS: delay} }
	lost, never := pay(DropAfter, 0), Fault{Call: Pay, What: DropBefore}
	reset := pay(Reset, 0)
	reset.Booked = true
	n.missing.Call, n.missing.Times, n.missing.What = Query, 2, Answer
	later := "cut at once, and booked 50 s later"
	if n.then != "" {
		later += ": " + n.then
	}
	return []Behaviour{
		{Digits: "10", Name: "answer-lost", Says: "paid, and the answer lost", faults: []Fault{lost}},
		{Digits: "11", Name: "answer-lost-lag", Says: "paid, and the answer lost; two queries say " + n.says, faults: []Fault{lost, n.missing}},
		{Digits: "12", Name: "never-arrives", Says: "no pay of this order ever arrives", faults: []Fault{never}},
		{Digits: "13", Name: "request-lost-once", Says: "the first pay does not arrive; the same again does", faults: []Fault{pay(DropBefore, 0)}},
		{Digits: "14", Name: "arrives-late", Says: "cut at once, and booked 40 s later, whatever was asked in between",
			faults: []Fault{pay(Late, 40_000)}},
		{Digits: "15", Name: "slow", Says: fmt.Sprintf("paid; the answer takes %d s", n.slow/1000), faults: []Fault{pay(Slow, n.slow)}},
		{Digits: "16", Name: "reset", Says: "paid, and the connection reset", faults: []Fault{reset}},
		{Digits: "17", Name: "half-answer", Says: "paid; half the answer comes", faults: []Fault{pay(Truncate, 0)}},
		{Digits: "18", Name: "queries-lost", Says: "paid, the answer lost, and those of three queries",
			faults: []Fault{lost, {Call: Query, Times: 3, What: DropAfter}}},
		{Digits: "19", Name: "arrives-later", Says: later, faults: []Fault{pay(Late, 50_000)}},
	}
}

// everyTime and oneTime are answers to pays that somebody else gives, booked ones
// to a pay that was done, and anyway ones are given once to such a pay.
func everyTime(f Fault) Fault {
	f.Call, f.What, f.Status = Pay, Answer, max(f.Status, 200)
	return f
}

func oneTime(f Fault) Fault { f = everyTime(f); f.Times = 1; return f }

func booked(f Fault) Fault { f.Booked = true; return f }

func anyway(f Fault) Fault { f.Booked, f.Times = true, 1; return f }

// gatewayCodes are what stands in front of most platforms in trouble: no answer of
// the platform's own.
func gatewayCodes() []Behaviour {
	return []Behaviour{
		{Digits: "44", Name: "html-502", Says: "502 with HTML once; paid", faults: []Fault{oneTime(booked(Fault{Status: 502, Body: gatewayHTML}))}},
		{Digits: "45", Name: "unavailable", Says: "503 without a body once, and no order", faults: []Fault{oneTime(Fault{Status: 503})}},
		{Digits: "47", Name: "too-fast-empty", Says: "429 without a body once, and no order", faults: []Fault{oneTime(Fault{Status: 429})}},
		{Digits: "49", Name: "accepted-202", Says: "200 without a body once; paid", faults: []Fault{oneTime(booked(Fault{Status: 200}))}},
	}
}

// lastingCodes are answers that stay false: an amount, a proof, and a success
// that never was, which is said without the proof.
func lastingCodes(neverProven, without string) []Behaviour {
	return []Behaviour{
		{Digits: "66", Name: "wrong-amount-always", Says: "paid; pay and every query tell an amount one higher",
			faults: []Fault{{Call: Pay, What: WrongAmount}, {Call: Query, What: WrongAmount}}},
		{Digits: "67", Name: "forged-always", Says: "paid; " + neverProven, faults: []Fault{{Call: AnyCall, What: ForgeSignature}}},
		{Digits: "68", Name: "forged-success", Says: "asks for a PIN, which nobody enters; two queries say SUCCESS " + without,
			customer: customer{asked: true}, faults: []Fault{{Call: Query, Times: 2, What: ForgeSuccess}}},
	}
}

const (
	nothingSigned = "nothing about this order is signed rightly, ever"
	wronglySigned = "under a wrong signature"
)

// oddStateCode is a query's state that no table has, under the platform's name for it.
func oddStateCode(name string) Behaviour {
	return Behaviour{Digits: "60", Name: string(UnknownState), Says: "asks for a PIN, which is entered after 10 s; two queries tell " + name + " that no table has",
		customer: customer{asked: true, after: 10 * time.Second}, faults: []Fault{{Call: Query, Times: 2, What: UnknownState}}}
}

// lieCode pays once and lies about it in the pay's answer.
func lieCode(digits string, what Kind, says string) Behaviour {
	return Behaviour{Digits: digits, Name: string(what), Says: "paid; " + says, faults: []Fault{{Call: Pay, Times: 1, What: what}}}
}
