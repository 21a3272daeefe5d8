package reconcile

import (
	"encoding/csv"
	"io"
	"strings"
	"time"

	"tillpay/channels"
)

// Sheet writes tables as CSV, under one line of titles.
type Sheet struct{ w *csv.Writer }

// NewSheet writes the titles.
func NewSheet(w io.Writer) *Sheet {
	s := &Sheet{csv.NewWriter(w)}
	_ = s.w.Write([]string{"date", "channel", "result", "kind", "sale", "out_trade_no", "refund_no", "platform_id",
		"here_currency", "here_amount", "here_state", "here_at", "there_currency", "there_amount", "there_status", "there_at", "finding", "what_to_do"})
	return s
}

// Add writes a channel's rows; amounts are in the major unit.
func (s *Sheet) Add(date, channel string, t Table) {
	for _, r := range t.Rows {
		line := []string{date, channel, string(r.Result), string(r.Kind), r.Sale, r.OutTradeNo, r.RefundNo, r.PlatformID}
		line = append(append(line, r.Here.cells()...), r.There.cells()...)
		for i, cell := range line {
			line[i] = text(cell)
		}
		_ = s.w.Write(append(line, string(r.Finding), r.Message))
	}
}

// Close writes what is left and answers the first error of all.
func (s *Sheet) Close() error {
	s.w.Flush()
	return s.w.Error()
}

func (s *Side) cells() []string {
	if s == nil {
		return []string{"", "", "", ""}
	}
	at := ""
	if s.At != nil {
		at = s.At.In(channels.Beijing()).Format(time.DateTime)
	}
	currency, amount, _ := strings.Cut(channels.Format(channels.Money{Amount: s.Amount, Currency: s.Currency}), " ")
	return []string{currency, amount, s.State, at}
}

// text keeps a spreadsheet from running what a platform wrote as a formula.
func text(cell string) string {
	if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
		return "'" + cell
	}
	return cell
}
