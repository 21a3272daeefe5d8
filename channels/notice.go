package channels

import (
	"context"
	"errors"
	"net/http"
)

// ErrNotReady is what Statement says while the platform still prepares the
// day's file: ask again later.
var ErrNotReady = errors.New("statement: not ready yet")

// Notifiee understands a platform's callbacks. A callback is a hint: one that
// proves itself makes the engine query now, and never moves a state.
type Notifiee interface {
	// Notified checks and reads a callback. Its Notice carries the answer to
	// give in the platform's own words, also when err says it was refused.
	Notified(ctx context.Context, header http.Header, body []byte) (Notice, error)
}

// Notice is what a callback speaks of, and how to answer it.
type Notice struct {
	ID         string // of the callback, for telling repetitions apart
	OutTradeNo string
	RefundNo   string // empty if it is about a payment
	Status     int    // the HTTP answer to give
	Answer     []byte
	AnswerType string // its Content-Type
}
