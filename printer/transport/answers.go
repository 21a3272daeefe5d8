package transport

// The status questions of the ESC/POS command reference. DLE EOT is answered at
// once, GS r when the printer has worked through everything before it.
var (
	askPrinter = []byte{0x10, 0x04, 1} // DLE EOT 1: printer status
	askOffline = []byte{0x10, 0x04, 2} // DLE EOT 2: why it is offline
	askError   = []byte{0x10, 0x04, 3} // DLE EOT 3: which error
	askPaper   = []byte{0x10, 0x04, 4} // DLE EOT 4: roll paper sensors
	askDone    = []byte{0x1D, 'r', 1}  // GS r 1: paper sensors, after the job

	reportOn  = []byte{0x1D, 'a', 0xFF} // GS a: automatic status back (ASB), for every change and at once
	reportOff = []byte{0x1D, 'a', 0}
)

// Bits of the answers.
const (
	isOffline     = 0x08 // DLE EOT 1
	isCoverOpen   = 0x04 // DLE EOT 2
	isFeeding     = 0x08
	isPaperStop   = 0x20
	isError       = 0x40
	paperNearEnd  = 0x0C // DLE EOT 4
	paperAtEnd    = 0x60
	jobPaperAtEnd = 0x0C // GS r 1

	isCutterJam = 0x08 // DLE EOT 3, and the second byte of ASB
	isHot       = 0x40 // recovers by itself: the print head cools down
	isFatal     = 0x20
)

// listener sorts what a printer says into answers. Bits that never change tell
// the kinds apart: DLE EOT is 0xx1xx10, GS r is 0xx0xxxx. A printer that is set to
// report by itself (ASB, GS a) sends four bytes, the first 0xx1xx00: they answer
// none of those two.
type listener struct {
	status, done []byte
	report       []byte // of four bytes, the newest
	part         []byte // of a report whose bytes are still coming
}

func (l *listener) hear(p []byte) {
	for _, b := range p {
		switch {
		case len(l.part) > 0 || b&0x93 == 0x10:
			if l.part = append(l.part, b); len(l.part) == 4 {
				l.report, l.part = l.part, nil
			}
		case b&0x93 == 0x12:
			l.status = append(l.status, b)
		case b&0x90 == 0:
			l.done = append(l.done, b)
		}
	}
}

// answers are the status bytes; 0 where one was not given.
type answers struct{ printer, offline, error, paper byte }

// reported reads a report of ASB as if its facts had been asked for one by one.
func reported(r []byte) answers {
	var a answers
	a.printer = r[0] & isOffline // the same bit
	if r[0]&0x20 != 0 {
		a.offline |= isCoverOpen
	}
	if r[0]&0x40 != 0 {
		a.offline |= isFeeding
	}
	if a.error = r[1] & (isCutterJam | isFatal | isHot); a.error != 0 {
		a.offline |= isError
	}
	if r[2]&0x03 != 0 {
		a.paper |= paperNearEnd
	}
	if r[2]&0x0C != 0 {
		a.paper |= paperAtEnd
	}
	return a
}

// The two states that a queue of Windows can know too.
var (
	coverIsOpen = State{CoverOpen, "The printer's cover is open: close it."}
	paperIsOut  = State{PaperOut, "The printer is out of paper: put in a new roll."}
)

// state puts them into words. The paper and the cover are named before "offline",
// which they cause.
func (a answers) state() State {
	switch {
	case a.offline&isCoverOpen != 0:
		return coverIsOpen
	case a.paper&paperAtEnd != 0, a.offline&isPaperStop != 0:
		return paperIsOut
	case a.error&isCutterJam != 0:
		return State{CutterJam, "The paper cutter is stuck: switch the printer off, open it and take out the paper, then switch it on."}
	case a.error&isFatal == 0 && a.error&isHot != 0:
		return State{Hot, "The print head is too hot: it goes on by itself in a minute."}
	case a.offline&isError != 0:
		return State{Offline, "The printer reports an error: look at its lamps, then switch it off and on."}
	case a.printer&isOffline != 0, a.offline&isFeeding != 0:
		return State{Offline, "The printer is offline: press its online or feed button, or switch it off and on."}
	case a.paper&paperNearEnd != 0:
		return State{PaperLow, "The paper is nearly out: have a new roll at hand."}
	}
	return State{Ready, "The printer is ready."}
}
