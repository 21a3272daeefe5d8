package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// orders is a platform that tells a sale's second order from its first, which it
// refuses unsigned, calls paid 30 s later and does not take back.
type orders struct {
	*platform
	first  string
	second func() channels.Reply // what it says of the second one
	revoke func() channels.Reply // and what becomes of it
}

func newOrders(p *platform) *orders {
	p.revoke = func(int) channels.Reply { return refusing }
	p.refund = func(bool, int) channels.Reply { return refusing }
	return &orders{platform: p, second: paying}
}

func (o *orders) Pay(_ context.Context, q channels.Payment) channels.Reply {
	if o.saw("pay"); o.first == "" {
		o.first = q.OutTradeNo
		return channels.Reply{Outcome: channels.Declined, Reason: channels.InsufficientFunds}
	}
	return o.second()
}

func (o *orders) Query(_ context.Context, q channels.Order) channels.Reply {
	if o.saw("query"); q.OutTradeNo == o.first {
		return paid()
	}
	return o.second()
}

func (o *orders) Revoke(_ context.Context, q channels.Order) channels.Reply {
	if n := o.saw("revoke"); q.OutTradeNo == o.first {
		return o.platform.revoke(n)
	}
	return o.revoke()
}

// twice makes a sale whose first payment waits for a person, while its customer is
// asked by the second.
func twice(t *testing.T, d *desk) *Sale {
	t.Helper()
	s := d.open(t, "r1")
	if _, err := d.Scan(context.Background(), s.ID, code); err != nil {
		t.Fatal(err)
	}
	after(20 * time.Second)
	if _, err := d.Scan(context.Background(), s.ID, "134650720866361396"); err != nil {
		t.Fatal(err)
	}
	after(15 * time.Second)
	v := d.sale(t, s.ID)
	if len(v.Payments) != 2 || v.Payments[0].State != "attention" || v.Payments[1].State != "paying" {
		t.Fatalf("%+v: %s", v.Payments, d.platform.log())
	}
	return v
}

// Nobody says that a sale is paid while its customer may be paying it by another
// payment: he would be charged twice.
func TestPaidIsNotSaidBesideAnotherPayment(t *testing.T) {
	var o *orders
	runAt(t, func(p *platform) channels.Channel { o = newOrders(p); return o }, func(t *testing.T, d *desk) {
		s, m := twice(t, d), matter(t, d)
		paidByFirst := Resolution{Choice: "paid", Note: "seen in the console", Confirm: true}
		_, err := d.Resolve(context.Background(), m.ID, paidByFirst, "manager", "en")
		var other *OtherUnderWay
		if !errors.Is(err, payment.ErrBusy) || !errors.As(err, &other) || !strings.Contains(other.Message, "Wait until it has ended") {
			t.Fatalf("%v", err)
		}
		if again := matter(t, d); again.ID != m.ID {
			t.Errorf("another matter: %+v", again)
		}
		o.second = paid
		after(10 * time.Second)
		v := d.sale(t, s.ID)
		if v.State != "paid" || v.Payments[0].State != "attention" || v.Payments[1].State != "paid" {
			t.Errorf("%s, %s, %s", v.State, v.Payments[0].State, v.Payments[1].State)
		}
		if m := matter(t, d); standings(m) != "revoked confirm, undo_again open" {
			t.Errorf("%s", standings(m))
		}
	})
}

// The other payment has ended unpaid: the sale is paid by the first.
func TestPaidIsSaidBehindTheOtherPayment(t *testing.T) {
	var o *orders
	runAt(t, func(p *platform) channels.Channel { o = newOrders(p); return o }, func(t *testing.T, d *desk) {
		s, m := twice(t, d), matter(t, d)
		o.second = func() channels.Reply { return channels.Reply{Outcome: channels.Declined, Verified: true} }
		after(10 * time.Second)
		if _, err := d.Resolve(context.Background(), m.ID, Resolution{Choice: "paid", Note: "seen in the console"}, "manager", "en"); err != nil {
			t.Error(err)
		}
		if v := d.sale(t, s.ID); v.State != "paid" || v.Payments[0].State != "paid" || v.Payments[1].State != "declined" {
			t.Errorf("%+v", v)
		}
	})
}

// A payment that turns out paid in a sale that is paid already is given back, and
// holds up no other sale.
func TestPaidTwiceIsGivenBack(t *testing.T) {
	var o *orders
	runAt(t, func(p *platform) channels.Channel { o = newOrders(p); return o }, func(t *testing.T, d *desk) {
		s := twice(t, d)
		if err := d.DB.Update(context.Background(), func(tx *ledger.Tx) error { // as an older till let a person say
			n, err := ledger.ParseSaleID(s.ID)
			if err != nil {
				return err
			}
			sale, err := tx.Sale(n)
			if err != nil {
				return err
			}
			all, err := tx.Payments(n)
			if err != nil {
				return err
			}
			all[0].State = string(payment.Paid)
			sale.State, sale.PaidBy = ledger.SalePaid, all[0].OutTradeNo
			return errors.Join(tx.SavePayment(all[0]), tx.Journal("payment.paid", n, all[0].OutTradeNo, nil), tx.SaveSale(sale),
				tx.Mended(payment.MatterPayment, all[0].OutTradeNo, "manager"))
		}); err != nil {
			t.Fatal(err)
		}
		o.second = paid
		o.revoke = func() channels.Reply {
			o.second = func() channels.Reply { return channels.Reply{Outcome: channels.Revoked, Verified: true} }
			return taken()
		}
		after(time.Minute)
		v := d.sale(t, s.ID)
		if v.State != "paid" || v.Payments[1].State != "revoked" {
			t.Errorf("%s, %s: %s", v.State, v.Payments[1].State, d.platform.log())
		}
		if next := d.open(t, "r2"); !d.sale(t, next.ID).Armed {
			t.Error("no other sale is armed")
		}
	})
}
