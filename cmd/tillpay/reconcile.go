package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"tillpay/agent"
	"tillpay/agent/reconcile"
	"tillpay/channels"
)

func runReconcile(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("reconcile", flag.ContinueOnError)
	flags := newClientFlags(f)
	day := f.String("day", "", "the platforms' `day`, YYYY-MM-DD in Beijing time (default: yesterday there)")
	channel := f.String("channel", "", "this `channel` alone (default: all)")
	sheet := f.String("csv", "", "write the whole table as CSV into `file`; - prints it")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	if *sheet != "" && *flags.json {
		return usageError{"-json and -csv exclude each other"}
	}
	if *day == "" {
		*day = time.Now().In(channels.Beijing()).AddDate(0, 0, -1).Format(time.DateOnly)
	}
	if err := checkDay(*day); err != nil {
		return err
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	c.http.Timeout = 10 * time.Minute // a file a channel is fetched meanwhile
	body := map[string]string{}
	if *channel != "" {
		body["channel"] = *channel
	}
	r := new(agent.Reconciliation)
	if err := c.call(ctx, http.MethodPost, "/v1/days/"+url.PathEscape(*day)+"/reconcile", body, r); err != nil {
		return err
	}
	switch {
	case *flags.json:
		err = printJSON(t.out, r)
	case *sheet == "-":
		err = writeSheet(t.out, r)
	case *sheet != "":
		err = saveSheet(*sheet, r)
	default:
		err = showReconciliation(t, r)
	}
	if n := r.Differences(); err == nil && n > 0 {
		return fmt.Errorf("%d differences were found", n)
	}
	return err
}

// saveSheet writes a file that spreadsheets open with its Chinese unharmed:
// without the mark they take it for the machine's old code page.
func saveSheet(name string, r *agent.Reconciliation) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.WriteString(f, "\ufeff"); err == nil {
		err = writeSheet(f, r)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func writeSheet(w io.Writer, r *agent.Reconciliation) error {
	s := reconcile.NewSheet(w)
	for _, c := range r.Channels {
		s.Add(r.Date, c.Channel, c.Table)
	}
	return s.Close()
}

// showReconciliation lists what needs a person; what matches is a number.
func showReconciliation(t terminal, r *agent.Reconciliation) error {
	t.printf("%s, %s\n%s\n", r.Date, r.TimeZone, r.Note)
	for _, c := range r.Channels {
		t.printf("\n%s  %s\nmatched %d, only here %d, only there %d, different %d, of other tills %d\n", c.Channel, c.File, c.Matched, c.OnlyHere, c.OnlyThere, c.Different, c.OtherTills)
		if c.Warning != "" {
			t.printf("%s\n", c.Warning)
		}
		w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, s := range c.Sums {
			fmt.Fprintf(w, "here\t%d paid\t%s\t%d refunded\t%s\n", s.Here.Payments, money(s.Here.Paid, s.Currency), s.Here.Refunds, money(s.Here.Refunded, s.Currency))
			fmt.Fprintf(w, "there\t%d paid\t%s\t%d refunded\t%s\n", s.There.Payments, money(s.There.Paid, s.Currency), s.There.Refunds, money(s.There.Refunded, s.Currency))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for _, row := range c.Rows {
			if row.Result == reconcile.Matched {
				break // they come last
			}
			t.printf("%-10s %-7s %s %s  here %s, there %s\n    %s\n", row.Result, row.Kind, row.OutTradeNo, row.RefundNo, said(row.Here), said(row.There), row.Message)
		}
	}
	for _, n := range r.Without {
		t.printf("\n%s  %s\n", n.Channel, n.Problem)
	}
	return nil
}

func said(s *reconcile.Side) string {
	if s == nil {
		return "nothing"
	}
	return money(s.Amount, s.Currency) + " " + s.State
}
