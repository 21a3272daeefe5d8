package agent

import (
	"context"
	"errors"
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
	silence chan struct{} // an exchange hangs

	credential credential

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

// A till says that it is offline at most three seconds after the network went.
const (
	// warmTimeout is how long a try to reach the platform takes, and how long a code
	// is asked for while the first one of a sale is under way.
	warmTimeout = 3 * time.Second
	// doubtTimeout is how long a try takes until the till says offline, where there
	// was silence before it: an exchange that hangs for silence, or a waiting
	// connection that gave no sign of life for two seconds. The try goes on.
	doubtTimeout = time.Second
	// retryEvery bounds the wait between tries: back online is shown at once.
	retryEvery = 2 * time.Second
)

// keepWarm is how often a connection is renewed while a sale waits for its code:
// shops' routers forget idle connections after about a minute.
const keepWarm = 20 * time.Second

func newLink(t *Till, a *payment.Account) *link {
	return &link{till: t, account: a, poke: make(chan struct{}, 1), silence: make(chan struct{}, 1), network: NetworkUnknown,
		credential: credential{again: make(chan struct{}, 1)}}
}

// run warms the connection when poked, again while a sale waits for its code,
// and tries an offline platform until it answers. Idle, it sleeps.
func (l *link) run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	wait := time.Second
	var lost <-chan struct{}
	if w, ok := l.account.Channel.(channels.Watcher); ok {
		lost = w.Lost()
	}
	for {
		patience := warmTimeout
		select {
		case <-ctx.Done():
			return nil
		case <-l.poke:
		case <-timer.C:
		case <-l.silence:
			patience = doubtTimeout
		case <-lost:
			if s, flying := l.till.next(); s.N == 0 && !flying {
				continue // platforms hang up on who idles
			}
			patience = doubtTimeout
		}
		err := l.warm(ctx, patience)
		l.answered()
		if err != nil {
			timer.Reset(wait)
			wait = retryEvery
			continue
		}
		wait = time.Second
		if _, armed := l.till.armed(); armed {
			timer.Reset(keepWarm)
		} else {
			timer.Stop()
		}
	}
}

// answered lets go of the wishes that came during a try: it answers them. Otherwise
// two exchanges that fail together would make one try or two, and the next one
// a second late, as chance has it.
func (l *link) answered() {
	for _, wishes := range []chan struct{}{l.poke, l.silence} {
		select {
		case <-wishes:
		default:
		}
	}
}

// warm makes one try, and says offline when it takes longer than patience. A
// channel that cannot warm is taken for reachable.
func (l *link) warm(ctx context.Context, patience time.Duration) error {
	w, ok := l.account.Channel.(channels.Warmer)
	if !ok {
		l.set(NetworkOnline, "")
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	ended := l.within(patience)
	err := w.Warm(ctx)
	ended() // what it said is said before what follows
	switch {
	case err == nil:
		l.set(NetworkOnline, "")
	case errors.Is(ctx.Err(), context.Canceled):
	default:
		l.set(NetworkOffline, err.Error())
	}
	return err
}

// within says offline unless it is ended in time.
func (l *link) within(patience time.Duration) (end func()) {
	out := make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		defer close(out)
		l.set(NetworkOffline, "no answer for "+patience.String()+", after silence")
	})
	return func() {
		if !timer.Stop() {
			<-out
		}
	}
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
		l.credential.try()
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

// silent is told of an exchange that hangs: the platform may be slow, or gone.
func (t *Till) silent(account string) {
	if l := t.links[account]; l != nil {
		select {
		case l.silence <- struct{}{}:
		default:
		}
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

// warm readies every channel that the next code may need.
func (t *Till) warm() {
	for _, l := range append(t.routes("sale", ""), t.routes(ledger.KindDeposit, "")...) {
		l.nudge()
	}
}

// online tells whether a code for such a sale has any platform to go to.
func (t *Till) online(kind, currency string) bool {
	for _, l := range t.routes(kind, currency) {
		if !l.offline() {
			return true
		}
	}
	return false
}
