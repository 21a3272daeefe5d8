package agent

import (
	"context"
	"time"

	"tillpay/agent/ledger"
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

var errNoDay = &Invalid{"date", "must be a day such as 2026-07-28"}
