package sandboxtest

import (
	"context"
	"testing"
	"time"

	"tillpay/channels"
)

// Takes holds that the sandbox's half of the platform takes p as the driver makes
// it, with no field too many, too long or of another form.
func Takes(t *testing.T, s Platform, p channels.Preparation) {
	t.Helper()
	of, err := s.platform()
	if err != nil {
		t.Fatal(err)
	}
	env := channels.Env{Now: time.Now, Version: "test", Transport: of.box.Transport()}
	ch, err := s.open(t.TempDir(), of.box, of.account, "https://127.0.0.1:7443", env)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	p.OutTradeNo = now.In(channels.Beijing()).Format("20060102") + "00010000112345678901"
	p.Amount, p.ExpiresAt = channels.Money{Amount: 888, Currency: s.Currency}, now.Add(5*time.Minute)
	r, params := ch.(channels.Preparer).Prepare(context.Background(), p)
	if r.Outcome != channels.Paying || !r.Verified || params == nil {
		t.Errorf("%v %s: %s", r.Outcome, r.Reason, r.Message)
	}
}
