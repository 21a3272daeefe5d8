package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/transport"
	"tillpay/queue"
)

const jobPrint = "print"

// slipLife is how long a slip that cannot be printed waits for its printer:
// afterwards its customer is gone, and a reprint is a key away.
const slipLife = 10 * time.Minute

// printJob is what a print job must know, also after a restart.
type printJob struct {
	Sale int64        `json:"sale"`
	Slip payment.Slip `json:"slip"`
	At   time.Time    `json:"at"`
	// Begun: bytes may have left. A job found so after a restart is not sent
	// again: nobody knows what is on the paper.
	Begun bool `json:"begun,omitempty"`
	// Said: the sale shows already that the slip is not printed.
	Said bool `json:"said,omitempty"`
}

// slip owes a printed slip, in the transaction of what it tells.
func (t *Till) slip(tx *ledger.Tx, sale *ledger.Sale, slip payment.Slip) error {
	if t.Printer == nil {
		return nil
	}
	b, err := json.Marshal(printJob{Sale: sale.N, Slip: slip, At: tx.Now()})
	if err != nil {
		return err
	}
	if leads(slip.Kind) {
		sale.Receipt = ledger.ReceiptQueued
	}
	key := fmt.Sprintf("%s/%s/%d", slip.Kind, slip.Number, slip.Copy)
	return t.queue.Put(tx, queue.Job{Kind: jobPrint, Key: key, Payload: b})
}

func (t *Till) printKind() queue.Kind {
	return queue.Kind{
		Handler: t.print,
		Backoff: func(failures int) time.Duration {
			return min(time.Second<<min(failures, 4), 10*time.Second)
		},
	}
}

// print is the queue's handler of one slip. Before the first byte it notes that
// bytes leave, so that a crash between paper and record cannot print a twin.
func (t *Till) print(ctx context.Context, c *queue.Claim) error {
	var job printJob
	if err := json.Unmarshal(c.Payload, &job); err != nil {
		return queue.Park("slip cannot be read: %v", err)
	}
	if job.Begun {
		return t.printed(c, job, transport.Unknown, errors.New("tillpay stopped while it printed"))
	}
	sale, err := t.DB.Sale(ctx, job.Sale)
	if err != nil {
		return err
	}
	doc, err := t.Layout(ctx, sale, job.Slip, job.At)
	if err != nil && t.Now().Sub(job.At) < slipLife {
		return err
	}
	var bytes []byte
	if err == nil {
		bytes, err = escpos.Encode(doc, t.Profile)
	}
	if err != nil {
		return t.printed(c, job, transport.NotPrinted, err)
	}
	job.Begun = true
	if err := t.note(c, job); err != nil {
		return err
	}
	result, err := t.Printer.Print(context.WithoutCancel(ctx), bytes)
	t.printerState(result, err)
	if result == transport.NotPrinted && t.Now().Sub(job.At) < slipLife {
		job.Begun = false
		if err := t.notPrinted(c, job); err != nil {
			return err
		}
		return fmt.Errorf("not printed: %w", err)
	}
	return t.printed(c, job, result, err)
}

func (t *Till) note(c *queue.Claim, job printJob) error {
	b, err := json.Marshal(job)
	if err != nil {
		return err
	}
	c.Payload = b
	return t.DB.Update(context.Background(), func(tx *ledger.Tx) error { return t.queue.Note(tx, c, b) })
}

// notPrinted keeps the job for its next try, and says once that the slip is
// still owed.
func (t *Till) notPrinted(c *queue.Claim, job printJob) error {
	said := job.Said
	job.Said = true
	b, err := json.Marshal(job)
	if err != nil {
		return err
	}
	c.Payload = b
	err = t.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		if err := t.queue.Note(tx, c, b); err != nil || said {
			return err
		}
		return t.receipt(tx, job, ledger.ReceiptNotPrinted, "")
	})
	if err == nil && !said {
		t.changed(job.Sale)
	}
	return err
}

// printed ends a slip's job with its answer.
func (t *Till) printed(c *queue.Claim, job printJob, result transport.Result, cause error) error {
	state := ledger.ReceiptUnknown
	switch result {
	case transport.Printed:
		state = ledger.ReceiptPrinted
	case transport.NotPrinted:
		state = ledger.ReceiptNotPrinted
	case transport.None:
		state = ledger.ReceiptNone
	}
	problem := ""
	if cause != nil {
		problem = cause.Error()
	}
	err := t.DB.Update(context.Background(), func(tx *ledger.Tx) error {
		if err := t.receipt(tx, job, state, problem); err != nil {
			return err
		}
		return t.queue.Done(tx, c)
	})
	if err == nil {
		t.changed(job.Sale)
	}
	return err
}

// receipt journals what became of a slip, and shows it on its sale.
func (t *Till) receipt(tx *ledger.Tx, job printJob, state, problem string) error {
	if leads(job.Slip.Kind) {
		sale, err := tx.Sale(job.Sale)
		if err != nil {
			return err
		}
		sale.Receipt = state
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
	}
	return tx.Journal("receipt."+state, job.Sale, job.Slip.Number, map[string]any{
		"slip": job.Slip.Kind, "copy": job.Slip.Copy, "by": job.Slip.By, "problem": problem,
	})
}

// printerState shows on the page what the last slip told of the printer.
func (t *Till) printerState(result transport.Result, err error) {
	status, detail := "ready", ""
	var state *transport.StateError
	switch {
	case errors.As(err, &state):
		status, detail = string(state.State.Status), state.State.Detail
	case err != nil:
		status, detail = "failed", err.Error()
	case result != transport.Printed:
		status = string(result)
	}
	t.deviceState(t.Printer.Name(), status, detail)
}

// ErrNoPrinter: there is nothing to reprint on.
var ErrNoPrinter = errors.New("agent: this till has no printer")

// ErrNoReceipt: the sale has nothing to print yet.
var ErrNoReceipt = errors.New("agent: the sale is not paid: there is no receipt")

// Reprint owes a copy of a paid sale's receipt, marked with its number, time
// and who asked. copy 0 is the next one; a number that was printed already is
// answered without printing it again.
func (t *Till) Reprint(ctx context.Context, id string, copy int, by string) (*Sale, error) {
	if t.Printer == nil {
		return nil, ErrNoPrinter
	}
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	err = t.DB.Update(ctx, func(tx *ledger.Tx) error {
		sale, err := tx.Sale(n)
		if err != nil {
			return err
		}
		if sale.PaidBy == "" {
			return ErrNoReceipt
		}
		if copy != 0 && copy <= sale.Copies {
			return nil
		}
		if copy > sale.Copies+1 {
			return &Invalid{"copy", fmt.Sprintf("the next copy is number %d", sale.Copies+1)}
		}
		sale.Copies++
		if err := t.slip(tx, &sale, payment.Slip{Kind: leading(sale), Number: sale.PaidBy, Copy: sale.Copies, By: by}); err != nil {
			return err
		}
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
		return tx.Journal("receipt.copy", n, sale.PaidBy, map[string]any{"copy": sale.Copies, "by": by})
	})
	if err != nil {
		return nil, err
	}
	t.changed(n)
	return t.Sale(ctx, id)
}

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
		Reference: sale.Reference, At: asked, TimeZone: t.Zone, Copy: slip.Copy, CopyBy: slip.By, CopyAt: asked,
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
	depositSlip(&r, sale, slip.Kind)
	if slip.Kind == "sale" {
		told(&r, p.Detail)
	}
	return printer.Layout(r, printer.Options{Columns: t.Profile.Columns, Barcode: t.Barcode}), nil
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
