package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer/transport"
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

// runApp is run with a channel that prepares orders; wrap may make it another one.
func runApp(t *testing.T, f func(t *testing.T, d *desk, p appPlatform), wrap ...func(appPlatform) channels.Channel) {
	var p appPlatform
	prepares := func(own *platform) channels.Channel {
		p = appPlatform{own, func(channels.Preparation) channels.Reply { return paying() }}
		if len(wrap) > 0 {
			return wrap[0](p)
		}
		return p
	}
	runAt(t, prepares, func(t *testing.T, d *desk) { f(t, d, p) }, func(c *Config) { c.Accounts["wechat"].Prepared = preparedPlan(p.Sheet()) })
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

// codePlatform prepares orders whose params are a code to scan.
type codePlatform struct{ appPlatform }

func (codePlatform) ScanText(json.RawMessage) string { return "weixin://wxpay/bizpayurl?pr=AbCd123" }

// A code to scan is shown and printed while its order can be paid, and no longer.
func TestACodeToScan(t *testing.T) {
	runApp(t, func(t *testing.T, d *desk, p appPlatform) {
		d.platform.query = func(int) channels.Reply { return paying() }
		s := d.open(t, "r1")
		if err := d.PrintOrder(context.Background(), s.ID, "cashier"); !errors.Is(err, ErrNothingToScan) {
			t.Errorf("before there is an order: %v", err)
		}
		o, err := d.Prepare(context.Background(), s.ID, NewOrder{Channel: "wechat", Payer: openid})
		if err != nil || o.Payment.ScanText != "weixin://wxpay/bizpayurl?pr=AbCd123" {
			t.Fatalf("%+v, %v", o, err)
		}
		after(time.Second)
		if v := d.sale(t, s.ID); v.Message != sayShown.en || v.Payments[0].ScanText == "" || v.Receipt != "none" {
			t.Errorf("%+v", v)
		}
		if err := d.PrintOrder(context.Background(), s.ID, "cashier"); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		if v := d.sale(t, s.ID); d.paper.slips != 1 || v.Receipt != "none" {
			t.Errorf("%d slips, the receipt is %s", d.paper.slips, v.Receipt)
		}
		d.paper.answer(transport.NotPrinted) // until the order is over
		if err := d.PrintOrder(context.Background(), s.ID, "cashier"); err != nil {
			t.Fatal(err)
		}
		after(time.Minute)
		d.platform.query = func(int) channels.Reply { return paid() }
		after(20 * time.Second)
		d.paper.answer(transport.Printed)
		after(time.Hour)
		v := d.sale(t, s.ID)
		slips := 0
		for _, line := range strings.Split(d.log.String(), "\n") {
			if strings.Contains(line, "job") && strings.Contains(line, "order/") {
				slips++
			}
		}
		if v.State != "paid" || v.Payments[0].ScanText != "" || slips == 0 {
			t.Errorf("%+v, %d tries", v.Payments[0], slips)
		}
		if entries, err := d.History(context.Background(), s.ID); err != nil || !slices.ContainsFunc(entries, func(e ledger.Entry) bool {
			return e.Kind == "receipt.not_printed" && strings.Contains(string(e.Data), `"slip":"order"`)
		}) {
			t.Errorf("the code was printed for an order that is over: %v", err)
		}
	}, func(p appPlatform) channels.Channel { return codePlatform{p} })
}

func preparedPlan(s channels.Sheet) payment.Plan { return payment.NewPreparedPlan(s, 5*time.Minute) }
