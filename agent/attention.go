package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"

	"golang.org/x/sync/errgroup"
)

// Matter is something that a person must decide, as the API answers it.
type Matter struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Number    string    `json:"number"` // of the order, refund, slip or job
	Sale      string    `json:"sale,omitempty"`
	Reference string    `json:"reference,omitempty"`
	Amount    int64     `json:"amount,omitempty"`
	Currency  string    `json:"currency,omitempty"`
	Channel   string    `json:"channel,omitempty"`
	Message   string    `json:"message"` // what happened
	RaisedAt  time.Time `json:"raised_at"`
	// Platform is what the platform says now; nil where none is concerned.
	Platform *Answer  `json:"platform,omitempty"`
	Choices  []Choice `json:"choices"` // what can be done; none once it is closed
	// Of a matter that is closed. Choice is empty where it settled itself.
	ClosedAt *time.Time `json:"closed_at,omitempty"`
	Choice   string     `json:"choice,omitempty"`
	By       string     `json:"by,omitempty"`
	Note     string     `json:"note,omitempty"`
}

// Answer is what a platform said when it was asked about a matter.
type Answer struct {
	Answered bool      `json:"answered"` // verified; else Outcome says nothing
	Outcome  string    `json:"outcome,omitempty"`
	Message  string    `json:"message"`
	AskedAt  time.Time `json:"asked_at"`

	reply channels.Reply
	odd   bool // it answered for another order than ours: amount, merchant or number differ
}

// Choice is one thing that can be done about a matter.
type Choice struct {
	Choice   string   `json:"choice"`
	Message  string   `json:"message"`
	Standing Standing `json:"standing"`
}

// Standing is how a choice stands beside what the platform says now.
type Standing string

const (
	StandsOpen         Standing = "open"         // nothing speaks against it
	StandsConfirm      Standing = "confirm"      // the platform does not bear it out: to be confirmed
	StandsContradicted Standing = "contradicted" // the platform proves otherwise: refused
)

// Resolution is a person's decision about a matter.
type Resolution struct {
	Choice  string `json:"choice"`
	Note    string `json:"note"`              // why
	By      string `json:"by,omitempty"`      // who, by name
	Confirm bool   `json:"confirm,omitempty"` // also where the platform does not bear it out
}

// MatterClosed: another choice was made before, or the matter settled itself.
type MatterClosed struct{ Matter *Matter }

func (e *MatterClosed) Error() string {
	if e.Matter.Choice == "" {
		return "agent: the matter has settled itself"
	}
	return fmt.Sprintf("agent: the matter was closed by %s as %q", e.Matter.By, e.Matter.Choice)
}

// Unproven: the platform speaks against a choice, or does not speak at all.
type Unproven struct {
	Standing Standing
	Message  string
}

func (e *Unproven) Error() string { return "agent: " + e.Message }

// OtherUnderWay: what was chosen must wait for another payment of the sale.
type OtherUnderWay struct{ Message string }

func (e *OtherUnderWay) Error() string { return "agent: " + e.Message }
func (e *OtherUnderWay) Unwrap() error { return payment.ErrBusy }

// askTime bounds what a list of matters waits for platforms, and askLife is how
// long an answer counts as given now: a page and a POS may both look at the list.
const (
	askTime  = 6 * time.Second
	askLife  = 10 * time.Second
	askWidth = 4
)

// answers are what platforms said a moment ago, by matter.
type answers struct {
	mu sync.Mutex
	m  map[int64]Answer
}

func (a *answers) fresh(n int64, now time.Time) (Answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.m[n]
	return found, ok && now.Sub(found.AskedAt) < askLife && !now.Before(found.AskedAt)
}

func (a *answers) keep(n int64, given Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.m == nil || len(a.m) > 256 {
		a.m = map[int64]Answer{}
	}
	a.m[n] = given
}

// Attention lists what needs a person, oldest first, with what the platforms say
// now. A platform that does not answer in time is said to give no answer.
func (t *Till) Attention(ctx context.Context, language string) ([]*Matter, error) {
	open, err := t.DB.Matters(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*Matter, len(open))
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var g errgroup.Group
	g.SetLimit(askWidth)
	for i, m := range open {
		g.Go(func() error {
			s, err := t.subject(context.WithoutCancel(ctx), m)
			if err != nil {
				return err
			}
			t.askAbout(ctx, s)
			all[i] = t.viewMatter(s, language)
			return nil
		})
	}
	return all, g.Wait()
}

// Matter answers one matter, open or closed. It asks no platform of a closed one.
func (t *Till) Matter(ctx context.Context, id, language string) (*Matter, error) {
	s, err := t.findSubject(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.Open() {
		t.askAbout(ctx, s)
	}
	return t.viewMatter(s, language), nil
}

// Resolve carries a person's choice out and closes the matter, in one commit with
// what the choice changes. The same choice again is answered as the first was. by
// is who asks, as the journal shows it.
func (t *Till) Resolve(ctx context.Context, id string, r Resolution, by, language string) (*Matter, error) {
	if err := checkResolution(&r, by); err != nil {
		return nil, err
	}
	s, err := t.findSubject(ctx, id)
	if err != nil {
		return nil, err
	}
	if !s.Open() {
		return t.closedMatter(s, r, language)
	}
	err = t.carryOut(ctx, s, r, language)
	again, findErr := t.findSubject(ctx, id)
	switch {
	case findErr != nil:
		return nil, errors.Join(err, findErr)
	case err != nil && !again.Open(): // somebody else was faster
		return t.closedMatter(again, r, language)
	case err != nil:
		return nil, err
	}
	t.Log.Info("attention closed", "matter", id, "kind", s.Kind, "number", s.Number, "choice", r.Choice, "by", r.By, "platform", s.said())
	t.changed(s.Sale)
	t.sayStatus()
	return t.viewMatter(again, language), nil
}

// carryOut does what r chooses, if it can be chosen and the platform bears it out,
// and closes the matter with it. What it read may have changed meanwhile: any of its
// errors may only mean that somebody else was faster.
func (t *Till) carryOut(ctx context.Context, s *subject, r Resolution, language string) error {
	c, err := s.choice(r.Choice)
	if err != nil {
		return err
	}
	if c.standing != nil {
		t.answers.keep(s.N, Answer{}) // decided is on what is true now
		t.askAbout(ctx, s)
		if err := t.proven(s, c, r, language); err != nil {
			return err
		}
	}
	closed := func(tx *ledger.Tx) error {
		return tx.CloseMatter(s.N, ledger.Closing{Choice: r.Choice, By: r.By, Note: r.Note, Platform: s.said()})
	}
	if c.do == nil {
		return t.DB.Update(ctx, closed)
	}
	if err = c.do(ctx, t, s, r, closed); errors.Is(err, payment.ErrBusy) {
		return &OtherUnderWay{sayOtherUnderWay.in(language)}
	}
	return err
}

func checkResolution(r *Resolution, by string) error {
	if err := text("note", r.Note, 0, 200); err != nil {
		return err
	}
	if r.Note = strings.TrimSpace(r.Note); r.Note == "" {
		return &Invalid{"note", "is missing: say why; it is journaled"}
	}
	if err := text("by", r.By, 0, 32); err != nil {
		return err
	}
	if r.By == "" {
		r.By = by
	} else if r.By != by {
		r.By += " (" + by + ")"
	}
	return nil
}

// proven tells whether c may be chosen beside what the platform says.
func (t *Till) proven(s *subject, c *choice, r Resolution, language string) error {
	standing := c.standing(s, s.reply())
	switch {
	case standing == StandsContradicted:
		if s.Sale != 0 { // what the platform says ends it soon, if the till asks too
			_ = t.engine.Nudge(context.Background(), s.Sale)
		}
		return &Unproven{standing, sayContradicted.in(language, s.answerWords().in(language))}
	case standing == StandsConfirm && !r.Confirm:
		return &Unproven{standing, sayUnconfirmed.in(language, s.answerWords().in(language))}
	}
	return nil
}

// closedMatter answers a choice about a matter that is closed already.
func (t *Till) closedMatter(s *subject, r Resolution, language string) (*Matter, error) {
	v := t.viewMatter(s, language)
	if v.Choice == r.Choice {
		return v, nil
	}
	return nil, &MatterClosed{v}
}

// viewMatter is what the outside sees of a matter.
func (t *Till) viewMatter(s *subject, language string) *Matter {
	happened, args := s.kind.happened(t, s)
	v := &Matter{ID: s.ID(), Kind: s.Kind, Number: s.Number, Message: happened.in(language, args...), RaisedAt: s.RaisedAt.UTC(), Choices: []Choice{},
		ClosedAt: moment(s.ClosedAt), Choice: s.Matter.Choice, By: s.By, Note: s.Note}
	if s.sale.N != 0 {
		m := s.money()
		v.Sale, v.Reference, v.Amount, v.Currency, v.Channel = s.sale.ID(), s.sale.Reference, m.Amount, m.Currency, s.payment.Channel
	}
	if !s.Open() {
		return v
	}
	if s.answer != nil {
		s.answer.Message = s.answerWords().in(language)
		v.Platform = s.answer
	}
	for i := range s.kind.choices {
		c := &s.kind.choices[i]
		if c.when != nil && !c.when(s) || slices.ContainsFunc(v.Choices, func(o Choice) bool { return o.Choice == c.name }) {
			continue
		}
		one := Choice{Choice: c.name, Message: c.words(s, language), Standing: StandsOpen}
		if c.standing != nil {
			one.Standing = c.standing(s, s.reply())
		}
		v.Choices = append(v.Choices, one)
	}
	return v
}
