package transport

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// spool is one of the system's print queues, opened for a document. It is the part
// of a spooler that needs Windows.
type spool interface {
	// Status is the queue's PRINTER_STATUS bits, as far as its driver tells any.
	Status() (uint32, error)
	// Attributes are its PRINTER_ATTRIBUTE bits.
	Attributes() (uint32, error)
	// Start begins a document of raw bytes.
	Start(name string) (job uint32, err error)
	Write(p []byte) (int, error)
	// End hands the document to the queue.
	End() error
	// Abort throws away a document that has not ended.
	Abort() error
	// Job is a document's JOB_STATUS bits; there is false when it left the queue.
	Job(job uint32) (status uint32, there bool, err error)
	Close() error
}

// The bits of winspool.h that say why nothing comes out.
const (
	queuePaused       = 0x00000001
	queueError        = 0x00000002
	queuePaperJam     = 0x00000008
	queuePaperOut     = 0x00000010
	queuePaperProblem = 0x00000040
	queueOffline      = 0x00000080
	queueNotAvailable = 0x00001000
	queueIntervention = 0x00100000
	queueDoorOpen     = 0x00400000

	// "Use printer offline": Windows sets it by itself when a USB printer is off, and
	// keeps what is queued meanwhile.
	queueWorksOffline = 0x00000400

	jobPaused       = 0x0001
	jobError        = 0x0002
	jobOffline      = 0x0020
	jobPaperOut     = 0x0040
	jobPrinted      = 0x0080
	jobDeleted      = 0x0100
	jobBlocked      = 0x0200
	jobIntervention = 0x0400
	jobComplete     = 0x1000 // all of it went to the printer
)

// spooler prints through a queue of Windows. It is blind: the queue takes bytes
// and gives none of the printer's answers back. Whether the document left the queue
// is all there is to know, so what is still in it is Unknown and never sent again:
// the queue may print it yet.
type spooler struct {
	name string
	open func(name string) (spool, error)
	turn turn
	wait time.Duration // for the document to leave the queue
	look time.Duration // between two looks
}

func openSpooler(c Config) (Printer, error) {
	if c.Name == "" {
		return nil, errors.New(`printer.name: missing: set it to the queue's name, as Windows shows it under Printers (name = "Receipts")`)
	}
	if errSpooler != nil {
		return nil, errSpooler
	}
	return &spooler{name: c.Name, open: openSpool, turn: newTurn(), wait: 15 * time.Second, look: 200 * time.Millisecond}, nil
}

func (s *spooler) Name() string { return s.name }

// Print hands the slip to the queue and watches it leave.
func (s *spooler) Print(ctx context.Context, slip []byte) (Result, error) {
	if err := s.turn.take(ctx); err != nil {
		return NotPrinted, fmt.Errorf("printer: %w", err)
	}
	defer s.turn.give()
	q, err := s.open(s.name)
	if err != nil {
		return NotPrinted, fmt.Errorf("printer: queue %q: %w", s.name, err)
	}
	defer q.Close()
	if state := queueState(q); !state.prints() {
		return NotPrinted, &StateError{state} // a queue that stands would print it some other day
	}
	job, err := q.Start("tillpay")
	if err != nil {
		return NotPrinted, fmt.Errorf("printer: queue %q takes no document: %w", s.name, err)
	}
	for rest := slip; len(rest) > 0; {
		n, err := q.Write(rest)
		if err == nil && n == 0 {
			err = errors.New("it takes no more")
		}
		if err != nil {
			return s.thrownAway(q, len(slip)-len(rest)+n, err)
		}
		rest = rest[n:]
	}
	if err := q.End(); err != nil {
		return Unknown, fmt.Errorf("printer: queue %q: %w", s.name, err)
	}
	return s.watch(ctx, q, job)
}

// thrownAway: of a document that was aborted with nothing in it nothing prints. Of
// another the queue may have printed the beginning already.
func (s *spooler) thrownAway(q spool, sent int, cause error) (Result, error) {
	err := fmt.Errorf("printer: queue %q: %w", s.name, errors.Join(cause, q.Abort()))
	if sent == 0 {
		return NotPrinted, err
	}
	return Unknown, err
}

// watch waits until the document left the queue.
func (s *spooler) watch(ctx context.Context, q spool, job uint32) (Result, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for until := time.Now().Add(s.wait); ; timer.Reset(s.look) {
		select {
		case <-ctx.Done():
			return Unknown, fmt.Errorf("printer: %w", ctx.Err())
		case <-timer.C:
		}
		status, there, err := q.Job(job)
		switch {
		case err != nil:
			return Unknown, fmt.Errorf("printer: queue %q: %w", s.name, err)
		case !there, status&(jobPrinted|jobComplete) != 0: // a queue may keep what is through
			return Printed, nil
		case status&jobDeleted != 0:
			return Unknown, fmt.Errorf("printer: somebody deleted the slip from the queue %q", s.name)
		case time.Now().After(until):
			return Unknown, &StateError{stuck(status)}
		}
	}
}

func queueState(q spool) State {
	status, err := q.Status()
	attributes, err2 := q.Attributes()
	if err != nil && err2 != nil {
		return State{Blind, "The queue does not say how its printer is: look whether slips come out."}
	}
	switch {
	case status&queueDoorOpen != 0:
		return coverIsOpen
	case status&(queuePaperOut|queuePaperProblem) != 0:
		return paperIsOut
	case status&queuePaused != 0:
		return State{Offline, "The printer's queue is paused: let it go on in the Windows printer settings."}
	case status&(queueError|queuePaperJam|queueOffline|queueNotAvailable|queueIntervention) != 0, attributes&queueWorksOffline != 0:
		return State{Offline, "Windows says that the printer is offline or wants somebody: look at it, and at its queue."}
	}
	return State{Blind, "The printer takes slips through Windows and answers no question: look whether they come out."}
}

// stuck says why a document is still in the queue. It will print when that is
// mended, unless somebody deletes it there first.
func stuck(status uint32) State {
	const later = " The slip is still in the Windows queue and may come out yet: delete it there before you print it again."
	switch {
	case status&jobPaperOut != 0:
		return State{PaperOut, paperIsOut.Detail + later}
	case status&(jobPaused|jobError|jobOffline|jobBlocked|jobIntervention) != 0:
		return State{Offline, "The printer does not print." + later}
	}
	return State{Blind, "The printer has not taken the slip." + later}
}

// Status asks the queue.
func (s *spooler) Status(ctx context.Context) (State, error) {
	if err := s.turn.take(ctx); err != nil {
		return State{Missing, "The printer is busy."}, fmt.Errorf("printer: %w", err)
	}
	defer s.turn.give()
	q, err := s.open(s.name)
	if err != nil {
		return State{Missing, "The printer's queue cannot be opened: " + err.Error()}, fmt.Errorf("printer: queue %q: %w", s.name, err)
	}
	defer q.Close()
	return queueState(q), nil
}
