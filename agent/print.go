package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/raster"
	"tillpay/printer/transport"
	"tillpay/queue"
)

const jobPrint = "print"

// slipLives are how long a slip that cannot be printed waits for its printer, by
// kind: as long as somebody still wants it from there. Afterwards a reprint is a key
// away. What is not here never expires: an attention slip is owed until a person has
// settled the matter, and then never (see errSettled).
var slipLives = map[string]time.Duration{
	"sale":      2 * time.Hour, // the customer comes back for it, the same visit
	"deposit":   24 * time.Hour,
	"released":  24 * time.Hour,
	"refund":    24 * time.Hour,
	"cancelled": 30 * time.Minute, // nothing was charged: it only says so
	slipOrder:   5 * time.Minute,  // its customer stands there, and the order ends
	slipDay:     12 * time.Hour,
}

// Lives that are not of a kind: who asked for a copy stands there, and the shop's
// own slips are wanted at the day's end.
const (
	copyLife    = 15 * time.Minute
	forShopLife = 24 * time.Hour
)

// forShop is who the second slip of copies = 2 is for.
const forShop = "shop"

// expired tells whether a slip has waited for too long.
func (j printJob) expired(now time.Time) bool {
	life, ends := slipLives[j.Slip.Kind]
	switch {
	case j.Slip.For == forShop:
		life, ends = forShopLife, true
	case j.Slip.Copy > 0:
		life, ends = copyLife, true
	}
	return ends && now.Sub(j.At) >= life
}

// slipOrder is the slip of an order that is still to be paid: a code to scan. It
// is worth nothing once the order is over.
const slipOrder = "order"

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

// slip owes a printed slip, in the transaction of what it tells; and the shop's own
// of what was paid, held or given back.
func (t *Till) slip(tx *ledger.Tx, sale *ledger.Sale, slip payment.Slip) error {
	if t.Printer == nil {
		return nil
	}
	if leadsReceipt(slip) {
		sale.Receipt = ledger.ReceiptQueued
	}
	if err := t.putSlip(tx, printJob{Sale: sale.N, Slip: slip, At: tx.Now()}); err != nil {
		return err
	}
	if t.Copies < 2 || slip.Copy > 0 || slip.For != "" || !leads(slip.Kind) && slip.Kind != "refund" {
		return nil
	}
	slip.For = forShop
	return t.putSlip(tx, printJob{Sale: sale.N, Slip: slip, At: tx.Now()})
}

func (t *Till) putSlip(tx *ledger.Tx, job printJob) error {
	b, err := json.Marshal(job)
	if err != nil {
		return err
	}
	return t.queue.Put(tx, queue.Job{Kind: jobPrint, Key: job.key(), Payload: b})
}

// leadsReceipt tells the slips that a sale's receipt state speaks of.
func leadsReceipt(s payment.Slip) bool { return leads(s.Kind) && s.For == "" }

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
	bytes, err := t.ready(ctx, job)
	switch {
	case err == nil:
	case errors.Is(err, ErrNothingToScan), errors.Is(err, errSettled), errors.Is(err, errExpired):
		return t.printed(c, job, transport.NotPrinted, err)
	default:
		return err
	}
	job.Begun = true
	if err := t.note(c, job); err != nil {
		return err
	}
	result, err := t.Printer.Print(context.WithoutCancel(ctx), bytes)
	t.printerState(result, err)
	if result == transport.NotPrinted && !job.expired(t.Now()) {
		job.Begun = false
		if err := t.notPrinted(c, job); err != nil {
			return err
		}
		return fmt.Errorf("not printed: %w", err)
	}
	return t.printed(c, job, result, err)
}

// ready is the slip as the printer gets it, once that may print.
func (t *Till) ready(ctx context.Context, job printJob) ([]byte, error) {
	var waited error
	if job.Said && !job.expired(t.Now()) { // it failed before: looking first costs the disk nothing
		waited = t.awaitPrinter(ctx)
	}
	if job.expired(t.Now()) { // also where the printer is well: the till was off, or busy
		return nil, errors.Join(errExpired, waited)
	}
	bytes, err := t.slipBytes(ctx, job) // behind the wait: what it says may be over since
	if err == nil && waited != nil {
		err = fmt.Errorf("not printed: %w", waited)
	}
	return bytes, err
}

// A printer that stands is looked at so often, and so long before the queue is told
// that the slip waits on: each telling is a commit.
const (
	lookEvery = 5 * time.Second
	lookFor   = time.Minute
)

// awaitPrinter is nil once the printer may print.
func (t *Till) awaitPrinter(ctx context.Context) error {
	for until := t.Now().Add(lookFor); ; {
		state, _ := t.Printer.Status(ctx)
		if !stands(state.Status) {
			return nil
		}
		t.sayPrinterState(state, "")
		if !t.Now().Before(until) {
			return &transport.StateError{State: state}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}

// stands tells the states in which a printer surely prints nothing.
func stands(s transport.Status) bool {
	switch s {
	case transport.PaperOut, transport.CoverOpen, transport.CutterJam, transport.Hot, transport.Offline, transport.Mute, transport.Missing:
		return true
	}
	return false
}

// slipBytes is the slip as the printer gets it.
func (t *Till) slipBytes(ctx context.Context, job printJob) ([]byte, error) {
	doc, err := t.slipDocument(ctx, job)
	if err != nil {
		return nil, err
	}
	if t.Profile.Charset == escpos.Raster {
		t.sayMissing(raster.Missing(doc))
	}
	return escpos.Encode(doc, t.Profile)
}

func (t *Till) slipDocument(ctx context.Context, job printJob) (printer.Document, error) {
	if job.Slip.Kind == slipDay {
		return t.dayDocument(ctx, job.Slip.Number, job.At, job.Slip.By)
	}
	if err := t.stillSo(ctx, job.Slip); err != nil {
		return printer.Document{}, err
	}
	sale, err := t.DB.Sale(ctx, job.Sale)
	if err != nil {
		return printer.Document{}, err
	}
	return t.Layout(ctx, sale, job.Slip, job.At)
}

// errExpired: a slip has waited for longer than anybody wants it.
var errExpired = errors.New("nobody waited for the slip any more")

// errSettled: a slip says that nobody knows the result, and somebody does since; or
// that money goes back, and the platform has refused since.
var errSettled = errors.New("what the slip says is no longer so")

// stillSo is errSettled for a slip that waited until it was no longer true. A refund
// that is asked for again owes its slip anew once it is taken.
func (t *Till) stillSo(ctx context.Context, slip payment.Slip) (err error) {
	so := true
	switch slip.Kind {
	case "attention":
		var p ledger.Payment
		p, err = t.DB.Payment(ctx, slip.Number)
		so = payment.State(p.State) == payment.Attention
	case "refund":
		var f ledger.Refund
		f, err = t.DB.Refund(ctx, slip.Number)
		so = payment.RefundState(f.State) == payment.RefundAccepted || payment.RefundState(f.State) == payment.RefundDone
	}
	if err == nil && !so {
		err = errSettled
	}
	return err
}

// sayMissing logs, once each, the characters that print as a box.
func (t *Till) sayMissing(all []rune) {
	for _, r := range all {
		if _, said := t.boxes.LoadOrStore(r, true); !said {
			t.Log.Warn("character is not in the receipt font and prints as a box", "character", string(r), "code", fmt.Sprintf("%U", r))
		}
	}
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
		if state == ledger.ReceiptUnknown && job.Sale != 0 && job.Slip.Kind != slipOrder { // whose customer stands there and sees
			if err := raiseSlip(tx, job); err != nil {
				return err
			}
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
	if leadsReceipt(job.Slip) {
		sale, err := tx.Sale(job.Sale)
		if err != nil {
			return err
		}
		sale.Receipt = state
		if err := tx.SaveSale(sale); err != nil {
			return err
		}
	}
	data := map[string]any{"slip": job.Slip.Kind, "copy": job.Slip.Copy, "by": job.Slip.By, "problem": problem}
	if job.Slip.For != "" {
		data["for"] = job.Slip.For
	}
	return tx.Journal("receipt."+state, job.Sale, job.Slip.Number, data)
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
