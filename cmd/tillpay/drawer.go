package main

import (
	"context"
	"flag"
	"net/http"

	"tillpay/agent"
)

func runDrawer(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("drawer", flag.ContinueOnError)
	flags := newClientFlags(f)
	reason := f.String("reason", "", "why it is opened")
	user := f.String("user", "", "who asks; it stands in the journal")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	if *reason == "" {
		return usageError{`say why: --reason "float"`}
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	var d agent.Drawer
	if err := c.call(ctx, http.MethodPost, "/v1/drawer", map[string]string{"reason": *reason, "user": *user}, &d); err != nil {
		return err
	}
	switch {
	case *flags.json:
		return printJSON(t.out, d)
	case d.Message != "":
		t.printf("%s\n", d.Message)
	default:
		t.printf("the drawer is open\n")
	}
	return nil
}
