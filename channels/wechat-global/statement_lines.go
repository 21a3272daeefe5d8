package wechatglobal

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// The columns that are read, by title (§10.1): order and number of the others
// may change.
const (
	columnTime         = "transaction time"
	columnID           = "wechat order no"
	columnOrder        = "vendor order no"
	columnState        = "trade state"
	columnCurrency     = "priced currency"
	columnAmount       = "order amount"
	columnRefundID     = "wechat refund no"
	columnRefund       = "merchant refund no"
	columnRefundStatus = "refund status"
	columnRefundAmount = "applied refund amount"
)

var statementTitles = []string{columnTime, columnID, columnOrder, columnState, columnCurrency, columnAmount,
	columnRefundID, columnRefund, columnRefundStatus, columnRefundAmount}

// statementDayFile is a file cut into cells, its columns found.
type statementDayFile struct {
	columns map[string]int
	rows    [][]string
	major   bool // amounts are in the major unit
}

// ReadStatement reads a file of Statement's. An empty one is a day without trade.
func (c *Channel) ReadStatement(s channels.Statement) ([]channels.Line, error) {
	body := bytes.TrimPrefix(s.Body, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	if !utf8.Valid(body) {
		return nil, fmt.Errorf("%w: it is not UTF-8", channels.ErrNotReadable)
	}
	f, err := parseStatement(string(body))
	if err != nil {
		return nil, err
	}
	lines := make([]channels.Line, 0, len(f.rows))
	for i, row := range f.rows {
		l, wrong := f.line(row)
		if wrong != "" {
			return nil, fmt.Errorf("%w: transaction %d has no usable %s", channels.ErrNotReadable, i+1, wrong)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// parseStatement finds titles and transactions. Lines of another width are a
// summary, as domestic bills have one (A7), unless they begin as a transaction
// does: then the file is not what it seems, and nothing of it is believed.
func parseStatement(text string) (statementDayFile, error) {
	var f statementDayFile
	width := 0
	for line := range strings.Lines(text) {
		cells := statementCells(strings.TrimRight(line, "\r\n"))
		switch {
		case len(cells) == 1 && cells[0] == "":
		case f.columns == nil:
			if f.columns = statementColumns(cells); f.columns == nil {
				return f, fmt.Errorf("%w: its first line has other titles than the platform's document", channels.ErrNotReadable)
			}
			width = len(cells)
		case len(cells) == width:
			f.rows = append(f.rows, cells)
		default:
			if at := f.columns[columnTime]; at < len(cells) && !statementTime(cells[at]).IsZero() {
				return f, fmt.Errorf("%w: a transaction has %d columns, not %d", channels.ErrNotReadable, len(cells), width)
			}
		}
	}
	for _, row := range f.rows {
		f.major = f.major || strings.Contains(row[f.columns[columnAmount]], ".") || strings.Contains(row[f.columns[columnRefundAmount]], ".")
	}
	return f, nil
}

// statementCells cuts a line. Where fields carry back-ticks they end at the next
// one, so that a comma in a goods' name cuts nothing.
func statementCells(line string) []string {
	separator := ","
	if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "`"); ok {
		line, separator = rest, ",`"
	}
	cells := strings.Split(line, separator)
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(strings.Trim(strings.TrimSpace(cell), "`"))
	}
	return cells
}

// statementColumns is where the titles stand; nil if one is missing or there twice.
func statementColumns(cells []string) map[string]int {
	columns := map[string]int{}
	for _, title := range statementTitles {
		for i, cell := range cells {
			if strings.ToLower(strings.Join(strings.Fields(cell), " ")) != title {
				continue
			}
			if _, twice := columns[title]; twice {
				return nil
			}
			columns[title] = i
		}
		if _, ok := columns[title]; !ok {
			return nil
		}
	}
	return columns
}

// statementTime reads Beijing time; zero is none.
func statementTime(cell string) time.Time {
	t, err := time.ParseInLocation(time.DateTime, cell, channels.Beijing())
	if err != nil {
		t, err = time.Parse(time.RFC3339, cell)
	}
	if err != nil {
		return time.Time{}
	}
	return t
}

// refundWords are the states of a refund's line (§13), and whether they say that
// the customer got nothing. What is in process counts as success (§10.1); the
// trade's own state stands in for a status that is empty.
var refundWords = map[string]bool{
	"SUCCESS": false, "PROCESSING": false, "REFUND": false, "REVOKED": false,
	"CLOSED": true, "REFUNDCLOSE": true, "ABNORMAL": true,
}

// statementWord makes the spellings of a state one (§14.1).
func statementWord(s string) string { return strings.ReplaceAll(strings.ToUpper(s), "_", "") }

// line understands one row, or names what is wrong with it.
func (f statementDayFile) line(row []string) (l channels.Line, wrong string) {
	cell := func(title string) string { return row[f.columns[title]] }
	number := func(title string) string {
		if n := cell(title); n != "0" { // what domestic bills write for none
			return n
		}
		return ""
	}
	l = channels.Line{Kind: channels.PaymentLine, OutTradeNo: number(columnOrder), PlatformID: number(columnID),
		Status: cell(columnState), At: statementTime(cell(columnTime))}
	amount := cell(columnAmount)
	refundID := number(columnRefundID)
	l.RefundNo = number(columnRefund)
	if state := statementWord(l.Status); l.RefundNo != "" || refundID != "" || state == "REFUND" || state == "REVOKED" {
		l.Kind, l.PlatformID, amount = channels.RefundLine, refundID, cell(columnRefundAmount)
		if s := cell(columnRefundStatus); s != "" {
			l.Status = s
		}
		void, known := refundWords[statementWord(l.Status)]
		if l.Void = void; !known {
			return l, columnRefundStatus
		}
	} else if state != "SUCCESS" {
		return l, columnState
	}
	var ok bool
	switch l.Amount, ok = channels.ReadAmount(amount, cell(columnCurrency), f.major); {
	case !isCurrency(l.Amount.Currency):
		return l, columnCurrency
	case !ok:
		return l, "amount"
	case !isNumber(l.OutTradeNo):
		return l, columnOrder
	case l.RefundNo != "" && !isNumber(l.RefundNo):
		return l, columnRefund
	}
	l.PlatformID, l.Status = wire.Cut(wire.Plain(l.PlatformID), 64), wire.Cut(wire.Plain(l.Status), 32)
	return l, ""
}

// isNumber tells what can be an order's number from a cell of something else.
func isNumber(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func isCurrency(s string) bool {
	return len(s) == 3 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
