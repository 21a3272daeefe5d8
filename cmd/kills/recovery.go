//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"tillpay/cmd/bench/history"

	"golang.org/x/sync/errgroup"
)

// recovery is how long a till with years of sales needs after a kill until it
// answers what became of every unfinished one.
type recovery struct {
	sales, open int
	ready, told []time.Duration // from exec: to ready; to the last answer
	broken      []string
}

const (
	unfinished = 50
	recoveries = 7
)

// recoverWith kills an agent that has n paid sales in its file and some under way.
func (s *street) recoverWith(ctx context.Context, n int) (*recovery, error) {
	t, err := s.open()
	if err != nil {
		return nil, err
	}
	if err := history.Fill(ctx, filepath.Join(t.dir, "data"), n, time.Now()); err != nil {
		return nil, err
	}
	if err := t.start(ctx, nil, false); err != nil {
		return nil, err
	}
	p := newPOS(t)
	r := &recovery{sales: n, open: unfinished}
	for range recoveries {
		for i := range unfinished {
			v, err := p.open(ctx, fmt.Sprintf("u%d-%d", len(r.ready), i), 100)
			if err != nil {
				return nil, err
			}
			if _, err := p.scan(ctx, v, "03"); err != nil { // a PIN that nobody types
				return nil, err
			}
		}
		t.kill()
		began := time.Now()
		if err := t.start(ctx, nil, false); err != nil {
			return nil, err
		}
		r.ready = append(r.ready, time.Since(began))
		if err := r.account(ctx, p); err != nil {
			return nil, err
		}
		r.told = append(r.told, time.Since(began))
	}
	t.close()
	return r, nil
}

// account asks about every unfinished sale, as tills in a hurry do.
func (r *recovery) account(ctx context.Context, p *pos) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	var mu sync.Mutex
	for _, k := range p.knows() {
		g.Go(func() error {
			v, err := p.sale(ctx, k.ID, "")
			if err != nil {
				return err
			}
			if len(v.Payments) != 1 || !k.Numbers[v.Payments[0].OutTradeNo] {
				mu.Lock()
				r.broken = append(r.broken, fmt.Sprintf("sale %s: its payment is gone: %+v", k.Reference, v.Payments))
				mu.Unlock()
			}
			return nil
		})
	}
	return g.Wait()
}

func (r *recovery) print(out io.Writer) int {
	fmt.Fprintf(out, "\nrecovery: %d paid sales in the file, %d more under way at each of %d kills\n", r.sales, r.open, len(r.ready))
	for _, row := range []struct {
		what string
		took []time.Duration
	}{{"from exec to ready", r.ready}, {"from exec until each unfinished sale was answered for", r.told}} {
		slices.Sort(row.took)
		fmt.Fprintf(out, "  %s: p50 %s, longest %s\n", row.what, ms(row.took[len(row.took)/2]), ms(row.took[len(row.took)-1]))
	}
	fmt.Fprintf(out, "  violations: %d\n", len(r.broken))
	printBroken(out, r.broken)
	return len(r.broken)
}
