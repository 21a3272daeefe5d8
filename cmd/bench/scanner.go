package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tillpay/scanner"
)

// scanners measures a serial scanner on a pseudo terminal, from the last byte of a
// code to the code in the agent's hands: with a suffix, and where 60 ms of silence
// must end it.
func scanners(ctx context.Context, b *bench) error {
	gun, err := newGun()
	if err != nil {
		return err
	}
	defer gun.cable.Close()
	ctx, stop := context.WithCancel(ctx)
	read, ended := make(chan time.Time, 1), make(chan error, 1)
	go func() {
		ended <- gun.Run(ctx, scanner.Sink{
			Scanned: func(string) { read <- time.Now() },
			State:   func(scanner.State) {},
		})
	}()
	defer func() { stop(); <-ended }()
	select {
	case <-gun.ready:
	case err := <-ended:
		ended <- err
		return fmt.Errorf("scanner: %w", err)
	}
	shots := func(n int, suffix string) (took samples, err error) {
		for range n {
			code := fmt.Sprintf("13%016d", rand.Int64N(1e16))
			if _, err := gun.cable.WriteString(code); err != nil {
				return nil, err
			}
			time.Sleep(rand.N(2 * time.Millisecond)) // as far as a scanner's last key is behind
			began := time.Now()
			if _, err := gun.cable.WriteString("7" + suffix); err != nil {
				return nil, err
			}
			took = append(took, (<-read).Sub(began))
		}
		return took, nil
	}
	n := b.of(500, 100)
	keyed, err := shots(n, "\r")
	if err != nil {
		return err
	}
	b.limit("last byte of a code with its suffix to the code read, p99", "ms", n, keyed.at(0.99, time.Millisecond), 2)
	mute, err := shots(n/2, "")
	if err != nil {
		return err
	}
	b.limit("the same without a suffix: 60 ms of silence, p50", "ms", n/2, mute.p50(time.Millisecond), 62)
	b.limit("the same, p99", "ms", n/2, mute.at(0.99, time.Millisecond), 62)
	return nil
}
