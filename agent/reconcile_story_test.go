package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/agent/reconcile"
	"tillpay/channels"
	"tillpay/channels/sandbox"
	wechatglobal "tillpay/channels/wechat-global"
	"tillpay/scanner"
)

// counter is a till in front of the sandbox, in a bubble of virtual time. It
// stands in New York, so that its day is another than the platform's.
type counter struct {
	*Till
	t     *testing.T
	box   *sandbox.Sandbox
	codes int
}

// onSandbox gives f a counter. The bubble begins at 08:00 in Beijing.
func onSandbox(t *testing.T, f func(c *counter)) {
	keys, err := sandbox.NewKeys() // outside the bubble: it costs a second
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		box, err := sandbox.New(sandbox.Config{Keys: keys, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		c := &counter{t: t, box: box}
		channel := wechat(t, box)
		db, err := ledger.Open(context.Background(), t.TempDir(), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		other := newPlatform()
		c.Till, err = New(context.Background(), Config{
			Place: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Shop"}, Currency: "HKD", Language: "en", Zone: time.FixedZone("New York", -5*60*60),
			DB: db, Accounts: map[string]*payment.Account{
				"wechat": {Name: "wechat", Driver: "wechat-global", Channel: channel, Plan: payment.NewPlan(channel.Sheet(), "advised", 45*time.Second)},
				"other":  {Name: "other", Driver: "fake", Channel: other, Plan: payment.NewPlan(other.Sheet(), "advised", 45*time.Second)},
			},
			Routes: map[string]string{"wechat": "wechat"}, Codes: scanner.Default(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		defer func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(c)
	})
}

// wechat is the sandbox's institution, in process.
func wechat(t *testing.T, box *sandbox.Sandbox) channels.Channel {
	t.Helper()
	a, dir := box.Accounts()[0], t.TempDir()
	for name, data := range map[string][]byte{"key.pem": a.PrivateKeyPEM, "v3": []byte(a.APIv3Key)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	channel, err := wechatglobal.New(channels.Settings{
		Name: "wechat", Till: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Shop", StoreAddress: "1 Example Street"},
		Decode: func(into any) error {
			*into.(*wechatglobal.Config) = wechatglobal.Config{
				Mode: a.Mode, SpMchID: a.SpMchID, SpAppID: a.SpAppID, SubMchID: a.SubMchID, MerchantCategoryCode: a.MerchantCategoryCode,
				PrivateKeyFile: "key.pem", CertificateSerial: a.Serial, APIv3KeyFile: "v3",
			}
			return nil
		},
		Path: func(name string) string { return filepath.Join(dir, name) }, CacheDir: filepath.Join(dir, "cache"),
		Env: channels.Env{Now: time.Now, Version: "test", Transport: box.Transport()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return channel
}

// code is a fresh payment code that the sandbox acts on by its last two digits.
func (c *counter) code(digits string) string {
	c.codes++
	return fmt.Sprintf("13%014d%s", c.codes, digits)
}

// pay opens a sale, scans a code for it and waits a little.
func (c *counter) pay(reference, digits string, wait time.Duration) *Sale {
	c.t.Helper()
	ctx := context.Background()
	v, _, err := c.Open(ctx, NewSale{Reference: reference, Amount: 8800, Currency: "HKD", Description: "tea"})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.Scan(ctx, v.ID, c.code(digits)); err != nil {
		c.t.Fatal(err)
	}
	time.Sleep(wait)
	synctest.Wait()
	if v, err = c.Sale(ctx, v.ID); err != nil {
		c.t.Fatal(err)
	}
	return v
}

func (c *counter) paid(reference string) *Sale {
	c.t.Helper()
	v := c.pay(reference, "00", time.Second)
	if v.State != "paid" {
		c.t.Fatalf("%s is %s: %s", reference, v.State, v.Message)
	}
	return v
}

// change edits our books behind the till's back.
func (c *counter) change(statements ...string) {
	c.t.Helper()
	err := c.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// outside is money that moves at the platform without the till.
func (c *counter) outside(what string, r channels.Reply, want ...channels.Outcome) {
	c.t.Helper()
	for _, o := range want {
		if r.Outcome == o {
			return
		}
	}
	c.t.Fatalf("%s: %+v", what, r)
}

// plant makes a day with one difference of each kind in it.
func plant(c *counter) {
	ctx := context.Background()
	platform := c.links["wechat"].account.Channel
	c.paid("r-same")
	back := c.paid("r-back")
	if _, _, err := c.Refund(ctx, back.ID, NewRefund{Reference: "f1", Amount: 800, Reason: "cold"}, "anna"); err != nil {
		c.t.Fatal(err)
	}
	undone := c.pay("r-undone", "04", 5*time.Minute) // paid at the moment of its revoke
	if p := undone.Payments[0]; p.State != "revoked" {
		c.t.Fatalf("%+v", p)
	}
	if _, err := c.Cancel(ctx, undone.ID, "anna"); err != nil {
		c.t.Fatal(err)
	}

	// Refunded in the console, for a payment of ours.
	console := c.paid("r-console").Payments[0]
	whole := channels.Money{Amount: 8800, Currency: "HKD"}
	c.outside("console", platform.Refund(ctx, channels.Refund{Order: channels.Order{OutTradeNo: console.OutTradeNo, Amount: whole, SubmittedAt: console.SubmittedAt},
		RefundNo: "console-1", Amount: channels.Money{Amount: 500, Currency: "HKD"}, Reason: "x"}), channels.Accepted, channels.Refunded)

	// Paid with this till's number, and lost here; and by another program; and by another till.
	numbers := func(till string) string {
		n, err := payment.NewNumbers(ctx, c.DB, till, c.Zone, bytes.NewReader(make([]byte, 64)), time.Now())
		if err != nil {
			c.t.Fatal(err)
		}
		return n.Next(time.Now())
	}
	for _, number := range []string{numbers("T01"), "WEBSHOP1", numbers("T02")} {
		c.outside(number, platform.Pay(ctx, channels.Payment{OutTradeNo: number, Amount: whole, Code: channels.NewCode(c.code("00")), Description: "tea"}), channels.Paid)
	}

	// Another amount here, and a payment that only we have.
	wrong, alone := c.paid("r-wrong").Payments[0], c.paid("r-alone").Payments[0]
	c.change(`UPDATE sale SET amount = 8801 WHERE paid_by = '`+wrong.OutTradeNo+`'`,
		`UPDATE payment SET out_trade_no = substr(out_trade_no, 1, 17) || '00000000000' WHERE out_trade_no = '`+alone.OutTradeNo+`'`)
}

func TestEachDifferenceIsFound(t *testing.T) {
	onSandbox(t, func(c *counter) {
		ctx := context.Background()
		plant(c)
		calls := len(c.box.Books().Requests)
		if _, err := c.Reconcile(ctx, "2000-01-01", ""); err == nil || err.(*NoStatement).Code != "not_ready" || len(c.box.Books().Requests) != calls {
			t.Errorf("on the day itself: %v", err)
		}
		time.Sleep(24 * time.Hour) // 08:00 the next day: over, and not ready
		if _, err := c.Reconcile(ctx, "2000-01-01", "wechat"); err == nil || err.(*NoStatement).Code != "not_ready" {
			t.Errorf("before ten: %v", err)
		}
		time.Sleep(3 * time.Hour)
		r, err := c.Reconcile(ctx, "2000-01-01", "")
		if err != nil {
			t.Fatal(err)
		}
		found := map[reconcile.Finding]int{}
		for _, row := range r.Channels[0].Rows {
			found[row.Finding]++
		}
		for finding, n := range map[reconcile.Finding]int{
			reconcile.Agrees: 4, reconcile.Returned: 2, reconcile.RefundOutside: 1, reconcile.PaymentUnknown: 2, reconcile.PaymentForeign: 1,
			reconcile.AmountDiffers: 1, reconcile.PaymentMissing: 1,
		} {
			if found[finding] != n {
				t.Errorf("%s: %d rows, not %d", finding, found[finding], n)
			}
			delete(found, finding)
		}
		if len(found) > 0 || r.Channels[0].OtherTills != 1 || r.Differences() != 6 {
			t.Errorf("also %v; %d of other tills, %d differences", found, r.Channels[0].OtherTills, r.Differences())
		}
		if len(r.Without) != 1 || r.Without[0].Channel != "other" || r.Without[0].Code != "no_statement" {
			t.Errorf("%+v", r.Without)
		}
		asJSON, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Error(err)
		}
		golden(t, "reconcile.json", append(asJSON, '\n'))
		var asCSV bytes.Buffer
		sheet := reconcile.NewSheet(&asCSV)
		sheet.Add(r.Date, r.Channels[0].Channel, r.Channels[0].Table)
		if err := sheet.Close(); err != nil {
			t.Error(err)
		}
		golden(t, "reconcile.csv", asCSV.Bytes())
		// The till's own day began and ended earlier; its platform's day before had no trade.
		if d, err := c.Day(ctx, "1999-12-31"); err != nil || len(d.Totals) != 1 || d.Totals[0].Payments != 5 || d.Totals[0].Refunds != 1 {
			t.Errorf("%+v, %v", d, err)
		}
		if r, err := c.Reconcile(ctx, "1999-12-31", "wechat"); err != nil || len(r.Channels[0].Rows) != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestWhatCannotBeReconciled(t *testing.T) {
	onSandbox(t, func(c *counter) {
		ctx := context.Background()
		time.Sleep(40 * time.Hour)
		for _, q := range []struct{ date, channel, says string }{
			{"2000-01-01", "other", "other: no_statement"}, {"2000-01-01", "none", "is no channel"}, {"2000-13-01", "", "must be a day"}, {"2000-01-03", "", "not_ready"},
		} {
			if r, err := c.Reconcile(ctx, q.date, q.channel); err == nil || !regexp.MustCompile(q.says).MatchString(err.Error()) {
				t.Errorf("%v: %+v, %v", q, r, err)
			}
		}
		c.box.Faults().NetworkDown(true)
		if _, err := c.Reconcile(ctx, "2000-01-01", ""); err == nil || err.(*NoStatement).Code != "statement_failed" {
			t.Error(err)
		}
	})
}

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata, its random numbers made the same.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	seen := map[string]string{}
	got = regexp.MustCompile(`\b\d{28}\b`).ReplaceAllFunc(got, func(number []byte) []byte {
		if seen[string(number)] == "" {
			seen[string(number)] = fmt.Sprintf("NUMBER-%d", len(seen)+1)
		}
		return []byte(seen[string(number)])
	})
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Error(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s differs (%v):\n%s", file, err, got)
	}
}
