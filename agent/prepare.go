package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tillpay/agent/ledger"
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
	if !slices.Contains(l.account.Channel.Sheet().Currencies, s.Amount.Currency) {
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
	return &Prepared{viewPayment(row), params}, nil
}
