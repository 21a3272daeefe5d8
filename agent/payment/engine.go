package payment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/channels"
	"tillpay/queue"
)

// Account is a channel with the data that the rules need of it.
type Account struct {
	Name    string
	Driver  string
	Channel channels.Channel
	Plan    Plan // of presented codes
	// Prepared is the plan of orders that a customer pays in an app.
	Prepared Plan

	asked sync.Once
	sheet channels.Sheet
}

// Sheet is what the channel can do. It is needed several times with every exchange,
// and a channel writes it anew for each who asks; this one's lists are everybody's.
func (a *Account) Sheet() channels.Sheet {
	a.asked.Do(func() { a.sheet = a.Channel.Sheet() })
	return a.sheet
}

// Config is what an Engine works with.
type Config struct {
	DB       *ledger.DB
	Accounts map[string]*Account
	Numbers  *Numbers
	Log      *slog.Logger
	// SlowCommit is what a commit must cost for signing to run beside it; 0 is
	// what was measured to pay.
	SlowCommit time.Duration
	Now        func() time.Time
	// Slip owes a printed slip, inside tx; it may change the sale's receipt state.
	Slip func(tx *ledger.Tx, sale *ledger.Sale, slip Slip) error
	// Changed is told after each commit that changed a sale.
	Changed func(sale int64)
	// Exchanged is told of each exchange with an account's platform.
	Exchanged func(account string, r channels.Reply)
	// Silent is told of an exchange that has no answer for a while. It goes on.
	Silent func(account string)
}

// Slip names what is to be printed for a sale.
type Slip struct {
	Kind   string // sale, refund, cancelled, attention, deposit (held), released
	Number string // of the payment or refund
	Copy   int    // 0: the original
	By     string // who asked for a copy
	For    string `json:",omitempty"` // shop: its own of what the customer got
}

// Engine runs the rules: it makes the exchanges that they owe, and stores each
// move with its consequence in one commit.
type Engine struct {
	Config
	queue *queue.Queue

	loading sync.Mutex // one payment is brought back at a time
	mu      sync.Mutex
	lives   map[string]*live
	flying  map[string]bool // payments that may still be charged
	refunds refunds
	pace    pace

	settlements settlements
	began       time.Time // what was asked before is doubtful: another process asked
}

// New makes an engine; Bind gives it the queue that works its kinds of job.
func New(c Config) *Engine {
	return &Engine{Config: c, lives: map[string]*live{}, flying: map[string]bool{}, began: c.Now()}
}

// Bind completes the circle: the queue knows the engine's kinds, the engine puts jobs.
func (e *Engine) Bind(q *queue.Queue) { e.queue = q }

// Kinds of job that the engine works.
const (
	jobPayment = "payment"
	jobRefund  = "refund"
)

// Kinds are the engine's jobs, for the queue.
func (e *Engine) Kinds() map[string]queue.Kind {
	again := queue.Exponential(time.Second, time.Minute) // of what fails here, not at a platform
	return map[string]queue.Kind{
		jobPayment: {Handler: e.follow, Workers: 16, Backoff: again},
		jobRefund:  {Handler: e.followRefund, Workers: 24, Backoff: again},
		jobSettle:  {Handler: e.followSettlement, Workers: 4, Backoff: again},
		jobHold:    {Handler: e.followHold, Backoff: again},
	}
}

// live is a payment that is not over: its row, and what the rules know.
type live struct {
	outTradeNo string
	account    *Account
	sale       ledger.Sale

	mu   sync.Mutex
	row  ledger.Payment
	life Life
	code channels.Code
	// early is the answer of a Pay that was begun beside the commit.
	early chan channels.Reply
	order *preparing // of a prepared order, until its exchange ended

	raised time.Time // when a person was last told that the undo takes too long
}

// plan is the data that the rules read for this payment. l.mu is held, or the
// payment is still nobody else's.
func (l *live) plan() Plan {
	if l.life.Prepared {
		return l.account.Prepared
	}
	return l.account.Plan
}

// ErrBusy: the sale has a payment that may still be charged.
var ErrBusy = errors.New("payment: another payment of this sale is under way")

// ErrSaleOver: the sale is paid, cancelled or refunded.
var ErrSaleOver = errors.New("payment: the sale is not open")

// Submit starts a payment: its row, its journal entry and the job that follows
// it are durable before a byte leaves. It returns right after that commit; the
// exchange goes on in the queue.
func (e *Engine) Submit(ctx context.Context, sale ledger.Sale, a *Account, wallet string, code channels.Code, scannedAt time.Time) (ledger.Payment, error) {
	now := e.Now()
	l := &live{account: a, sale: sale, code: code, life: Life{State: Submitting, SubmittedAt: now, ScannedAt: scannedAt}}
	return e.submit(ctx, l, ledger.Payment{Wallet: wallet, CodeLast4: code.Last4()})
}

// submit makes the commit that a payment begins with.
func (e *Engine) submit(ctx context.Context, l *live, row ledger.Payment) (ledger.Payment, error) {
	now := l.life.SubmittedAt
	if err := e.DB.Room(); err != nil {
		return ledger.Payment{}, err
	}
	l.outTradeNo = e.Numbers.Next(now.Add(offset(l.account.Channel))) // Huifu takes a number of its own today alone
	l.life.step = Step{DoPay, now}
	row.OutTradeNo, row.Sale, row.Channel, row.State, row.SubmittedAt = l.outTradeNo, l.sale.N, l.account.Name, string(Submitting), now
	l.row = row // the job's from the commit on
	durable := make(chan struct{})
	if l.order == nil && e.signBeside() {
		e.begin(l, durable)
	}
	e.keep(l)
	err := e.DB.Update(ctx, func(tx *ledger.Tx) error { return e.insert(tx, l) })
	if err != nil {
		e.forget(l)
		e.Changed(l.sale.N)          // nothing is in flight any more
		return ledger.Payment{}, err // durable stays open: a Pay begun beside gives up
	}
	close(durable)
	e.Changed(l.sale.N)
	return row, nil
}

func (e *Engine) insert(tx *ledger.Tx, l *live) error {
	// One statement checks and stores: this commit stands between the scan and the wire.
	stored, err := tx.InsertPayment(l.row, Over)
	if err != nil {
		return err
	}
	if !stored {
		sale, err := tx.Sale(l.sale.N)
		if err == nil && sale.State == ledger.SaleOpen {
			err = ErrBusy
		} else if err == nil {
			err = ErrSaleOver
		}
		return err
	}
	if err := tx.Journal("payment.submitted", l.sale.N, l.row.OutTradeNo, map[string]any{
		"channel": l.row.Channel, "wallet": l.row.Wallet, "code_last4": l.row.CodeLast4,
		"amount": l.sale.Amount.Amount, "currency": l.sale.Amount.Currency,
	}); err != nil {
		return err
	}
	// A customer who waits goes before whatever has waited for the network.
	return e.queue.Put(tx, queue.Job{Kind: jobPayment, Key: l.row.OutTradeNo, Due: l.row.SubmittedAt.Add(-time.Hour)})
}

// slowCommit is where a commit costs more than the hand-over to a second
// goroutine and about a signature: from here on signing runs beside it (measured
// on two cores: below it, beside is slower; on eMMC a sync takes 1 to 20 ms).
const slowCommit = time.Millisecond

func (e *Engine) signBeside() bool {
	return e.DB.CommitTime() > cmp.Or(e.SlowCommit, slowCommit)
}

// begin builds and signs the Pay beside the commit. Its first byte waits for durable.
func (e *Engine) begin(l *live, durable <-chan struct{}) {
	early := make(chan channels.Reply, 1) // the field is the job's, which takes it away
	l.early = early
	l.life = l.life.began(DoPay, l.life.SubmittedAt)
	p := e.payment(l)
	p.Durable = func(ctx context.Context) error {
		select {
		case <-durable:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	go func() { // ends with the exchange's own deadline; follow waits for its answer
		ctx, cancel := context.WithTimeout(context.Background(), payTimeout)
		defer cancel()
		early <- l.account.Channel.Pay(ctx, p)
	}()
}

func (e *Engine) keep(l *live) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lives[l.outTradeNo] = l
	if l.life.State == Submitting || l.life.State == Paying {
		e.flying[l.outTradeNo] = true
	}
}

func (e *Engine) forget(l *live) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.lives, l.outTradeNo)
	delete(e.flying, l.outTradeNo)
}

// flight keeps the set of payments in flight true. l.mu is held.
func (e *Engine) flight(l *live) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.life.State == Submitting || l.life.State == Paying {
		e.flying[l.outTradeNo] = true
	} else {
		delete(e.flying, l.outTradeNo)
	}
}

// Flying tells whether any payment of the till may still be charged.
func (e *Engine) Flying() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.flying) > 0
}

// Recover brings back every payment that a stop or a crash left unfinished, so
// that the till knows of it before it takes a sale. A payment that cannot be
// brought back is told by its job, again and again, and holds no other up.
func (e *Engine) Recover(ctx context.Context) {
	for _, outTradeNo := range e.queue.Keys(jobPayment) {
		if _, err := e.live(ctx, outTradeNo); err != nil {
			e.Log.Error("payment could not be brought back", "out_trade_no", outTradeNo, "error", err)
		}
	}
}

func (e *Engine) find(outTradeNo string) *live {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lives[outTradeNo]
}

// live answers the payment, brought back from the ledger where this process did
// not begin it.
func (e *Engine) live(ctx context.Context, outTradeNo string) (*live, error) {
	e.loading.Lock()
	defer e.loading.Unlock()
	if l := e.find(outTradeNo); l != nil {
		return l, nil
	}
	l, err := e.load(ctx, outTradeNo, nil)
	if err != nil {
		return nil, err
	}
	if err := e.apply(l, nil, Restarted, None, channels.Reply{}); err != nil {
		return nil, err
	}
	e.keep(l)
	return l, nil
}

// load reads a payment. orphan stands in for its account where that is no longer
// configured; nil is for what needs the platform.
func (e *Engine) load(ctx context.Context, outTradeNo string, orphan *Account) (*live, error) {
	row, err := e.DB.Payment(ctx, outTradeNo)
	if err != nil {
		return nil, err
	}
	sale, err := e.DB.Sale(ctx, row.Sale)
	if err != nil {
		return nil, err
	}
	a := cmp.Or(e.Accounts[row.Channel], orphan)
	if a == nil {
		return nil, fmt.Errorf("payment %s: its channel %q is no longer configured: put it back until the payment is settled", outTradeNo, row.Channel)
	}
	l := &live{outTradeNo: outTradeNo, account: a, sale: sale, row: row}
	if len(row.Progress) > 0 {
		if err := json.Unmarshal(row.Progress, &l.life); err != nil {
			e.Log.Error("payment's progress cannot be read: it counts from anew", "out_trade_no", outTradeNo, "error", err)
			l.life = Life{} // which is never too early
		}
	}
	if !known(State(row.State)) { // a damaged disk's: the platform knows
		e.Log.Error("payment's state cannot be read: asking", "out_trade_no", outTradeNo, "state", row.State)
		row.State = string(Paying)
		l.row = row
	}
	l.life.State, l.life.SubmittedAt = State(row.State), row.SubmittedAt
	if !row.DeadlineAt.IsZero() {
		l.life.Deadline = steady(row.DeadlineAt, e.Now()) // the schedule counts from it
	}
	return l, nil
}
