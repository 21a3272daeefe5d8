package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tillpay/cmd/bench/history"

	"github.com/creack/pty"
)

// size is the one file that a technician copies.
func size(_ context.Context, b *bench) error {
	info, err := os.Stat(b.agent)
	if err != nil {
		return err
	}
	b.limit("the agent's file", "MiB", 1, float64(info.Size())/(1<<20), 15)
	return nil
}

// start measures from exec to the first answer, on a fresh file each time.
func start(ctx context.Context, b *bench) error {
	ours, err := newAgent(b.agent, filepath.Join(b.dir, "start"), "")
	if err != nil {
		return err
	}
	floor, err := newFloor(ctx, filepath.Join(b.dir, "hello"))
	if err != nil {
		return err
	}
	n := b.of(15, 8)
	var product, hello samples
	for i := range n {
		if err := turns(i, ours.timedStart(ctx, &product), floor.timedStart(ctx, &hello)); err != nil {
			return err
		}
	}
	ms := time.Millisecond
	b.atMost("start to first answer, fresh file, p50", "ms", n, hello.p50(ms), product.p50(ms), 2.5)
	return nil
}

// timedStart is one start from nothing, and the end of it.
func (d daemon) timedStart(ctx context.Context, s *samples) func() error {
	return func() error {
		if err := d.fresh(); err != nil {
			return err
		}
		p, err := d.start(ctx)
		if err != nil {
			return err
		}
		*s = append(*s, p.ready)
		return p.stop()
	}
}

// footprint measures the agent over years of sales: how it starts, what it
// keeps in memory, and whether it sleeps when there is nothing to do.
func footprint(ctx context.Context, b *bench) (err error) {
	dir := filepath.Join(b.dir, "history")
	cable, end, err := pty.Open() // a till without its scanner is no till
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cable.Close(), end.Close()) }()
	ours, err := newAgent(b.agent, dir, fmt.Sprintf("\n[[scanner]]\ndriver = \"serial\"\nport = %q\n", end.Name()))
	if err != nil {
		return err
	}
	floor, err := newFloor(ctx, filepath.Join(b.dir, "hello"))
	if err != nil {
		return err
	}
	n := b.of(1_000_000, 100_000)
	began := time.Now()
	if err := history.Fill(ctx, filepath.Join(dir, "data"), n, time.Now()); err != nil {
		return err
	}
	b.note("history: %d paid sales with 3 journal entries each, written in %.0f s.", n, time.Since(began).Seconds())
	starts := b.of(7, 4)
	var ready samples
	for range starts {
		p, err := ours.start(ctx)
		if err != nil {
			return err
		}
		ready = append(ready, p.ready)
		if err := p.stop(); err != nil {
			return err
		}
	}
	b.limit("start to first answer, with history, p50", "ms", starts, ready.p50(time.Millisecond), 300)
	rounds := b.of(3, 1)
	var product, hello []idleness
	for range rounds {
		a, f, err := idleTogether(ctx, ours, floor)
		if err != nil {
			return err
		}
		product, hello = append(product, a), append(hello, f)
	}
	b.atMost("memory, idle, with history, median", "MiB", rounds, median(hello, idleness.rss), median(product, idleness.rss), 1.7)
	b.limit("wake-ups while idle", "a second", rounds, median(product, idleness.rate), 2)
	b.note("idle: the agent has a serial scanner (a pty) that nobody uses, and nobody asks it anything; a wake-up is a voluntary context switch of any of its threads.")
	return nil
}

// idleness is a daemon that nobody asks anything.
type idleness struct {
	memory  float64 // MiB, after settle
	wakeups float64 // a second
}

func (i idleness) rss() float64  { return i.memory }
func (i idleness) rate() float64 { return i.wakeups }

const (
	settleFor = 3 * time.Second
	watchFor  = 5 * time.Second
)

// idleTogether leaves both alone at the same time, and looks.
func idleTogether(ctx context.Context, ours, floor daemon) (a, f idleness, err error) {
	var running []*process
	defer func() {
		for _, p := range running {
			err = errors.Join(err, p.stop())
		}
	}()
	for _, d := range []daemon{ours, floor} {
		p, err := d.start(ctx)
		if err != nil {
			return a, f, err
		}
		running = append(running, p)
	}
	both := []*idleness{&a, &f}
	if err := rest(ctx, settleFor); err != nil {
		return a, f, err
	}
	for i, p := range running {
		if both[i].memory, err = p.memory(); err != nil {
			return a, f, err
		}
		n, err := p.wakeups()
		if err != nil {
			return a, f, err
		}
		both[i].wakeups = -float64(n)
	}
	if err := rest(ctx, watchFor); err != nil {
		return a, f, err
	}
	for i, p := range running {
		n, err := p.wakeups()
		if err != nil {
			return a, f, err
		}
		both[i].wakeups = (both[i].wakeups + float64(n)) / watchFor.Seconds()
	}
	return a, f, nil
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
