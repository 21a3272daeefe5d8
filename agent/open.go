package agent

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tillpay/agent/ledger"
	"tillpay/channels"
)

// NewSale is what a POS asks to be paid.
type NewSale struct {
	Reference   string                     `json:"reference"`
	Amount      int64                      `json:"amount"`
	Currency    string                     `json:"currency"`
	Description string                     `json:"description"`
	Items       []channels.Item            `json:"items,omitempty"`
	Cashier     string                     `json:"cashier,omitempty"`
	Options     map[string]json.RawMessage `json:"options,omitempty"`
	Kind        string                     `json:"kind,omitempty"`
}

// Invalid is a request that cannot be, with the field that is wrong.
type Invalid struct {
	Field   string
	Problem string
}

func (e *Invalid) Error() string { return e.Field + ": " + e.Problem }

// maxAmount is far above any sale and far below what arithmetic could overflow.
const maxAmount = 1_000_000_000_000

// Open makes a sale, or answers the one that its reference already names (fresh
// is then false). The channels that may pay it are warmed while the customer
// looks for the phone.
func (t *Till) Open(ctx context.Context, n NewSale) (v *Sale, fresh bool, err error) {
	if n.Kind == "" {
		n.Kind = "sale"
	}
	if n.Description == "" {
		n.Description = t.Place.StoreName
	}
	if err := t.check(n); err != nil {
		return nil, false, err
	}
	print, err := fingerprint(n)
	if err != nil {
		return nil, false, err
	}
	s := ledger.Sale{
		Reference: n.Reference, Fingerprint: print, Kind: n.Kind, Amount: channels.Money{Amount: n.Amount, Currency: n.Currency},
		Description: n.Description, Items: n.Items, Cashier: n.Cashier, Options: n.Options, Day: t.today(),
	}
	t.warm()
	err = t.DB.Update(ctx, func(tx *ledger.Tx) error {
		if fresh, err = tx.CreateSale(&s); err == nil && fresh {
			err = t.DB.Room() // one that is known already is answered all the same
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if fresh {
		t.changed(s.N)
		t.useHeld(ctx, s)
	}
	v, err = t.view(ctx, s.N)
	return v, fresh, err
}

// fingerprint tells two requests with the same reference apart.
func fingerprint(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(b)
	return h[:], nil
}

func (t *Till) check(n NewSale) error {
	if err := text("reference", n.Reference, 1, 64); err != nil {
		return err
	}
	if err := t.checkKind(n.Kind); err != nil {
		return err
	}
	if n.Amount <= 0 || n.Amount > maxAmount {
		return &Invalid{"amount", fmt.Sprintf("must be 1 to %d, in the currency's minor unit", int64(maxAmount))}
	}
	if _, ok := channels.Exponent(n.Currency); !ok {
		return &Invalid{"currency", fmt.Sprintf("%q is no currency that this till knows: write an ISO 4217 code such as %q", n.Currency, t.Currency)}
	}
	if err := text("description", n.Description, 1, 127); err != nil {
		return err
	}
	if err := text("cashier", n.Cashier, 0, 32); err != nil {
		return err
	}
	if err := checkItems(n.Items); err != nil {
		return err
	}
	return t.checkRoutes(n)
}

// text checks a string's length in characters.
func text(field, value string, least, most int) error {
	switch n := utf8.RuneCountInString(value); {
	case !utf8.ValidString(value):
		return &Invalid{field, "is not UTF-8"}
	case n < least && n == 0:
		return &Invalid{field, "is missing"}
	case n < least, n > most:
		return &Invalid{field, fmt.Sprintf("has %d characters: %d to %d are taken", n, least, most)}
	}
	return nil
}

func checkItems(items []channels.Item) error {
	if len(items) > 500 {
		return &Invalid{"items", "has more than 500 lines"}
	}
	for i, item := range items {
		at := fmt.Sprintf("items[%d].", i)
		if err := text(at+"name", item.Name, 1, 256); err != nil {
			return err
		}
		if err := text(at+"id", item.ID, 0, 32); err != nil {
			return err
		}
		if item.Quantity <= 0 || item.Quantity > 1_000_000 {
			return &Invalid{at + "quantity", "must be 1 to 1000000"}
		}
		if item.Price < 0 || item.Price > maxAmount {
			return &Invalid{at + "price", "must be 0 or more, in the currency's minor unit"}
		}
	}
	return nil
}

// checkRoutes refuses a sale that no routed channel could take, before anyone
// scans: its currency, its amount, and its options by name.
func (t *Till) checkRoutes(n NewSale) error {
	taking := t.routes(n.Kind, n.Currency)
	if len(taking) == 0 {
		return &Invalid{"currency", fmt.Sprintf("no payment channel of this till takes %s: %s", n.Currency, t.currencies(n.Kind))}
	}
	if most := largest(taking); most > 0 && n.Amount > most {
		return &Invalid{"amount", fmt.Sprintf("no payment channel of this till takes more than %s in one sale", channels.Format(channels.Money{Amount: most, Currency: n.Currency}))}
	}
	if len(n.Options) == 0 {
		return nil
	}
	var wrong error
	for _, l := range taking {
		o, ok := l.account.Channel.(channels.Optioner)
		if !ok {
			wrong = fmt.Errorf("channel %s knows no options", l.account.Name)
			continue
		}
		if wrong = o.CheckOptions(n.Options); wrong == nil {
			return nil
		}
	}
	return &Invalid{"options", wrong.Error()}
}

// largest is the most that one of them takes; 0: one has no figure.
func largest(links []*link) (most int64) {
	for _, l := range links {
		sheet := l.account.Sheet()
		if sheet.MostAmount == 0 {
			return 0
		}
		most = max(most, sheet.MostAmount)
	}
	return most
}

// currencies says what the till's routes take.
func (t *Till) currencies(kind string) string {
	var all []string
	for _, l := range t.routes(kind, "") {
		for _, c := range l.account.Sheet().Currencies {
			if !slices.Contains(all, c) && len(t.routes(kind, c)) > 0 {
				all = append(all, c)
			}
		}
	}
	if len(all) == 0 {
		return "[route] leads to none"
	}
	slices.Sort(all)
	return "they take " + strings.Join(all, ", ")
}

// Cancel stops a sale and undoes what is in flight.
func (t *Till) Cancel(ctx context.Context, id, by string) (*Sale, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	if err := t.engine.Cancel(ctx, n, by); err != nil {
		return nil, err
	}
	return t.Sale(ctx, id)
}

// Check asks the platform now about a sale's payments that are not over.
func (t *Till) Check(ctx context.Context, id string) (*Sale, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	if err := t.engine.Nudge(ctx, n); err != nil {
		return nil, err
	}
	return t.Sale(ctx, id)
}

// NewRefund is money that a manager or the POS wants given back; Amount 0 is all
// that is left.
type NewRefund struct {
	Reference string `json:"reference"`
	Amount    int64  `json:"amount,omitempty"`
	Reason    string `json:"reason"`
}

// Refund owes money back, or answers the refund that its reference already names.
func (t *Till) Refund(ctx context.Context, id string, r NewRefund, by string) (v *Sale, fresh bool, err error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, false, err
	}
	f, err := r.row()
	if err != nil {
		return nil, false, err
	}
	if _, fresh, err = t.engine.Refund(ctx, n, f, by); err != nil {
		return nil, false, err
	}
	v, err = t.Sale(ctx, id)
	return v, fresh, err
}

// row is the refund as it is stored.
func (r NewRefund) row() (ledger.Refund, error) {
	if err := text("reference", r.Reference, 1, 64); err != nil {
		return ledger.Refund{}, err
	}
	if err := text("reason", r.Reason, 1, 80); err != nil {
		return ledger.Refund{}, err
	}
	if r.Amount < 0 || r.Amount > maxAmount {
		return ledger.Refund{}, &Invalid{"amount", "must be 1 or more, in the currency's minor unit; leave it out to refund all that is left"}
	}
	print, err := fingerprint(r)
	return ledger.Refund{Reference: r.Reference, Fingerprint: print, Amount: r.Amount, Note: r.Reason}, err
}
