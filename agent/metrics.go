package agent

import (
	"context"
	"maps"
	"strings"
	"sync"

	"tillpay/agent/ledger"
	"tillpay/scanner"
)

// Counts is what happened at the till since it started.
type Counts struct {
	Payments map[PaymentCount]int64 // how often a payment came to a state
	Receipts map[string]int64       // by result: printed, not_printed, unknown
	Scans    map[scanner.Kind]int64
}

// PaymentCount is what payments are counted by.
type PaymentCount struct{ Channel, State string }

// Counter keeps Counts. It reads them from the journal when it is asked, so
// that counting costs a payment nothing; only scans, which are in no journal,
// are counted as they come. Safe for concurrent use.
type Counter struct {
	till *Till

	mu     sync.Mutex
	begun  bool
	seq    int64 // the last journal entry that is counted
	counts Counts
}

// Counter makes a counter that begins with its Run, or else its first Read.
func (t *Till) Counter() *Counter {
	return &Counter{till: t, counts: Counts{Payments: map[PaymentCount]int64{}, Receipts: map[string]int64{}, Scans: map[scanner.Kind]int64{}}}
}

// Run counts what the till's scanners read until ctx ends, and then returns nil.
func (c *Counter) Run(ctx context.Context) error {
	notices, stop := c.till.hub.subscribe()
	defer stop()
	c.mu.Lock()
	err := c.begin(ctx)
	c.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-notices:
			if e, ok := n.Data.(ScanEvent); ok && e.Device != heldCode {
				c.Scanned(e.Kind)
			}
		}
	}
}

// Scanned counts one scan that came another way than through a scanner.
func (c *Counter) Scanned(kind scanner.Kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Scans[kind]++
}

// Read answers the counts as of now.
func (c *Counter) Read(ctx context.Context) (Counts, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.begin(ctx); err != nil {
		return Counts{}, err
	}
	for {
		entries, err := c.till.DB.Entries(ctx, c.seq, 500)
		if err != nil {
			return Counts{}, err
		}
		for _, e := range entries {
			if err := c.count(ctx, e); err != nil {
				return Counts{}, err
			}
			c.seq = e.Seq
		}
		if len(entries) == 0 {
			return Counts{maps.Clone(c.counts.Payments), maps.Clone(c.counts.Receipts), maps.Clone(c.counts.Scans)}, nil
		}
	}
}

// begin leaves out what was before this start. c.mu is held.
func (c *Counter) begin(ctx context.Context) (err error) {
	if !c.begun {
		c.seq, err = c.till.DB.LastSeq(ctx)
		c.begun = err == nil
	}
	return err
}

func (c *Counter) count(ctx context.Context, e ledger.Entry) error {
	topic, what, _ := strings.Cut(e.Kind, ".")
	switch {
	case topic == "receipt" && (what == ledger.ReceiptPrinted || what == ledger.ReceiptNotPrinted || what == ledger.ReceiptUnknown):
		c.counts.Receipts[what]++
	case topic == "payment" && what != "noted": // a note is no new state
		if what == "submitted" {
			what = "submitting"
		}
		p, err := c.till.DB.Payment(ctx, e.Number)
		if err != nil {
			return err
		}
		c.counts.Payments[PaymentCount{p.Channel, what}]++
	}
	return nil
}
