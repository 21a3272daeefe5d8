package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"

	"tillpay/agent/ledger"
)

// runJournal exports the journal as JSON lines, from the file itself: an auditor
// needs no running till, and trusts none.
func runJournal(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("journal", flag.ContinueOnError)
	from := ledgerFlag(f)
	after := f.Int64("after", 0, "only entries behind this `number`")
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	if rest[0] != "export" {
		return usageError{fmt.Sprintf("%q is nothing that a journal can do: write export", rest[0])}
	}
	path, err := from.path()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(t.out)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	_, err = ledger.Export(ctx, path, *after, func(l ledger.Line) error { return lines.Encode(l) })
	return errors.Join(err, out.Flush())
}
