package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/channels/sandbox"
)

// What the samples get wrong. Most tills are built from a page of sample code that
// sends the payment, asks ten times and believes what it hears. Each test below is
// one of its mistakes, made by a customer and a platform that act as real ones do
// (the code's last digits choose how: tillpay sandbox -codes), and what this till
// does in its place, seen from outside: its API, its paper, the platform's books.
func TestWhatTheSamplesGetWrong(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	samples := []struct {
		mistake, digits string
		test            func(t *testing.T, c *counter, sale string)
	}{
		{"the retry under a new number", "13", theRetryUnderANewNumber},
		{"the system error that is taken for a failure", "41", theSystemErrorTakenForFailure},
		{"the failure that is not revoked", "04", theFailureWithoutRevoke},
		{"the result that nobody signed", "68", theUnsignedResult},
		{"the poll that never ends", "03", theEndlessPoll},
		{"the revoke that is tried once", "79", theRevokeTriedOnce},
		{"the amount that is not compared", "66", theAmountNotCompared},
	}
	sales := map[string]string{}
	for _, s := range samples { // all customers come at once: most only wait
		sales[s.digits] = c.open("sample-" + s.digits)
		code := map[string]string{"code": fmt.Sprintf("13465072086%05d%s", codes.Add(1), s.digits)}
		c.call(http.MethodPost, "/v1/sales/"+sales[s.digits]+"/scan", code, &agent.Sale{})
	}
	for _, s := range samples {
		t.Run(s.mistake, func(t *testing.T) {
			c.t = t
			s.test(t, c, sales[s.digits])
		})
	}
	t.Run("the code that is printed in the log", func(t *testing.T) { noCodeIsKept(t, c) })
}

// asked are the calls about a sale's only payment, in order.
func (c *counter) asked(t *testing.T, s agent.Sale) (calls []sandbox.Call) {
	t.Helper()
	if len(s.Payments) != 1 {
		t.Fatalf("%d payments", len(s.Payments))
	}
	for _, r := range c.books().Of(s.Payments[0].OutTradeNo) {
		calls = append(calls, r.Call)
	}
	return calls
}

// charged is what the customer is out of pocket for the sale's only payment.
func (c *counter) charged(t *testing.T, s agent.Sale) int64 {
	t.Helper()
	o, _ := c.books().Order(s.Payments[0].OutTradeNo)
	return o.Charged
}

// The customer walks away. The sample's loop skips the line that counts: it asks
// every two seconds for ever. Here a deadline ends it, and then nobody asks any more.
func theEndlessPoll(t *testing.T, c *counter, sale string) {
	s := c.becomes(sale, "open", "revoked")
	calls := c.asked(t, s)
	if n := len(calls); n < 4 || n > 12 {
		t.Errorf("%d calls: %v", n, calls)
	}
	time.Sleep(3 * time.Second) // longer than any gap of its schedule
	if again := c.asked(t, s); len(again) != len(calls) {
		t.Errorf("it goes on asking: %v", again)
	}
}

// The PIN is entered in the very moment in which the till gives up. The sample
// says "failed" and keeps the money. Here what is not paid is revoked, and a query
// has the last word.
func theFailureWithoutRevoke(t *testing.T, c *counter, sale string) {
	s := c.becomes(sale, "open", "revoked")
	calls := c.asked(t, s)
	last := slices.Index(calls, sandbox.Revoke)
	if last < 0 || calls[len(calls)-1] != sandbox.Query || c.charged(t, s) != 0 {
		t.Errorf("%v, and the customer is charged %d", calls, c.charged(t, s))
	}
}

// The request is lost on its way. The sample tries again under a new number: had
// the first one arrived after all, the customer would have paid twice. Here the same
// bytes go out once more, after the platform said that it knows no such order.
func theRetryUnderANewNumber(t *testing.T, c *counter, sale string) {
	s := c.becomes(sale, "paid", "paid")
	calls := c.asked(t, s) // of the one number that there is
	if want := []sandbox.Call{sandbox.Pay, sandbox.Query, sandbox.Pay}; !slices.Equal(calls, want) || c.charged(t, s) != 8800 {
		t.Errorf("%v, and the customer is charged %d", calls, c.charged(t, s))
	}
}

// Somebody on the way answers SUCCESS and signs it wrongly. The sample reads the
// word and hands over the goods. Here it is no answer.
func theUnsignedResult(t *testing.T, c *counter, sale string) {
	s := c.becomes(sale, "open", "revoked")
	if strings.Contains(c.printed(), s.Payments[0].OutTradeNo) || c.charged(t, s) != 0 {
		t.Errorf("a receipt was printed, or the customer is charged %d", c.charged(t, s))
	}
	for _, e := range c.history(s.ID) {
		if e == "payment.paid" {
			t.Error("it was paid for a moment")
		}
	}
}

// The answer is signed, and of another amount. The sample compares nothing. Here it
// proves nothing, and as the platform insists, a person is called.
func theAmountNotCompared(t *testing.T, c *counter, sale string) {
	s := c.becomes(sale, "attention", "attention")
	if s.Action != "call_manager" {
		t.Errorf("the cashier is told to %s: %s", s.Action, s.Message)
	}
	if slices.Contains(c.history(s.ID), "payment.paid") {
		t.Error("it was paid for a moment")
	}
}

// The first two revokes are lost. The sample sends one and forgets. Here it is owed
// until a query proves it.
func theRevokeTriedOnce(t *testing.T, c *counter, sale string) {
	s := c.becomes(sale, "open", "revoked")
	calls := c.asked(t, s)
	revokes := 0
	for _, call := range calls {
		if call == sandbox.Revoke {
			revokes++
		}
	}
	if revokes < 3 || calls[len(calls)-1] != sandbox.Query {
		t.Errorf("%d revokes: %v", revokes, calls)
	}
}

// SYSTEM_ERROR, and the customer was charged. The sample says "failed, try again",
// and charges a second time. Here nobody knows yet, so the platform is asked.
func theSystemErrorTakenForFailure(t *testing.T, c *counter, sale string) {
	s := c.becomes(sale, "paid", "paid")
	if calls := c.asked(t, s); len(calls) != 2 || calls[1] != sandbox.Query || c.charged(t, s) != 8800 {
		t.Errorf("%v, and the customer is charged %d", calls, c.charged(t, s))
	}
}

// history is the kinds of a sale's journal entries.
func (c *counter) history(id string) (kinds []string) {
	c.t.Helper()
	var h struct {
		Entries []struct {
			Kind string `json:"kind"`
		} `json:"entries"`
	}
	c.call(http.MethodGet, "/v1/sales/"+id+"/journal", nil, &h)
	for _, e := range h.Entries {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}
