//go:build linux

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// evidence is all that can be seen of a till from outside, when all is quiet.
type evidence struct {
	told  []known  // what the POS was told while it went on
	sales []sale   // what the till says now
	books books    // what the platform says, of this till's orders
	slips []string // what came out of the printer
	loose []string // payment codes found in files or logs
}

// judge answers each broken promise in a sentence. It is written from the
// promises, and shares nothing with the agent.
func judge(e evidence) []string {
	j := verdict{}
	now := map[string]*sale{}
	for i := range e.sales {
		now[e.sales[i].Reference] = &e.sales[i]
	}
	for _, k := range e.told {
		j.forgotten(k, now[k.Reference])
	}
	owner := map[string]*sale{} // of each order number
	for _, s := range now {
		for _, p := range s.Payments {
			owner[p.OutTradeNo] = s
		}
	}
	j.money(e.books, now, owner)
	j.paper(e, owner)
	for _, where := range e.loose {
		j.say("a payment code is kept in %s", where)
	}
	slices.Sort(j.broken)
	return j.broken
}

type verdict struct{ broken []string }

func (j *verdict) say(format string, args ...any) {
	j.broken = append(j.broken, fmt.Sprintf(format, args...))
}

// forgotten: what the till once said stays true.
func (j *verdict) forgotten(k known, s *sale) {
	if s == nil {
		j.say("sale %s was acknowledged, and is gone", k.Reference)
		return
	}
	if s.ID != k.ID || s.Amount != k.Amount {
		j.say("sale %s was %s over %d, and is %s over %d", k.Reference, k.ID, k.Amount, s.ID, s.Amount)
	}
	if k.Paid && s.State != "paid" && s.State != "refunded" {
		j.say("sale %s was paid, and is %s", k.Reference, s.State)
	}
	there := map[string]bool{}
	refunds := map[string]int64{}
	for _, p := range s.Payments {
		there[p.OutTradeNo] = true
	}
	for _, r := range s.Refunds {
		there[r.RefundNo] = true
		if refunds[r.Reference] != 0 {
			j.say("sale %s: refund %s is there twice", k.Reference, r.Reference)
		}
		refunds[r.Reference] = r.Amount
	}
	for n := range k.Numbers {
		if !there[n] {
			j.say("sale %s: number %s was told, and is gone", k.Reference, n)
		}
	}
	for reference, amount := range k.Refunds {
		if refunds[reference] != amount {
			j.say("sale %s: refund %s was %d, and is %d", k.Reference, reference, amount, refunds[reference])
		}
	}
}

// money: the platform's books and the till's agree to the cent, sale by sale.
func (j *verdict) money(b books, now, owner map[string]*sale) {
	charged := map[string]int64{}    // by order number
	given := map[string]int64{}      // refunds that the platform has, by their number
	refunds := map[string][]string{} // refunds' numbers by order number
	for _, o := range b.Orders {
		if owner[o.OutTradeNo] == nil {
			j.say("order %s of %d is in the platform's books, and the till knows no sale of it", o.OutTradeNo, o.Charged)
		}
		charged[o.OutTradeNo] = o.Charged
		for _, r := range o.Refunds {
			if r.ByRevoke {
				continue
			}
			given[r.OutRefundNo] += r.Amount
			refunds[o.OutTradeNo] = append(refunds[o.OutTradeNo], r.OutRefundNo)
		}
	}
	pays := map[string]int{}
	for _, r := range b.Requests {
		if r.Call == "pay" {
			pays[r.OutTradeNo]++
		}
	}
	for n, times := range pays {
		if times > 2 { // the one replay that the rules permit
			j.say("order %s was submitted %d times", n, times)
		}
	}
	for _, s := range now {
		j.sale(s, charged, given, refunds)
	}
}

func (j *verdict) sale(s *sale, charged, given map[string]int64, refunds map[string][]string) {
	if !s.final() {
		j.say("sale %s is not over: %s, payments %v, refunds %v, receipt %s", s.Reference, s.State, s.Payments, s.Refunds, s.Receipt)
	}
	paidBy := 0
	var out int64
	for _, p := range s.Payments {
		switch p.State {
		case "paid":
			paidBy++
		case "attention":
			j.say("sale %s: a person is called for %s, and the platform was never in doubt", s.Reference, p.OutTradeNo)
		default:
			if charged[p.OutTradeNo] != 0 {
				j.say("sale %s: payment %s is %s, and the customer is charged %d", s.Reference, p.OutTradeNo, p.State, charged[p.OutTradeNo])
			}
		}
		out += charged[p.OutTradeNo]
	}
	var back int64
	known := map[string]bool{}
	for _, r := range s.Refunds {
		known[r.RefundNo] = true
		switch {
		case r.State == "done" && given[r.RefundNo] != r.Amount:
			j.say("sale %s: refund %s of %d is done, and the platform gave %d", s.Reference, r.RefundNo, r.Amount, given[r.RefundNo])
		case r.State == "refused" && given[r.RefundNo] != 0:
			j.say("sale %s: refund %s is refused, and the platform gave %d", s.Reference, r.RefundNo, given[r.RefundNo])
		}
		if r.State == "done" {
			back += r.Amount
		}
	}
	for _, p := range s.Payments {
		for _, n := range refunds[p.OutTradeNo] {
			if p.State == "paid" && !known[n] {
				j.say("sale %s: the platform gave refund %s, and the till knows nothing of it", s.Reference, n)
			}
		}
	}
	want := int64(0)
	switch {
	case paidBy > 1:
		j.say("sale %s is paid by %d payments", s.Reference, paidBy)
	case (s.State == "paid" || s.State == "refunded") != (paidBy == 1):
		j.say("sale %s is %s with %d paid payments", s.Reference, s.State, paidBy)
	case paidBy == 1:
		want = s.Amount - back
	}
	if out != want {
		j.say("sale %s is %s (%d given back): the customer should be out of pocket %d, and is %d", s.Reference, s.State, back, want, out)
	}
}

// orderNumber is the till's, as text on a slip.
var orderNumber = regexp.MustCompile(`\b20\d{26}\b`)

// paper: a receipt of a sale is of a charged one, and comes once. Other slips say
// what they are in their first line.
func (j *verdict) paper(e evidence, owner map[string]*sale) {
	charged := map[string]bool{}
	for _, o := range e.books.Orders {
		charged[o.OutTradeNo] = !o.PaidAt.IsZero()
	}
	receipts := map[string]int{}
	for _, slip := range e.slips {
		n := orderNumber.FindString(slip)
		if n == "" || title.MatchString(slip) { // torn before its number, or no receipt of a sale
			continue
		}
		receipts[n]++
		s := owner[n]
		switch {
		case s == nil:
			j.say("a receipt tells of order %s, and the till knows no sale of it", n)
		case !charged[n]:
			j.say("sale %s: a receipt of order %s was printed, and nobody was charged", s.Reference, n)
		}
	}
	for n, times := range receipts {
		if times > 1 {
			j.say("order %s has %d receipts that are no copies", n, times)
		}
	}
	for n, s := range owner {
		paid := false
		for _, p := range s.Payments {
			paid = paid || p.OutTradeNo == n && p.State == "paid"
		}
		switch {
		case s.Receipt == "printed" && paid && receipts[n] == 0:
			j.say("sale %s: its receipt is said to be printed, and there is none", s.Reference)
		case s.Receipt == "not_printed" && receipts[n] > 0:
			j.say("sale %s: its receipt is said not to be printed, and is there", s.Reference)
		case receipts[n] > 0 && !paid:
			j.say("sale %s: a receipt of order %s was printed, which is not its payment", s.Reference, n)
		}
	}
}

// title is the first line of every slip that is not an original receipt.
var title = regexp.MustCompile(`REFUND|CANCELLED|RESULT NOT KNOWN|COPY \d`)

// tally counts what a verdict was about, for the report.
func tally(e evidence) string {
	var payments, paid, receipts int
	for _, s := range e.sales {
		payments += len(s.Payments)
		for _, p := range s.Payments {
			if p.State == "paid" {
				paid++
			}
		}
	}
	for _, slip := range e.slips {
		if orderNumber.MatchString(slip) && !title.MatchString(slip) {
			receipts++
		}
	}
	return strings.Join([]string{
		fmt.Sprintf("%d sales", len(e.sales)), fmt.Sprintf("%d payments", payments), fmt.Sprintf("%d paid", paid), fmt.Sprintf("%d receipts", receipts),
	}, ", ")
}
