package main

import (
	"context"
	"flag"

	"tillpay/agent/ledger"
)

func runVerify(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("verify", flag.ContinueOnError)
	from := ledgerFlag(f)
	asJSON := f.Bool("json", false, "print JSON")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	path, err := from.path()
	if err != nil {
		return err
	}
	v, err := ledger.Verify(ctx, path)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(t.out, v)
	}
	t.printf("%s: the journal's %d entries are one unbroken chain; %d sales, %d payments and %d refunds add up\nentry %d, hash %s\n",
		path, v.Entries, v.Sales, v.Payments, v.Refunds, v.Last, v.Hash)
	if v.Lost > 0 {
		t.printf("%d entries are gone, as the journal itself tells (ledger.loss): a damaged file, or an older copy that was put back\n", v.Lost)
	}
	if v.Mark == 0 {
		t.printf("there is no %s beside the file: entries cut off at its very end would not be noticed\n", ledger.MarkName)
	}
	return nil
}
