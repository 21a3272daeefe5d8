//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// story is what happens at a till between its two ends, at which a kill may come
// at every call.
type story struct {
	name string
	says string
	// wait: calls are counted only from the scan on; what lies before is another
	// story's.
	wait bool
	run  func(ctx context.Context, p *pos, begin func()) error
}

var stories = []story{
	{"paid", "the first start on an empty folder, a sale, its receipt, a refund of a part of it", false, tellPaid},
	{"undone", "a customer who never types the PIN: queries, the deadline, the revoke and its proof", true, tellUndone},
	{"cancelled", "an answer that is lost, and a cashier who cancels meanwhile", true, tellCancelled},
}

func tellPaid(ctx context.Context, p *pos, _ func()) error {
	s, err := p.open(ctx, "k-paid", 8800)
	if err != nil {
		return err
	}
	if s, err = p.until(ctx, s, "00", func(s *sale) bool { return s.State == "paid" && s.Receipt != "queued" }); err != nil {
		return err
	}
	if s, err = p.refund(ctx, s.ID, "k-paid-1", 800); err != nil {
		return err
	}
	_, err = p.await(ctx, s.ID, (*sale).final)
	return err
}

func tellUndone(ctx context.Context, p *pos, begin func()) error {
	s, err := p.open(ctx, "k-undone", 7700)
	if err != nil {
		return err
	}
	begin()
	if _, err := p.scan(ctx, s, "03"); err != nil {
		return err
	}
	_, err = p.await(ctx, s.ID, (*sale).final)
	return err
}

func tellCancelled(ctx context.Context, p *pos, begin func()) error {
	s, err := p.open(ctx, "k-cancelled", 6600)
	if err != nil {
		return err
	}
	begin()
	if _, err := p.scan(ctx, s, "10"); err != nil {
		return err
	}
	if _, err := p.cancel(ctx, s.ID); err != nil && !over(err) {
		return err
	}
	_, err = p.await(ctx, s.ID, (*sale).final)
	return err
}

// over tells a refusal because the sale was paid meanwhile.
func over(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.Code == "sale_paid"
}

// until scans codes until the sale is as it should be: after a decline or an
// undoing the customer shows another one.
func (p *pos) until(ctx context.Context, s *sale, digits string, done func(*sale) bool) (*sale, error) {
	for {
		var err error
		if done(s) {
			return s, nil
		}
		if s.State == "open" && !s.flying() {
			if s, err = p.scan(ctx, s, digits); err != nil {
				return nil, err
			}
			continue
		}
		if s, err = p.sale(ctx, s.ID, "2s"); err != nil {
			return nil, err
		}
	}
}

func (p *pos) await(ctx context.Context, id string, done func(*sale) bool) (*sale, error) {
	for {
		s, err := p.sale(ctx, id, "2s")
		if err != nil || done(s) {
			return s, err
		}
	}
}

// everyCall is what became of one story with a kill at every call.
type everyCall struct {
	story   story
	calls   []call
	moments []moment
	kills   int // calls differ a little from run to run: a story may end before its moment
	broken  []string
	starts  []time.Duration
	took    time.Duration
}

const (
	atOnce     = 12              // tills that are worked at the same time; most of them only wait
	storyLimit = 2 * time.Minute // an undoing that finds no order takes half a minute
)

// killAtEveryCall tells the story once to find its calls, and then once for each
// moment before and after each of them.
func (s *street) killAtEveryCall(ctx context.Context, st story, every bool) (*everyCall, error) {
	began := time.Now()
	whole, err := s.tell(ctx, st, moment{})
	if err != nil {
		return nil, fmt.Errorf("without a kill: %w", err)
	}
	r := &everyCall{story: st, calls: whole.calls, broken: whole.broken}
	if len(r.calls) == 0 {
		return nil, errors.New("the tracer saw no call: nothing would be proven")
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	r.moments = moments(r.calls, every)
	for _, m := range r.moments {
		g.Go(func() error {
			call := r.calls[m.call-1]
			t, err := s.tell(ctx, st, m)
			if err != nil {
				return fmt.Errorf("%s (%s): %w", m, call, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if t.killed {
				r.kills++
			}
			r.starts = append(r.starts, t.starts...)
			for _, b := range t.broken {
				r.broken = append(r.broken, fmt.Sprintf("%s (%s): %s", m, call, b))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	r.took = time.Since(began)
	return r, nil
}

// moments are before each call, and after each that others see: what was sent
// goes on without its sender. After a call that only stores is before the next.
// Of a long stretch of one call on one file, as when the reserve is filled, only
// some count, unless every is set.
func moments(calls []call, every bool) (all []moment) {
	for i, c := range calls {
		if !every && inside(calls, i) && i%64 != 0 {
			continue
		}
		all = append(all, moment{i + 1, false})
		if c.On == "socket" {
			all = append(all, moment{i + 1, true})
		}
	}
	return all
}

// inside tells a call with several like it on both sides.
func inside(calls []call, i int) bool {
	const sides = 8
	if i < sides || i+sides >= len(calls) {
		return false
	}
	for _, c := range calls[i-sides : i+sides] {
		if c.String() != calls[i].String() {
			return false
		}
	}
	return true
}

// telling is one story, told once.
type telling struct {
	calls  []call
	killed bool
	starts []time.Duration // of the restarts
	broken []string
}

// tell runs a story on a new till with one kill, and judges it. Moment 0 is none.
func (s *street) tell(ctx context.Context, st story, m moment) (_ *telling, err error) {
	t, err := s.open()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, storyLimit)
	defer cancel()
	s.traced <- struct{}{} // a traced start is all work; what follows is mostly waiting
	err = t.start(ctx, &m, st.wait)
	<-s.traced
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w; the agent said at last:\n%s", err, t.log.tail(3000))
		}
	}()
	keeping, stop := context.WithCancel(ctx)
	kept := make(chan error, 1)
	go func() { kept <- t.keep(keeping); cancel() }()
	p := newPOS(t)
	told := st.run(ctx, p, t.begin)
	var e *evidence
	if told == nil {
		e, told = s.look(ctx, p)
	}
	stop()
	if err := errors.Join(<-kept, told); err != nil {
		return nil, err
	}
	t.close()
	t.mu.Lock()
	defer t.mu.Unlock()
	return &telling{calls: t.calls, killed: t.deaths > 0, starts: t.starts, broken: judge(*e)}, os.RemoveAll(t.dir)
}

// begin tells the tracer to count from here.
func (t *till) begin() { _, _ = io.WriteString(t.stdin, "go\n") }

// look gathers the evidence once nothing is under way.
func (s *street) look(ctx context.Context, p *pos) (*evidence, error) {
	sales, err := p.settle(ctx, storyLimit)
	if err != nil {
		return nil, err
	}
	b, err := s.books(ctx)
	if err != nil {
		return nil, err
	}
	loose, err := loose(p.till)
	if err != nil {
		return nil, err
	}
	return &evidence{told: p.knows(), sales: sales, books: b.of(p.till), slips: p.till.paper.all(), loose: loose}, nil
}

// of is what the books say of one till: the others' orders are not its concern.
func (b books) of(t *till) books {
	name := strings.Replace(filepath.Base(t.dir), "till-", "", 1)
	var mine books
	numbers := map[string]bool{}
	for _, o := range b.Orders {
		if o.DeviceID == fmt.Sprintf("K%04s", name) {
			mine.Orders = append(mine.Orders, o)
			numbers[o.OutTradeNo] = true
		}
	}
	for _, r := range b.Requests {
		if numbers[r.OutTradeNo] {
			mine.Requests = append(mine.Requests, r)
		}
	}
	return mine
}

var wholeCode = regexp.MustCompile(codePrefix + `\d{12}`)

// loose looks for payment codes in every file of a till and in its log.
func loose(t *till) (where []string, err error) {
	if wholeCode.MatchString(t.log.tail(1 << 20)) {
		where = append(where, "the log")
	}
	err = filepath.WalkDir(t.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) { // SQLite's own, gone meanwhile
			return nil
		}
		if wholeCode.Match(b) {
			where = append(where, d.Name())
		}
		return err
	})
	return where, err
}

// print writes the report and answers the number of violations.
func (r *everyCall) print(out io.Writer) int {
	fmt.Fprintf(out, "\nstory %s: %s\n", r.story.name, r.story.says)
	fmt.Fprintf(out, "  calls that store or send: %d (%s)\n", len(r.calls), census(r.calls))
	fmt.Fprintf(out, "  kills: %d at %d moments, before each call and after each that sends\n", r.kills, len(r.moments))
	printStarts(out, r.starts)
	fmt.Fprintf(out, "  violations: %d, after %.0f s\n", len(r.broken), r.took.Seconds())
	printBroken(out, r.broken)
	return len(r.broken)
}

func printStarts(out io.Writer, starts []time.Duration) {
	if len(starts) == 0 {
		return
	}
	slices.Sort(starts)
	fmt.Fprintf(out, "  start to ready after a kill: p50 %s, p99 %s, longest %s\n", ms(starts[len(starts)/2]), ms(starts[len(starts)*99/100]), ms(starts[len(starts)-1]))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

func printBroken(out io.Writer, broken []string) {
	const most = 40
	for _, b := range broken[:min(most, len(broken))] {
		fmt.Fprintf(out, "    %s\n", b)
	}
	if len(broken) > most {
		fmt.Fprintf(out, "    and %d more\n", len(broken)-most)
	}
}
