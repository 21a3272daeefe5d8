package httpapi

import (
	"context"
	"sync"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// bank is a platform that holds deposits.
type bank struct {
	platform
	books    sync.Mutex
	captured int64
	returned bool
	captures int
	revokes  int
}

func (b *bank) Query(context.Context, channels.Order) channels.Reply {
	b.books.Lock()
	defer b.books.Unlock()
	r := b.answer()
	if r.Captured = b.captured; b.returned {
		r.Outcome = channels.Refunded
	}
	return r
}

func (b *bank) Capture(_ context.Context, _ channels.Order, m channels.Money) channels.Reply {
	b.books.Lock()
	defer b.books.Unlock()
	b.captured = m.Amount
	b.captures++
	return channels.Reply{Outcome: channels.Accepted, Verified: true}
}

func (b *bank) Revoke(context.Context, channels.Order) channels.Reply {
	b.books.Lock()
	defer b.books.Unlock()
	b.returned = true
	b.revokes++
	return channels.Reply{Outcome: channels.Accepted, Verified: true}
}

func (b *bank) Sheet() channels.Sheet {
	s := b.platform.Sheet()
	s.Hold = 30 * 24 * time.Hour
	return s
}

// held is a desk with one held deposit, and its path.
func held(t *testing.T) (*desk, string) {
	t.Helper()
	b := &bank{platform: platform{says: channels.Paid}}
	d := openDesk(t, setup{change: func(c *agent.Config) {
		c.Accounts["vault"] = &payment.Account{Name: "vault", Driver: "fake", Channel: b, Plan: payment.NewPlan(b.Sheet(), "advised", 45*time.Second)}
		c.Routes["deposit"] = "vault"
	}})
	v := d.want(201, "POST", "/v1/sales", `{"reference":"d1","amount":20000,"currency":"HKD","kind":"deposit"}`)
	path := "/v1/sales/" + v["id"].(string)
	d.want(200, "POST", path+"/scan", `{"code":"`+goodCode+`"}`)
	v = d.until(path, func(v map[string]any) bool { return v["state"] == "held" && v["receipt"] == "printed" })
	if v["returns_at"] == nil || v["kind"] != "deposit" {
		t.Errorf("%v", v)
	}
	return d, path
}

func TestDepositIsCaptured(t *testing.T) {
	d, path := held(t)
	refused(t, "cancel", d.call("POST", path+"/cancel", ""), 409, "sale_held", "")
	refused(t, "too much", d.call("POST", path+"/capture", `{"amount":20001}`), 422, "capture_too_large", "amount")
	refused(t, "nothing", d.call("POST", path+"/capture", `{"amount":0}`), 422, "invalid_value", "amount")
	refused(t, "refund", d.call("POST", path+"/refunds", `{"reference":"f","reason":"y"}`), 422, "sale_not_paid", "")
	v := d.want(200, "POST", path+"/capture", `{"amount":12000}`)
	if v["settlement"].(map[string]any)["amount"] != 12000.0 {
		t.Errorf("%v", v)
	}
	d.want(200, "POST", path+"/capture", `{"amount":12000}`)
	refused(t, "another amount", d.call("POST", path+"/capture", `{"amount":11000}`), 409, "deposit_settled", "")
	refused(t, "a release", d.call("POST", path+"/release", ""), 409, "deposit_settled", "")
	v = d.until(path, func(v map[string]any) bool { return v["state"] == "paid" })
	if v["captured"] != 12000.0 || v["settlement"].(map[string]any)["state"] != "done" {
		t.Errorf("%v", v)
	}
	if entries := d.want(200, "GET", path+"/journal", "")["entries"].([]any); len(entries) < 6 {
		t.Error(entries)
	}
}

func TestDepositIsReleased(t *testing.T) {
	d, path := held(t)
	d.want(200, "POST", path+"/release", "")
	d.want(200, "POST", path+"/release", "{}")
	refused(t, "a capture", d.call("POST", path+"/capture", `{"amount":1}`), 409, "deposit_settled", "")
	d.until(path, func(v map[string]any) bool { return v["state"] == "released" })
	if page := d.want(200, "GET", "/v1/sales?state=released", ""); len(page["sales"].([]any)) != 1 {
		t.Errorf("%v", page)
	}
}
