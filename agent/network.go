package agent

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// link is how one account's platform is reached, as the last exchanges showed.
type link struct {
	till    *Till
	account *payment.Account
	poke    chan struct{}

	mu      sync.Mutex
	network Network
	problem string
}

// Network is whether a platform can be reached.
type Network string

const (
	NetworkUnknown Network = "unknown" // not tried yet
	NetworkOnline  Network = "online"
	NetworkOffline Network = "offline"
)

// warmTimeout is how long a code is still asked for while nobody answers: after
// it the till says that it is offline.
const warmTimeout = 3 * time.Second

// keepWarm is how often a connection is renewed while a sale waits for its code:
// shops' routers forget idle connections after about a minute.
const keepWarm = 20 * time.Second

func newLink(t *Till, a *payment.Account) *link {
	return &link{till: t, account: a, poke: make(chan struct{}, 1), network: NetworkUnknown}
}

// run warms the connection when poked, again while a sale waits for its code,
// and tries an offline platform until it answers. Idle, it sleeps.
func (l *link) run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.poke:
		case <-timer.C:
		}
		if err := l.warm(ctx); err != nil {
			failures++
			timer.Reset(min(time.Second<<min(failures-1, 4), 15*time.Second))
			continue
		}
		failures = 0
		if _, armed := l.till.armed(); armed {
			timer.Reset(keepWarm)
		} else {
			timer.Stop()
		}
	}
}

// warm makes one try. A channel that cannot warm is taken for reachable.
func (l *link) warm(ctx context.Context) error {
	w, ok := l.account.Channel.(channels.Warmer)
	if !ok {
		l.set(NetworkOnline, "")
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	err := w.Warm(ctx)
	switch {
	case err == nil:
		l.set(NetworkOnline, "")
	case errors.Is(ctx.Err(), context.Canceled):
	default:
		l.set(NetworkOffline, err.Error())
	}
	return err
}

// set stores what was learnt, and tells of a change. Back online, what waits for
// the platform goes on at once.
func (l *link) set(n Network, problem string) {
	l.mu.Lock()
	was := l.network
	l.network, l.problem = n, problem
	l.mu.Unlock()
	if was == n {
		return
	}
	l.till.Log.Info("network", "channel", l.account.Name, "is", n, "was", was, "problem", problem)
	l.till.changed(0)
	l.till.sayStatus()
	if n == NetworkOnline && was == NetworkOffline {
		l.till.engine.Online(l.account.Name)
	}
}

func (l *link) state() (Network, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.network, l.problem
}

func (l *link) offline() bool {
	n, _ := l.state()
	return n == NetworkOffline
}

// nudge asks run for a warm connection, soon.
func (l *link) nudge() {
	select {
	case l.poke <- struct{}{}:
	default:
	}
}

// exchanged learns from each exchange: an answer of any kind is a network, and
// what could not be sent is none. A time-out says neither.
func (t *Till) exchanged(account string, r channels.Reply) {
	l := t.links[account]
	if l == nil {
		return
	}
	switch {
	case r.Outcome == channels.NotSent && r.Reason == channels.Network:
		l.set(NetworkOffline, r.Message)
		l.nudge() // and go on trying
	case r.Verified || r.RequestID != "":
		l.set(NetworkOnline, "")
	case r.Reason == channels.Network:
		l.nudge() // find out, and when it is back what waits goes on
	}
}

// routed are the links that a wallet leads to, each once. Deposits have their own.
func (t *Till) routed() []*link {
	var all []*link
	for wallet, account := range t.Routes {
		l := t.links[account]
		if l != nil && !l.holds() && slices.Contains(l.account.Channel.Sheet().Wallets, wallet) && !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// warm readies every channel that the next code may need.
func (t *Till) warm() {
	for _, l := range append(t.routed(), t.routes(ledger.KindDeposit)...) {
		l.nudge()
	}
}

// online tells whether a code for such a sale has any platform to go to.
func (t *Till) online(kind, currency string) bool {
	for _, l := range t.routes(kind) {
		if !l.offline() && slices.Contains(l.account.Channel.Sheet().Currencies, currency) {
			return true
		}
	}
	return false
}
