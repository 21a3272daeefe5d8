// Package sandboxtest puts a driver in front of the sandbox's half of its
// platform, which somebody else wrote from the same dossier, and so lets
// channeltest's suite run. Neither the driver nor the sandbox knows of it.
package sandboxtest

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tillpay/channels"
	ct "tillpay/channels/channeltest"
	"tillpay/channels/sandbox"
)

// Platform is a driver, its account at the sandbox, and how that half differs from
// the others.
type Platform struct {
	Name     string // as in the settings
	Mode     string // of the account; empty: the first of the platform
	Driver   channels.Factory
	Currency string
	Config   sandbox.Config // Now and Keys are filled in
	More     string         // lines of settings beside those that the sandbox writes
	// Digits are a code's last two for the behaviours whose digits are not those
	// that most platforms of the sandbox share; an empty one is none.
	Digits map[ct.Behaviour]string
	// Kinds are the sandbox's words for what is bad, where they are not the usual
	// ones; an empty one is none.
	Kinds map[ct.Bad]sandbox.Kind
	// Callback asks the sandbox for the platform's callback.
	Callback func(box *sandbox.Sandbox, outTradeNo, refundNo string, what sandbox.Kind) (*http.Request, error)
}

// shared are the digits that most of the sandbox's platforms have in common.
var shared = map[ct.Behaviour]string{
	ct.PaysAtOnce: "00", ct.AsksThenPays: "05", ct.AsksForever: "03", ct.AsksThenCancels: "07", ct.BankFails: "08",
	ct.DeclinesInvalid: "20", ct.DeclinesExpired: "21", ct.DeclinesFunds: "22", ct.DeclinesFailed: "23", ct.DeclinesLimit: "25",
	ct.DeclinesCard: "28", ct.DeclinesOther: "29", ct.DeclinesConfig: "30", ct.RefusesSignature: "48",
	ct.UnsignedRefusal: "32", ct.ForgedRefusal: "39", ct.UnknownRefusal: "38", ct.NumberUsed: "34",
	ct.AnswerLost: "10", ct.LaggingQuery: "11", ct.NeverArrives: "12", ct.LostOnce: "13", ct.SlowAnswer: "15", ct.ResetAfter: "16", ct.HalfAnswer: "17",
	ct.SystemError: "41", ct.GatewayPage: "44", ct.TooFast: "46", ct.TooFastEmpty: "47", ct.AcceptedNotDone: "49",
	ct.ForgedAnswer: "50", ct.UnsignedAnswer: "51", ct.ProbeAnswer: "52", ct.StaleAnswer: "53", ct.ReplayedAnswer: "54",
	ct.WrongAmount: "55", ct.WrongCurrency: "56", ct.WrongMerchant: "57", ct.WrongOrder: "58", ct.OversizeAnswer: "59", ct.UnknownState: "60",
	ct.OddMembers: "61", ct.DuplicateMembers: "62", ct.WrongClock: "63", ct.KeyRotated: "64", ct.UnpublishedKey: "65",
	ct.PaysDuringRevoke: "04", ct.RevokeBusy: "70", ct.RevokeFails: "71", ct.RevokeTooLate: "72", ct.RevokeLost: "74", ct.RevokeForged: "75",
}

// usual are the sandbox's words for what is bad.
var usual = map[ct.Bad]sandbox.Kind{
	ct.BadSignature: sandbox.ForgeSignature, ct.NoSignature: sandbox.NoSignature, ct.Truncated: sandbox.Truncate, ct.Oversize: sandbox.Oversize,
	ct.DuplicateKey: sandbox.DuplicateKeys, ct.OtherAmount: sandbox.WrongAmount, ct.OtherOrder: sandbox.WrongOrder, ct.OtherShop: sandbox.WrongMerchant,
	ct.Page: sandbox.Answer, ct.Stale: sandbox.ReplayOld,
}

// keys cost two seconds, and are no part of any case.
var keys = sync.OnceValues(sandbox.NewKeys)

// New is a Suite's New. Its keys must have been made outside the bubble: see Keys.
func (s Platform) New(t *testing.T) ct.Platform {
	t.Helper()
	p, err := s.platform()
	if err != nil {
		t.Fatal(err)
	}
	env := channels.Env{Now: time.Now, Version: "test", Transport: p.box.Transport()}
	if p.ch, err = s.open(t.TempDir(), p.box, p.account, "https://127.0.0.1:7443", env); err != nil {
		t.Fatal(err)
	}
	return p
}

// Keys makes the sandbox's keys. Call it before Run: drawing primes inside a
// bubble is slow, and every case shares them.
func Keys(t *testing.T) {
	t.Helper()
	if _, err := keys(); err != nil {
		t.Fatal(err)
	}
}

// open makes the driver's channel of the settings that the sandbox writes for a
// till, so that these are tried too.
func (s Platform) open(dir string, box *sandbox.Sandbox, a sandbox.Account, endpoint string, env channels.Env) (channels.Channel, error) {
	if err := os.MkdirAll(filepath.Join(dir, "keys"), 0o700); err != nil {
		return nil, err
	}
	files := a.TillFiles()
	files["keys/sandbox-ca.pem"] = box.CA()
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), body, 0o600); err != nil {
			return nil, err
		}
	}
	text := a.TillChannel(endpoint)
	_, text, _ = strings.Cut(text, "[[channel]]\n")
	return s.Driver(channels.Settings{
		Name: "conformance",
		Till: channels.Till{ID: "T01", StoreID: "SZTX001", StoreName: "Tencent Building Branch", StoreAddress: "Nanshan District, Shenzhen"},
		Decode: func(into any) error {
			return toml.NewDecoder(strings.NewReader(s.More + text)).DisallowUnknownFields().Decode(into)
		},
		Path:     func(name string) string { return filepath.Join(dir, name) },
		CacheDir: filepath.Join(dir, "cache"),
		Env:      env,
	})
}

// inCase is one case's platform.
type inCase struct {
	Platform
	box     *sandbox.Sandbox
	account sandbox.Account
	ch      channels.Channel
	minted  int
}

func (p *inCase) Channel() channels.Channel { return p.ch }

func (p *inCase) Code(b ct.Behaviour) (channels.Code, bool) {
	all := maps.Clone(shared)
	maps.Copy(all, p.Digits)
	if all[b] == "" {
		return channels.Code{}, false
	}
	// Not of the phone: codes that it did not show act by the table alone.
	p.minted++
	return channels.NewCode(fmt.Sprintf("13%014d%s", p.minted, all[b])), true
}

func (p *inCase) Money() channels.Money { return channels.Money{Amount: 888, Currency: p.Currency} }

func (p *inCase) Charged(no string) int64 {
	o, _ := p.box.Books().Order(no)
	return o.Charged
}

func (p *inCase) Arrived(no string) int {
	n := 0
	for _, r := range p.box.Books().Of(no) {
		if r.Call == sandbox.Pay {
			n++
		}
	}
	return n
}

func (p *inCase) Ahead(d time.Duration) { p.box.Faults().ClockOffset(d) }

func (p *inCase) Cut(away bool) { p.box.Faults().NetworkDown(away) }

func (p *inCase) Secrets() []string { return []string{p.account.APIv3Key, p.account.APIKey} }

func (p *inCase) kind(b ct.Bad) sandbox.Kind {
	if k, ok := p.Kinds[b]; ok {
		return k
	}
	return usual[b]
}

func (p *inCase) Spoil(no string, ofRefund bool, b ct.Bad) bool {
	f := sandbox.Fault{Call: sandbox.Query, Times: 1, What: p.kind(b)}
	if ofRefund {
		f.Call = sandbox.RefundQuery
	}
	if b == ct.Page {
		f.Status, f.Body = http.StatusOK, ct.LogInPage
	}
	if f.What == "" {
		return false
	}
	_, err := p.box.Faults().Add(f)
	return err == nil
}

func (p *inCase) Callback(outTradeNo, refundNo string, b ct.Bad) (*http.Request, error) {
	what := p.kind(b)
	switch b {
	case "", ct.Truncated, ct.Oversize, ct.Page:
		what = "" // these are done to the good one
	default:
		if what == "" {
			return nil, fmt.Errorf("this platform's callbacks cannot be %q", b)
		}
	}
	return p.Platform.Callback(p.box, outTradeNo, refundNo, what)
}
