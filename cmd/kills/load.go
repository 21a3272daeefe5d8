//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// customers is what those at a busy till do, in parts of a hundred. The digits
// are the sandbox's test codes.
var customers = []struct {
	parts  int
	digits string
	then   string // refund, cancel, or nothing more
}{
	{50, "00", ""},
	{12, "00", "refund"},
	{8, "02", ""}, // asked for a PIN, which is typed
	{6, "10", ""}, // paid, and the answer lost
	{4, "16", ""}, // paid, and the connection reset
	{3, "41", ""}, // SYSTEM_ERROR, and paid
	{2, "44", ""}, // a gateway's HTML, and paid
	{4, "22", ""}, // not enough money
	{4, "86", "refund"},
	{3, "00", "cancel"},
	{2, "03", "cancel"},
	{1, "03", ""}, // never types the PIN: revoked
	{1, "12", ""}, // the Pay never arrives
}

// underLoad is what became of kills at random moments.
type underLoad struct {
	kills    int
	starts   []time.Duration
	cuts     int // calls of the POS that a kill cut off
	evidence *evidence
	broken   []string
	load     time.Duration // with kills
	settled  time.Duration // from the last start to quiet
}

const (
	desks        = 12                     // points of sale at the one till
	answers      = 24                     // that an agent gives at most, give or take
	longest      = 400 * time.Millisecond // that it may take over them
	blink        = 8 * time.Millisecond
	dyingYoung   = 15 // of a hundred agents die while they start, too
	longestStart = 30 * time.Millisecond
	patience     = 400 * time.Millisecond // of a cashier with a sale
	settleFor    = 3 * time.Minute
)

// killUnderLoad lets several points of sale work one till without a pause, and
// kills its agent n times, each after a few answers: some die while they start.
func (s *street) killUnderLoad(ctx context.Context, n int, seed uint64) (*underLoad, error) {
	t, err := s.open()
	if err != nil {
		return nil, err
	}
	if err := t.start(ctx, nil, false); err != nil {
		return nil, err
	}
	p := newPOS(t)
	began := time.Now()
	var opened atomic.Int64
	storm, calm := context.WithCancel(ctx)
	defer calm()
	g, working := errgroup.WithContext(storm)
	for desk := range desks {
		chance := rand.New(rand.NewPCG(seed, uint64(desk)))
		g.Go(func() error {
			for working.Err() == nil {
				if err := p.serve(working, fmt.Sprintf("r%d", opened.Add(1)), chance); err != nil && working.Err() == nil {
					return err
				}
			}
			return nil
		})
	}
	chance := rand.New(rand.NewPCG(seed, 1<<32))
	g.Go(func() error {
		defer calm()
		for range n {
			if err := t.restart(ctx, p, chance); err != nil {
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("%w; the agent said at last:\n%s", err, t.log.tail(3000))
	}
	r := &underLoad{kills: n, load: time.Since(began), starts: t.starts}
	quiet, cancel := context.WithTimeout(ctx, settleFor)
	defer cancel()
	begun := time.Now()
	if r.evidence, err = s.look(quiet, p); err != nil {
		return nil, fmt.Errorf("%w; the agent said at last:\n%s", err, t.log.tail(3000))
	}
	r.settled = time.Since(begun)
	r.cuts = p.cuts
	t.close()
	r.broken = judge(*r.evidence)
	return r, nil
}

// restart lets the agent give some answers, kills it, and starts the next, which
// may die while it starts.
func (t *till) restart(ctx context.Context, p *pos, chance *rand.Rand) error {
	at := p.answers.Load() + chance.Int64N(answers)
	for limit := time.Now().Add(longest); p.answers.Load() < at && time.Now().Before(limit); {
		if err := rest(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	if err := rest(ctx, time.Duration(chance.Int64N(int64(blink)))); err != nil {
		return err
	}
	t.kill()
	if chance.IntN(100) < dyingYoung {
		dying, cancel := context.WithTimeout(ctx, time.Duration(chance.Int64N(int64(longestStart)))) // which kills it
		defer cancel()
		if err := t.start(dying, nil, false); err != nil && dying.Err() == nil {
			return err
		}
		t.kill()
	}
	return t.start(ctx, nil, false)
}

// serve is one customer. A cashier loses patience with a sale that takes long and
// serves the next one; the till goes on with it.
func (p *pos) serve(ctx context.Context, reference string, chance *rand.Rand) error {
	who, part := customers[0], chance.IntN(100)
	for _, c := range customers {
		if who = c; part < c.parts {
			break
		}
		part -= c.parts
	}
	amount := 100 + chance.Int64N(100_000)
	s, err := p.open(ctx, reference, amount)
	if err != nil {
		return err
	}
	if s, err = p.scan(ctx, s, who.digits); err != nil {
		var r *refusal
		if errors.As(err, &r) {
			return nil // in words, to the cashier: another payment, or offline
		}
		return err
	}
	if who.then == "cancel" {
		if _, err := p.cancel(ctx, s.ID); err != nil && !over(err) {
			return err
		}
		return nil
	}
	for until := time.Now().Add(patience); s.flying() && time.Now().Before(until); {
		if s, err = p.sale(ctx, s.ID, "500ms"); err != nil {
			return err
		}
	}
	if who.then == "refund" && s.State == "paid" {
		_, err = p.refund(ctx, s.ID, reference+"-back", 1+chance.Int64N(amount))
	}
	return err
}

func (r *underLoad) print(out io.Writer) int {
	fmt.Fprintf(out, "\nunder load: %d points of sale at one till, its agent killed after at most %d answers\n", desks, answers)
	fmt.Fprintf(out, "  kills: %d in %.0f s; %d calls were cut off and repeated\n", r.kills, r.load.Seconds(), r.cuts)
	fmt.Fprintf(out, "  %s; all final %.0f s after the last start\n", tally(*r.evidence), r.settled.Seconds())
	printStarts(out, r.starts)
	fmt.Fprintf(out, "  violations: %d\n", len(r.broken))
	printBroken(out, r.broken)
	return len(r.broken)
}
