package main

import "time"

// order is one line of the books. Amounts are minor units.
type order struct {
	no, id   string
	day      string // its other name, where a platform knows an order by number and day
	sale     int
	try      int
	deposit  bool
	prepared bool // no code: the customer pays it in an app
	amount   int64
	body     uint64 // of what was asked, all of it
	state    string // paying, paid, failed, closed, returned
	customer customer
	arrived  time.Time
	expires  time.Time // when it ends by itself
	paidAt   time.Time
	blind    time.Duration // not found for so long
	undos    int
	shut     bool  // by a closing, which the platform owns up to
	lingers  bool  // see house
	stubborn bool  // undoing is refused for good
	odd      int64 // charged more than was asked

	charged  int64 // left the customer's account
	back     int64 // came back by an undo, or with a capture's rest
	captured int64
	refunds  map[string]*giveBack
}

type giveBack struct {
	no, id string
	day    string // see order
	amount int64
	slack  bool // takes minutes
	doneAt time.Time
	done   bool
}

// customer is what the one with the phone does.
type customer struct {
	does  fault // "": pays at once, or after a while
	after time.Duration
}

// settle lets the customer do what he does by now.
func (o *order) settle(now time.Time) {
	if o.state != "paying" {
		return
	}
	end, pays := o.expires, o.arrived.Add(o.customer.after)
	if end.IsZero() {
		end = o.arrived.Add(30 * time.Minute)
	}
	switch acts := o.customer.does != customerNever && pays.Before(end) && !now.Before(pays); {
	case acts && o.customer.does == customerNo:
		o.state = "failed"
	case acts:
		o.state, o.charged, o.paidAt = "paid", o.amount+o.odd, pays
	case !now.Before(end):
		o.state = "closed"
	}
}

func (r *giveBack) settle(now time.Time) {
	if !r.doneAt.IsZero() && !now.Before(r.doneAt) {
		r.done = true
	}
}

func chosen(d *dice) customer {
	switch d.weighted(int(850 / *trouble), 60, 14, 10, 14, 30, 10) {
	case 1:
		return customer{"", d.between(2*time.Second, 38*time.Second)}
	case 2:
		return customer{customerLate, d.between(42*time.Second, 50*time.Second)}
	case 3:
		return customer{customerNever, 0}
	case 4:
		return customer{customerNo, d.between(2*time.Second, 30*time.Second)}
	case 5:
		return customer{customerPoor, 0}
	case 6:
		return customer{customerSplits, d.between(0, 30*time.Second)}
	}
	return customer{}
}

// invited is a customer with an order in his app, or its code before him.
func invited(d *dice) customer {
	switch d.weighted(int(800 / *trouble), 80, 120) {
	case 1: // about the end of a prepared order, five minutes
		return customer{customerLate, d.between(285*time.Second, 315*time.Second)}
	case 2:
		return customer{customerNever, 0}
	}
	return customer{"", d.between(2*time.Second, 90*time.Second)}
}

// kept is what the shop has of an order: what the customer is out of pocket.
func (o *order) kept() int64 {
	left := o.charged - o.back
	for _, r := range o.refunds {
		left -= r.amount
	}
	return left
}

// refunded is what went back under refund numbers of the till's, undoing apart.
func (o *order) refunded() int64 {
	var sum int64
	for _, r := range o.refunds {
		if !isUndo(r.no) {
			sum += r.amount
		}
	}
	return sum
}
