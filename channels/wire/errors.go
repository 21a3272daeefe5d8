package wire

import (
	"errors"
	"net"

	"tillpay/channels"
)

// ErrNotSent may be wrapped by a Config.Transport to say that nothing left.
var ErrNotSent = errors.New("not sent")

// ErrTooLarge is an answer longer than its limit.
var ErrTooLarge = errors.New("answer is too large")

// Error is an exchange that brought no answer. It names no path and no body.
type Error struct {
	Op   string // build, connect, durable gate, exchange, answer
	Host string
	// NotSent: no byte of the request can have reached anybody. False says
	// nothing: the platform may have acted on it.
	NotSent bool
	Gate    bool // our own gate refused
	Err     error
}

func (e *Error) Error() string {
	if e.Host == "" {
		return e.Op + ": " + e.Err.Error()
	}
	return e.Op + ": " + e.Host + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Failed is the Reply to an exchange that brought no answer: NotSent where
// that is certain, and Unknown everywhere else.
func Failed(err error) channels.Reply {
	r := channels.Reply{Outcome: channels.Unknown, Reason: channels.Network, Message: err.Error()}
	var e *Error
	if errors.As(err, &e) && e.NotSent {
		r.Outcome = channels.NotSent
		if e.Gate || e.Op == "build" {
			r.Reason = channels.LocalRefusal
		}
	}
	return r
}

// Refused is the Reply to what cannot be asked at all: nothing was sent.
func Refused(err error) channels.Reply {
	return channels.Reply{Outcome: channels.NotSent, Reason: channels.LocalRefusal, Message: err.Error()}
}

// dialFailed tells a transport's errors that happen before any byte of HTTP.
func dialFailed(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	return errors.Is(err, ErrNotSent) || errors.As(err, &dns) ||
		errors.As(err, &op) && op.Op == "dial"
}
