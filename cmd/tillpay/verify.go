package main

import (
	"context"
	"flag"
	"path/filepath"

	"tillpay/agent/config"
	"tillpay/agent/ledger"
)

func runVerify(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("verify", flag.ContinueOnError)
	path := configFlag(f)
	file := f.String("file", "", "the ledger `file`, in use or a copy (default: the configuration's)")
	asJSON := f.Bool("json", false, "print JSON")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	if *file == "" {
		cfg, err := config.Load(configPath(*path))
		if err != nil {
			return err
		}
		*file = filepath.Join(cfg.Path(cfg.Data.Dir), ledger.FileName)
	}
	v, err := ledger.Verify(ctx, *file)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(t.out, v)
	}
	t.printf("%s: the journal's %d entries are one unbroken chain; %d sales, %d payments and %d refunds add up\n", *file, v.Entries, v.Sales, v.Payments, v.Refunds)
	return nil
}
