// Package sandbox is the payment platforms as servers that keep books: real
// paths, signatures both ways, states, rules, and the misbehaviour that tills
// meet in shops. It is written from the dossiers in channels/*.md and never
// from our drivers, so that the two cannot share a misunderstanding; § is a
// section of the platform's dossier.
//
// A payment code's last two digits choose what happens (see Behaviours), and
// Faults and Phone steer the rest. The same books answer in process (Transport)
// and over TLS (Serve).
package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config is what a sandbox may be told. The zero value is the platform's real
// figures, the wall clock and fresh keys.
type Config struct {
	// Now is the platform's clock. Nothing else here reads one.
	Now func() time.Time
	// Wait sleeps for a delayed answer, and returns early when ctx ends.
	Wait func(ctx context.Context, d time.Duration) error
	// Rand gives the nonces. (Go's RSA draws its keys from the system, always.)
	Rand io.Reader
	// Keys are reused when given; see KeysIn. Making them costs a second.
	Keys *Keys

	MinRevokeAge time.Duration // §7: 15 s after the pay call
	RevokeWindow time.Duration // §7, §18.3: zero is the same Beijing day
	CodeLife     time.Duration // §15.5: about a minute
	AutoClose    time.Duration // §15.1: 45 s after creation
	RefundTime   time.Duration // §8.2: about 20 min into a balance
	// RefundSpacing refuses refunds of one order that follow too closely, §8.1
	// (1 min on the platform). Zero leaves the rule off.
	RefundSpacing time.Duration
	// EarlyStatements gives the file of a day as it stands while the day goes on.
	EarlyStatements bool
	// RevokeMissing is the status that answers the revoke of a number nobody
	// knows: 204 or 404, §7 and A3. Zero is 204.
	RevokeMissing int
	// HuishouqianClose is the method by which Huishouqian closes an order. Nobody
	// has found its name (§8 there), so it is off unless this is set.
	HuishouqianClose string

	Fubei FubeiConfig

	HuifuCloseAge time.Duration // huifu §8: 60 s
}

// Sandbox is the platforms, their customers' phone and their books. Safe for
// concurrent use.
type Sandbox struct {
	cfg   Config
	keys  *Keys
	ca    []byte
	tls   tlsPair
	accts []Account

	mu     sync.Mutex // guards all that follows, and all that hangs below it
	log    requestLog
	faults *Faults
	phone  *Phone
	wechat *wechatGlobal
	huifu  *huifu
	gates  []*gate

	deposit     *deposit
	fubei       *fubei
	huishouqian *huishouqian
}

// New builds the platforms with empty books: one direct and one institution
// account at WeChat Pay Global.
func New(cfg Config) (*Sandbox, error) {
	cfg = cfg.withDefaults()
	if cfg.RevokeMissing != http.StatusNoContent && cfg.RevokeMissing != http.StatusNotFound {
		return nil, fmt.Errorf("sandbox: RevokeMissing %d: want 204 or 404", cfg.RevokeMissing)
	}
	if cfg.Keys == nil {
		keys, err := NewKeys()
		if err != nil {
			return nil, err
		}
		cfg.Keys = keys
	}
	s := &Sandbox{cfg: cfg, keys: cfg.Keys}
	var err error
	if s.ca, s.tls, err = issueTLS(cfg.Keys, cfg.Now()); err != nil {
		return nil, err
	}
	s.faults = newFaults(s)
	s.phone = newPhone(s)
	if s.wechat, err = newWechatGlobal(s); err != nil {
		return nil, err
	}
	if s.accts, err = wechatAccounts(cfg.Keys); err != nil {
		return nil, err
	}
	if s.deposit, err = newDeposit(s); err != nil {
		return nil, err
	}
	s.fubei = newFubei(s)
	if s.huishouqian, err = newHuishouqian(s); err != nil {
		return nil, err
	}
	s.huifu = newHuifu(s)
	huifuAccts, err := huifuAccounts(cfg.Keys)
	if err != nil {
		return nil, err
	}
	s.accts = append(s.accts, huifuAccts...)
	return s, nil
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = wait
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	for _, d := range []struct {
		set  *time.Duration
		real time.Duration
	}{
		{&c.MinRevokeAge, 15 * time.Second},
		{&c.CodeLife, 60 * time.Second},
		{&c.AutoClose, 45 * time.Second},
		{&c.RefundTime, 20 * time.Minute},
		{&c.HuifuCloseAge, 60 * time.Second},
	} {
		if *d.set == 0 {
			*d.set = d.real
		}
	}
	if c.RevokeMissing == 0 {
		c.RevokeMissing = http.StatusNoContent
	}
	return c
}

// wait is Config.Wait by a timer; in a synctest bubble that is the bubble's.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CA is the PEM certificate that signed the server's TLS certificate.
func (s *Sandbox) CA() []byte { return s.ca }

// Accounts are the merchants that the platforms know, with their private keys.
func (s *Sandbox) Accounts() []Account { return append([]Account(nil), s.accts...) }

// Faults is what goes wrong, and when.
func (s *Sandbox) Faults() *Faults { return s.faults }

// Phone is the customer's phone.
func (s *Sandbox) Phone() *Phone { return s.phone }

// Rotate makes a new platform certificate, publishes it and signs with it from
// now on; the old ones stay published. See PublishCertificate for the slow way.
func (s *Sandbox) Rotate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wechat.rotate()
}

// PublishCertificate adds a certificate to the certificates reply that signs
// nothing yet: the platform shows one 24 h before it uses it (§11).
func (s *Sandbox) PublishCertificate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wechat.publish()
}

// UseNewestCertificate signs with the certificate that was published last.
func (s *Sandbox) UseNewestCertificate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wechat.useNewest()
}

// answer hands one exchange to the platform that owns its path. The other
// platforms get a case here and a file of their own.
func (s *Sandbox) answer(x *exchange) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.at = s.cfg.Now()
	if huifuOwns(x.uri) {
		return s.huifu.answer(x)
	}
	if strings.HasPrefix(x.uri, "/v3/") {
		return s.wechat.answer(x)
	}
	if strings.HasPrefix(x.uri, depositPrefix) {
		return s.deposit.answer(x)
	}
	if fubeiOwns(x.uri) {
		return s.fubei.answer(x)
	}
	if hsqOwns(x.uri) {
		return s.huishouqian.answer(x)
	}
	s.log.add(Request{Method: x.method, Path: x.uri, At: x.at, Status: http.StatusNotFound, Outcome: Answered})
	return reply{status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/plain"}},
		body: []byte("no platform of the sandbox answers here\n")}
}
