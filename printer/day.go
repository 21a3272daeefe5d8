package printer

import (
	"strconv"
	"time"
)

// DayReport is a business day's sums, to be put in the drawer with the money.
type DayReport struct {
	Language string
	Merchant string
	Store    string
	Till     string
	Date     string
	At       time.Time // when it was asked for
	By       string
	TimeZone *time.Location
	Totals   []DayTotal
}

// DayTotal is what one channel took and gave back in one currency.
type DayTotal struct {
	Channel, Currency string
	Payments          int
	Paid              int64
	Refunds           int
	Refunded          int64
	NotReturned       int64 // of Refunded: not yet at the customers
	Unsettled         int   // payments whose result is not known
}

// LayoutDay makes the slip of a day report: each channel, then what all of them
// come to in each currency.
func LayoutDay(r DayReport, o Options) Document {
	if o.Columns == 0 {
		o.Columns = 48
	}
	s := slip{
		r: &Receipt{Kind: Day, Language: r.Language, Merchant: r.Merchant, Store: r.Store, Till: r.Till, At: r.At, TimeZone: r.TimeZone},
		w: wordsFor(r.Language), t: o.Templates.For(Day), columns: max(o.Columns, 24),
	}
	s.heading(s.w.DayTitle, 1)
	s.feed()
	s.shop()
	s.fact(s.w.DayOf, r.Date)
	s.fact(s.w.Till, r.Till)
	s.fact(s.w.Printed, s.clock(r.At))
	s.fact(s.w.Cashier, r.By)
	if len(r.Totals) == 0 {
		s.rule()
		s.text(s.w.NothingSold, 0, Center)
	}
	for _, t := range r.Totals {
		s.dayTotal(t.Channel, t)
	}
	for _, t := range together(r.Totals) {
		s.dayTotal(s.w.AllChannels, t)
	}
	if len(s.t.Footer) > 0 {
		s.feed()
		s.own(s.t.Footer)
	}
	s.add(Element{Kind: Cut})
	return Document{Columns: s.columns, Language: r.Language, Elements: s.elements}
}

func (s *slip) dayTotal(name string, t DayTotal) {
	s.rule()
	s.text(name+" "+t.Currency, Bold, Left)
	s.fact(s.w.Payments, strconv.Itoa(t.Payments))
	s.fact(s.w.Paid, Amount(t.Paid, t.Currency))
	if t.Refunds > 0 {
		s.fact(s.w.Refunds, strconv.Itoa(t.Refunds))
		s.fact(s.w.Refunded, Amount(-t.Refunded, t.Currency))
	}
	if t.NotReturned > 0 {
		s.fact(s.w.NotDone, Amount(-t.NotReturned, t.Currency))
	}
	if t.Unsettled > 0 {
		s.fact(s.w.Unsettled, strconv.Itoa(t.Unsettled))
	}
	s.large(s.w.Net, clean(Amount(t.Paid-t.Refunded, t.Currency)))
}

// together adds up the currencies that more than one channel took.
func together(all []DayTotal) []DayTotal {
	var sums []DayTotal
	count := map[string]int{}
	for _, t := range all {
		count[t.Currency]++
		i := 0
		for i < len(sums) && sums[i].Currency != t.Currency {
			i++
		}
		if i == len(sums) {
			sums = append(sums, DayTotal{Currency: t.Currency})
		}
		s := &sums[i]
		s.Payments, s.Paid, s.Refunds = s.Payments+t.Payments, s.Paid+t.Paid, s.Refunds+t.Refunds
		s.Refunded, s.NotReturned, s.Unsettled = s.Refunded+t.Refunded, s.NotReturned+t.NotReturned, s.Unsettled+t.Unsettled
	}
	var shared []DayTotal
	for _, s := range sums {
		if count[s.Currency] > 1 {
			shared = append(shared, s)
		}
	}
	return shared
}
