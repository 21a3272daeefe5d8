package ledger

import (
	"context"
	"database/sql"
)

// reader is the connections that only read. What they find out about the disk
// the ledger must know too: a damaged page shows where it is read.
type reader struct {
	*sql.DB
	noticed func(error)
}

// result is the rows of a query.
type result interface {
	Next() bool
	Scan(...any) error
	Err() error
	Close() error
}

// QueryContext and QueryRowContext are database/sql's.
func (r *reader) QueryContext(ctx context.Context, query string, args ...any) (result, error) {
	rows, err := r.DB.QueryContext(ctx, query, args...)
	if err != nil {
		r.noticed(err)
		return nil, err
	}
	return noticedRows{rows, r.noticed}, nil
}

func (r *reader) QueryRowContext(ctx context.Context, query string, args ...any) scannable {
	return noticedRow{r.DB.QueryRowContext(ctx, query, args...), r.noticed}
}

type noticedRows struct {
	*sql.Rows
	noticed func(error)
}

func (r noticedRows) Err() error {
	err := r.Rows.Err()
	r.noticed(err)
	return err
}

type noticedRow struct {
	row     *sql.Row
	noticed func(error)
}

func (r noticedRow) Scan(into ...any) error {
	err := r.row.Scan(into...)
	r.noticed(err)
	return err
}
