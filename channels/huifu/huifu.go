// Package huifu speaks Huifu Dougong's aggregated payments, V2 and V3: codes
// that a customer presents (聚合反扫) and mini-program orders that he pays
// (聚合正扫, T_MINIAPP). § is the section of the project's dossier on it.
package huifu

import (
	"context"
	"crypto/rsa"
	"fmt"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Timeouts of an exchange, after connecting.
const (
	callTimeout     = 10 * time.Second
	downloadTimeout = 60 * time.Second
)

// Channel is one account at Huifu. One call is one exchange and its answer one
// outcome; a statement alone takes two, its place and its file. Safe for
// concurrent use.
type Channel struct {
	cfg      Config
	till     channels.Till
	paths    paths
	ages     ages
	codes    map[string]meaning // of the setting codes, over the table's for pay
	key      *rsa.PrivateKey
	platform *rsa.PublicKey
	net      wire.Config // for the host that a statement is fetched from
	wire     *wire.Client
	clock    *wire.Clock
	headers  map[string]string
	bills    shelf
	outward  func() string // this machine's address, where ip_addr is not set
}

var (
	_ channels.Channel      = (*Channel)(nil)
	_ channels.Preparer     = (*Channel)(nil)
	_ channels.Closer       = (*Channel)(nil)
	_ channels.CloseQuerier = (*Channel)(nil)
	_ channels.Warmer       = (*Channel)(nil)
	_ channels.Optioner     = (*Channel)(nil)
	_ channels.Statementer  = (*Channel)(nil)
	_ channels.Notifiee     = (*Channel)(nil)
	_ channels.Factory      = New
)

// New checks settings and reads keys. It does no network I/O: a till can start
// offline.
func New(s channels.Settings) (channels.Channel, error) {
	c, err := open(s)
	if err != nil {
		return nil, fmt.Errorf("huifu: %w", err)
	}
	return c, nil
}

func open(s channels.Settings) (*Channel, error) {
	cfg := Default()
	if err := s.Decode(&cfg); err != nil {
		return nil, err
	}
	c := &Channel{till: s.Till, outward: outward, clock: wire.NewClock(s.Env.Now)}
	if err := c.configure(cfg, s); err != nil {
		return nil, err
	}
	net, err := wire.New(c.net)
	if err != nil {
		return nil, err
	}
	c.wire = net
	c.bills = shelf{s.CacheDir, c.clock.Now}
	return c, nil
}

// Shutdown drops the kept connections. (Close closes an order.)
func (c *Channel) Shutdown() { c.wire.Close() }

// ClockOffset is the platform's clock less ours, as far as answers have shown.
func (c *Channel) ClockOffset() time.Duration { return c.clock.Offset() }

// Warm readies a verified connection.
func (c *Channel) Warm(ctx context.Context) error {
	if err := c.wire.Warm(ctx); err != nil {
		return fmt.Errorf("huifu: warm: %w", err)
	}
	return nil
}

// Lost tells that a connection which Warm made ready is gone.
func (c *Channel) Lost() <-chan struct{} { return c.wire.Lost() }

// paths is §1. Closing and what lies beside payments know V2 alone.
type paths struct{ pay, prepare, query, refund, refundQuery string }

const (
	closePath      = "/v2/trade/payment/scanpay/close"
	closeQueryPath = "/v2/trade/payment/scanpay/closequery"
	statementPath  = "/v2/trade/check/filequery"
	userMarkPath   = "/v2/trade/wxusermark/query"
)

// pathsOf is the paths of a version; V2 and V3 take the same fields.
func pathsOf(version string) paths {
	base := "/" + version + "/trade/payment/"
	return paths{base + "micropay", base + "jspay", base + "scanpay/query", base + "scanpay/refund", base + "scanpay/refundquery"}
}

// call is one request: its business fields and where they go.
type call struct {
	path    string
	data    fields
	durable func(context.Context) error
}

// exchange signs and sends q, and proves its answer.
func (c *Channel) exchange(ctx context.Context, q call) (answer, error) {
	body, err := c.sealed(q.data)
	if err != nil {
		return answer{}, &wire.Error{Op: "build", NotSent: true, Err: err}
	}
	resp, err := c.wire.Do(ctx, wire.Request{
		Method: "POST", Target: q.path, Header: c.header(), Body: body,
		Durable: q.durable, Timeout: callTimeout,
	})
	if err != nil {
		return answer{}, err
	}
	return c.prove(resp), nil
}
