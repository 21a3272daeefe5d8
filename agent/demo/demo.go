// Package demo is what stands beside the cashier's page in the demo: a
// customer's phone that shows payment codes and asks for a PIN, a scanner that
// reads it, and switches for trouble. It moves the sandbox, never the till.
package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tillpay/channels/sandbox"
	"tillpay/scanner"
)

// Desk is the demo's other side of the counter.
type Desk struct {
	box     *sandbox.Sandbox
	scanner *scanner.Virtual
	now     func() time.Time

	mu   sync.Mutex
	mode string
	code sandbox.PaymentCode
}

// modes is how the phone's customer pays, by the page's names and the sandbox's
// digits.
var modes = map[string]string{
	"instant": "",   // pays at once
	"pin":     "01", // asks for a PIN
	"poor":    "22", // balance too low
	"expired": "21", // the code has run out
}

// New makes a desk; the scanner reads what the phone shows.
func New(box *sandbox.Sandbox, s *scanner.Virtual, now func() time.Time) (*Desk, error) {
	d := &Desk{box: box, scanner: s, now: now, mode: "pin"}
	return d, d.renew()
}

// renew shows a fresh code, as the phone does every minute and after a payment.
func (d *Desk) renew() error {
	code, err := d.box.Phone().Show("wechat", modes[d.mode])
	d.code = code
	return err
}

// State is the desk as the page draws it.
type State struct {
	Phone  Phone   `json:"phone"`
	Faults Trouble `json:"faults"`
}

// Phone is the customer's.
type Phone struct {
	Code      string    `json:"code"`
	ExpiresAt time.Time `json:"expires_at"`
	Life      int       `json:"life_seconds"`
	Mode      string    `json:"mode"`
	Asking    *Asking   `json:"asking"`
	History   []Line    `json:"history"`
}

// Asking is the question on the phone's display.
type Asking struct {
	OutTradeNo  string    `json:"out_trade_no"`
	Description string    `json:"description"`
	Amount      int64     `json:"amount"`
	Currency    string    `json:"currency"`
	AskedAt     time.Time `json:"asked_at"`
}

// Line is one thing that happened to the customer's money.
type Line struct {
	At       time.Time `json:"at"`
	What     string    `json:"text_key"` // paid, refunded, not_charged
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
}

// Trouble is the switches.
type Trouble struct {
	NetworkDown  bool `json:"network_down"`
	PlatformBusy bool `json:"platform_busy"`
	AnswerLost   bool `json:"answer_lost"`
}

// State answers how the desk is; a code that ran out is renewed.
func (d *Desk) State() (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.now().Before(d.code.ExpiresAt) {
		if err := d.renew(); err != nil {
			return State{}, err
		}
	}
	on := d.box.Faults().Switches()
	s := State{
		Phone: Phone{Code: d.code.Code, ExpiresAt: d.code.ExpiresAt, Life: int(d.code.ExpiresAt.Sub(d.code.ShownAt).Seconds()),
			Mode: d.mode, History: history(d.box.Books())},
		Faults: Trouble{on.NetworkDown, on.PlatformBusy, on.AnswerLost},
	}
	if q, ok := d.box.Phone().Pending(); ok {
		s.Phone.Asking = &Asking{q.OutTradeNo, q.Description, q.Amount, q.Currency, q.AskedAt}
	}
	return s, nil
}

// history is the customer's money, newest first.
func history(b sandbox.Books) []Line {
	lines := []Line{}
	for i := len(b.Orders) - 1; i >= 0 && len(lines) < 8; i-- {
		o := b.Orders[i]
		for j := len(o.Refunds) - 1; j >= 0; j-- {
			r := o.Refunds[j]
			lines = append(lines, Line{r.CreatedAt, "refunded", r.Amount, r.Currency})
		}
		switch {
		case !o.PaidAt.IsZero():
			lines = append(lines, Line{o.PaidAt, "paid", o.Amount, o.Currency})
		case !o.RevokedAt.IsZero(), !o.ClosedAt.IsZero():
			lines = append(lines, Line{o.CreatedAt, "not_charged", o.Amount, o.Currency})
		}
	}
	return lines
}

// Handler answers the page's calls below /demo/.
func (d *Desk) Handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /demo/state", d.state)
	m.HandleFunc("GET /demo/events", d.events)
	m.HandleFunc("POST /demo/phone/mode", act(func(q struct{ Mode string }) error { return d.setMode(q.Mode) }))
	m.HandleFunc("POST /demo/phone/renew", act(func(struct{}) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.renew()
	}))
	m.HandleFunc("POST /demo/phone/confirm", act(func(q struct{ PIN string }) error { return d.box.Phone().Confirm(q.PIN) }))
	m.HandleFunc("POST /demo/phone/reject", act(func(struct{}) error { return d.box.Phone().Reject() }))
	m.HandleFunc("POST /demo/scan", act(func(q struct{ Text string }) error { return d.scan(q.Text) }))
	m.HandleFunc("POST /demo/faults", d.faults)
	return m
}

func (d *Desk) setMode(mode string) error {
	if _, ok := modes[mode]; !ok {
		return fmt.Errorf("there is no mode %q", mode)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mode = mode
	return d.renew()
}

// scan makes the scanner read text, or the phone's code, which is spent by it.
func (d *Desk) scan(text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if text != "" {
		d.scanner.Feed(text)
		return nil
	}
	d.scanner.Feed(d.code.Code)
	return d.renew()
}

func (d *Desk) faults(w http.ResponseWriter, q *http.Request) {
	on := d.box.Faults().Switches()
	t := Trouble{on.NetworkDown, on.PlatformBusy, on.AnswerLost}
	if err := json.NewDecoder(q.Body).Decode(&t); err != nil { // what is not named stays
		refuse(w, err)
		return
	}
	on.NetworkDown, on.PlatformBusy, on.AnswerLost = t.NetworkDown, t.PlatformBusy, t.AnswerLost
	d.box.Faults().SetSwitches(on)
	w.WriteHeader(http.StatusNoContent)
}

func (d *Desk) state(w http.ResponseWriter, _ *http.Request) {
	s, err := d.State()
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s)
}

// events streams the state as it changes. The sandbox tells nobody when its
// books change, so a demo that somebody watches looks four times a second.
func (d *Desk) events(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	var last string
	for {
		s, err := d.State()
		if err != nil {
			return
		}
		b, err := json.Marshal(s)
		if err != nil {
			return
		}
		if string(b) != last {
			last = string(b)
			if _, err := fmt.Fprintf(w, "event: demo\ndata: %s\n\n", b); err != nil {
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
		}
		select {
		case <-q.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// act decodes a call's body, does it, and answers 204.
func act[T any](do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		var body T
		err := json.NewDecoder(http.MaxBytesReader(w, q.Body, 4<<10)).Decode(&body)
		if err == nil {
			err = do(body)
		}
		if err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, sandbox.ErrNoQuestion) {
		status = http.StatusConflict
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "code": "demo", "detail": err.Error()})
}
