// Package agent is the till: it opens sales, hands scanned codes to the payment
// engine, prints, and tells everybody who listens what happened.
package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/transport"
	"tillpay/queue"
	"tillpay/scanner"

	"golang.org/x/sync/errgroup"
)

// Config is what a till is made of; cmd builds it from the configuration file.
type Config struct {
	Place    channels.Till
	Merchant string
	Currency string
	Language string
	Zone     *time.Location
	Version  string
	Demo     bool

	DB       *ledger.DB
	Accounts map[string]*payment.Account
	Routes   map[string]string // wallet, wallet.CURRENCY, or deposit, to account
	Codes    scanner.Table
	CodeWait time.Duration
	Scanners []scanner.Scanner
	Bench    Bench             // nil: this machine's devices
	TypeOn   map[string]Typist // by scanner: where what is no payment code goes on

	Printer transport.Printer
	Profile escpos.Profile
	Barcode printer.Barcode

	Templates *printer.Templates // what the shop changed about its slips
	Copies    int                // 2: the shop gets one of what was paid or given back, too
	Kick      []byte             // what opens the cash drawer; nil: there is none

	SlowCommit time.Duration // see payment.Config

	Log *slog.Logger
	Now func() time.Time
}

// Typist types texts on into another program's window.
type Typist interface{ Type(text string) error }

// Till is one cashier's place. Safe for concurrent use.
type Till struct {
	Config
	engine *payment.Engine
	queue  *queue.Queue
	hub    *hub
	links  map[string]*link
	used   seen
	paying sync.Mutex // held while a code becomes a stored payment
	salt   [32]byte

	changes atomic.Int64 // counts what may move the armed sale
	arm     struct {
		sync.Mutex
		at   int64 // changes that the answer below has seen
		day  string
		sale ledger.Sale // N 0: none
	}
	held    held
	answers answers // of platforms, about what needs a person
	devices devices
	boxes   sync.Map // characters that the receipt font lacks, and were logged
}

// New builds a till over an open ledger and brings back what is unfinished. It
// takes sales once it returned; Run makes it work.
func New(ctx context.Context, c Config) (*Till, error) {
	t := &Till{Config: c, hub: newHub(), links: map[string]*link{}, used: seen{life: codeMemory}}
	if _, err := rand.Read(t.salt[:]); err != nil {
		return nil, fmt.Errorf("till: %w", err)
	}
	numbers, err := payment.NewNumbers(ctx, c.DB, c.Place.ID, c.Zone, rand.Reader, c.Now())
	if err != nil {
		return nil, err
	}
	t.engine = payment.New(payment.Config{
		DB: c.DB, Accounts: c.Accounts, Numbers: numbers, Log: c.Log, Now: c.Now,
		SlowCommit: c.SlowCommit, Slip: t.slip, Changed: t.changed, Exchanged: t.exchanged, Silent: t.silent,
	})
	for name, a := range c.Accounts {
		t.links[name] = newLink(t, a)
	}
	kinds := t.engine.Kinds()
	kinds[jobPrint] = t.printKind()
	kinds = t.watched(kinds)
	t.queue = queue.New(func(ctx context.Context, fn func(queue.Tx) error) error {
		return c.DB.Update(ctx, func(tx *ledger.Tx) error { return fn(tx) })
	}, kinds, c.Log, c.Now)
	t.engine.Bind(t.queue)
	if err := t.queue.Load(ctx); err != nil {
		return nil, err
	}
	t.engine.Recover(ctx)
	for _, l := range c.DB.Found() {
		c.Log.Error("the ledger has lost something", "why", l.Why, "entries", l.Entries(), "kept", l.Kept, "restored", l.Restored, "not_restored", l.Omitted)
	}
	if err := t.forgetFailing(ctx); err != nil {
		return nil, err
	}
	t.devices.start(c)
	return t, nil
}

// Run works until ctx ends, and then returns nil once nothing is in the middle
// of an exchange.
func (t *Till) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.queue.Run(ctx) })
	for _, l := range t.links {
		g.Go(func() error { return l.run(ctx) })
		if c, ok := l.account.Channel.(channels.Certified); ok {
			g.Go(func() error { return l.certify(ctx, c) })
		}
	}
	for _, s := range t.Scanners {
		sink := scanner.Sink{
			Scanned: func(text string) { t.Scanned(ctx, s.Name(), text) },
			State:   func(st scanner.State) { t.deviceState(s.Name(), string(st.Status), st.Detail) },
		}
		g.Go(func() error { return s.Run(ctx, sink) })
	}
	g.Go(func() error { t.DB.Prepare(); return nil })
	if t.Printer != nil {
		g.Go(func() error { t.watchPrinter(ctx); return nil })
	}
	return g.Wait()
}

// changed is told of each stored change of a sale.
func (t *Till) changed(int64) {
	t.changes.Add(1)
	t.hub.tell()
}

// today is the business day of now.
func (t *Till) today() string { return t.Now().In(t.Zone).Format(time.DateOnly) }

// overMidnight is how long a sale stays armed into the next day, or into the last one
// where the clock is set back over midnight.
const overMidnight = 10 * time.Minute

// armed is the sale that the next payment code pays: the newest of today that may start
// a payment, once nothing is in flight.
func (t *Till) armed() (ledger.Sale, bool) {
	s, _ := t.next()
	return s, s.N != 0
}

// next is armed, and tells in the same look whether none is because a payment is in
// flight. That is never kept: a payment begins and ends a little before it is told.
func (t *Till) next() (s ledger.Sale, flying bool) {
	now := t.Now()
	day := now.In(t.Zone).Format(time.DateOnly)
	t.arm.Lock()
	defer t.arm.Unlock()
	if t.engine.Flying() { // also before its change is told
		return ledger.Sale{}, true
	}
	if at := t.changes.Load(); t.arm.day != day || t.arm.at != at {
		// A clock that was set back makes no sale of later days today's.
		s, err := t.DB.OpenSale(context.Background(), day, now.Add(-overMidnight), now.Add(overMidnight), payment.Over)
		if err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return ledger.Sale{}, false // the disk may answer the next look
		}
		t.arm.at, t.arm.day, t.arm.sale = at, day, s
	}
	return t.arm.sale, false
}

func (t *Till) armedSale() int64 {
	s, _ := t.armed()
	return s.N
}
