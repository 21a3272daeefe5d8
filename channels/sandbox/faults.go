package sandbox

import (
	"slices"
	"time"
)

// Faults is what goes wrong between till and platforms: single faults, and
// switches that hold for every call.
type Faults struct {
	s      *Sandbox
	next   int
	byHand []*Fault
	byCode []*Fault // for one order each, brought by its payment code
	on     Switches
}

// Switches hold until they are set otherwise.
type Switches struct {
	NetworkDown   bool  `json:"network_down"`    // nothing connects, and what was connected is cut
	PlatformBusy  bool  `json:"platform_busy"`   // every call is 500 SYSTEM_ERROR, and nothing is booked
	AnswerLost    bool  `json:"answer_lost"`     // every pay is booked, and its answer lost
	ClockOffsetMS int64 `json:"clock_offset_ms"` // of the platform's clock: a till that is right is then wrong
}

func newFaults(s *Sandbox) *Faults { return &Faults{s: s} }

// Add arranges a fault and returns its ID. Nil errors mean it will happen.
func (f *Faults) Add(fault Fault) (int, error) {
	if err := fault.check(); err != nil {
		return 0, err
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	fault.FromCode = ""
	return f.append(&f.byHand, fault), nil
}

func (f *Faults) append(to *[]*Fault, fault Fault) int {
	f.next++
	fault.ID = f.next
	*to = append(*to, &fault)
	return fault.ID
}

// List is every fault that can still happen, in the order in which they match.
func (f *Faults) List() []Fault {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	list := []Fault{}
	for _, from := range [][]*Fault{f.byHand, f.byCode} {
		for _, fault := range from {
			list = append(list, *fault)
		}
	}
	return list
}

// Remove takes one fault away, and reports whether there was one.
func (f *Faults) Remove(id int) bool {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	n := len(f.byHand) + len(f.byCode)
	is := func(fault *Fault) bool { return fault.ID == id }
	f.byHand = slices.DeleteFunc(f.byHand, is)
	f.byCode = slices.DeleteFunc(f.byCode, is)
	return len(f.byHand)+len(f.byCode) < n
}

// Clear takes away what was added by hand and turns every switch off. What
// payment codes brought stays: that is those orders' fate.
func (f *Faults) Clear() {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	f.byHand = nil
	f.on = Switches{}
}

// Switches returns their positions.
func (f *Faults) Switches() Switches {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return f.on
}

// SetSwitches sets all of them. A network that goes down cuts every connection
// at once.
func (f *Faults) SetSwitches(on Switches) { f.change(func(now *Switches) { *now = on }) }

// NetworkDown cuts or mends the network.
func (f *Faults) NetworkDown(down bool) { f.change(func(on *Switches) { on.NetworkDown = down }) }

// PlatformBusy makes every call a SYSTEM_ERROR that books nothing.
func (f *Faults) PlatformBusy(busy bool) { f.change(func(on *Switches) { on.PlatformBusy = busy }) }

// AnswerLost books every pay and loses the answer.
func (f *Faults) AnswerLost(lost bool) { f.change(func(on *Switches) { on.AnswerLost = lost }) }

// ClockOffset puts the platform's clock ahead by d, for timestamps and Date
// headers; the books keep the true time.
func (f *Faults) ClockOffset(d time.Duration) {
	f.change(func(on *Switches) { on.ClockOffsetMS = d.Milliseconds() })
}

func (f *Faults) change(set func(*Switches)) {
	f.s.mu.Lock()
	set(&f.on)
	var cut []*gate
	if f.on.NetworkDown {
		cut = slices.Clone(f.s.gates)
	}
	f.s.mu.Unlock()
	for _, g := range cut {
		g.closeAll()
	}
}

func (f *Faults) networkDown() bool {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return f.on.NetworkDown
}

// bring arranges the faults of a payment code for the order that it pays.
func (f *Faults) bring(digits, orderNo string, faults []Fault) {
	for _, fault := range faults {
		fault.OutTradeNo, fault.FromCode = orderNo, digits
		f.append(&f.byCode, fault)
	}
}

// take spends and returns the first fault that matches, or nil.
func (f *Faults) take(call Call, orderNo string) *Fault {
	if hit := takeFrom(&f.byHand, call, orderNo); hit != nil {
		return hit
	}
	return takeFrom(&f.byCode, call, orderNo)
}

func takeFrom(list *[]*Fault, call Call, orderNo string) *Fault {
	for i, fault := range *list {
		if fault.Call != AnyCall && fault.Call != call || fault.OutTradeNo != "" && fault.OutTradeNo != orderNo {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		hit := *fault
		if fault.Times == 1 {
			*list = slices.Delete(*list, i, i+1)
		} else if fault.Times > 1 {
			fault.Times--
		}
		return &hit
	}
	return nil
}
