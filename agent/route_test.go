package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"tillpay/agent/payment"
	"tillpay/channels"
)

// inCurrency is a platform that takes other wallets and currencies.
type inCurrency struct {
	*platform
	wallets, currencies []string
	most                int64
}

func (p inCurrency) Sheet() channels.Sheet {
	s := p.platform.Sheet()
	s.Wallets, s.Currencies, s.MostAmount = p.wallets, p.currencies, p.most
	return s
}

// A till in HKD whose Alipay goes to a channel that takes CNY alone.
func TestRouteByCurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openDesk(t, t.TempDir(), newPlatform())
		defer d.stop()
		synctest.Wait()
		mainland := inCurrency{newPlatform(), []string{"alipay", "wechat"}, []string{"CNY"}, 1200}
		d.Accounts["huifu"] = &payment.Account{Name: "huifu", Driver: "fake", Channel: mainland, Plan: d.Accounts["wechat"].Plan}
		d.links["huifu"] = newLink(d.Till, d.Accounts["huifu"])
		d.Routes["alipay.CNY"], d.Routes["wechat.CNY"] = "huifu", "huifu"
		open := func(reference, currency string) (*Sale, error) {
			s, _, err := d.Open(context.Background(), NewSale{Reference: reference, Amount: 1200, Currency: currency, Description: "tea"})
			return s, err
		}
		// What no route takes is refused before anybody scans, and says what is taken.
		var invalid *Invalid
		if _, err := open("r1", "USD"); !errors.As(err, &invalid) || invalid.Field != "currency" || !strings.Contains(invalid.Problem, "they take CNY, HKD") {
			t.Errorf("USD: %v", err)
		}
		_, _, err := d.Open(context.Background(), NewSale{Reference: "r1", Amount: 1201, Currency: "CNY", Description: "tea"})
		if !errors.As(err, &invalid) || invalid.Field != "amount" || !strings.Contains(invalid.Problem, "CNY 12.00") {
			t.Errorf("more than a form holds: %v", err)
		}
		hkd, err := open("r2", "HKD")
		if err != nil {
			t.Fatal(err)
		}
		// This wallet is taken here, and not in this currency.
		var refusal *Refusal
		if _, err := d.Scan(context.Background(), hkd.ID, "280000000000000000"); !errors.As(err, &refusal) || refusal.Code != "currency_not_supported" ||
			!strings.Contains(refusal.Message, "HKD") || refusal.Action != actOther {
			t.Errorf("alipay in HKD: %v %+v", err, refusal)
		}
		if _, err := d.Scan(context.Background(), hkd.ID, "6210000000000000000"); !errors.As(err, &refusal) || refusal.Code != "no_route" {
			t.Errorf("unionpay: %v %+v", err, refusal)
		}
		if d.platform.log() != "" || mainland.log() != "" {
			t.Errorf("sent: %s %s", d.platform.log(), mainland.log())
		}
		// The same wallet's codes go to another channel by currency.
		for reference, want := range map[string]*platform{"HKD": d.platform, "CNY": mainland.platform} {
			s, err := open("by-"+reference, reference)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Scan(context.Background(), s.ID, "13465072086630"+map[string]string{"HKD": "0001", "CNY": "0002"}[reference]); err != nil {
				t.Fatalf("%s: %v", reference, err)
			}
			synctest.Wait()
			if !strings.HasPrefix(want.log(), "pay@") || want.n["pay"] != 1 {
				t.Errorf("%s: %s", reference, want.log())
			}
		}
	})
}

// The platform answers nothing any more: the order stays where it is, and no
// other channel that takes the same wallet and currency is tried for it.
func TestNoFailoverOfAnUnknownResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent, other := newPlatform(), newPlatform()
		silent.pay = func(channels.Payment) channels.Reply { return channels.Reply{Reason: channels.Network} }
		silent.query = func(int) channels.Reply { return channels.Reply{Reason: channels.Network} }
		silent.revoke = func(int) channels.Reply { return channels.Reply{Reason: channels.Network} }
		d := openDesk(t, t.TempDir(), silent)
		defer d.stop()
		synctest.Wait()
		d.Accounts["other"] = &payment.Account{Name: "other", Driver: "fake", Channel: other, Plan: d.Accounts["wechat"].Plan}
		d.links["other"] = newLink(d.Till, d.Accounts["other"])
		d.Routes["alipay"] = "other"
		s, _, err := d.Open(context.Background(), NewSale{Reference: "r", Amount: 1200, Currency: "HKD", Description: "tea"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Scan(context.Background(), s.ID, "134650720866300001"); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if s, err = d.Wait(context.Background(), s.ID, "", 30e9); err != nil {
				t.Fatal(err)
			}
		}
		if silent.n["pay"] != 1 || other.log() != "" || s.Payments[0].Channel != "wechat" {
			t.Errorf("%s | %s | %+v", silent.log(), other.log(), s.Payments)
		}
	})
}
