// Package huishouqian speaks Huishouqian (慧收钱) in its RSA2 mode: codes that a
// customer presents, and 微企付 mini program orders (WQF_APPLET). § is the
// section of the project's dossier on it, which names the pages and clients
// that it was put together from.
package huishouqian

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Channel is one merchant at Huishouqian. One call is one exchange and its
// answer one outcome; only a statement takes two, as its file lies elsewhere.
// Safe for concurrent use.
type Channel struct {
	settings
	till   channels.Till
	wire   *wire.Client
	clock  *wire.Clock
	closes bool // a close method is set (§8)
}

var (
	_ channels.Channel     = (*Channel)(nil)
	_ channels.Closer      = (*Channel)(nil)
	_ channels.Preparer    = (*Channel)(nil)
	_ channels.Warmer      = (*Channel)(nil)
	_ channels.Optioner    = (*Channel)(nil)
	_ channels.Statementer = (*Channel)(nil)
	_ channels.Notifiee    = (*Channel)(nil)
	_ channels.Factory     = New
)

// New checks settings and reads keys. It does no network I/O.
func New(s channels.Settings) (channels.Channel, error) {
	c, err := open(s)
	if err != nil {
		return nil, fmt.Errorf("huishouqian: %w", err)
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
	return &Channel{settings: *set, till: s.Till, wire: net, clock: wire.NewClock(s.Env.Now), closes: set.CloseMethod != ""}, nil
}

// Disconnect drops the kept connections. (Close closes an order.)
func (c *Channel) Disconnect() { c.wire.Close() }

// ClockOffset is the platform's clock less ours, as far as answers have shown.
func (c *Channel) ClockOffset() time.Duration { return c.clock.Offset() }

// Warm readies a verified connection.
func (c *Channel) Warm(ctx context.Context) error {
	if err := c.wire.Warm(ctx); err != nil {
		return fmt.Errorf("huishouqian: warm: %w", err)
	}
	return nil
}

// Lost tells that a connection which Warm made ready is gone.
func (c *Channel) Lost() <-chan struct{} { return c.wire.Lost() }

// call is one request: a method of §5 and its business fields.
type call struct {
	method  string
	content content
	at      time.Time // the time that the request names
	durable func(context.Context) error
	timeout time.Duration
}

// exchange signs q, sends it once, and proves its answer.
func (c *Channel) exchange(ctx context.Context, q call) (answer, error) {
	e := envelope{
		method: q.method, version: version, format: c.Format,
		merchantNo: c.MerchantNo, signType: signType, signContent: q.content.text(),
	}
	sign, err := c.signer.sign(e.toSign(c.signer.secret))
	if err != nil {
		return answer{}, &wire.Error{Op: "build", NotSent: true, Err: errors.New("cannot sign")}
	}
	body, kind := e.form(sign), formType
	if c.Body == bodyJSON {
		body, kind = e.json(sign), jsonType
	}
	resp, err := c.wire.Do(ctx, wire.Request{
		Method: http.MethodPost, Target: c.target, Body: body, Durable: q.durable, Timeout: q.timeout,
		Header: http.Header{"Content-Type": {kind}, "Accept": {"application/json"}},
	})
	if err != nil {
		return answer{}, err
	}
	return c.prove(resp, q.at), nil
}

// now is the platform's time in its own zone (§1).
func (c *Channel) now() time.Time { return c.clock.Now().In(c.zone) }
