package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/channels"
	"tillpay/channels/private/privatetest"
)

// fake is a channel whose platform answers as told.
type fake struct {
	channels.Channel
	reply channels.Reply
	sheet channels.Sheet
	warm  error
	off   time.Duration
	asked []channels.Order

	ends  time.Time
	prove error
}

func (f *fake) Query(_ context.Context, o channels.Order) channels.Reply {
	f.asked = append(f.asked, o)
	return f.reply
}
func (f *fake) Sheet() channels.Sheet                  { return f.sheet }
func (f *fake) Warm(context.Context) error             { return f.warm }
func (f *fake) ClockOffset() time.Duration             { return f.off }
func (f *fake) CertificateExpires() time.Time          { return f.ends }
func (f *fake) ProveCertificate(context.Context) error { return f.prove }

var now = time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC)

// till is a patient with one channel, in a folder of its own.
func till(t *testing.T, f *fake) *Patient {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "tillpay.toml")
	text := "[till]\nid = \"T01\"\ncurrency = \"CNY\"\n[data]\ndir = \"data\"\n[[channel]]\nname = \"it\"\ndriver = \"fake\"\nendpoint = \"https://example.com\"\n"
	cfg, err := config.Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	return &Patient{File: file, Config: cfg, Now: func() time.Time { return now },
		Open: func(config.Channel) (channels.Channel, error) {
			if f == nil {
				return nil, &channels.SettingError{Key: "private_key_file", Problem: "there is no such file", Mend: "put the key file there"}
			}
			return f, nil
		},
		Running: func(context.Context) (*agent.Status, error) { return nil, errors.New("nobody") },
	}
}

func well() *fake {
	return &fake{reply: channels.Reply{Outcome: channels.NotFound, Verified: true}, sheet: channels.Sheet{Currencies: []string{"CNY"}}, ends: now.AddDate(1, 0, 0)}
}

// Each thing that can be wrong, alone: its level, what is said, and what mends it.
func TestExamine(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, f *fake, p *Patient)
		level Level
		what  string
		says  string
		mend  string
	}{
		"all well":            {func(*testing.T, *fake, *Patient) {}, OK, "account it", "the answer is proven", ""},
		"an unsigned answer":  {func(_ *testing.T, f *fake, _ *Patient) { f.reply.Verified, f.sheet.Unsigned = false, true }, OK, "account it", "signs no answer", ""},
		"unsigned, and signs": {func(_ *testing.T, f *fake, _ *Patient) { f.reply.Verified = false }, Broken, "account it", "not proven", "support"},
		"a wrong signature": {func(_ *testing.T, f *fake, _ *Patient) {
			f.reply = channels.Reply{Reason: channels.BadSignature, Code: "SIGN_ERROR"}
		}, Broken, "account it", "SIGN_ERROR", "compare key and certificate files"},
		"a wrong number": {func(_ *testing.T, f *fake, _ *Patient) {
			f.reply = channels.Reply{Reason: channels.MerchantConfig, Message: "no such merchant"}
		}, Broken, "account it", "no such merchant", "compare the account's numbers"},
		"a wrong clock, as told": {func(_ *testing.T, f *fake, _ *Patient) { f.reply = channels.Reply{Reason: channels.ClockSkew} }, Broken, "account it", "refuses the till's time", "set the till's clock"},
		"a busy platform":        {func(_ *testing.T, f *fake, _ *Patient) { f.reply = channels.Reply{Reason: channels.PlatformBusy} }, Warning, "account it", "busy", "try again"},
		"an order that is there": {func(_ *testing.T, f *fake, _ *Patient) {
			f.reply = channels.Reply{Outcome: channels.Paid, Verified: true}
		}, Broken, "account it", "not proven: paid", "support"},
		"no name":      {func(_ *testing.T, f *fake, _ *Patient) { f.warm = &net.DNSError{Name: "x"} }, Broken, "channel it", "cannot be reached", "names are not found"},
		"intercepted":  {func(_ *testing.T, f *fake, _ *Patient) { f.warm = fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}) }, Broken, "channel it", "cannot be reached", "somebody stands between"},
		"unplugged":    {func(_ *testing.T, f *fake, _ *Patient) { f.warm = errors.New("refused") }, Broken, "channel it", "refused", "network cable"},
		"41 s":         {func(_ *testing.T, f *fake, _ *Patient) { f.off = -41 * time.Second }, Warning, "clock", "-41s", "NTP"},
		"an hour":      {func(_ *testing.T, f *fake, _ *Patient) { f.off = time.Hour }, Broken, "clock", "1h0m0s", "NTP"},
		"certificate":  {func(_ *testing.T, f *fake, _ *Patient) { f.prove = errors.New("400 no certificate") }, Broken, "certificate it", "400 no certificate", "fetch the API certificate again"},
		"it ends soon": {func(_ *testing.T, f *fake, _ *Patient) { f.ends = now.AddDate(0, 0, 9) }, Warning, "certificate it", "ends on 2026-12-03", "renewed certificate"},
		"it has ended": {func(_ *testing.T, f *fake, _ *Patient) { f.ends = now.Add(-time.Hour) }, Broken, "certificate it", "ended on 2026-11-24", "renewed certificate"},
		"open data":    {func(t *testing.T, _ *fake, p *Patient) { privatetest.Expose(t, p.Config.Path("data")) }, Broken, "data folder", "by everybody", map[bool]string{false: "chmod 700", true: "icacls"}[runtime.GOOS == "windows"]},
		"no data":      {func(t *testing.T, _ *fake, p *Patient) { must(t, os.Remove(p.Config.Path("data"))) }, Warning, "data folder", "not there yet", "start the agent once"},
		"no folder": {func(t *testing.T, _ *fake, p *Patient) {
			must(t, os.Remove(p.Config.Path("data")))
			must(t, os.WriteFile(p.Config.Path("data"), nil, 0o600))
		}, Broken, "data folder", "is no folder", "data.dir"},
		"damaged books": {func(t *testing.T, _ *fake, p *Patient) {
			must(t, os.WriteFile(filepath.Join(p.Config.Path("data"), "tillpay.db"), []byte("no ledger"), 0o600))
		}, Broken, "ledger", "tillpay.db", "keep a copy"},
		"no agent": {func(*testing.T, *fake, *Patient) {}, Warning, "agent", "nobody", "start the service"},
		"devices": {func(_ *testing.T, _ *fake, p *Patient) {
			p.Running = func(context.Context) (*agent.Status, error) {
				return &agent.Status{Version: "1", Storage: "ok", Devices: []agent.Device{{Name: "COM3", Kind: "scanner", Status: "unplugged", Detail: "no such port"}}}, nil
			}
		}, Broken, "scanner COM3", "unplugged: no such port", "tillpay devices"},
		"matters": {func(_ *testing.T, _ *fake, p *Patient) {
			p.Running = func(context.Context) (*agent.Status, error) {
				return &agent.Status{Storage: "disk full", Attention: 2}, nil
			}
		}, Warning, "attention", "2 matters", "tillpay attention"},
	} {
		t.Run(name, func(t *testing.T) {
			f := well()
			p := till(t, f)
			c.spoil(t, f, p)
			r := Examine(t.Context(), p, Checks())
			found := false
			for _, x := range r.Findings {
				if x.What == c.what && x.Level == c.level && strings.Contains(x.Found, c.says) && strings.Contains(x.Mend, c.mend) {
					found = true
				}
			}
			if !found {
				var b strings.Builder
				must(t, r.Write(&b))
				t.Errorf("want %s %s %q → %q:\n%s", c.level, c.what, c.says, c.mend, &b)
			}
			if r.OK+r.Warnings+r.Broken != len(r.Findings) || c.level == Broken && r.Broken == 0 || c.level == OK && r.Broken > 0 {
				t.Errorf("counted %d, %d, %d of %d", r.OK, r.Warnings, r.Broken, len(r.Findings))
			}
			for _, o := range f.asked {
				if !strings.HasPrefix(o.OutTradeNo, "20261124") || len(o.OutTradeNo) != 28 {
					t.Errorf("asked about %q", o.OutTradeNo)
				}
			}
			if left, _ := filepath.Glob(filepath.Join(p.Config.Path("data"), "doctor-*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A channel that cannot be made is told with its mend, and asked nothing; so is a
// file that cannot be used.
func TestWithoutChannelOrConfiguration(t *testing.T) {
	r := Examine(t.Context(), till(t, nil), Checks())
	if r.Broken != 1 || !strings.Contains(fmt.Sprint(r.Findings), "put the key file there") {
		t.Errorf("%+v", r)
	}
	p := &Patient{Now: time.Now, Wrong: []*config.Error{{File: "tillpay.toml", Line: 7, Key: "till.currency", Problem: "is missing", Mend: `write for example "HKD"`}}}
	r = Examine(t.Context(), p, Checks())
	if r.Broken != 1 || len(r.Findings) != 1 || r.Findings[0].Found != "tillpay.toml:7: till.currency is missing" || r.Findings[0].Mend == "" {
		t.Errorf("%+v", r)
	}
}
