package channeltest

import "maps"

// Exceptions are cases that a platform honestly cannot do, by name, each with the
// reason, which the skipped case prints.
type Exceptions map[string]string

// Left begins Exceptions: these cases, all for one reason.
func Left(reason string, names ...string) Exceptions { return Exceptions{}.And(reason, names...) }

// And is e and these.
func (e Exceptions) And(reason string, names ...string) Exceptions {
	all := maps.Clone(e)
	for _, name := range names {
		all[name] = reason
	}
	return all
}

// Pay names the case of a Pay that meets b, and Undo that of an undo.
func (b Behaviour) Pay() string  { return "pay/" + string(b) }
func (b Behaviour) Undo() string { return "undo/" + string(b) }

// Query, RefundQuery and Callback name the cases of bad answers and callbacks.
func (b Bad) Query() string       { return "bad query/" + string(b) }
func (b Bad) RefundQuery() string { return "bad refund query/" + string(b) }
func (b Bad) Callback() string    { return "bad callback/" + string(b) }

// RefundedOrder is the case of an order that says itself that it was refunded.
const RefundedOrder = "refunded order says so"

// RefundByOurNumber is the case of a refund asked for without the platform's number.
const RefundByOurNumber = "refund by our number alone"
