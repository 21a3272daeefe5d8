package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"strings"

	"tillpay/agent"
)

// fieldFlags are fields under the platform's own names, NAME=VALUE each. A value
// that is JSON stays JSON; all else is text.
type fieldFlags map[string]json.RawMessage

func (f fieldFlags) String() string { return "" }

func (f fieldFlags) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return fmt.Errorf("%q is not NAME=VALUE", text)
	}
	raw := json.RawMessage(value)
	if !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "[") && !strings.HasPrefix(value, `"`) || !json.Valid(raw) {
		quoted, err := json.Marshal(value)
		if err != nil {
			return err
		}
		raw = quoted
	}
	f[name] = raw
	return nil
}

// runPrepare creates an order that the customer pays in an app, prints what starts
// it there, and follows the sale to its end.
func runPrepare(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("prepare", flag.ContinueOnError)
	flags := newClientFlags(f)
	payer, options := fieldFlags{}, fieldFlags{}
	f.Var(payer, "payer", "`NAME=VALUE`, who pays, under the platform's own names (sub_openid=…); may be repeated")
	f.Var(options, "option", "`NAME=VALUE`, an option under the platform's own name; may be repeated")
	wait := f.Bool("wait", false, "follow the sale to its end")
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
	o := new(agent.Prepared)
	if err := c.call(ctx, http.MethodPost, "/v1/sales/"+s.ID+"/prepare", agent.NewOrder{Channel: rest[1], Payer: payer, Options: options}, o); err != nil {
		return err
	}
	if *flags.json {
		return printJSON(t.out, o)
	}
	t.printf("order %s, to start the app with:\n%s\n", o.Payment.OutTradeNo, o.PayParams)
	if !*wait {
		return nil
	}
	if err := c.call(ctx, http.MethodGet, "/v1/sales/"+s.ID, nil, s); err != nil {
		return err
	}
	return followSale(ctx, t, c, s, false, true)
}
