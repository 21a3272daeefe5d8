package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
)

// NewOrder is an order that a POS wants prepared for a mini program or app.
// Payer and Options carry the platform's own field names.
type NewOrder struct {
	Channel string                     `json:"channel"`
	Payer   map[string]json.RawMessage `json:"payer,omitempty"`
	Options map[string]json.RawMessage `json:"options,omitempty"`
}

// Prepared is an order that the customer's app can pay.
type Prepared struct {
	Payment   Payment         `json:"payment"`
	PayParams json.RawMessage `json:"pay_params"` // as the platform gave them; null where it did not
}

// Prepare creates an order for a sale. A channel that cannot take it is told
// before anything is stored or sent.
func (t *Till) Prepare(ctx context.Context, id string, o NewOrder) (*Prepared, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	s, err := t.DB.Sale(ctx, n)
	if err != nil {
		return nil, err
	}
	l := t.links[o.Channel]
	if l == nil {
		return nil, &Invalid{"channel", fmt.Sprintf("%q is no channel of this till", o.Channel)}
	}
	preparer, ok := l.account.Channel.(channels.Preparer)
	if !ok {
		return nil, &Invalid{"channel", fmt.Sprintf("%q prepares no orders: its codes are scanned", o.Channel)}
	}
	if (s.Kind == ledger.KindDeposit) != l.holds() {
		return nil, &Invalid{"channel", fmt.Sprintf("%q takes no sale of kind %q", o.Channel, s.Kind)}
	}
	if !slices.Contains(l.account.Sheet().Currencies, s.Amount.Currency) {
		return nil, &Refusal{"currency_not_supported", sayNoCurrency.in(t.Language, o.Channel, s.Amount.Currency), actOther}
	}
	options := maps.Clone(s.Options)
	if options == nil {
		options = map[string]json.RawMessage{}
	}
	maps.Copy(options, o.Options)
	if err := preparer.CheckPreparation(o.Payer, options); err != nil {
		return nil, &Invalid{"options", err.Error()}
	}
	if l.offline() {
		return nil, &Refusal{"offline", sayOffline.in(t.Language), actOther}
	}
	row, params, err := t.engine.Prepare(ctx, s, l.account, o.Payer, options)
	if err != nil {
		return nil, t.refusal(err)
	}
	return &Prepared{t.viewPayment(row), params}, nil
}

// scanText is what a channel's driver says is to be scanned of a prepared order.
func (t *Till) scanText(channel string, params json.RawMessage) string {
	l := t.links[channel]
	if l == nil || len(params) == 0 {
		return ""
	}
	s, ok := l.account.Channel.(channels.Scannable)
	if !ok {
		return ""
	}
	return s.ScanText(params)
}

// ErrNothingToScan: the sale has no order under way whose code could be scanned.
var ErrNothingToScan = errors.New("agent: the sale has no order with a code to scan")

// PrintOrder owes a slip with the code of the sale's order, for a customer who
// scans it off paper.
func (t *Till) PrintOrder(ctx context.Context, id, by string) error {
	if t.Printer == nil {
		return ErrNoPrinter
	}
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return err
	}
	v, err := t.Sale(ctx, id)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(v.Payments, func(p Payment) bool { return p.ScanText != "" })
	if i < 0 {
		return ErrNothingToScan
	}
	err = t.DB.Update(ctx, func(tx *ledger.Tx) error {
		sale, err := tx.Sale(n)
		if err != nil {
			return err
		}
		return t.slip(tx, &sale, payment.Slip{Kind: slipOrder, Number: v.Payments[i].OutTradeNo, By: by})
	})
	if err == nil {
		t.changed(n)
	}
	return err
}
