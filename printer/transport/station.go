package transport

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// station is a printer that can talk, over whatever link. A link is opened for
// each job, so that a printer that was switched off needs no care. What was
// learnt of its manners stays: who never answers is not waited for each time.
type station struct {
	name    string
	open    opener
	times   times
	port    string // a serial printer's
	turn    turn   // guards what follows
	blind   bool   // by its profile
	longest int    // see Config

	manners manners
	torn    bool // a slip may have ended in the middle of a command
}

// manners is what a printer was seen to answer.
type manners struct {
	talks    bool
	silentAt time.Time // when it was asked last and had never spoken
	reports  bool      // it answers GS a, and no DLE EOT
	confirms bool      // GS r after a job was answered
	unheard  int       // jobs after which it was not, of a printer that talked all the time
}

// noFinal is a printer that does not answer GS r. One slip does not tell: it may have
// been a long one.
func (m *manners) noFinal() bool { return m.unheard >= 2 && !m.confirms }

// AskBlindAgain is how long silence is remembered of a printer whose profile does not
// say that it is blind. A port or a print server takes bytes also for a printer that
// is off: one that was off when it was first asked is no blind one.
const AskBlindAgain = time.Minute

// times bound every step.
type times struct {
	probe   time.Duration // a first question to a printer that we do not know
	answer  time.Duration // a question to one that has answered before
	send    time.Duration // all of a slip, besides what the line's speed needs
	confirm time.Duration // for the answer after the job, before asking how it is
	finish  time.Duration // for the job to be over, in all
	linger  time.Duration // for a silent printer's side to close
	perByte time.Duration // what a byte takes on this line
}

var usualTimes = times{
	probe: 300 * time.Millisecond, answer: 2 * time.Second, send: 10 * time.Second,
	confirm: 3 * time.Second, finish: 15 * time.Second, linger: time.Second,
}

func newStation(name string, open opener, t times) *station {
	return &station{name: name, open: open, times: t, turn: newTurn()}
}

// known has what the printer's profile says of it: one that answers nothing is not
// asked.
func (s *station) known(c Config) *station {
	s.blind, s.longest = c.Blind, c.Longest
	return s
}

func (s *station) Name() string { return s.name }

// Print asks how the printer is, sends, and waits for its word that all is done.
func (s *station) Print(ctx context.Context, slip []byte) (Result, error) {
	if len(slip) == 0 {
		return NotPrinted, errors.New("printer: the slip is empty")
	}
	if err := s.turn.take(ctx); err != nil {
		return NotPrinted, fmt.Errorf("printer: %w", err)
	}
	defer s.turn.give()
	t, state, err := s.reach(ctx)
	if err != nil {
		return NotPrinted, err
	}
	defer t.Close()
	defer context.AfterFunc(ctx, t.Abort)()
	if !state.prints() {
		return NotPrinted, &StateError{state}
	}
	return s.send(ctx, t, slip)
}

// send is the one place where a slip leaves. Behind one that was torn come NULs
// first, or its picture would take this one's first bytes for dots: a printer that is
// out of a command's data passes over a NUL. Of those alone nothing is on paper.
func (s *station) send(ctx context.Context, t *talk, slip []byte) (result Result, err error) {
	var nuls []byte
	if s.torn {
		nuls = make([]byte, s.longest)
	}
	job := append(nuls, slip...)
	switch {
	case s.manners.reports:
		job = append(nuls, withReport(slip)...)
	case s.manners.talks && !s.manners.noFinal():
		job = append(job, askDone...)
	}
	if len(t.heard.done) > 0 { // the last job's, late
		s.manners.unheard = 0
	}
	t.heard.done, t.heard.report = nil, nil
	line := time.Duration(len(job)) * s.times.perByte
	defer func() { s.torn = result == Unknown || result == NotPrinted && s.torn }()
	if n, err := t.Write(job, time.Now().Add(s.times.send+line)); err != nil {
		return afterFailure(ctx, max(0, n-len(nuls)), err)
	}
	switch {
	case s.manners.reports:
		return s.confirmedByReport(ctx, t, line)
	case s.manners.talks:
		return s.confirmed(ctx, t, line)
	}
	return s.finished(ctx, t, line)
}

// finished is Printed when the link took everything and ended cleanly.
func (s *station) finished(ctx context.Context, t *talk, line time.Duration) (Result, error) {
	if err := t.Finish(time.Now().Add(s.times.linger + line)); err != nil {
		return afterFailure(ctx, 1, err)
	}
	return Printed, nil
}

// afterFailure tells what a failed write means: with no byte gone, nothing.
func afterFailure(ctx context.Context, sent int, err error) (Result, error) {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if sent == 0 {
		return NotPrinted, fmt.Errorf("printer: sending: %w", err)
	}
	return Unknown, fmt.Errorf("printer: the connection broke while printing: %w", err)
}

// Status asks and prints nothing.
func (s *station) Status(ctx context.Context) (State, error) {
	if err := s.turn.take(ctx); err != nil {
		return State{Missing, "The printer is busy."}, fmt.Errorf("printer: %w", err)
	}
	defer s.turn.give()
	t, state, err := s.reach(ctx)
	if err != nil {
		return State{Missing, "The printer cannot be reached: " + err.Error()}, err
	}
	return state, t.Close()
}

// reach opens the link and asks the printer how it is. After an error no byte of
// a slip has left. A printer that cannot be reached may come back as another
// one: what was learnt is forgotten.
func (s *station) reach(ctx context.Context) (*talk, State, error) {
	l, err := s.open(ctx)
	if err != nil {
		s.manners = manners{}
		return nil, State{}, fmt.Errorf("printer: %w", err)
	}
	t := &talk{link: l}
	defer context.AfterFunc(ctx, t.Abort)()
	state, err := s.ask(t)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		t.Close()
		return nil, State{}, fmt.Errorf("printer: asking its status: %w", err)
	}
	return t, state, nil
}

// ask has the questions answered, one after another since the answers look alike.
// Silence at the first is remembered for a while of a printer that never spoke.
func (s *station) ask(t *talk) (State, error) {
	switch {
	case s.blind, time.Since(s.manners.silentAt) < AskBlindAgain:
		return blindState, nil
	case s.manners.reports:
		state, answered, err := s.askReport(t, s.times.answer)
		if err == nil && !answered {
			state = muteState
		}
		return state, err
	}
	patience := s.times.probe
	if s.manners.talks {
		patience = s.times.answer
	}
	var a answers
	var err error
	if a.printer, err = t.question(askPrinter, patience); err != nil {
		return State{}, err
	}
	if a.printer == 0 && s.manners.talks {
		return muteState, nil
	}
	if a.printer == 0 {
		state, answered, err := s.askReport(t, s.times.probe)
		if err == nil && !answered {
			state, s.manners.silentAt = blindState, time.Now()
		}
		s.manners.talks, s.manners.reports = answered, answered
		return state, err
	}
	s.manners.talks = true
	if a.offline, err = t.question(askOffline, s.times.probe); err != nil {
		return State{}, err
	}
	if a.offline&isError != 0 {
		if a.error, err = t.question(askError, s.times.probe); err != nil {
			return State{}, err
		}
	}
	if a.paper, err = t.question(askPaper, s.times.probe); err != nil {
		return State{}, err
	}
	return a.state(), nil
}

var (
	blindState = State{Blind, "The printer takes slips and answers no question: look whether they come out."}
	muteState  = State{Mute, "The printer does not answer any more: switch it off and on."}
)
