package sandboxtest

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"tillpay/channels"
	ct "tillpay/channels/channeltest"
	"tillpay/channels/sandbox"
)

// OverTLS is one till against the sandbox's real server, by the real clock:
// ca_file, the warm connection, and what cut connections mean.
func OverTLS(t *testing.T, s Platform) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.platform()
	if err != nil {
		t.Fatal(err)
	}
	if p.ch, err = s.open(t.TempDir(), p.box, p.account, "https://"+ln.Addr().String(), channels.Env{Now: time.Now, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	count := &counted{Listener: ln}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- p.box.Serve(ctx, count, nil) }()
	p.warmed(t, ctx, count, 1)
	for on, want := range map[ct.Behaviour]channels.Outcome{
		ct.PaysAtOnce: channels.Paid, ct.AsksThenPays: channels.Paying, ct.AnswerLost: channels.Unknown,
		ct.HalfAnswer: channels.Unknown, ct.OversizeAnswer: channels.Unknown, ct.ResetAfter: channels.Unknown,
	} {
		p.warmed(t, ctx, count, -1)
		before := count.n.Load()
		pay := p.realPayment(on)
		if got := p.ch.Pay(ctx, pay); got.Outcome != want {
			t.Errorf("%s: %v (%s)", on, got.Outcome, got.Message)
		}
		if n := count.n.Load() - before; n != 0 {
			t.Errorf("%s: a warm pay made %d connections", on, n)
		}
		if n := p.Arrived(pay.OutTradeNo); n != 1 {
			t.Errorf("%s: arrived %d times", on, n)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	// A kept connection may have died unseen: then a first byte may have left, and
	// only the Pay behind it finds nobody to dial.
	got := p.ch.Pay(t.Context(), p.realPayment(ct.PaysAtOnce))
	if got.Outcome == channels.Unknown {
		got = p.ch.Pay(t.Context(), p.realPayment(ct.PaysAtOnce))
	}
	if got.Outcome != channels.NotSent {
		t.Errorf("nobody is there: %v (%s)", got.Outcome, got.Message)
	}
}

// warmed readies a connection, and holds the count of those made to want, if it
// is not negative.
func (p *inCase) warmed(t *testing.T, ctx context.Context, count *counted, want int64) {
	t.Helper()
	if err := p.ch.(channels.Warmer).Warm(ctx); err != nil {
		t.Fatal(err)
	}
	if n := count.n.Load(); want >= 0 && n != want {
		t.Errorf("warming made %d connections", n)
	}
}

// realPayment is of today: some platforms want the day in the number.
func (p *inCase) realPayment(on ct.Behaviour) channels.Payment {
	code, _ := p.Code(on)
	day := time.Now().In(channels.Beijing()).Format("20060102")
	return channels.Payment{OutTradeNo: day + "00" + code.Reveal(), Amount: p.Money(), Code: code, Description: "x"}
}

// platform is the sandbox and its account, without a channel.
func (s Platform) platform() (*inCase, error) {
	cfg := s.Config
	cfg.Now = time.Now
	var err error
	if cfg.Keys, err = keys(); err != nil {
		return nil, err
	}
	p := &inCase{Platform: s}
	if p.box, err = sandbox.New(cfg); err != nil {
		return nil, err
	}
	for _, a := range p.box.Accounts() {
		if a.Platform == s.Name && (s.Mode == "" || a.Mode == s.Mode) {
			p.account = a
			break
		}
	}
	return p, nil
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
