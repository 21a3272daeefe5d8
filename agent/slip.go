package agent

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/printer"
)

// Paper lays out a sale's receipt, or its newest slip, for the screen.
func (t *Till) Paper(ctx context.Context, id string) (printer.Document, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return printer.Document{}, err
	}
	sale, err := t.DB.Sale(ctx, n)
	if err != nil {
		return printer.Document{}, err
	}
	slip := payment.Slip{Kind: leading(sale), Number: sale.PaidBy}
	if sale.PaidBy == "" {
		payments, err := t.DB.Payments(ctx, n)
		if err != nil {
			return printer.Document{}, err
		}
		i := slices.IndexFunc(payments, func(p ledger.Payment) bool {
			return payment.State(p.State) == payment.Revoked || payment.State(p.State) == payment.Attention
		})
		if i < 0 {
			return printer.Document{}, ErrNoReceipt
		}
		slip = payment.Slip{Kind: "cancelled", Number: payments[i].OutTradeNo}
		if payment.State(payments[i].State) == payment.Attention {
			slip.Kind = "attention"
		}
	}
	return t.Layout(ctx, sale, slip, t.Now())
}

// Layout builds one slip from what the ledger knows now.
func (t *Till) Layout(ctx context.Context, sale ledger.Sale, slip payment.Slip, asked time.Time) (printer.Document, error) {
	r := printer.Receipt{
		Kind: printer.Kind(slip.Kind), Language: t.Language, Merchant: t.Merchant, Store: t.Place.StoreName, Address: t.Place.StoreAddress,
		Till: t.Place.ID, Cashier: sale.Cashier, Description: sale.Description, Currency: sale.Amount.Currency, Amount: sale.Amount.Amount,
		Reference: sale.Reference, At: asked, TimeZone: t.Zone, Copy: slip.Copy, CopyBy: slip.By, CopyAt: asked, ForShop: slip.For == forShop,
	}
	if r.Description == r.Store {
		r.Description = "" // a sale that says nothing of itself goes by the store's name, which leads the slip
	}
	number := slip.Number
	if slip.Kind == "refund" {
		f, err := t.DB.Refund(ctx, slip.Number)
		if err != nil {
			return printer.Document{}, err
		}
		r.Amount, r.RefundNo, r.Reason, number = f.Amount, f.RefundNo, f.Note, f.OutTradeNo
	} else {
		for _, item := range sale.Items {
			r.Items = append(r.Items, printer.Item{Name: item.Name, Quantity: item.Quantity, Price: item.Price})
		}
	}
	p, err := t.DB.Payment(ctx, number)
	if err != nil {
		return printer.Document{}, err
	}
	r.OrderNo, r.PlatformNo, r.Wallet, r.CodeLast4, r.PaidAt = p.OutTradeNo, p.PlatformID, p.Wallet, p.CodeLast4, p.PaidAt
	if slip.Kind == slipOrder {
		var life payment.Life
		if json.Unmarshal(p.Progress, &life) != nil || payment.State(p.State) != payment.Paying {
			return printer.Document{}, ErrNothingToScan
		}
		r.ScanText, r.Until = t.scanText(p.Channel, life.Params), p.DeadlineAt
	}
	depositSlip(&r, sale, slip.Kind)
	if slip.Kind == "sale" {
		told(&r, p.Detail)
	}
	return printer.Layout(r, t.layoutOptions()), nil
}

func (t *Till) layoutOptions() printer.Options {
	return printer.Options{Columns: t.Profile.Columns, Barcode: t.Barcode, Templates: t.Templates}
}

// told puts on the receipt what the platform said about the money beside the
// amount: what the wallet paid, less which discounts. The exchange rate that it
// tells is the order's currency to the settlement's, which is not the wallet's:
// it stays in the payment's detail.
func told(r *printer.Receipt, detail json.RawMessage) {
	var d struct {
		PayerTotal    int64  `json:"payer_total"`
		PayerCurrency string `json:"payer_currency"`
		Promotions    []struct {
			Name   string `json:"name"`
			Amount int64  `json:"amount"`
		} `json:"promotion_detail"`
	}
	if len(detail) == 0 || json.Unmarshal(detail, &d) != nil {
		return
	}
	if d.PayerCurrency != "" && (d.PayerCurrency != r.Currency || d.PayerTotal != r.Amount) {
		r.Payer = &printer.Paid{Amount: d.PayerTotal, Currency: d.PayerCurrency}
	}
	for _, p := range d.Promotions {
		r.Discounts = append(r.Discounts, printer.Discount{Name: p.Name, Amount: p.Amount})
	}
}
