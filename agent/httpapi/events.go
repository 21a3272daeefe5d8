package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tillpay/agent"
)

// events is a stream that a client resumes with the last number it saw.
func (a *API) events(w http.ResponseWriter, r *http.Request) error {
	ctx, stop := a.untilStopped(r.Context())
	defer stop()
	seq, err := a.resume(r)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	s := stream{w, http.NewResponseController(w)}
	defer patient(w) // for the next request on this connection

	// The first line says that the stream listens: notices are not repeated.
	line := "retry: 2000\n: hello\n\n"
	err = a.Till.Events(ctx, seq, s.event, func() error {
		defer func() { line = ": still here\n\n" }()
		return s.write([]byte(line))
	})
	if err != nil && ctx.Err() == nil && !isGone(err) {
		a.Log.Error("event stream broke", "error", err)
	}
	return nil
}

// resume is the number to go on from. It is settled before the first byte is
// answered, so that what a client does once it hears us is in its stream.
func (a *API) resume(r *http.Request) (int64, error) {
	q, err := query(r, "last_event_id")
	if err != nil {
		return 0, err
	}
	last, err := a.Till.DB.LastSeq(r.Context())
	if err != nil {
		return 0, err
	}
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = q.Get("last_event_id")
	}
	if text == "" {
		return last, nil
	}
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seq < 0 {
		return 0, refuseField("invalid_parameter", "last_event_id", "must be the id of an event")
	}
	return min(seq, last), nil // a number of another ledger's must not make us mute
}

// stream writes server-sent events, each at once.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s stream) event(e agent.Event) error {
	var b bytes.Buffer
	if e.Seq > 0 {
		fmt.Fprintf(&b, "id: %d\n", e.Seq)
	}
	fmt.Fprintf(&b, "event: %s\n", e.Topic)
	for line := range bytes.Lines(e.Data) {
		fmt.Fprintf(&b, "data: %s\n", bytes.TrimRight(line, "\r\n"))
	}
	b.WriteByte('\n')
	return s.write(b.Bytes())
}

// gone is a listener who takes nothing more.
type gone struct{ error }

func isGone(err error) bool {
	_, ok := err.(gone)
	return ok
}

func (s stream) write(b []byte) error {
	s.control.SetWriteDeadline(time.Now().Add(answerTime))
	if _, err := s.w.Write(b); err != nil {
		return gone{err}
	}
	if err := s.control.Flush(); err != nil {
		return gone{err}
	}
	return nil
}

type servingKey struct{}

// untilStopped is a request's context, ended also when the server stops: who
// waits for news is then told to come back.
func (a *API) untilStopped(of context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(of)
	if serving, ok := ctx.Value(servingKey{}).(context.Context); ok {
		stop := context.AfterFunc(serving, cancel)
		return ctx, func() { stop(); cancel() }
	}
	return ctx, cancel
}
