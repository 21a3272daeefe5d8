package agent

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	"tillpay/scanner"
)

// codeMemory is how long a code counts as scanned before: its life of about a
// minute, and some.
const codeMemory = 90 * time.Second

// Refusal is a scan that starts no payment, in a sentence for the cashier.
type Refusal struct {
	Code    string // stable: goods_barcode, no_route, offline …
	Message string
	Action  string
}

func (e *Refusal) Error() string { return e.Message }

// ScanEvent is what the POS learns of a scan. A payment code is not in it.
type ScanEvent struct {
	Device    string       `json:"device"`
	Kind      scanner.Kind `json:"kind"`
	Text      string       `json:"text,omitempty"` // of goods and order numbers
	Wallet    string       `json:"wallet,omitempty"`
	CodeLast4 string       `json:"code_last4,omitempty"`
	Sale      string       `json:"sale,omitempty"`
	Refused   string       `json:"refused,omitempty"`
	Message   string       `json:"message,omitempty"`
	TypedOn   bool         `json:"typed_on,omitempty"` // as keys, into the window in front
	At        time.Time    `json:"at"`
}

// Scanned takes what a scanner read: a payment code pays the armed sale, or
// waits for one; everything else is told to the POS.
func (t *Till) Scanned(ctx context.Context, device, text string) {
	read := t.Codes.Read(text)
	e := ScanEvent{Device: device, Kind: read.Kind, Wallet: read.Wallet, At: t.Now().UTC()}
	var refusal *Refusal
	switch read.Kind {
	case scanner.PaymentCode:
		code := channels.NewCode(text)
		e.CodeLast4 = code.Last4()
		refusal = t.scannedCode(ctx, &e, code)
	case scanner.Goods:
		e.Text = text
		if _, ok := t.armed(); ok {
			refusal = &Refusal{"goods_barcode", sayGoods.in(t.Language), actScan}
		}
	case scanner.OrderNumber:
		e.Text = text
		refusal = t.scannedReceipt(ctx, &e)
	default:
		refusal = t.unusable(read)
	}
	e.TypedOn = t.typeOn(device, text, read)
	if refusal != nil {
		e.Refused, e.Message = refusal.Code, refusal.Message
	}
	t.Log.Info("scanned", "device", device, "kind", read.Kind, "wallet", read.Wallet, "refused", e.Refused)
	t.hub.say(Notice{"scan", e})
}

// scannedReceipt makes a question of our own number where no sale waits for a code:
// whoever listens shows the sale, and asks the platform with a lookup.
func (t *Till) scannedReceipt(ctx context.Context, e *ScanEvent) *Refusal {
	if _, armed := t.armed(); armed {
		return &Refusal{"order_number", sayOrder.in(t.Language), actScan}
	}
	s, err := t.DB.Lookup(ctx, e.Text)
	if errors.Is(err, ledger.ErrNotFound) {
		return &Refusal{"unknown_number", sayStranger.in(t.Language), actManager}
	} else if err != nil {
		return t.refusal(err)
	}
	e.Sale, e.Message = s.ID(), sayReceipt.in(t.Language, s.Reference)
	return nil
}

// typeOn passes on what is nobody's money, from a scanner that the till took from
// the system. Nothing that may be a part of a payment code goes into a window, and
// while a code is waited for nothing does.
func (t *Till) typeOn(device, text string, read scanner.Read) bool {
	k := t.TypeOn[device]
	other := read.Kind == scanner.Goods || read.Problem == scanner.Letters || read.Problem == scanner.Unrecognized
	if s, flying := t.next(); k == nil || !other || s.N != 0 || flying {
		return false
	}
	if err := k.Type(text); err != nil {
		t.Log.Error("not typed on", "device", device, "error", err)
		return false
	}
	return true
}

// scannedCode pays the armed sale with a code, or lays the code aside for the
// sale that is being keyed.
func (t *Till) scannedCode(ctx context.Context, e *ScanEvent, code channels.Code) *Refusal {
	s, flying := t.next()
	c := &waiting{wallet: e.Wallet, code: code, at: t.Now()}
	if s.N == 0 && !flying {
		if t.used.has(t.keyOf(code), c.at) {
			return t.usedCode() // its phone lies before the scanner still
		}
		if t.CodeWait <= 0 {
			return &Refusal{"no_sale", sayNotArmed.in(t.Language), actWait}
		}
		t.held.keep(c, t.CodeWait, func() { t.sayHeld(c, "", &Refusal{"code_expired", sayStale.in(t.Language), actRescan}) })
		t.warm()
		// A sale that was armed between the two looked for a code too early, and the
		// next customer's would take this one.
		if s, flying = t.next(); s.N == 0 && !flying {
			return &Refusal{"waiting_for_sale", sayWaiting.in(t.Language, int(t.CodeWait.Seconds())), actWait}
		}
		if !t.held.drop(c) {
			return nil // that sale took it
		}
	}
	if s.N == 0 {
		return &Refusal{"payment_under_way", sayBusy.in(t.Language), actWait}
	}
	e.Sale = s.ID()
	_, err := t.pay(ctx, s, c.wallet, c.code, c.at)
	return t.refusal(err)
}

// Scan is a code that the POS or a keyboard read for one sale. The same code again
// is the same payment: who got no answer may ask once more.
func (t *Till) Scan(ctx context.Context, id, text string) (*Sale, error) {
	n, err := ledger.ParseSaleID(id)
	if err != nil {
		return nil, err
	}
	s, err := t.DB.Sale(ctx, n)
	if err != nil {
		return nil, err
	}
	read := t.Codes.Read(text)
	switch read.Kind {
	case scanner.PaymentCode:
	case scanner.Goods:
		return nil, &Refusal{"goods_barcode", sayGoods.in(t.Language), actScan}
	case scanner.OrderNumber:
		return nil, &Refusal{"order_number", sayOrder.in(t.Language), actScan}
	default:
		return nil, t.unusable(read)
	}
	if _, err := t.pay(ctx, s, read.Wallet, channels.NewCode(text), t.Now()); err != nil {
		if v, err := t.Sale(ctx, id); err == nil && v.paidWith(read.Wallet, channels.NewCode(text)) {
			return v, nil
		}
		if r := t.refusal(err); r != nil {
			return nil, r
		}
		return nil, err
	}
	return t.Sale(ctx, id)
}

// paidWith tells a sale whose payment with this code is under way or was paid. A
// restart has forgotten the code; its wallet and end must do.
func (v *Sale) paidWith(wallet string, code channels.Code) bool {
	if len(v.Payments) == 0 {
		return false
	}
	p := v.Payments[len(v.Payments)-1]
	switch payment.State(p.State) {
	case payment.Submitting, payment.Paying, payment.Paid:
		return p.Wallet == wallet && p.CodeLast4 != "" && p.CodeLast4 == code.Last4()
	}
	return false
}

// pay routes a code and submits the payment, or refuses with nothing on the wire.
func (t *Till) pay(ctx context.Context, s ledger.Sale, wallet string, code channels.Code, at time.Time) (ledger.Payment, error) {
	l := t.linkFor(s.Kind, wallet, s.Amount.Currency)
	switch {
	case l == nil && t.takes(s.Kind, wallet):
		return ledger.Payment{}, &Refusal{"currency_not_supported", sayNoCurrency.in(t.Language, t.wallet(wallet), s.Amount.Currency), actOther}
	case l == nil:
		return ledger.Payment{}, &Refusal{"no_route", sayNoWallet.in(t.Language, t.wallet(wallet)), actOther}
	}
	if o, ok := l.account.Channel.(channels.Optioner); ok && len(s.Options) > 0 {
		if err := o.CheckOptions(s.Options); err != nil {
			return ledger.Payment{}, &Invalid{"options", err.Error()}
		}
	}
	if l.offline() {
		return ledger.Payment{}, &Refusal{"offline", sayOffline.in(t.Language), actOther}
	}
	t.paying.Lock() // whoever reads the same code meanwhile finds its payment stored
	defer t.paying.Unlock()
	key := t.keyOf(code)
	if t.used.again(key, at) {
		return ledger.Payment{}, t.usedCode()
	}
	p, err := t.engine.Submit(ctx, s, l.account, wallet, code, at)
	if err != nil {
		t.used.forget(key)
	}
	return p, err
}

// usedCode refuses a code for the second time. While its payment is under way
// the scanner only read it twice.
func (t *Till) usedCode() *Refusal {
	if t.engine.Flying() {
		return &Refusal{"payment_under_way", sayBusy.in(t.Language), actWait}
	}
	return &Refusal{"code_used", sayFresh.in(t.Language), actRescan}
}

func (t *Till) keyOf(code channels.Code) (key [32]byte) {
	h := hmac.New(sha256.New, t.salt[:])
	h.Write([]byte(code.Reveal()))
	copy(key[:], h.Sum(nil))
	return key
}

// refusal says an error of pay to a cashier.
func (t *Till) refusal(err error) *Refusal {
	var r *Refusal
	var invalid *Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return r
	case errors.Is(err, payment.ErrBusy):
		return &Refusal{"payment_under_way", sayBusy.in(t.Language), actWait}
	case errors.Is(err, payment.ErrSaleOver):
		return &Refusal{"sale_not_open", sayNotArmed.in(t.Language), actWait}
	case errors.As(err, &invalid):
		return &Refusal{"invalid_options", sayDeclined.in(t.Language) + " (" + invalid.Error() + ")", actOther}
	}
	t.Log.Error("payment could not be started", "error", err)
	if ledger.Full(err) {
		return &Refusal{"storage", sayFull.in(t.Language), actOther}
	}
	return &Refusal{"storage", sayDisk.in(t.Language), actOther}
}

// unusable says what is wrong with a text that is nothing a till can use.
func (t *Till) unusable(read scanner.Read) *Refusal {
	switch read.Problem {
	case scanner.HalfACode:
		return &Refusal{"half_code", sayHalf.in(t.Language), actScan}
	case scanner.TwoCodes:
		return &Refusal{"two_codes", sayGlued.in(t.Language), actScan}
	case scanner.WalletOff:
		return &Refusal{"no_route", sayNoWallet.in(t.Language, t.wallet(read.Wallet)), actOther}
	}
	return &Refusal{"not_a_payment_code", sayNotACode.in(t.Language), actScan}
}

// waiting is a code that was scanned before its sale was keyed.
type waiting struct {
	wallet string
	code   channels.Code
	at     time.Time
	timer  *time.Timer
}

// held keeps such a code: in memory, for a while, and one at most.
type held struct {
	mu sync.Mutex
	c  *waiting
}

// keep calls over when c's life is over and nothing took it.
func (h *held) keep(c *waiting, life time.Duration, over func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.c != nil {
		h.c.timer.Stop()
	}
	h.c = c
	c.timer = time.AfterFunc(life, func() {
		if h.drop(c) {
			over()
		}
	})
}

// take hands the code out, once; nil where there is none.
func (h *held) take() *waiting {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.c
	if c != nil {
		c.timer.Stop()
	}
	h.c = nil
	return c
}

// drop takes c back, unless it was taken or a newer one is in its place.
func (h *held) drop(c *waiting) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.c != c {
		return false
	}
	c.timer.Stop()
	h.c = nil
	return true
}

// useHeld pays a sale that was just opened with the code that waited for it.
func (t *Till) useHeld(ctx context.Context, s ledger.Sale) {
	if t.armedSale() != s.N {
		return
	}
	c := t.held.take()
	if c == nil {
		return
	}
	if _, err := t.pay(ctx, s, c.wallet, c.code, c.at); err != nil {
		t.sayHeld(c, s.ID(), t.refusal(err))
	}
}

// heldCode is the device of what is told of a code behind its scan.
const heldCode = "held code"

func (t *Till) sayHeld(c *waiting, sale string, r *Refusal) {
	t.hub.say(Notice{"scan", ScanEvent{Device: heldCode, Kind: scanner.PaymentCode, Wallet: c.wallet, CodeLast4: c.code.Last4(),
		Sale: sale, Refused: r.Code, Message: r.Message, At: t.Now().UTC()}})
}
