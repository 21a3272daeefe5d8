// Package wechatglobal speaks WeChat Pay Global, APIv3, for codes that a
// customer presents (MICROPAY). § is the section of the project's dossier on
// it, which names the platform's own pages.
package wechatglobal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Timeouts of an exchange, after connecting (§15.2: 10 s is enough for a till).
const (
	payTimeout       = 10 * time.Second
	callTimeout      = 10 * time.Second
	keysTimeout      = 5 * time.Second
	statementTimeout = 60 * time.Second
)

// Channel is one account at WeChat Pay Global. One call is one exchange and its
// answer one outcome; only the platform's certificates, which prove an answer,
// may be fetched beside it. Safe for concurrent use.
type Channel struct {
	account account
	till    channels.Till
	cfg     Config
	minAge  time.Duration
	signer  *signer
	keys    *platformKeys
	wire    *wire.Client
	clock   *wire.Clock
	log     *slog.Logger
}

var (
	_ channels.Channel     = (*Channel)(nil)
	_ channels.Revoker     = (*Channel)(nil)
	_ channels.Warmer      = (*Channel)(nil)
	_ channels.Optioner    = (*Channel)(nil)
	_ channels.Statementer = (*Channel)(nil)
	_ channels.Notifiee    = (*Channel)(nil)
	_ channels.Factory     = New
)

// New checks settings and reads keys. It does no network I/O: a till can start
// offline, with the platform's certificates of its last run.
func New(s channels.Settings) (channels.Channel, error) {
	c, err := open(s)
	if err != nil {
		return nil, fmt.Errorf("wechat-global: %w", err)
	}
	return c, nil
}

func open(s channels.Settings) (*Channel, error) {
	var cfg Config
	if err := s.Decode(&cfg); err != nil {
		return nil, err
	}
	set, err := cfg.check(s)
	if err != nil {
		return nil, err
	}
	net, err := wire.New(set.wire)
	if err != nil {
		return nil, err
	}
	log := s.Env.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	clock := wire.NewClock(s.Env.Now)
	c := &Channel{
		account: set.account,
		till:    s.Till,
		cfg:     cfg,
		minAge:  set.minAge,
		signer:  set.signer,
		wire:    net,
		clock:   clock,
		log:     log,
	}
	c.keys = newPlatformKeys(set, s.CacheDir, clock.Now, c.fetchCertificates, log)
	return c, nil
}

// Close drops the kept connections.
func (c *Channel) Close() error {
	c.wire.Close()
	return nil
}

// ClockOffset is the platform's clock less ours, as far as answers have shown.
func (c *Channel) ClockOffset() time.Duration { return c.clock.Offset() }

// Warm readies a verified connection, and the platform's certificates where
// they are due (§11: at least every 12 h).
func (c *Channel) Warm(ctx context.Context) error {
	if err := c.wire.Warm(ctx); err != nil {
		return fmt.Errorf("wechat-global: warm: %w", err)
	}
	if err := c.keys.refreshIfDue(ctx); err != nil {
		return fmt.Errorf("wechat-global: platform certificates: %w", err)
	}
	return nil
}

// Lost tells that a connection which Warm made ready is gone.
func (c *Channel) Lost() <-chan struct{} { return c.wire.Lost() }

// call is one signed request.
type call struct {
	method  string
	target  string // path and query as on the request line
	body    []byte // the bytes that are signed and sent
	durable func(context.Context) error
	timeout time.Duration
	maxBody int64
}

// send signs and sends q. The string signed is the string sent (§3.1). The
// second result is the time that was signed.
func (c *Channel) send(ctx context.Context, q call) (*wire.Response, time.Time, error) {
	now := c.clock.Now()
	auth, err := c.signer.authorize(q.method, q.target, q.body, now, nonce())
	if err != nil {
		return nil, now, &wire.Error{Op: "build", NotSent: true, Err: errors.New("cannot sign")}
	}
	header := http.Header{"Authorization": {auth}, "Accept": {"application/json"}}
	if q.body != nil {
		header.Set("Content-Type", "application/json")
	}
	if id := c.cfg.PublicKeyID; id != "" {
		header.Set("Wechatpay-Serial", id) // §3.4: asks for an answer in that key
	}
	resp, err := c.wire.Do(ctx, wire.Request{
		Method: q.method, Target: q.target, Header: header, Body: q.body,
		Durable: q.durable, Timeout: q.timeout, MaxBody: q.maxBody,
	})
	return resp, now, err
}

// exchange is send, and the proof of its answer.
func (c *Channel) exchange(ctx context.Context, q call) (answer, error) {
	resp, signed, err := c.send(ctx, q)
	if err != nil {
		return answer{}, err
	}
	return c.prove(ctx, resp, signed), nil
}
