package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/agent/reconcile"
	"tillpay/channels"
	"tillpay/channels/sandbox"
)

// story runs one in a bubble, for each platform that has the wallets' ordinary sales.
func story(t *testing.T, tell func(m *mainland, p platformStory)) {
	t.Parallel()
	keys, err := mainlandKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range mainlandStories {
		t.Run(p.channel, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { tell(openMainland(t, keys), p) })
		})
	}
}

func (m *mainland) payment(id, state string) *agent.Sale {
	m.t.Helper()
	return m.until(id, "its payment "+state, func(s *agent.Sale) bool { return lastPayment(s) == state })
}

// paid is a sale that was paid with a presented code and printed.
func (m *mainland) paid(p platformStory, reference string, amount int64) *agent.Sale {
	m.t.Helper()
	s := m.open(reference, "", amount)
	m.scan(s, p, "00")
	m.payment(s.ID, "paid")
	return m.until(s.ID, "printed", func(s *agent.Sale) bool { return s.Receipt == "printed" })
}

func TestMainlandPresentedAndRefunded(t *testing.T) {
	story(t, func(m *mainland, p platformStory) {
		s := m.paid(p, "r-paid", 8800)
		m.charged(s, 8800)
		number := s.Payments[0].OutTradeNo
		if n := len(m.paper.all); n != 1 || !strings.Contains(m.paper.all[0], number) {
			t.Errorf("%d slips", n)
		}
		for i, amount := range []int64{800, 0} { // a part, then the rest
			time.Sleep(2 * time.Minute)
			s, _, err := m.Refund(m.t.Context(), s.ID, agent.NewRefund{Reference: "f" + string(rune('1'+i)), Amount: amount, Reason: "cold"}, "pos")
			if err != nil {
				m.t.Fatal(err)
			}
			s = m.until(s.ID, "refunded", func(s *agent.Sale) bool { return len(s.Refunds) == i+1 && s.Refunds[i].State == "done" })
			m.charged(s, 8000*int64(1-i))
		}
		if s, err := m.Sale(m.t.Context(), s.ID); err != nil || s.State != "refunded" || s.RefundedAmount != 8800 {
			m.t.Errorf("%+v %v", s, err)
		}
	})
}

// The customer never confirms; then one confirms when the till has given up.
func TestMainlandTimeOutIsUndone(t *testing.T) {
	story(t, func(m *mainland, p platformStory) {
		for _, digits := range []string{"03", p.late} {
			s := m.open("r-"+digits, "", 1250)
			m.scan(s, p, digits)
			s = m.until(s.ID, "undone", func(s *agent.Sale) bool { return lastPayment(s) == "revoked" || lastPayment(s) == "declined" })
			m.say("asked of the platform: %s", m.log(s.ID))
			time.Sleep(time.Hour)
			m.charged(s, 0)
			if s.State != "open" {
				m.t.Errorf("the sale is %s", s.State)
			}
			if _, err := m.Cancel(m.t.Context(), s.ID, "pos"); err != nil {
				m.t.Fatal(err)
			}
		}
	})
}

// huifuIn tells one story of Huifu's in a bubble.
func huifuIn(t *testing.T, tell func(m *mainland, p platformStory)) {
	t.Helper()
	t.Parallel()
	keys, err := mainlandKeys()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) { tell(openMainland(t, keys), mainlandStories[0]) })
}

// A closed order of which Huifu's queries say P for ever: only the closing's own
// query tells that it is over, once nothing can be paid under its number.
func TestHuifuCloseIsProvenByItsOwnQuery(t *testing.T) {
	huifuIn(t, func(m *mainland, p platformStory) {
		began := time.Now()
		s := m.open("r-95", "", 1250)
		m.scan(s, p, "95")
		s = m.payment(s.ID, "revoked")
		m.say("asked of the platform: %s", m.log(s.ID))
		if took := time.Since(began); took < 3*time.Minute || took > 15*time.Minute {
			m.t.Errorf("closed_grace behind expire_after is 180 s, and it took %v", took)
		}
		if !strings.Contains(m.log(s.ID), string(sandbox.CloseQuery)) {
			m.t.Error("the closing was not asked about")
		}
		s, o := m.prepared(p, "r-left-95")
		m.say("%s", o.Payment.OutTradeNo)
		s = m.until(s.ID, "closed", func(s *agent.Sale) bool { return lastPayment(s) == "revoked" || lastPayment(s) == "declined" })
		m.charged(s, 0)
	})
}

// The closing is done, the order failed, and the customer's money arrives all the
// same: the late look finds it, and it goes back.
func TestHuifuPaidBehindAClosing(t *testing.T) {
	huifuIn(t, func(m *mainland, p platformStory) {
		s := m.open("r-78", "", 1250)
		if _, err := m.Scan(m.t.Context(), s.ID, "130000000000000078"); err != nil { // no phone's: it acts by the table alone
			m.t.Fatal(err)
		}
		s = m.payment(s.ID, "revoked")
		time.Sleep(time.Minute)
		m.charged(s, 1250)
		time.Sleep(3 * time.Hour)
		m.say("asked of the platform: %s", m.log(s.ID))
		s, err := m.Sale(m.t.Context(), s.ID)
		if err != nil || lastPayment(s) != "revoked" {
			m.t.Errorf("%+v %v", s, err)
		}
		m.charged(s, 0)
	})
}

// The network goes before midnight and comes back behind it: what goes back then is
// asked for under its own day, and belongs to the payment's (huifu.md §7, §15.1).
func TestHuifuGivesBackOnALaterDay(t *testing.T) {
	huifuIn(t, func(m *mainland, p platformStory) {
		time.Sleep(time.Until(time.Date(2026, 11, 24, 15, 59, 30, 0, time.UTC)))
		sold := m.paid(p, "r-sold", 8800)
		undone := m.open("r-undone", "", 1250)
		m.scan(undone, p, "10") // paid, and its answer is lost
		time.Sleep(time.Second)
		m.box.Faults().NetworkDown(true)
		if _, err := m.Cancel(m.t.Context(), undone.ID, "pos"); err != nil {
			m.t.Fatal(err)
		}
		if _, _, err := m.Refund(m.t.Context(), sold.ID, agent.NewRefund{Reference: "f1", Amount: 300, Reason: "cold"}, "pos"); err != nil {
			m.t.Fatal(err)
		}
		time.Sleep(time.Minute)
		m.box.Faults().NetworkDown(false)
		undone = m.payment(undone.ID, "revoked")
		m.say("asked of the platform: %s", m.log(undone.ID))
		m.charged(undone, 0)
		sold = m.until(sold.ID, "refunded", func(s *agent.Sale) bool { return s.Refunds[0].State == "done" })
		m.charged(sold, 8500)
	})
}

// A refund is booked just before midnight and its answer lost; asked for again the
// day after it would be another. The till asks about the first, under its day.
func TestHuifuRefundOverMidnightIsOne(t *testing.T) {
	huifuIn(t, func(m *mainland, p platformStory) {
		time.Sleep(time.Until(time.Date(2026, 11, 24, 15, 58, 0, 0, time.UTC)))
		s := m.paid(p, "r-sold", 8800)
		for _, f := range []sandbox.Fault{{Call: sandbox.RefundCreate, Times: 1, What: sandbox.DropAfter}, {Call: sandbox.RefundQuery, Times: 8, What: sandbox.DropBefore}} {
			if _, err := m.box.Faults().Add(f); err != nil {
				m.t.Fatal(err)
			}
		}
		if _, _, err := m.Refund(m.t.Context(), s.ID, agent.NewRefund{Reference: "f1", Amount: 300, Reason: "cold"}, "pos"); err != nil {
			m.t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		s = m.until(s.ID, "refunded", func(s *agent.Sale) bool { return s.Refunds[0].State == "done" })
		m.charged(s, 8500)
		if n := len(m.order(s).Refunds); n != 1 {
			m.t.Errorf("%d refunds", n)
		}
	})
}

// The customer has paid, the cashier cancels, and Fubei's reverses are answered and
// never done: after three the money goes back as a refund, within minutes and not
// when the reverse's day is over.
func TestFubeiRefundsWhatReversesLeavePaid(t *testing.T) {
	t.Parallel()
	keys, err := mainlandKeys()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		m := openMainland(t, keys)
		if _, err := m.box.Faults().Add(sandbox.Fault{Call: sandbox.Revoke, What: sandbox.Ignored}); err != nil {
			t.Fatal(err)
		}
		s := m.open("r-kept", "", 1250)
		m.scan(s, platformStory{wallet: "unionpay"}, "10") // its answer is lost
		time.Sleep(time.Second)
		if _, err := m.Cancel(t.Context(), s.ID, "pos"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		s = m.payment(s.ID, "revoked")
		m.say("asked of the platform: %s", m.log(s.ID))
		m.charged(s, 0)
		if n, took := strings.Count(m.log(s.ID), string(sandbox.Revoke)), time.Since(began); n != 3 || took > time.Hour {
			t.Errorf("%d reverses, %v", n, took)
		}
	})
}

// prepared is an order for the customer's app.
func (m *mainland) prepared(p platformStory, reference string) (*agent.Sale, *agent.Prepared) {
	m.t.Helper()
	s := m.open(reference, "", 660)
	o, err := m.Prepare(m.t.Context(), s.ID, agent.NewOrder{Channel: p.channel, Payer: p.payer})
	if err != nil {
		m.t.Fatal(err)
	}
	m.say("pay_params: %.80s…", o.PayParams)
	return s, o
}

func TestMainlandPrepared(t *testing.T) {
	story(t, func(m *mainland, p platformStory) {
		s, o := m.prepared(p, "r-prepared")
		if err := p.appears(m, o); err != nil {
			m.t.Fatal(err)
		}
		if err := m.box.Phone().Confirm("123456"); err != nil {
			m.t.Fatal(err)
		}
		s = m.payment(s.ID, "paid")
		m.charged(s, 660)
		m.until(s.ID, "printed", func(s *agent.Sale) bool { return s.Receipt == "printed" })

		s, _ = m.prepared(p, "r-left")
		s = m.until(s.ID, "closed", func(s *agent.Sale) bool { return lastPayment(s) == "revoked" || lastPayment(s) == "declined" })
		m.say("asked of the platform: %s", m.log(s.ID))
		m.charged(s, 0)
	})
}

// A refund that was made at the platform's console is no business of the till's
// books, and is found the day after.
func TestMainlandReconcile(t *testing.T) {
	story(t, func(m *mainland, p platformStory) {
		s := m.paid(p, "r-one", 8800)
		m.paid(p, "r-two", 1200)
		ch := m.Accounts[p.channel].Channel
		if _, ok := ch.(channels.StatementReader); !ok {
			m.t.Skipf("%s has no statement for tills", p.channel)
		}
		time.Sleep(2 * time.Minute)
		row, err := m.DB.Payment(m.t.Context(), s.Payments[0].OutTradeNo)
		if err != nil {
			m.t.Fatal(err)
		}
		console := channels.Refund{RefundNo: "CONSOLE" + row.OutTradeNo[:20], Order: orderOf(row), Amount: channels.Money{Amount: 300, Currency: "CNY"}, Reason: "console"}
		if got := ch.Refund(m.t.Context(), console); got.Outcome != channels.Accepted && got.Outcome != channels.Refunded {
			m.t.Fatalf("%v %s", got.Outcome, got.Message)
		}
		time.Sleep(36 * time.Hour) // the platform has written its file by then
		r, err := m.Reconcile(m.t.Context(), "2026-11-24", p.channel)
		if err != nil {
			m.t.Fatal(err)
		}
		table := r.Channels[0].Table
		m.say("%s: matched %d, only here %d, only there %d, different %d", p.channel, table.Matched, table.OnlyHere, table.OnlyThere, table.Different)
		odd := slices.DeleteFunc(slices.Clone(table.Rows), func(r reconcile.Row) bool { return r.Result == reconcile.Matched })
		for _, r := range odd {
			m.say("%s %s %s: %s", r.Result, r.Kind, r.RefundNo, r.Message)
		}
		if table.Matched != 2 || len(odd) != 1 || odd[0].Result != reconcile.OnlyThere || odd[0].RefundNo != console.RefundNo || odd[0].There.Amount != 300 {
			m.t.Errorf("%+v", table)
		}
		if p.channel == "huifu" { // which answers three times a day (huifu.md §13)
			for range 4 {
				if _, err := m.Reconcile(m.t.Context(), "2026-11-24", p.channel); err != nil {
					m.t.Fatal(err)
				}
			}
			calls := 0
			for _, r := range m.box.Books().Requests {
				if r.Call == sandbox.StatementFile {
					calls++
				}
			}
			if calls != 1 {
				m.t.Errorf("the platform was asked for one file %d times", calls)
			}
		}
	})
}

func orderOf(p ledger.Payment) channels.Order {
	return channels.Order{OutTradeNo: p.OutTradeNo, PlatformID: p.PlatformID, Amount: channels.Money{Amount: 8800, Currency: "CNY"}, SubmittedAt: p.SubmittedAt}
}
