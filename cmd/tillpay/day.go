package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"tillpay/agent"
)

func runDay(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("day", flag.ContinueOnError)
	flags := newClientFlags(f)
	onPaper := f.Bool("print", false, "print the report too, on the till's printer")
	rest, err := parse(f, t, args, 0, 1)
	if err != nil {
		return err
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	date := ""
	if len(rest) == 1 {
		date = rest[0]
	} else {
		var s agent.Status
		if err := c.call(ctx, http.MethodGet, "/v1/status", nil, &s); err != nil {
			return err
		}
		date = s.Till.Day // the till's zone may be another than this terminal's
	}
	if err := checkDay(date); err != nil {
		return err
	}
	var d agent.Day
	method, path, body := http.MethodGet, "/v1/days/"+url.PathEscape(date), any(nil)
	if *onPaper {
		method, path, body = http.MethodPost, path+"/print", struct{}{}
	}
	if err := c.call(ctx, method, path, body, &d); err != nil {
		return err
	}
	if *flags.json {
		return printJSON(t.out, d)
	}
	return showDay(t, d)
}

func checkDay(date string) error {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return usageError{fmt.Sprintf("%q is no day: write it as 2026-07-28", date)}
	}
	return nil
}

func showDay(t terminal, d agent.Day) error {
	t.printf("%s, %s\n", d.Date, d.TimeZone)
	if len(d.Totals) == 0 {
		t.printf("nothing was paid or refunded\n")
		return nil
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CHANNEL\tPAYMENTS\tPAID\tREFUNDS\tREFUNDED\tNOT DONE\tNET\tUNSETTLED")
	for _, s := range d.Totals {
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%s\t%s\t%d\n", s.Channel, s.Payments, money(s.Paid, s.Currency), s.Refunds, money(s.Refunded, s.Currency),
			money(s.RefundedOpen, s.Currency), money(s.Paid-s.Refunded, s.Currency), s.Unsettled)
	}
	return w.Flush()
}
