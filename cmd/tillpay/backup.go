package main

import (
	"context"
	"flag"
	"path/filepath"
	"time"

	"tillpay/agent/config"
	"tillpay/agent/ledger"
)

// ledgerFlags is how the commands that work on the file itself find it.
type ledgerFlags struct{ config, file *string }

func ledgerFlag(f *flag.FlagSet) ledgerFlags {
	return ledgerFlags{configFlag(f), f.String("file", "", "the ledger `file`, in use or a copy (default: the configuration's)")}
}

func (l ledgerFlags) path() (string, error) {
	if *l.file != "" {
		return *l.file, nil
	}
	cfg, err := config.Load(configPath(*l.config))
	if err != nil {
		return "", err
	}
	return filepath.Join(cfg.Path(cfg.Data.Dir), ledger.FileName), nil
}

// runBackup needs no agent, and does not mind one.
func runBackup(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("backup", flag.ContinueOnError)
	from := ledgerFlag(f)
	asJSON := f.Bool("json", false, "print JSON")
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	path, err := from.path()
	if err != nil {
		return err
	}
	name, v, err := ledger.Backup(ctx, path, rest[0], time.Now())
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(t.out, struct {
			File string `json:"file"`
			ledger.Verdict
		}{name, v})
	}
	t.printf("%s: %d sales, %d payments, %d refunds; the journal to entry %d\nhash %s\n", name, v.Sales, v.Payments, v.Refunds, v.Last, v.Hash)
	return nil
}
