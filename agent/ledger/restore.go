package ledger

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"tillpay/channels"
)

// told is the part of journal entries that rows can be made from again.
type told struct {
	Reference  string          `json:"reference"`
	Kind       string          `json:"kind"`
	Amount     int64           `json:"amount"`
	Currency   string          `json:"currency"`
	Cashier    string          `json:"cashier"`
	Channel    string          `json:"channel"`
	Wallet     string          `json:"wallet"`
	CodeLast4  string          `json:"code_last4"`
	OutTradeNo string          `json:"out_trade_no"`
	Note       string          `json:"note"`
	Try        int             `json:"try"`
	Reason     channels.Reason `json:"reason"`
	PlatformID string          `json:"platform_id"`
	By         string          `json:"by"`
	Restored   bool            `json:"restored,omitempty"`
}

// restore makes the rows again that these entries tell of and that are not
// there, and owes what was owed. A payment of which only its beginning is known
// is asked about, as after any crash.
func (tx *Tx) restore(lines []Line, loss *Loss) error {
	sales := map[int64][]Line{}
	for _, l := range lines {
		if l.Sale != 0 {
			sales[l.Sale] = append(sales[l.Sale], l)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(sales)) {
		of := sales[n]
		sort.Slice(of, func(i, j int) bool { return of[i].Seq < of[j].Seq })
		if err := tx.restoreSale(n, of, loss); err != nil {
			return fmt.Errorf("ledger: restore %s: %w", SaleID(n), err)
		}
	}
	return nil
}

func (tx *Tx) restoreSale(n int64, lines []Line, loss *Loss) error {
	if err := tx.restoreSaleRow(n, lines); err != nil {
		return err
	}
	for _, l := range lines {
		var made bool
		var err error
		switch l.Kind {
		case "payment.submitted":
			made, err = tx.restorePayment(l, lines)
		case "refund.asked":
			made, err = tx.restoreRefund(l, lines)
		case "sale.capture_asked", "sale.release_asked":
			made, err = tx.restoreSettlement(l, lines)
		}
		if err != nil {
			return err
		}
		if made {
			loss.Restored = append(loss.Restored, l.Number)
		}
	}
	return tx.settleSale(n)
}

// restoreSaleRow makes the sale's row, where it is gone. What its journal does
// not tell (description, items, options) stays empty.
func (tx *Tx) restoreSaleRow(n int64, lines []Line) error {
	if _, err := tx.Sale(n); err == nil || !errors.Is(err, ErrNotFound) {
		return err
	}
	s := told{Reference: "lost-" + SaleID(n), Kind: "sale", Amount: 1}
	at := tx.Now().UnixMilli()
	for _, l := range lines {
		if l.Kind == created || l.Kind == "payment.submitted" && s.Currency == "" {
			if err := json.Unmarshal([]byte(l.Data), &s); err != nil {
				return err
			}
			at = l.At
		}
	}
	if s.Currency == "" { // nothing tells of it but what was given back
		var back int64
		if err := tx.row(`SELECT coalesce(sum(amount), 0) FROM refund WHERE sale = ?`, n).Scan(&back); err != nil {
			return err
		}
		s.Amount = max(s.Amount, back)
	}
	if taken, err := tx.have(`SELECT 1 FROM sale WHERE reference = ?`, s.Reference); err != nil {
		return err
	} else if taken { // the POS has made it anew meanwhile
		s.Reference = "lost-" + SaleID(n)
	}
	day := time.UnixMilli(at).Format(time.DateOnly)
	if _, err := tx.Exec(`INSERT INTO sale (n, reference, fingerprint, kind, amount, currency, description, items, cashier, options, day, state, created_at)
		VALUES (?, ?, x'', ?, ?, ?, '', 'null', ?, 'null', ?, 'open', ?)`,
		n, s.Reference, cmp.Or(s.Kind, "sale"), s.Amount, s.Currency, s.Cashier, day, at); err != nil {
		return err
	}
	s.Restored = true
	return tx.Journal(created, n, "", s)
}

// last is the newest state that the journal tells of a number, and the entry that does.
func last(lines []Line, topic, number string) (state string, t told, at int64) {
	for _, l := range lines {
		e := l.entry()
		if e.Topic() != topic || l.Number != number || l.Kind == topic+".noted" {
			continue
		}
		t = told{}
		_ = json.Unmarshal([]byte(l.Data), &t) // what cannot be read stays empty
		state, at = l.Kind[len(topic)+1:], l.At
	}
	return state, t, at
}

func (tx *Tx) restorePayment(l Line, lines []Line) (bool, error) {
	if have, err := tx.have(`SELECT 1 FROM payment WHERE out_trade_no = ?`, l.Number); have || err != nil {
		return false, err
	}
	var p told
	if err := json.Unmarshal([]byte(l.Data), &p); err != nil {
		return false, err
	}
	state, end, at := last(lines, "payment", l.Number)
	if state == "submitted" {
		state = "submitting"
	}
	paid, ended := int64(0), int64(0)
	switch state {
	case "paid":
		paid, ended = at, at
	case "declined", "revoked", "attention":
		ended = at
	}
	if _, err := tx.Exec(`INSERT INTO payment (out_trade_no, sale, channel, wallet, code_last4, state, reason, platform_id, submitted_at, paid_at, ended_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, l.Number, l.Sale, p.Channel, p.Wallet, p.CodeLast4, state, end.Reason, end.PlatformID, l.At, paid, ended); err != nil {
		return false, err
	}
	if state == "submitting" {
		p.Restored = true
		return true, tx.Journal("payment.submitted", l.Sale, l.Number, p)
	}
	end.Restored = true
	return true, tx.Journal("payment."+state, l.Sale, l.Number, end)
}

func (tx *Tx) restoreRefund(l Line, lines []Line) (bool, error) {
	if have, err := tx.have(`SELECT 1 FROM refund WHERE refund_no = ?`, l.Number); have || err != nil {
		return false, err
	}
	var f told
	if err := json.Unmarshal([]byte(l.Data), &f); err != nil {
		return false, err
	}
	if have, err := tx.have(`SELECT 1 FROM payment WHERE out_trade_no = ?`, f.OutTradeNo); !have || err != nil {
		return false, err
	}
	state, end, at := last(lines, "refund", l.Number)
	if state == "asked" || state == "accepted" {
		at = 0
	}
	if _, err := tx.Exec(`INSERT INTO refund (refund_no, sale, out_trade_no, reference, fingerprint, amount, note, state, reason, platform_id, asked_at, ended_at)
		VALUES (?, ?, ?, ?, x'', ?, ?, ?, ?, ?, ?, ?)`, l.Number, l.Sale, f.OutTradeNo, f.Reference, f.Amount, f.Note, state, end.Reason, end.PlatformID, l.At, at); err != nil {
		return false, err
	}
	f.Restored = true
	return true, tx.Journal("refund."+state, l.Sale, l.Number, f)
}

func (tx *Tx) restoreSettlement(l Line, lines []Line) (bool, error) {
	var s told
	if err := json.Unmarshal([]byte(l.Data), &s); err != nil {
		return false, err
	}
	if have, err := tx.have(`SELECT 1 FROM settlement WHERE sale = ? AND (try = ? OR state <> 'refused')`, l.Sale, s.Try); have || err != nil {
		return false, err
	}
	if have, err := tx.have(`SELECT 1 FROM payment WHERE out_trade_no = ?`, l.Number); !have || err != nil {
		return false, err
	}
	kind, state := Capture, "asked"
	if l.Kind == "sale.release_asked" {
		kind = Release
	}
	for _, x := range lines {
		for _, end := range []string{"accepted", "done", "refused", "attention"} {
			if x.Kind == "sale."+kind+"_"+end && x.Number == l.Number {
				state = end
			}
		}
	}
	if _, err := tx.Exec(`INSERT INTO settlement (sale, try, out_trade_no, kind, amount, state, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		l.Sale, max(s.Try, 1), l.Number, kind, s.Amount, state, l.At); err != nil {
		return false, err
	}
	s.Restored = true
	return true, tx.Journal("sale."+kind+"_"+state, l.Sale, l.Number, s)
}

// settleSale makes the sale say what its payments, refunds and settlements say,
// and owes a job for what is not over.
func (tx *Tx) settleSale(n int64) error {
	s, err := tx.Sale(n)
	if err != nil {
		return err
	}
	payments, err := tx.Payments(n)
	if err != nil {
		return err
	}
	s.PaidBy, s.Refunded, s.Captured = "", 0, 0
	for _, p := range payments {
		if p.State == "paid" {
			s.PaidBy = p.OutTradeNo
		}
	}
	if err := tx.row(`SELECT coalesce(sum(amount), 0) FROM refund WHERE sale = ? AND state = 'done'`, n).Scan(&s.Refunded); err != nil {
		return err
	}
	var back bool
	if err := tx.row(`SELECT (`+depositCaptured+`), (`+depositReleased+`) FROM sale WHERE n = ?`, n).Scan(&s.Captured, &back); err != nil {
		return err
	}
	s.State = stateOf(s, back)
	if err := tx.SaveSale(s); err != nil {
		return err
	}
	return tx.owe(n)
}

// stateOf is a sale's state by what happened to it.
func stateOf(s Sale, released bool) string {
	switch {
	case s.PaidBy == "" && s.State == SaleCancelled:
		return SaleCancelled
	case s.PaidBy == "":
		return SaleOpen
	case s.Kind == KindDeposit && released:
		return SaleReleased
	case s.Kind == KindDeposit && s.Captured == 0:
		return SaleHeld
	case s.Refunded > 0 && s.Refunded >= s.Taken():
		return SaleRefunded
	}
	return SalePaid
}

// owe puts a job, due at once, for everything of a sale that is not over and has none.
func (tx *Tx) owe(n int64) error {
	for _, q := range []string{
		`SELECT 'payment', out_trade_no, 0, x'' FROM payment WHERE sale = ? AND state IN ('submitting', 'paying', 'revoking')`,
		`SELECT 'refund', refund_no, 0, x'' FROM refund WHERE sale = ? AND state IN ('asked', 'accepted')`,
		`SELECT 'settle', out_trade_no, 0, x'' FROM settlement WHERE sale = ? AND state IN ('asked', 'accepted')`,
	} {
		if _, err := tx.Exec(`INSERT OR IGNORE INTO job (kind, key, due, payload) `+q, n); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) have(query string, args ...any) (bool, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), rows.Err()
}
