package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tillpay/agent"
)

func runAttention(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("attention", flag.ContinueOnError)
	flags := newClientFlags(f)
	note := f.String("note", "", "why you decide so; it is journaled (required to resolve)")
	by := f.String("by", "", "your `name`; it is journaled")
	confirm := f.Bool("confirm", false, "also where the platform does not bear it out")
	rest, err := parse(f, t, args, 0, 3)
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 0:
		return listAttention(ctx, t, flags)
	case rest[0] != "resolve" || len(rest) != 3:
		return usageError{"write nothing to list, or resolve ID CHOICE"}
	case *note == "":
		return usageError{"--note is missing: say why; it is journaled"}
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	m := new(agent.Matter)
	body := agent.Resolution{Choice: rest[2], Note: *note, By: *by, Confirm: *confirm}
	if err := c.call(ctx, http.MethodPost, "/v1/attention/"+url.PathEscape(rest[1])+"/resolve", body, m); err != nil {
		return err
	}
	if *flags.json {
		return printJSON(t.out, m)
	}
	t.printf("%s %s: closed as %s by %s\n", m.ID, m.Kind, m.Choice, m.By)
	return nil
}

func listAttention(ctx context.Context, t terminal, flags clientFlags) error {
	c, err := flags.open()
	if err != nil {
		return err
	}
	var list struct {
		Matters []*agent.Matter `json:"matters"`
	}
	if err := c.call(ctx, http.MethodGet, "/v1/attention", nil, &list); err != nil {
		return err
	}
	if *flags.json {
		return printJSON(t.out, list)
	}
	if len(list.Matters) == 0 {
		t.printf("nothing needs anybody\n")
	}
	for _, m := range list.Matters {
		showMatter(t, m)
	}
	return nil
}

func showMatter(t terminal, m *agent.Matter) {
	t.printf("%s  %s", m.ID, m.Kind)
	if m.Currency != "" {
		t.printf("  %s", money(m.Amount, m.Currency))
	}
	if m.Sale != "" {
		t.printf("  sale %s, reference %s", m.Sale, m.Reference)
	}
	t.printf("\n  since %s  %s\n  %s\n", m.RaisedAt.Local().Format(time.DateTime), m.Number, m.Message)
	if m.Platform != nil {
		t.printf("  %s\n", m.Platform.Message)
	}
	notes := map[agent.Standing]string{agent.StandsConfirm: "  (needs --confirm)", agent.StandsContradicted: "  (the platform proves otherwise)"}
	for _, o := range m.Choices {
		t.printf("    %s%s\n", fmt.Sprintf("%-16s %s", o.Choice, o.Message), notes[o.Standing])
	}
}
