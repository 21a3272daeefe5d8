package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"tillpay/agent"
)

// showChannel is "tillpay show channel NAME": what it can and cannot do.
func showChannel(ctx context.Context, t terminal, flags clientFlags, args []string) error {
	if args[0] != "channel" {
		return usageError{fmt.Sprintf("two arguments are for channel NAME, not for %q", args[0])}
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	var all struct {
		Channels []agent.ChannelSheet `json:"channels"`
	}
	if err := c.call(ctx, http.MethodGet, "/v1/channels", nil, &all); err != nil {
		return err
	}
	var names []string
	for _, s := range all.Channels {
		if s.Name != args[1] {
			names = append(names, s.Name)
			continue
		}
		if *flags.json {
			return printJSON(t.out, s)
		}
		return printSheet(t, s)
	}
	return fmt.Errorf("no channel is called %q: this till has %s", args[1], listed(names))
}

func printSheet(t terminal, s agent.ChannelSheet) error {
	t.printf("channel %s, driver %s\n", s.Name, s.Driver)
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, row := range sheetRows(s) {
		fmt.Fprintf(w, "  %s\t%s\n", row[0], row[1])
	}
	for i, u := range s.Undo {
		fmt.Fprintf(w, "  undo %d\t%s (%s)\n", i+1, undoWords(u), u.Source)
	}
	if s.Prepared {
		fmt.Fprintf(w, "  of a prepared order\t%s\n", waysWords(s.UndoPrepared))
	}
	fmt.Fprintf(w, "  routed here\t%s\n  times\t%s\n  a reply is proven by\t%s\n  an undo is proven by\t%s\n", listed(s.Routes), s.Timing.Source, s.Proof, s.UndoProof)
	return w.Flush()
}

// sheetRows is what a channel can and cannot do, in the order that people read it
// here and in docs/channels.md.
func sheetRows(s agent.ChannelSheet) [][2]string {
	refunds := "within " + span(s.RefundWindow)
	if s.MaxRefunds > 0 {
		refunds += fmt.Sprintf(", %d an order", s.MaxRefunds)
	}
	if s.RefundGap > 0 {
		refunds += ", " + span(s.RefundGap) + " apart"
	}
	return [][2]string{
		{"wallets", listed(s.Wallets)},
		{"currencies", listed(s.Currencies)},
		{"presented codes", yes(s.Presented)},
		{"prepared orders", yes(s.Prepared)},
		{"deposits, captured in part or whole", yes(s.Capture)},
		{"revoke", yes(s.Revoke)},
		{"close", yes(s.Close)},
		{"refunds", refunds},
		{"largest amount", largest(s)},
		{"longest order number, description, text that comes back", textWords(s.Texts)},
		{"calls a second", limitWords(s.Limits)},
		{"statement of a day", yes(s.Statement)},
		{"a day is reconciled with it", yes(s.Reconciled)},
		{"callbacks", yes(s.Callbacks)},
		{"an unsigned refusal is shown at once", yes(s.UnsignedDecline)},
		{"queries", "from " + span(first(s.Timing.Advised)) + " after the Pay (quick: " + span(first(s.Timing.Quick)) + "), until " + span(s.Timing.Deadline)},
		{"not found is believed", "after " + span(s.Timing.NotFoundProof)},
	}
}

// waysWords are ways to undo, in their order.
func waysWords(all []agent.ChannelUndo) string {
	var ways []string
	for _, u := range all {
		ways = append(ways, undoWords(u))
	}
	if ways == nil {
		return "none"
	}
	return strings.Join(ways, ", then ")
}

func largest(s agent.ChannelSheet) string {
	if s.MostAmount == 0 || len(s.Currencies) != 1 {
		return "no figure is published"
	}
	return money(s.MostAmount, s.Currencies[0])
}

func textWords(t agent.ChannelTexts) string {
	return fmt.Sprintf("%d, %d, `%s` %d", t.OrderNo, t.Description, t.AttachName, t.Attach)
}

func limitWords(l agent.ChannelLimits) string {
	var said []string
	for _, c := range []struct {
		name string
		most int
	}{{"queries", l.Query}, {"undos", l.Undo}, {"refunds", l.Refund}, {"refund queries", l.RefundQuery}} {
		if c.most > 0 {
			said = append(said, fmt.Sprintf("%d %s", c.most, c.name))
		}
	}
	if said == nil {
		return l.Source
	}
	return strings.Join(said, ", ") + " (" + l.Source + ")"
}

func undoWords(u agent.ChannelUndo) string {
	words := u.How
	if u.MinAge > 0 {
		words += " from " + span(u.MinAge)
	}
	if u.Window > 0 {
		words += " to " + span(u.Window)
	}
	if u.Tries > 0 {
		words += fmt.Sprintf(", %d times should it stay paid", u.Tries)
	}
	return words
}

// span writes seconds as people say them.
func span(seconds float64) string {
	const day = 24 * time.Hour
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d == 0:
		return "any time"
	case d >= 2*day && d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%g s", d.Seconds())
}

func first(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	return all[0]
}

func yes(can bool) string {
	if can {
		return "yes"
	}
	return "no"
}

func listed(all []string) string {
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
