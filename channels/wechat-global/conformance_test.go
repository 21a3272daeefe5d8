package wechatglobal_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/channeltest"
	"tillpay/channels/sandbox"
	wechatglobal "tillpay/channels/wechat-global"
)

// digits is the sandbox's name for each behaviour: a code's last two digits.
var digits = map[channeltest.Behaviour]string{
	channeltest.PaysAtOnce:       "00",
	channeltest.AsksThenPays:     "05",
	channeltest.AsksForever:      "03",
	channeltest.AsksThenCancels:  "07",
	channeltest.BankFails:        "08",
	channeltest.DeclinesInvalid:  "20",
	channeltest.DeclinesExpired:  "21",
	channeltest.DeclinesFunds:    "22",
	channeltest.DeclinesFailed:   "23",
	channeltest.DeclinesLimit:    "25",
	channeltest.DeclinesCard:     "28",
	channeltest.DeclinesOther:    "29",
	channeltest.DeclinesConfig:   "30",
	channeltest.RefusesSignature: "48",
	channeltest.UnsignedRefusal:  "32",
	channeltest.ForgedRefusal:    "39",
	channeltest.UnknownRefusal:   "38",
	channeltest.NumberUsed:       "34",
	channeltest.AnswerLost:       "10",
	channeltest.LaggingQuery:     "11",
	channeltest.NeverArrives:     "12",
	channeltest.LostOnce:         "13",
	channeltest.SlowAnswer:       "15",
	channeltest.ResetAfter:       "16",
	channeltest.HalfAnswer:       "17",
	channeltest.SystemError:      "41",
	channeltest.GatewayPage:      "44",
	channeltest.TooFast:          "46",
	channeltest.TooFastEmpty:     "47",
	channeltest.AcceptedNotDone:  "49",
	channeltest.ForgedAnswer:     "50",
	channeltest.UnsignedAnswer:   "51",
	channeltest.ProbeAnswer:      "52",
	channeltest.StaleAnswer:      "53",
	channeltest.ReplayedAnswer:   "54",
	channeltest.WrongAmount:      "55",
	channeltest.WrongCurrency:    "56",
	channeltest.WrongMerchant:    "57",
	channeltest.WrongOrder:       "58",
	channeltest.OversizeAnswer:   "59",
	channeltest.UnknownState:     "60",
	channeltest.OddMembers:       "61",
	channeltest.DuplicateMembers: "62",
	channeltest.WrongClock:       "63",
	channeltest.KeyRotated:       "64",
	channeltest.UnpublishedKey:   "65",
	channeltest.PaysDuringRevoke: "04",
	channeltest.RevokeBusy:       "70",
	channeltest.RevokeFails:      "71",
	channeltest.RevokeTooLate:    "72",
	channeltest.RevokeLost:       "74",
	channeltest.RevokeForged:     "75",
}

// platform is a sandbox and one account's channel in front of it.
type platform struct {
	box     *sandbox.Sandbox
	account sandbox.Account
	ch      channels.Channel
	minted  int
}

func (p *platform) Channel() channels.Channel { return p.ch }

func (p *platform) Code(b channeltest.Behaviour) (channels.Code, bool) {
	d, ok := digits[b]
	if !ok {
		return channels.Code{}, false
	}
	// Not of the phone: codes that it did not show act by the table alone.
	p.minted++
	n := []byte("1300000000000000" + d)
	for i, m := 15, p.minted; m > 0; i, m = i-1, m/10 {
		n[i] = byte('0' + m%10)
	}
	return channels.NewCode(string(n)), true
}

func (p *platform) Money() channels.Money { return channels.Money{Amount: 888, Currency: "HKD"} }

func (p *platform) Charged(no string) int64 {
	o, _ := p.box.Books().Order(no)
	return o.Charged
}

func (p *platform) Arrived(no string) int {
	n := 0
	for _, r := range p.box.Books().Of(no) {
		if r.Call == sandbox.Pay {
			n++
		}
	}
	return n
}

func (p *platform) Ahead(d time.Duration) { p.box.Faults().ClockOffset(d) }

func (p *platform) Cut(away bool) { p.box.Faults().NetworkDown(away) }

func (p *platform) Secrets() []string { return []string{p.account.APIv3Key} }

func TestConformance(t *testing.T) {
	keys, err := sandbox.NewKeys() // outside the bubbles: it costs a second
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{sandbox.Direct, sandbox.Institution} {
		t.Run(mode, func(t *testing.T) {
			channeltest.Run(t, func(t *testing.T) channeltest.Platform {
				p := &platform{}
				if p.box, err = sandbox.New(sandbox.Config{Keys: keys, Now: time.Now, RefundSpacing: time.Minute}); err != nil {
					t.Fatal(err)
				}
				for _, a := range p.box.Accounts() {
					if a.Platform == "wechat-global" && a.Mode == mode {
						p.account = a
					}
				}
				p.ch = open(t, p, "", p.box.Transport())
				return p
			})
		})
	}
}

// TestOverTLS is one till against the sandbox's real server: ca_file, the warm
// connection, and what cut connections mean.
func TestOverTLS(t *testing.T) {
	box, err := sandbox.New(sandbox.Config{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count := &counted{Listener: ln}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- box.Serve(ctx, count, nil) }()
	p := &platform{box: box, account: box.Accounts()[0]}
	ch := open(t, p, "https://"+ln.Addr().String(), nil)
	if err := ch.(channels.Warmer).Warm(ctx); err != nil {
		t.Fatal(err)
	}
	if n := count.n.Load(); n != 1 {
		t.Errorf("warming made %d connections", n)
	}
	for i, want := range map[channeltest.Behaviour]channels.Outcome{
		channeltest.PaysAtOnce: channels.Paid, channeltest.AsksThenPays: channels.Paying, channeltest.AnswerLost: channels.Unknown,
		channeltest.HalfAnswer: channels.Unknown, channeltest.OversizeAnswer: channels.Unknown, channeltest.ResetAfter: channels.Unknown,
	} {
		if err := ch.(channels.Warmer).Warm(ctx); err != nil {
			t.Fatal(err)
		}
		before := count.n.Load()
		code, _ := p.Code(i)
		pay := channels.Payment{OutTradeNo: "N" + code.Reveal(), Amount: p.Money(), Code: code, Description: "x"}
		if got := ch.Pay(ctx, pay); got.Outcome != want {
			t.Errorf("%s: %v (%s)", i, got.Outcome, got.Message)
		}
		if n := count.n.Load() - before; n != 0 {
			t.Errorf("%s: a warm pay made %d connections", i, n)
		}
		if n := p.Arrived(pay.OutTradeNo); n != 1 {
			t.Errorf("%s: arrived %d times", i, n)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	// A kept connection may have died unseen: then a first byte may have left, and
	// only the Pay behind it finds nobody to dial.
	code, _ := p.Code(channeltest.PaysAtOnce)
	got := ch.Pay(t.Context(), channels.Payment{OutTradeNo: "gone1", Amount: p.Money(), Code: code})
	if got.Outcome == channels.Unknown {
		got = ch.Pay(t.Context(), channels.Payment{OutTradeNo: "gone2", Amount: p.Money(), Code: code})
	}
	if got.Outcome != channels.NotSent {
		t.Errorf("nobody is there: %v (%s)", got.Outcome, got.Message)
	}
}

type counted struct {
	net.Listener
	n atomic.Int64
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.n.Add(1)
	}
	return conn, err
}

func open(t *testing.T, p *platform, endpoint string, transport http.RoundTripper) channels.Channel {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"key.pem": p.account.PrivateKeyPEM, "v3": []byte(p.account.APIv3Key), "ca.pem": p.box.CA()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := p.account
	ch, err := wechatglobal.New(channels.Settings{
		Name: "wechat",
		Till: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Tencent Building Branch", StoreAddress: "Nanshan District, Shenzhen"},
		Decode: func(into any) error {
			*into.(*wechatglobal.Config) = wechatglobal.Config{
				Mode: a.Mode, MchID: a.MchID, AppID: a.AppID, SpMchID: a.SpMchID, SpAppID: a.SpAppID, SubMchID: a.SubMchID, SubAppID: a.SubAppID,
				MerchantCategoryCode: a.MerchantCategoryCode, PrivateKeyFile: "key.pem", CertificateSerial: a.Serial, APIv3KeyFile: "v3", Endpoint: endpoint, CAFile: "ca.pem",
			}
			return nil
		},
		Path:     func(name string) string { return filepath.Join(dir, name) },
		CacheDir: filepath.Join(dir, "cache"),
		Env:      channels.Env{Now: time.Now, Version: "test", Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}
