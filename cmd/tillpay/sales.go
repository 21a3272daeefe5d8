package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/channels"
)

func runSales(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("sales", flag.ContinueOnError)
	flags := newClientFlags(f)
	day := f.String("day", "", "only of this `day`, YYYY-MM-DD")
	state := f.String("state", "", "only in this `state`: open, paying, held, paid, cancelled, refunded, released, attention")
	text := f.String("q", "", "only with this `text` in reference or description, or with this number")
	limit := f.Int("limit", 50, "at most so many")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	q := url.Values{"limit": {strconv.Itoa(*limit)}}
	for name, value := range map[string]string{"day": *day, "state": *state, "q": *text} {
		if value != "" {
			q.Set(name, value)
		}
	}
	var page agent.Page
	if err := c.call(ctx, http.MethodGet, "/v1/sales?"+q.Encode(), nil, &page); err != nil {
		return err
	}
	if *flags.json {
		return printJSON(t.out, page)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SALE\tMADE\tAMOUNT\tSTATE\tRECEIPT\tREFERENCE\tORDER")
	for _, s := range page.Sales {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.CreatedAt.Local().Format("01-02 15:04:05"),
			money(s.Amount, s.Currency), s.State, s.Receipt, s.Reference, lastOrder(s))
	}
	return w.Flush()
}

func money(amount int64, currency string) string {
	return channels.Format(channels.Money{Amount: amount, Currency: currency})
}

func runShow(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("show", flag.ContinueOnError)
	flags := newClientFlags(f)
	receipt := f.Bool("receipt", false, "print the receipt as text as well")
	rest, err := parse(f, t, args, 1, 2)
	if err != nil {
		return err
	}
	if len(rest) == 2 {
		return showChannel(ctx, t, flags, rest)
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	s, live, err := c.sale(ctx, rest[0])
	if err != nil {
		return err
	}
	var journal struct {
		Entries []ledger.Entry `json:"entries"`
	}
	if err := c.call(ctx, http.MethodGet, "/v1/sales/"+s.ID+"/journal", nil, &journal); err != nil {
		return err
	}
	if *flags.json {
		return printJSON(t.out, map[string]any{"sale": s, "live": live, "journal": journal.Entries})
	}
	showSale(t, s, live, journal.Entries)
	if *receipt {
		return printReceipt(ctx, t, c, s)
	}
	return nil
}

func showSale(t terminal, s *agent.Sale, live *agent.Live, journal []ledger.Entry) {
	t.printf("sale %s  %s  %s\n  reference %s, %q\n  %s\n", s.ID, money(s.Amount, s.Currency), s.State, s.Reference, s.Description, s.Message)
	if live != nil {
		t.printf("  %s\n", live.Message)
	}
	for _, p := range s.Payments {
		way := p.Wallet + " on " + p.Channel + ", code …" + p.CodeLast4
		if p.Prepared {
			way = "in an app, on " + p.Channel
		}
		t.printf("payment %s  %s  %s\n", p.OutTradeNo, p.State, way)
		if p.PlatformID != "" {
			t.printf("  platform number %s\n", p.PlatformID)
		}
		if p.Reason != "" {
			t.printf("  reason %s  %s %s\n", p.Reason, p.Code, p.Message)
		}
	}
	if d := s.Settlement; d != nil {
		t.printf("%s %s  %s  %s %s\n", d.Kind, money(d.Amount, s.Currency), d.State, d.Code, d.Message)
	}
	for _, r := range s.Refunds {
		t.printf("refund %s  %s  %s  %s\n", r.RefundNo, money(r.Amount, s.Currency), r.State, r.Note)
	}
	t.printf("receipt %s\n", s.Receipt)
	for _, e := range journal {
		t.printf("  %6d  %s  %-20s %s\n", e.Seq, e.At.Local().Format(time.DateTime+".000"), e.Kind, e.Data)
	}
}

func printReceipt(ctx context.Context, t terminal, c *client, s *agent.Sale) error {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/v1/sales/"+s.ID+"/receipt", nil)
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", "Bearer "+c.token)
	q.Header.Set("Accept", "text/plain")
	p, err := c.http.Do(q)
	if err != nil {
		return err
	}
	defer p.Body.Close()
	if p.StatusCode != http.StatusOK {
		return fmt.Errorf("the sale has no receipt yet")
	}
	_, err = io.Copy(t.out, p.Body)
	return err
}

// onSale runs a command that posts to one sale and says what came of it.
func onSale(ctx context.Context, t terminal, flags clientFlags, name, call string, body any) error {
	c, err := flags.open()
	if err != nil {
		return err
	}
	s, _, err := c.sale(ctx, name)
	if err != nil {
		return err
	}
	return c.post(ctx, t, *flags.json, s, call, body)
}

// post is onSale with the sale found.
func (c *client) post(ctx context.Context, t terminal, asJSON bool, s *agent.Sale, call string, body any) error {
	after := new(agent.Sale)
	if err := c.call(ctx, http.MethodPost, "/v1/sales/"+s.ID+"/"+call, body, after); err != nil {
		return err
	}
	if asJSON {
		return printJSON(t.out, after)
	}
	t.printf("sale %s is %s: %s\n", after.ID, after.State, after.Message)
	for _, r := range after.Refunds {
		t.printf("refund %s  %s  %s\n", r.RefundNo, money(r.Amount, after.Currency), r.State)
	}
	return nil
}

func runCancel(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("cancel", flag.ContinueOnError)
	flags := newClientFlags(f)
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	return onSale(ctx, t, flags, rest[0], "cancel", nil)
}

func runReprint(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("reprint", flag.ContinueOnError)
	flags := newClientFlags(f)
	user := f.String("user", "", "who asks for the copy; it stands on it")
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	return onSale(ctx, t, flags, rest[0], "reprint", map[string]string{"user": *user})
}

func runRefund(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("refund", flag.ContinueOnError)
	flags := newClientFlags(f)
	reference := f.String("reference", "", "your own `number` of the refund; the same one is never refunded twice (default: a new one)")
	reason := f.String("reason", "", "why, shown to the customer (required)")
	rest, err := parse(f, t, args, 1, 2)
	if err != nil {
		return err
	}
	if *reason == "" {
		return usageError{"-reason is missing: it is shown to the customer"}
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	s, _, err := c.sale(ctx, rest[0])
	if err != nil {
		return err
	}
	refund, again := agent.NewRefund{Reference: *reference, Reason: *reason}, args
	if refund.Reference == "" {
		refund.Reference = "cli-" + rand.Text()
		again = append([]string{"-reference", refund.Reference}, args...)
	}
	if len(rest) == 2 {
		if refund.Amount, err = parseAmount(rest[1], s.Currency); err != nil {
			return err
		}
	}
	if err = c.post(ctx, t, *flags.json, s, "refunds", refund); err != nil && !answered(err) {
		return fmt.Errorf("%w\nThe refund may have been taken all the same. Repeat it like this, and it is never refunded twice:\n  tillpay refund %s", err, shellWords(again))
	}
	return err
}

// answered tells an error behind which the agent has surely done nothing.
func answered(err error) bool {
	var wrong *problem
	return errors.As(err, &wrong) && wrong.Status < http.StatusInternalServerError || errors.Is(err, errNoAgent)
}

// shellWords writes arguments as they are typed.
func shellWords(args []string) string {
	var words []string
	for _, a := range args {
		if a == "" || strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,:/") != "" {
			if runtime.GOOS == "windows" {
				a = `"` + a + `"`
			} else {
				a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
			}
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

func runPage(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("page", flag.ContinueOnError)
	flags := newClientFlags(f)
	as := f.String("as", "cashier", "whose page: cashier, or manager, who may also refund, capture, reprint and settle what needs a person")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	if *as != "cashier" && *as != "manager" {
		return usageError{"-as must be cashier or manager"}
	}
	c, err := flags.open()
	if err != nil {
		return err
	}
	var link struct {
		URL string `json:"url"`
	}
	if err := c.call(ctx, http.MethodPost, "/v1/page-links", map[string]string{"role": *as}, &link); err != nil {
		return err
	}
	if *flags.json {
		return printJSON(t.out, link)
	}
	t.printf("%s\n", link.URL)
	return nil
}
