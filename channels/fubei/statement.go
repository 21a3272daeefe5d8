package fubei

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const (
	reconciliation = "openapi.payment.order.reconciliation"
	bill           = "openapi.payment.order.bill"
	pageSize       = 100 // the most (§13)
	maxPages       = 500
	maxPage        = 1 << 20
	notMade        = "12012" // result_code: not made yet (§11)
)

// The titles of the file, in the platform's names (§13).
var (
	rowTitles = []string{"order_sn", "merchant_order_sn", "create_time", "total_fee", "fee", "income",
		"store_id", "cashier_id", "pay_time", "pay_status", "pay_type"}
	sumTitles = []string{"summary_num", "summary_total_fee", "refund_num", "refund_money"}
)

// Statement is the orders of day's calendar date in Beijing, as day itself shows
// it, and behind them the day's sums, refunds' too: two blocks of CSV, each
// under its titles. The platform gives it by pages, so this takes an exchange a
// page; and by creation, so orders made the day before and paid on day are
// looked for there (§13).
func (c *Channel) Statement(ctx context.Context, day time.Time) (channels.Statement, error) {
	if c.cfg.API != apiOne {
		return channels.Statement{}, errors.New("statement: is had in api 1.0 only: no source shows the form of 2.0's file")
	}
	date := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, beijing)
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	_ = out.Write(rowTitles) // to memory: never fails
	seen := map[string]bool{}
	for _, created := range []time.Time{date.AddDate(0, 0, -1), date} {
		rows, err := c.ordersOf(ctx, created)
		if err != nil {
			return channels.Statement{}, err
		}
		for _, row := range rows {
			if id := scalar(row, "order_sn"); belongs(row, created, date) && !seen[id] {
				seen[id] = true
				_ = out.Write(cells(row, rowTitles))
			}
		}
	}
	sums, err := c.sums(ctx, date)
	if err != nil {
		return channels.Statement{}, err
	}
	_ = out.Write(sumTitles)
	_ = out.Write(cells(sums, sumTitles))
	out.Flush()
	return channels.Statement{Name: "fubei-" + c.cfg.AppID + "-" + date.Format("20060102") + ".csv", Body: b.Bytes()}, nil
}

// belongs tells whether an order created on one date is date's: by when it was
// paid or, where that is not told, by its creation.
func belongs(row wire.Object, created, date time.Time) bool {
	if paid := moment(scalar(row, "pay_time")); !paid.IsZero() && paid.Unix() > 0 {
		paid = paid.In(beijing)
		return paid.Year() == date.Year() && paid.YearDay() == date.YearDay()
	}
	return created.Equal(date)
}

// ordersOf is every order created on a date, page by page until one is short.
func (c *Channel) ordersOf(ctx context.Context, date time.Time) ([]wire.Object, error) {
	var all []wire.Object
	for page := 1; page <= maxPages; page++ {
		var o object
		o.number("year", int64(date.Year()))
		o.number("month", int64(date.Month()))
		o.number("day", int64(date.Day()))
		o.number("store_id", c.cfg.StoreID)
		o.text("type", "1") // all orders
		o.number("page", int64(page))
		o.number("limit", pageSize)
		a, err := c.page(ctx, reconciliation, o.bytes())
		if err != nil {
			return nil, err
		}
		rows, err := c.rows(a)
		if err != nil {
			return nil, fmt.Errorf("statement: %s page %d: %w", date.Format(time.DateOnly), page, err)
		}
		all = append(all, rows...)
		if len(rows) < pageSize {
			return all, nil
		}
	}
	return nil, errors.New("statement: does not end")
}

// page is one exchange; what is not a done call is no statement.
func (c *Channel) page(ctx context.Context, method string, biz []byte) (answer, error) {
	a, err := c.exchange(ctx, call{method: method, biz: biz, maxBody: maxPage})
	switch {
	case err != nil:
		return a, fmt.Errorf("statement: %w", err)
	case a.code == notMade:
		return a, channels.ErrNotReady
	case !a.done():
		return a, fmt.Errorf("statement: platform answered %s %s", a.code, a.message)
	}
	return a, nil
}

// rows are data itself or data.list (ASSUMED, §13), each an order of ours with
// its number and an amount that can be read.
func (c *Channel) rows(a answer) ([]wire.Object, error) {
	name, from := "data", a.envelope
	if a.data.Has("list") {
		name, from = "list", a.data
	}
	var list []any
	switch v := from[name].(type) {
	case nil: // nothing was sold
	case []any:
		list = v
	default:
		if o, ok := v.(wire.Object); !ok || len(o) > 0 {
			return nil, errors.New("is not a list")
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	rows := from.Objects(name)
	if len(rows) > pageSize || len(rows) != len(list) {
		return nil, errors.New("is not a page of orders")
	}
	for _, row := range rows {
		_, there, right := fen(row, one.total)
		if scalar(row, "order_sn") == "" || !there || !right {
			return nil, errors.New("has an order without number or amount")
		}
		var e echoes
		c.merchantEchoes(row, &e)
		if e.wrong != "" {
			return nil, errors.New("has another shop's order: " + e.wrong)
		}
	}
	return rows, nil
}

// sums is the bill's summary of one date: the refunds are in nothing else.
func (c *Channel) sums(ctx context.Context, date time.Time) (wire.Object, error) {
	var o object
	o.text("start_time", date.Format(time.DateTime))
	o.text("end_time", date.AddDate(0, 0, 1).Add(-time.Second).Format(time.DateTime))
	o.number("store_id", c.cfg.StoreID)
	o.number("page", 1)
	o.number("limit", 1)
	a, err := c.page(ctx, bill, o.bytes())
	if err != nil {
		return nil, err
	}
	for _, name := range sumTitles {
		if !a.data.Has(name) {
			return nil, errors.New("statement: the day's sums lack " + strconv.Quote(name))
		}
	}
	return a.data, nil
}

func cells(o wire.Object, titles []string) []string {
	row := make([]string, len(titles))
	for i, t := range titles {
		row[i] = wire.Cut(wire.Plain(scalar(o, t)), 256)
	}
	return row
}
