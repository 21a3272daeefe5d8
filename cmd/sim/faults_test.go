package main

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

// fault is one way in which a simulated world goes wrong.
type fault string

// Every fault must fire in a run of CI's size, or the run fails: a fault that
// never happens proves nothing.
const (
	netRefused   fault = "network: connection refused"
	netLost      fault = "network: request lost"
	netReset     fault = "network: reset before it arrived"
	netLate      fault = "network: request arrives late"
	netTwice     fault = "network: request arrives twice"
	netNoAnswer  fault = "network: answer lost"
	netTorn      fault = "network: reset behind the booking"
	netSlow      fault = "network: answer slow"
	netHTML      fault = "network: a portal's HTML"
	netHalf      fault = "network: answer cut off"
	netEmpty     fault = "network: empty 204"
	forgedPaid   fault = "forged: paid, badly signed"
	forgedNaked  fault = "forged: paid, not signed"
	forgedTamper fault = "forged: altered on its way"
	forgedOther  fault = "forged: another order's answer"
	forgedOld    fault = "forged: an earlier answer replayed"
	forgedNo     fault = "forged: refused, not signed"
	wrongAmount  fault = "platform: another amount"
	wrongOrder   fault = "platform: another order's number"

	platform5xx     fault = "platform: 5xx, nothing booked"
	platform5xxOK   fault = "platform: 5xx, booked"
	platformBusy    fault = "platform: system error, nothing booked"
	platformBlind   fault = "platform: an order not found for seconds"
	platformAgain   fault = "platform: undo to be asked again"
	platformForgets fault = "platform: undo taken and forgotten"
	platformNever   fault = "platform: undo refused"
	platformShort   fault = "platform: refund not covered now"
	platformSlack   fault = "platform: refund takes minutes"
	platformClock   fault = "platform: refuses the time"

	platformLingers fault = "platform: closed, and still said to be unpaid"

	platformOdd fault = "platform: charges another amount"

	customerLate   fault = "customer: pays at the deadline"
	customerNever  fault = "customer: never confirms"
	customerNo     fault = "customer: refuses"
	customerPoor   fault = "customer: declined at once"
	customerSplits fault = "customer: pays behind a system error"

	posTwice     fault = "POS: the same POST in parallel"
	posOther     fault = "POS: the reference with another amount"
	posScanTwice fault = "POS: code scanned twice"
	posOldCode   fault = "POS: code of another sale"
	posSecond    fault = "POS: another code while one is paid with"
	posCancel    fault = "POS: cancel at a bad moment"
	posHasty     fault = "POS: asks again and again"
	posTooMuch   fault = "POS: more than there is"
	posReprint   fault = "POS: copy asked for"
	posPrepTwice fault = "POS: an order prepared in parallel"
	posHangsUp   fault = "POS: hangs up before the answer"

	paperOut     fault = "printer: paper out"
	paperUnknown fault = "printer: nobody knows"
	paperSlow    fault = "printer: slow"

	diskBusy   fault = "disk: busy"
	diskFull   fault = "disk: full"
	diskFailed fault = "disk: I/O error before the commit"
	diskLied   fault = "disk: I/O error behind the commit"

	clockSecond fault = "clock: -1 s"
	clockMinute fault = "clock: +61 s"
	clockDay    fault = "clock: +1 day"
	clockBack   fault = "clock: -1 day"
	clock1970   fault = "clock: 1970"
	clockHour   fault = "clock: DST"
	clockRight  fault = "clock: set right"

	crashSent   fault = "crash: as the request leaves"
	crashBooked fault = "crash: as the platform books"
	crashBefore fault = "crash: before a commit"
	crashBehind fault = "crash: behind a commit"
	crashPaper  fault = "crash: at the printer"
	crashAny    fault = "crash: at any moment"
	crashTwice  fault = "crash: during recovery"
	stopStart   fault = "stop and start"
	hintTrue    fault = "callback: a hint"
	hintForged  fault = "callback: badly signed"
	outage      fault = "network: down for a while"
)

var allFaults = []fault{netRefused, netLost, netReset, netLate, netTwice, netNoAnswer, netTorn, netSlow, netHTML, netHalf, netEmpty,
	forgedPaid, forgedNaked, forgedTamper, forgedOther, forgedOld, forgedNo, wrongAmount, wrongOrder,
	platform5xx, platform5xxOK, platformBusy, platformBlind, platformAgain, platformForgets, platformNever, platformShort, platformSlack, platformClock, platformLingers, platformOdd,
	customerLate, customerNever, customerNo, customerPoor, customerSplits,
	posTwice, posOther, posScanTwice, posOldCode, posSecond, posCancel, posHasty, posTooMuch, posReprint, posPrepTwice, posHangsUp,
	paperOut, paperUnknown, paperSlow, diskBusy, diskFull, diskFailed, diskLied,
	clockSecond, clockMinute, clockDay, clockBack, clock1970, clockHour, clockRight,
	crashSent, crashBooked, crashBefore, crashBehind, crashPaper, crashAny, crashTwice, stopStart, hintTrue, hintForged, outage}

// tally counts what happened over all worlds.
type tally struct {
	mu     sync.Mutex
	fired  map[fault]int
	checks map[string]int // by invariant

	worlds, sales, payments, refunds, exchanges, commits, restarts int
	faulty, doubly                                                 int // sales that met a fault, and two that overlapped
	persons                                                        int // payments and refunds that ended with a person
}

func newTally() *tally { return &tally{fired: map[fault]int{}, checks: map[string]int{}} }

func (t *tally) add(o *tally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for f, n := range o.fired {
		t.fired[f] += n
	}
	for c, n := range o.checks {
		t.checks[c] += n
	}
	t.worlds += o.worlds
	t.sales += o.sales
	t.payments += o.payments
	t.refunds += o.refunds
	t.exchanges += o.exchanges
	t.commits += o.commits
	t.restarts += o.restarts
	t.faulty += o.faulty
	t.doubly += o.doubly
	t.persons += o.persons
}

// never are the faults that did not fire.
func (t *tally) never() []fault {
	var all []fault
	for _, f := range allFaults {
		if t.fired[f] == 0 {
			all = append(all, f)
		}
	}
	return all
}

func (t *tally) table() string {
	var b strings.Builder
	for _, f := range allFaults {
		fmt.Fprintf(&b, "  %-42s %9d\n", f, t.fired[f])
	}
	var names []string
	for name := range t.checks {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "  checked: %-33s %9d\n", name, t.checks[name])
	}
	return b.String()
}
