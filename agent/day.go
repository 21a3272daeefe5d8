package agent

import (
	"context"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/printer"
)

// Day is a business day's sums, in the till's own zone.
type Day struct {
	Date     string            `json:"date"`
	TimeZone string            `json:"time_zone"`
	Totals   []ledger.DayTotal `json:"totals"` // by channel and currency
}

// Day sums up what was paid, and asked back, on a day.
func (t *Till) Day(ctx context.Context, date string) (*Day, error) {
	from, err := time.ParseInLocation(time.DateOnly, date, t.Zone)
	if err != nil {
		return nil, errNoDay
	}
	totals, err := t.DB.DayTotals(ctx, from, from.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	return &Day{date, t.Zone.String(), totals}, nil
}

// slipDay is the kind of a day report's slip; its number is the day.
const slipDay = "day"

// PrintDay owes a report of a day's sums, as they are when it prints.
func (t *Till) PrintDay(ctx context.Context, date, by string) (*Day, error) {
	d, err := t.Day(ctx, date)
	switch {
	case err != nil:
		return nil, err
	case t.Printer == nil:
		return nil, ErrNoPrinter
	}
	err = t.DB.Update(ctx, func(tx *ledger.Tx) error {
		if err := t.putSlip(tx, printJob{Slip: payment.Slip{Kind: slipDay, Number: date, By: by}, At: tx.Now()}); err != nil {
			return err
		}
		return tx.Journal("day.report", 0, date, map[string]any{"by": by})
	})
	return d, err
}

// dayDocument lays the report out.
func (t *Till) dayDocument(ctx context.Context, date string, at time.Time, by string) (printer.Document, error) {
	d, err := t.Day(ctx, date)
	if err != nil {
		return printer.Document{}, err
	}
	r := printer.DayReport{Language: t.Language, Merchant: t.Merchant, Store: t.Place.StoreName, Till: t.Place.ID,
		Date: date, At: at, By: by, TimeZone: t.Zone}
	for _, s := range d.Totals {
		r.Totals = append(r.Totals, printer.DayTotal{Channel: s.Channel, Currency: s.Currency, Payments: s.Payments, Paid: s.Paid,
			Refunds: s.Refunds, Refunded: s.Refunded, NotReturned: s.RefundedOpen, Unsettled: s.Unsettled})
	}
	return printer.LayoutDay(r, t.layoutOptions()), nil
}

var errNoDay = &Invalid{"date", "must be a day such as 2026-07-28"}
