package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Search is what a listing of sales asks for; zero fields do not restrict it.
type Search struct {
	Day       string
	Reference string
	State     string // as the API shows it; "paying" and "attention" are told by payments
	Text      string // part of a reference or description, or an exact number
	Before    int64  // sales made before this one: the next page
	Limit     int
}

// Find lists sales, newest first.
func (db *DB) Find(ctx context.Context, s Search) ([]Sale, error) {
	var where []string
	var args []any
	add := func(clause string, values ...any) {
		where = append(where, clause)
		args = append(args, values...)
	}
	if s.Day != "" {
		add(`day = ?`, s.Day)
	}
	if s.Reference != "" {
		add(`reference = ?`, s.Reference)
	}
	const paying = `EXISTS (SELECT 1 FROM payment WHERE payment.sale = sale.n AND payment.state IN ('submitting', 'paying'))`
	const attention = `EXISTS (SELECT 1 FROM payment WHERE payment.sale = sale.n AND payment.state = 'attention')`
	switch s.State {
	case "":
	case "paying":
		add(`sale.state = 'open' AND ` + paying)
	case "attention":
		add(`sale.state = 'open' AND ` + attention)
	case "open":
		add(`sale.state = 'open' AND NOT ` + paying + ` AND NOT ` + attention)
	default:
		add(`sale.state = ?`, s.State)
	}
	if s.Text != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s.Text) + "%"
		add(`(reference LIKE ? ESCAPE '\' OR description LIKE ? ESCAPE '\'
			OR n IN (SELECT sale FROM payment WHERE out_trade_no = ? OR platform_id = ?)
			OR n IN (SELECT sale FROM refund WHERE refund_no = ?))`, like, like, s.Text, s.Text, s.Text)
	}
	if s.Before > 0 {
		add(`n < ?`, s.Before)
	}
	query := `SELECT ` + saleColumns
	if len(where) > 0 {
		query += `WHERE ` + strings.Join(where, ` AND `)
	}
	return collect(scanSale)(db.read.QueryContext(ctx, query+` ORDER BY n DESC LIMIT ?`, append(args, s.Limit)...))
}

// Lookup finds the sale behind any number that a customer or a slip may show:
// our order or refund number, the platform's, the POS's reference, or a sale's id.
func (db *DB) Lookup(ctx context.Context, number string) (Sale, error) {
	if n, err := ParseSaleID(number); err == nil {
		if s, err := db.Sale(ctx, n); err == nil {
			return s, nil
		}
	}
	var n int64
	err := db.read.QueryRowContext(ctx, `SELECT sale FROM payment WHERE out_trade_no = ?1
		UNION ALL SELECT sale FROM payment WHERE platform_id = ?1 AND platform_id <> ''
		UNION ALL SELECT sale FROM refund WHERE refund_no = ?1
		UNION ALL SELECT n FROM sale WHERE reference = ?1 LIMIT 1`, number).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return Sale{}, fmt.Errorf("%w: number %q", ErrNotFound, number)
	} else if err != nil {
		return Sale{}, fmt.Errorf("ledger: lookup: %w", err)
	}
	return db.Sale(ctx, n)
}
