package transport

// The status questions of the ESC/POS command reference. DLE EOT is answered at
// once, GS r when the printer has worked through everything before it.
var (
	askPrinter = []byte{0x10, 0x04, 1} // DLE EOT 1: printer status
	askOffline = []byte{0x10, 0x04, 2} // DLE EOT 2: why it is offline
	askPaper   = []byte{0x10, 0x04, 4} // DLE EOT 4: roll paper sensors
	askDone    = []byte{0x1D, 'r', 1}  // GS r 1: paper sensors, after the job
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
)

// listener sorts what a printer says into answers. Bits that never change tell
// the kinds apart: DLE EOT is 0xx1xx10, GS r is 0xx0xxxx. A printer that is set to
// report by itself (ASB, GS a) sends four bytes, the first 0xx1xx00: they answer
// nothing that we asked.
type listener struct {
	status, done []byte
	skip         int
}

func (l *listener) hear(p []byte) {
	for _, b := range p {
		switch {
		case l.skip > 0:
			l.skip--
		case b&0x93 == 0x10:
			l.skip = 3
		case b&0x93 == 0x12:
			l.status = append(l.status, b)
		case b&0x90 == 0:
			l.done = append(l.done, b)
		}
	}
}

// answers are the three status bytes; 0 where one was not given.
type answers struct{ printer, offline, paper byte }

// state puts them into words. The paper and the cover are named before "offline",
// which they cause.
func (a answers) state() State {
	switch {
	case a.offline&isCoverOpen != 0:
		return State{CoverOpen, "The printer's cover is open: close it."}
	case a.paper&paperAtEnd != 0, a.offline&isPaperStop != 0:
		return State{PaperOut, "The printer is out of paper: put in a new roll."}
	case a.offline&isError != 0:
		return State{Offline, "The printer reports an error: look at its lamps, then switch it off and on."}
	case a.printer&isOffline != 0, a.offline&isFeeding != 0:
		return State{Offline, "The printer is offline: press its online or feed button, or switch it off and on."}
	case a.paper&paperNearEnd != 0:
		return State{PaperLow, "The paper is nearly out: have a new roll at hand."}
	}
	return State{Ready, "The printer is ready."}
}
