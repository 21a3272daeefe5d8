// Package wechatdeposit speaks WeChat Pay's deposits for service providers, in
// mainland China: v2, XML over POST. A deposit is a payment that the platform
// holds until it is consumed or reversed. § is the section of the project's
// dossier on it, which names the platform's own pages.
package wechatdeposit

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// timeout of an exchange, after connecting.
const timeout = 10 * time.Second

// The family's calls (§2).
const (
	createPath      = "/deposit/unifiedorder"
	payPath         = "/deposit/micropay"
	queryPath       = "/deposit/orderquery"
	reversePath     = "/deposit/reverse"
	consumePath     = "/deposit/consume"
	refundPath      = "/deposit/refund"
	refundQueryPath = "/deposit/refundquery"
)

// Channel is one sub-merchant of one service provider. One call is one exchange
// and its answer one outcome. Safe for concurrent use.
type Channel struct {
	cfg    Config
	till   channels.Till
	key    apiKey
	minAge time.Duration
	expiry time.Time    // of the client certificate
	open   *wire.Client // shows no certificate
	mutual *wire.Client // shows the provider's, for the calls that demand it
	clock  *wire.Clock
}

var (
	_ channels.Channel   = (*Channel)(nil)
	_ channels.Revoker   = (*Channel)(nil)
	_ channels.Capturer  = (*Channel)(nil)
	_ channels.Certified = (*Channel)(nil)
	_ channels.Preparer  = (*Channel)(nil)
	_ channels.Notifiee  = (*Channel)(nil)
	_ channels.Optioner  = (*Channel)(nil)
	_ channels.Warmer    = (*Channel)(nil)
	_ channels.Factory   = New
)

// New checks settings and reads keys. It does no network I/O.
func New(s channels.Settings) (channels.Channel, error) {
	c, err := newChannel(s)
	if err != nil {
		return nil, fmt.Errorf("wechat-deposit: %w", err)
	}
	return c, nil
}

func newChannel(s channels.Settings) (*Channel, error) {
	var cfg Config
	if err := s.Decode(&cfg); err != nil {
		return nil, err
	}
	set, err := cfg.check(s)
	if err != nil {
		return nil, err
	}
	open, err := wire.New(set.wire)
	if err != nil {
		return nil, err
	}
	set.wire.Certificate = &set.certificate
	mutual, err := wire.New(set.wire)
	if err != nil {
		return nil, err
	}
	return &Channel{
		cfg: cfg, till: s.Till, key: set.key, minAge: set.minAge,
		expiry: set.certificate.Leaf.NotAfter,
		open:   open, mutual: mutual, clock: wire.NewClock(s.Env.Now),
	}, nil
}

// Close drops the kept connections.
func (c *Channel) Close() error {
	c.open.Close()
	c.mutual.Close()
	return nil
}

// ClockOffset is the platform's clock less ours, as far as answers have shown.
func (c *Channel) ClockOffset() time.Duration { return c.clock.Offset() }

// Warm readies a verified connection for a Pay.
func (c *Channel) Warm(ctx context.Context) error {
	if err := c.open.Warm(ctx); err != nil {
		return fmt.Errorf("wechat-deposit: warm: %w", err)
	}
	return nil
}

// Lost tells that a connection which Warm made ready is gone.
func (c *Channel) Lost() <-chan struct{} { return c.open.Lost() }

// call is one request before it is signed.
type call struct {
	kind    kind
	send    elements
	durable func(context.Context) error
}

// algorithm is how a call and its answer are signed: MD5 where the account
// wants it and the page allows it, which is unifiedorder alone (§2, §14 no. 1).
func (c *Channel) algorithm(k kind) algorithm {
	if k == create {
		return algorithm(c.cfg.SignType)
	}
	return hmacSHA256
}

// sealed is e with who we are and its signature, as it is sent.
func (c *Channel) sealed(e elements, a algorithm, nonce string) elements {
	e["appid"], e["mch_id"] = c.cfg.AppID, c.cfg.MchID
	e["sub_appid"], e["sub_mch_id"] = c.cfg.SubAppID, c.cfg.SubMchID
	e["nonce_str"], e["sign_type"] = nonce, string(a)
	e["sign"] = c.key.sign(e, a)
	return e
}

// exchange signs and sends q, and proves its answer.
func (c *Channel) exchange(ctx context.Context, q call) (answer, error) {
	w, target := c.open, q.kind.path()
	if q.kind.mutual() {
		w = c.mutual
	}
	a := c.algorithm(q.kind)
	resp, err := w.Do(ctx, wire.Request{
		Method: http.MethodPost, Target: target,
		Header:  http.Header{"Content-Type": {"text/xml; charset=utf-8"}},
		Body:    c.sealed(q.send, a, nonce()).encode(),
		Durable: q.durable, Timeout: timeout, MaxBody: maxDocument,
	})
	if err != nil {
		return answer{}, err
	}
	got := c.prove(q.kind, a, resp.Status, resp.Body)
	if got.proof == proven {
		c.clock.Learn(resp)
	}
	return got, nil
}
