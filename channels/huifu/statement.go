package huifu

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const maxStatement = 64 << 20

// Statement fetches the bill of the setting statement_bill_type for day's
// calendar date: a zip of CSV files, as it came. A day without trade is an
// empty body. Huifu answers three times a day, so that one is not asked for
// before it can be there, nor again once it was fetched.
func (c *Channel) Statement(ctx context.Context, day time.Time) (channels.Statement, error) {
	return c.Bill(ctx, c.cfg.StatementBillType, day)
}

// Bill is Statement for any of the platform's kinds: the seed's day bills
// (SETTLE_BILL, SPLIT_BILL, WITHDRAWAL_BILL) and day trades (TRADE_BILL), and
// the two of a month (SETTLE_BILL_MONTH, TRADE_BILL_MONTH).
func (c *Channel) Bill(ctx context.Context, kind string, day time.Time) (channels.Statement, error) {
	b, ok := bills[kind]
	if !ok {
		return channels.Statement{}, errors.New("statement: " + wire.Cut(plain(kind), 32) + " is not a kind of bill")
	}
	name := "huifu-" + c.cfg.HuifuID + "-" + kind + "-" + day.Format(dayForm) + ".zip"
	if kept, ok := c.bills.take(name); ok {
		return kept, nil
	}
	date, ready := b.fileDate(day, c.cfg.StatementMonthDay)
	if !wire.Local(c.cfg.Endpoint) && c.clock.Now().Before(ready) {
		return channels.Statement{}, channels.ErrNotReady
	}
	today := c.today()
	a, err := c.exchange(ctx, call{path: statementPath, data: c.billData(today, "F"+today+random(), date, kind)})
	if err != nil {
		return channels.Statement{}, fmt.Errorf("statement: %w", err)
	}
	files, err := c.understandBill(a, kind, date)
	if err != nil {
		return channels.Statement{}, err
	}
	fetched, err := c.download(ctx, name, files)
	if err == nil {
		c.bills.put(fetched)
	}
	return fetched, err
}

func (c *Channel) billData(today, no, date, kind string) fields {
	return fields{"req_date": today, "req_seq_id": no, "huifu_id": c.cfg.HuifuID, "file_date": date, "bill_type": kind}
}

// bill is when a kind of file is there (§13).
type bill struct {
	month  bool
	hour   int // of file_date, in Beijing
	minute int
}

var bills = map[string]bill{
	"SETTLE_BILL":       {hour: 18},
	"SPLIT_BILL":        {hour: 12},
	"WITHDRAWAL_BILL":   {hour: 11, minute: 30},
	"TRADE_BILL":        {hour: 12},
	"SETTLE_BILL_MONTH": {month: true, hour: 12},
	"TRADE_BILL_MONTH":  {month: true, hour: 12},
}

// fileDate is the day after the trade's; of a month's bill, the setting's day
// of the next month. The second result is when the file should be there.
func (b bill) fileDate(day time.Time, monthDay int) (string, time.Time) {
	y, m, d := day.Date()
	at := time.Date(y, m, d+1, b.hour, b.minute, 0, 0, beijing)
	if b.month {
		at = time.Date(y, m+1, monthDay, b.hour, b.minute, 0, 0, beijing)
	}
	return at.Format(dayForm), at
}

// pending are the states of a bill that is still made.
var pending = map[string]bool{"I": true, "P": true, "DP": true, "FP": true}

// understandBill is where the files are, by a proven answer. None, and the
// task done, is a day without trade.
func (c *Channel) understandBill(a answer, kind, date string) ([]string, error) {
	r, ok := a.usable()
	if !ok {
		return nil, fmt.Errorf("statement: platform answered %d %s: %s", a.status, r.Code, r.Message)
	}
	if a.code != "00000000" && a.code != "00000100" {
		return nil, fmt.Errorf("statement: platform answered %s: %s", r.Code, r.Message)
	}
	var urls []string
	for _, f := range a.data.Objects("file_details") {
		checks := []check{{"huifu_id", c.cfg.HuifuID, false}, {"bill_type", kind, false}, {"file_date", date, false}}
		if name := disagrees(f, checks); name != "" {
			return nil, errors.New("statement: the answer is of another bill: " + name)
		}
		urls = append(urls, f.Text("download_url"))
	}
	if urls != nil {
		return urls, nil
	}
	done := false
	for _, t := range a.data.Objects("task_details") {
		switch stat := t.Text("task_stat"); {
		case pending[stat]:
			return nil, channels.ErrNotReady
		case stat == "S":
			done = true
		default:
			return nil, errors.New("statement: the platform could not make it: task_stat " + wire.Cut(plain(stat), 8))
		}
	}
	if !done {
		return nil, channels.ErrNotReady
	}
	return nil, nil
}

// download fetches the files of a bill, which a proven answer named, from
// their own host. Their names are on no signature: TLS and their own check
// sums vouch for them.
func (c *Channel) download(ctx context.Context, name string, urls []string) (channels.Statement, error) {
	parts := make([][]byte, 0, len(urls))
	for _, u := range urls {
		body, err := c.fetch(ctx, u)
		if err != nil {
			return channels.Statement{}, fmt.Errorf("statement: %w", err)
		}
		parts = append(parts, body)
	}
	body, err := joined(parts)
	if err != nil {
		return channels.Statement{}, fmt.Errorf("statement: %w", err)
	}
	return channels.Statement{Name: name, Body: body}, nil
}

// fetch is one GET through a wire of its own: the host is another.
func (c *Channel) fetch(ctx context.Context, place string) ([]byte, error) {
	u, err := url.Parse(place)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Host == "" || strings.ContainsFunc(place, odd) {
		return nil, errors.New("the file's address is not https")
	}
	cfg := c.net
	cfg.Endpoint = "https://" + u.Host
	w, err := wire.New(cfg)
	if err != nil {
		return nil, errors.New("the file's address is not one of a host")
	}
	defer w.Close()
	resp, err := w.Do(ctx, wire.Request{Method: http.MethodGet, Target: u.RequestURI(), Timeout: downloadTimeout, MaxBody: maxStatement})
	if err != nil {
		return nil, err
	}
	if resp.Status != http.StatusOK {
		return nil, fmt.Errorf("the file's host answered %d", resp.Status)
	}
	return resp.Body, nil
}

func (c *Channel) checkStatement() error {
	if _, ok := bills[c.cfg.StatementBillType]; !ok {
		return bad("statement_bill_type", c.cfg.StatementBillType, "is not a kind of bill", `write "TRADE_BILL", "SETTLE_BILL", "SPLIT_BILL" or "WITHDRAWAL_BILL", or one of a month`)
	}
	if d := c.cfg.StatementMonthDay; d < 1 || d > 28 {
		return bad("statement_month_day", fmt.Sprint(d), "is not 1 to 28", "write the day of the month on which the bill is there")
	}
	if _, ok := decoders[c.cfg.StatementEncoding]; !ok {
		return bad("statement_encoding", c.cfg.StatementEncoding, "is not an encoding", `write "auto", "utf-8" or "gbk"`)
	}
	for name, title := range c.cfg.StatementColumns {
		if _, ok := titles[name]; !ok || !fits(title, 64) {
			return bad("statement_columns."+wire.Cut(plain(name), 32), title, "is not a column and its title", `write for example number = "请求流水号"; the columns are number, amount, state and type`)
		}
	}
	return nil
}
