package agent

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/payment"
	"tillpay/channels"
)

// appPlatform also prepares orders, and closes them.
type appPlatform struct {
	*platform
	prepare func(channels.Preparation) channels.Reply
}

func (p appPlatform) Prepare(_ context.Context, q channels.Preparation) (channels.Reply, json.RawMessage) {
	p.saw("prepare")
	return p.prepare(q), json.RawMessage(`{"package":"prepay_id=wx1"}`)
}

func (p appPlatform) CheckPreparation(payer, _ map[string]json.RawMessage) error {
	if payer["openid"] == nil {
		return errors.New("payer.openid is missing")
	}
	return nil
}

func (p appPlatform) Close(context.Context, channels.Order) channels.Reply {
	p.saw("close")
	return channels.Reply{Outcome: channels.Accepted, Verified: true}
}

func (p appPlatform) Sheet() channels.Sheet {
	s := p.platform.Sheet()
	s.Prepared = true
	s.UndoPrepared = []channels.Undo{{How: channels.ByClose, MinAge: time.Minute}, {How: channels.ByRefund}}
	return s
}

// runApp is run with a channel that prepares orders.
func runApp(t *testing.T, f func(t *testing.T, d *desk, p appPlatform)) {
	run(t, func(t *testing.T, d *desk) {
		p := appPlatform{d.platform, func(channels.Preparation) channels.Reply { return paying() }}
		l := d.links["wechat"]
		l.account.Channel = p
		l.account.Prepared = preparedPlan(p.Sheet())
		f(t, d, p)
	})
}

var openid = map[string]json.RawMessage{"openid": json.RawMessage(`"o1"`)}

func TestPreparedOrderIsFollowedToPaid(t *testing.T) {
	runApp(t, func(t *testing.T, d *desk, p appPlatform) {
		d.platform.query = func(n int) channels.Reply {
			if n < 3 {
				return paying()
			}
			return paid()
		}
		s := d.open(t, "r1")
		if _, err := d.Prepare(context.Background(), s.ID, NewOrder{Channel: "wechat"}); err == nil || !strings.Contains(err.Error(), "payer.openid") {
			t.Error(err)
		}
		o, err := d.Prepare(context.Background(), s.ID, NewOrder{Channel: "wechat", Payer: openid})
		if err != nil || string(o.PayParams) != `{"package":"prepay_id=wx1"}` || o.Payment.State != "paying" {
			t.Fatal(o, err)
		}
		if v := d.sale(t, s.ID); v.State != "paying" || v.Action != "ask_customer" || !v.Payments[0].Prepared || v.Payments[0].PayParams == nil {
			t.Errorf("%+v", v)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "paid" || v.Payments[0].PayParams != nil || v.Receipt != "printed" {
			t.Errorf("%+v", v)
		}
		if got := d.platform.log(); got != "prepare@0s query@3s query@6s query@9s" {
			t.Error(got)
		}
	})
}

func TestPreparedOrderThatNobodyPaysIsClosed(t *testing.T) {
	runApp(t, func(t *testing.T, d *desk, p appPlatform) {
		d.platform.query = func(int) channels.Reply {
			if d.platform.n["close"] > 0 {
				return channels.Reply{Outcome: channels.Closed, Verified: true}
			}
			return paying()
		}
		s := d.open(t, "r1")
		if _, err := d.Prepare(context.Background(), s.ID, NewOrder{Channel: "wechat", Payer: openid}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		if v := d.sale(t, s.ID); v.State != "open" || v.Payments[0].State != "revoked" || v.Payments[0].Reason != "deadline" {
			t.Errorf("%+v", v)
		}
		if got := d.platform.log(); !strings.HasSuffix(got, "query@4m59s close@4m59s query@4m59s") {
			t.Error(got)
		}
	})
}

func preparedPlan(s channels.Sheet) payment.Plan { return payment.NewPreparedPlan(s, 5*time.Minute) }
