package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillpay/agent"
	"tillpay/agent/payment"
	"tillpay/channels"
)

func runPay(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("pay", flag.ContinueOnError)
	flags := newClientFlags(f)
	currency := f.String("currency", "", "ISO 4217 `code` (default: the till's)")
	reference := f.String("reference", "", "the POS's own `number` of the sale (default: a new one)")
	description := f.String("description", "", "what is paid for (default: the store's name)")
	cashier := f.String("cashier", "", "who takes the payment")
	deposit := f.Bool("deposit", false, "hold the amount, to capture or release it later")
	stdin := f.Bool("code-stdin", false, "read the payment code from standard input, not from the till's scanner")
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	if *currency == "" {
		var status agent.Status
		if err := c.call(ctx, http.MethodGet, "/v1/status", nil, &status); err != nil {
			return err
		}
		*currency = status.Till.Currency
	}
	amount, err := parseAmount(rest[0], *currency)
	if err != nil {
		return err
	}
	if *reference == "" {
		*reference = "cli-" + rand.Text()
	}
	kind := ""
	if *deposit {
		kind = "deposit"
	}
	s := new(agent.Sale)
	err = c.call(ctx, http.MethodPost, "/v1/sales", agent.NewSale{
		Reference: *reference, Amount: amount, Currency: *currency, Description: *description, Cashier: *cashier, Kind: kind,
	}, s)
	if err != nil {
		return err
	}
	if *stdin {
		line, err := bufio.NewReader(t.in).ReadString('\n')
		if err != nil && line == "" {
			return fmt.Errorf("standard input: %w", err)
		}
		if err := c.call(ctx, http.MethodPost, "/v1/sales/"+s.ID+"/scan", map[string]string{"code": strings.TrimSpace(line)}, s); err != nil {
			return err
		}
	}
	return followSale(ctx, t, c, s, *flags.json, *stdin)
}

// followSale tells a sale's story line by line until it is paid or over; where its
// only code came with the command, until that code has failed and nothing of it
// stays charged. A cashier who stops the command stops the sale.
func followSale(ctx context.Context, t terminal, c *client, s *agent.Sale, asJSON, oneCode bool) error {
	said, seen := "", ""
	for {
		if line := s.State + ": " + s.Message; line != said && !asJSON {
			t.printf("%s  %s\n", time.Now().Format(time.TimeOnly), line)
			said = line
		}
		switch s.State {
		case "paid", "refunded", "held", "released":
			if s.Receipt != "queued" {
				return tellEnd(t, s, asJSON)
			}
		case "open":
			if oneCode && len(s.Payments) > 0 && !undoing(s) {
				if asJSON {
					if err := printJSON(t.out, s); err != nil {
						return err
					}
				}
				return fmt.Errorf("sale %s is not paid, and open: tillpay cancel %s ends it", s.ID, s.ID)
			}
		case "cancelled", "attention":
			if err := tellEnd(t, s, asJSON); err != nil {
				return err
			}
			return fmt.Errorf("sale %s is %s", s.ID, s.State)
		}
		path := "/v1/sales/" + s.ID
		if seen != "" {
			path += "?wait=25s"
		}
		next := new(agent.Sale)
		tag, err := c.exchange(ctx, http.MethodGet, path, seen, nil, next)
		if err != nil {
			if ctx.Err() == nil {
				return err
			}
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			if err := c.call(stop, http.MethodPost, "/v1/sales/"+s.ID+"/cancel", nil, next); err != nil {
				return err
			}
			t.printf("%s\n", next.Message)
			return fmt.Errorf("sale %s was stopped", s.ID)
		}
		if tag != seen {
			s, seen = next, tag
		}
	}
}

// undoing tells a sale whose payment is still being taken back.
func undoing(s *agent.Sale) bool {
	return slices.ContainsFunc(s.Payments, func(p agent.Payment) bool { return p.State == string(payment.Revoking) })
}

func tellEnd(t terminal, s *agent.Sale, asJSON bool) error {
	if asJSON {
		return printJSON(t.out, s)
	}
	t.printf("sale %s, order %s, receipt %s\n", s.ID, lastOrder(s), strings.ReplaceAll(s.Receipt, "_", " "))
	return nil
}

func lastOrder(s *agent.Sale) string {
	if len(s.Payments) == 0 {
		return "-"
	}
	return s.Payments[len(s.Payments)-1].OutTradeNo
}

// parseAmount reads "88", "88.5" or "88.50" in major units, by the currency's
// exponent and without floats.
func parseAmount(text, currency string) (int64, error) {
	exp, ok := channels.Exponent(currency)
	if !ok {
		return 0, usageError{fmt.Sprintf("currency %q is not known", currency)}
	}
	whole, fraction, point := strings.Cut(text, ".")
	if len(fraction) > exp || point && fraction == "" {
		return 0, usageError{fmt.Sprintf("amount %q: %s has %d decimals", text, currency, exp)}
	}
	fraction += strings.Repeat("0", exp-len(fraction))
	if strings.Trim(whole+fraction, "0123456789") != "" || whole == "" {
		return 0, usageError{fmt.Sprintf("amount %q: write digits, as in 88.50", text)}
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || n <= 0 {
		return 0, usageError{fmt.Sprintf("amount %q: write an amount above zero", text)}
	}
	return n, nil
}
