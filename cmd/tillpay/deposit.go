package main

import (
	"context"
	"flag"
)

func runCapture(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("capture", flag.ContinueOnError)
	flags := newClientFlags(f)
	rest, err := parse(f, t, args, 2, 2)
	if err != nil {
		return err
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	s, _, err := c.sale(ctx, rest[0])
	if err != nil {
		return err
	}
	amount, err := parseAmount(rest[1], s.Currency)
	if err != nil {
		return err
	}
	return onSale(ctx, t, flags, s.ID, "capture", map[string]int64{"amount": amount})
}

func runRelease(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("release", flag.ContinueOnError)
	flags := newClientFlags(f)
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	return onSale(ctx, t, flags, rest[0], "release", nil)
}
