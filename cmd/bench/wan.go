package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"path/filepath"
	"time"
)

const roundTrip = 30 * time.Millisecond

// keying is how long a customer takes to show a code where a connection has to
// be made anew meanwhile; real ones take longer.
const keying = 300 * time.Millisecond

// wan measures scan to wire over a distance, against what the platforms' samples
// do: store nothing, sign, dial.
func wan(ctx context.Context, b *bench) (err error) {
	clock := &clock{}
	f, err := openFront(clock.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	r, err := openRelay(f.addr, roundTrip)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	d, err := openDesk(ctx, filepath.Join(b.dir, "wan"), r.addr(), f, clock.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	sample, err := openFloor(filepath.Join(b.dir, "sample.db"), f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sample.close()) }()

	if _, err := d.pay(ctx, keying); err != nil { // the first one fetches certificates
		return err
	}
	n, idle := b.of(60, 20), b.of(25, 8)
	ours, theirs, err := distance(ctx, d, sample, r, n, func() (trip, error) { return d.pay(ctx, ready) })
	if err != nil {
		return err
	}
	later, _, err := distance(ctx, d, sample, r, idle, func() (trip, error) {
		clock.pass(10 * time.Minute)
		r.lose()
		return d.pay(ctx, keying)
	})
	if err != nil {
		return err
	}
	ms := time.Millisecond
	b.faster("scan to wire, 30 ms away, against a sample, p50", "ms", n, theirs.p50(ms), ours.p50(ms), 4)
	b.faster("the same after 10 idle minutes, p50", "ms", idle, theirs.p50(ms), later.p50(ms), 4)
	b.note("30 ms away: an in-process relay, one round trip for the TCP handshake, half of one for each chunk each way. The sample stores nothing, signs and dials cold (TLS 1.3). 15 ms of both is the flight itself.")
	b.note("10 idle minutes are simulated: the clock of till and platform is moved on, the relay silently forgets every connection, then a sale is opened (which warms) and the code follows 0.3 s later.")
	return nil
}

// distance measures ours and the sample turn by turn.
func distance(ctx context.Context, d *desk, sample *bareTill, r *relay, n int, pay func() (trip, error)) (ours, theirs samples, err error) {
	for i := range n {
		product := func() error {
			t, err := pay()
			ours = append(ours, t.arrived.Sub(t.read))
			return err
		}
		cold := func() error {
			took, err := sample.cold(ctx, r.addr())
			theirs = append(theirs, took)
			return err
		}
		if err := turns(i, product, cold); err != nil {
			return nil, nil, err
		}
	}
	return ours, theirs, nil
}

// cold is what a platform's sample does: it signs and dials, and stores nothing.
func (t *bareTill) cold(ctx context.Context, addr string) (time.Duration, error) {
	time.Sleep(ready)
	t.front.forget()
	by := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: t.front.roots}}
	defer by.CloseIdleConnections()
	began := time.Now()
	signature, err := t.sign()
	if err != nil {
		return 0, err
	}
	if err := t.post(ctx, by, addr, signature); err != nil {
		return 0, err
	}
	at, err := t.front.arrived(ctx)
	return at.Sub(began), err
}
