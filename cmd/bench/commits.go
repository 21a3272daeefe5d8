package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"
)

// commits counts what a payment that goes well costs the disk, from the scan to
// its stored end.
func commits(ctx context.Context, b *bench) (err error) {
	f, err := openFront(time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	d, err := openDesk(ctx, filepath.Join(b.dir, "commits"), f.addr, f, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	const n = 20
	most := int64(0)
	for range n {
		before := d.db.Commits() + 1 // the sale's own
		if _, err := d.pay(ctx, ready); err != nil {
			return err
		}
		most = max(most, d.db.Commits()-before)
	}
	b.exactly("durable commits of a happy payment", "", n, float64(most), 2)
	return nil
}
