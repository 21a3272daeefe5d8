package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tillpay/channels"
)

// ErrNotFound: no such sale, payment or refund.
var ErrNotFound = errors.New("ledger: not found")

// ErrConflict: the same reference was used with another body.
var ErrConflict = errors.New("ledger: the reference was used for something else")

// Sale states as stored. Whether an open sale is being paid is told by its payments.
const (
	SaleOpen      = "open"
	SalePaid      = "paid"
	SaleCancelled = "cancelled"
	SaleRefunded  = "refunded"
	SaleHeld      = "held"     // a deposit whose payment is paid
	SaleReleased  = "released" // a deposit that went back whole
)

// States of a sale's receipt.
const (
	ReceiptNone       = "none"
	ReceiptQueued     = "queued"
	ReceiptPrinted    = "printed"
	ReceiptNotPrinted = "not_printed"
	ReceiptUnknown    = "unknown"
)

// Sale is what the POS wants paid.
type Sale struct {
	N           int64 // order of making; ID is its public form
	Reference   string
	Fingerprint []byte
	Kind        string
	Amount      channels.Money
	Description string
	Items       []channels.Item
	Cashier     string
	Options     map[string]json.RawMessage
	Day         string // YYYY-MM-DD in the till's zone
	State       string
	PaidBy      string // out_trade_no
	Captured    int64
	Refunded    int64
	Receipt     string
	Copies      int
	CreatedAt   time.Time
}

// ID is the sale's opaque public name.
func (s Sale) ID() string { return SaleID(s.N) }

// SaleID writes a sale's number as its public name.
func SaleID(n int64) string { return "s" + strconv.FormatInt(n, 32) }

// ParseSaleID reads a public name; ErrNotFound if it is none of ours.
func ParseSaleID(id string) (int64, error) {
	if len(id) < 2 || id[0] != 's' {
		return 0, fmt.Errorf("%w: sale %q", ErrNotFound, id)
	}
	n, err := strconv.ParseInt(id[1:], 32, 64)
	if err != nil || SaleID(n) != id {
		return 0, fmt.Errorf("%w: sale %q", ErrNotFound, id)
	}
	return n, nil
}

const saleColumns = `n, reference, fingerprint, kind, amount, currency, description, items, cashier, options,
	day, state, paid_by, captured, refunded, receipt, copies, created_at FROM sale `

func scanSale(r scannable) (Sale, error) {
	var s Sale
	var items, options string
	var created int64
	err := r.Scan(&s.N, &s.Reference, &s.Fingerprint, &s.Kind, &s.Amount.Amount, &s.Amount.Currency, &s.Description, &items,
		&s.Cashier, &options, &s.Day, &s.State, &s.PaidBy, &s.Captured, &s.Refunded, &s.Receipt, &s.Copies, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return s, ErrNotFound
	} else if err != nil {
		return s, err
	}
	s.CreatedAt = time.UnixMilli(created)
	// A payment is followed also where a damaged disk made nonsense of its items;
	// verify finds those.
	_ = json.Unmarshal([]byte(items), &s.Items)
	_ = json.Unmarshal([]byte(options), &s.Options)
	return s, nil
}

// CreateSale stores s and journals it, or finds the sale that its reference
// already names: with the same fingerprint that sale is the answer and fresh is
// false, with another it is ErrConflict.
func (tx *Tx) CreateSale(s *Sale) (fresh bool, err error) {
	old, err := scanSale(tx.row(`SELECT `+saleColumns+`WHERE reference = ?`, s.Reference))
	switch {
	case err == nil && string(old.Fingerprint) == string(s.Fingerprint):
		*s = old
		return false, nil
	case err == nil:
		return false, fmt.Errorf("%w: sale %s", ErrConflict, old.ID())
	case !errors.Is(err, ErrNotFound):
		return false, err
	}
	var last sql.NullInt64
	if err := tx.row(`SELECT max(n) FROM sale`).Scan(&last); err != nil {
		return false, err
	}
	now := tx.Now()
	s.N = max(now.UnixMilli(), last.Int64+1)
	s.State, s.Receipt, s.CreatedAt = SaleOpen, ReceiptNone, now.Truncate(time.Millisecond)
	items, err := json.Marshal(s.Items)
	if err != nil {
		return false, err
	}
	options, err := json.Marshal(s.Options)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(`INSERT INTO sale (n, reference, fingerprint, kind, amount, currency, description, items, cashier, options, day, state, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.N, s.Reference, s.Fingerprint, s.Kind, s.Amount.Amount, s.Amount.Currency,
		s.Description, string(items), s.Cashier, string(options), s.Day, s.State, now.UnixMilli()); err != nil {
		return false, fmt.Errorf("ledger: sale: %w", err)
	}
	return true, tx.Journal("sale.created", s.N, "", map[string]any{
		"reference": s.Reference, "kind": s.Kind, "amount": s.Amount.Amount, "currency": s.Amount.Currency, "cashier": s.Cashier,
	})
}

// Sale reads one sale inside the transaction.
func (tx *Tx) Sale(n int64) (Sale, error) {
	return scanSale(tx.row(saleByNumber, n))
}

// SaveSale stores the parts of s that change: state, sums, receipt.
func (tx *Tx) SaveSale(s Sale) error {
	if _, err := tx.Exec(`UPDATE sale SET state = ?, paid_by = ?, captured = ?, refunded = ?, receipt = ?, copies = ? WHERE n = ?`,
		s.State, s.PaidBy, s.Captured, s.Refunded, s.Receipt, s.Copies, s.N); err != nil {
		return fmt.Errorf("ledger: sale: %w", err)
	}
	return nil
}

// Sale reads one sale.
func (db *DB) Sale(ctx context.Context, n int64) (Sale, error) {
	return scanSale(db.read.QueryRowContext(ctx, saleByNumber, n))
}

// OpenSale is the newest sale that may start a payment (see InsertPayment) of a day, or
// made between since and until (a sale may be keyed before midnight and paid behind
// it), or ErrNotFound.
func (db *DB) OpenSale(ctx context.Context, day string, since, until time.Time, over [3]string) (Sale, error) {
	return scanSale(db.read.QueryRowContext(ctx, `SELECT `+saleColumns+`INDEXED BY sale_open
		WHERE `+payable+` AND (day = ?4 OR n BETWEEN ?5 AND ?6) ORDER BY n DESC LIMIT 1`,
		over[0], over[1], over[2], day, since.UnixMilli(), until.UnixMilli()))
}
