// Package fubei speaks Fubei's gateway (付呗, 51fubei.com), its merchant API 1.0
// and its API 2.0: codes that a customer presents, and orders for a mini
// program. § is the section of the project's dossier on it.
//
// The platform signs nothing that it answers. What a reply is worth is in
// echo.go, and on the sheet.
package fubei

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// maxAnswer bounds an answer about one order: the largest known is a tenth.
const maxAnswer = 256 << 10

// Channel is one account at Fubei. One call is one exchange and its answer one
// outcome; only a statement takes several, a page each. Safe for concurrent use.
type Channel struct {
	cfg   Config
	set   *settings
	till  channels.Till
	wire  *wire.Client
	clock *wire.Clock
}

var (
	_ channels.Channel     = (*Channel)(nil)
	_ channels.Revoker     = (*Channel)(nil)
	_ channels.Closer      = (*Channel)(nil)
	_ channels.Preparer    = (*Channel)(nil)
	_ channels.Warmer      = (*Channel)(nil)
	_ channels.Optioner    = (*Channel)(nil)
	_ channels.Statementer = (*Channel)(nil)
	_ channels.Notifiee    = (*Channel)(nil)
	_ channels.Factory     = New
)

// New checks settings and reads the secret. It does no network I/O: a till can
// start offline.
func New(s channels.Settings) (channels.Channel, error) {
	c, err := open(s)
	if err != nil {
		return nil, fmt.Errorf("fubei: %w", err)
	}
	return c, nil
}

func open(s channels.Settings) (*Channel, error) {
	cfg := Default()
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
	return &Channel{cfg: cfg, set: set, till: s.Till, wire: net, clock: wire.NewClock(s.Env.Now)}, nil
}

// ClockOffset is the platform's clock less ours, as far as verified answers
// have shown. No request carries a time: it serves the till's own warnings.
func (c *Channel) ClockOffset() time.Duration { return c.clock.Offset() }

// Warm readies a verified connection.
func (c *Channel) Warm(ctx context.Context) error {
	if err := c.wire.Warm(ctx); err != nil {
		return fmt.Errorf("fubei: warm: %w", err)
	}
	return nil
}

// Lost tells that a connection which Warm made ready is gone.
func (c *Channel) Lost() <-chan struct{} { return c.wire.Lost() }

// call is one request: a method of the gateway and its business object.
type call struct {
	method  string
	biz     []byte
	durable func(context.Context) error
	maxBody int64
}

// exchange signs and sends q, once, and reads the answer's form.
func (c *Channel) exchange(ctx context.Context, q call) (answer, error) {
	e := envelope{
		appID: c.cfg.AppID, vendorSN: c.cfg.VendorSN, method: q.method, format: "json", signMethod: "md5",
		nonce: nonce(), version: c.set.version, biz: string(q.biz),
	}
	if q.maxBody == 0 {
		q.maxBody = maxAnswer
	}
	resp, err := c.wire.Do(ctx, wire.Request{
		Method: http.MethodPost, Target: c.set.target, Body: e.body(c.set.secret),
		Header:  http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Accept": {"application/json"}},
		Durable: q.durable, Timeout: c.set.timeout, MaxBody: q.maxBody,
	})
	if err != nil {
		return answer{}, err
	}
	a := readAnswer(resp)
	a.nonce = e.nonce
	return a, nil
}

// learned takes the time from an answer that proved itself.
func (c *Channel) learned(a answer, r channels.Reply) channels.Reply {
	if r.Verified {
		c.clock.Learn(a.resp)
	}
	return r
}
