package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"syscall"
	"time"
)

// network stands between the drivers of one run of the till and the platforms.
// Requests of a process that died may still arrive: they are the world's, not
// the process's.
type network struct {
	w    *world
	run  *run
	door front
}

// fate is what becomes of one exchange.
type fate struct {
	f           fault
	there, back time.Duration // on the way
	again       time.Duration // the request arrives once more, so much later
}

func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	w := n.w
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req.Body.Close()
	}
	if n.run.dead() {
		return nil, syscall.ECONNRESET
	}
	c, err := n.door.read(req, body, time.Now())
	clockWrong := errors.Is(err, errClock)
	if err != nil && !clockWrong {
		w.fail("a driver sent what its platform cannot read: %v", err)
		return nil, err
	}
	who := w.identify(n.run, &c)
	nth := w.exchange(who, c.kind)
	if w.downNow() && c.kind != "" {
		w.met(who.sale, outage)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}
	}
	fate := n.fate(who, c.kind, nth)
	w.say(who, string(c.kind), nth, string(fate.f))
	if fate.f == netRefused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	trace(req)
	if c.kind == pay {
		w.paying(n.run, who, c)
	}
	return n.carry(req, c, who, nth, fate, clockWrong)
}

// Warm connects, and sends nothing.
func (n *network) Warm(ctx context.Context) error {
	err := wait(ctx, n.run, 20*time.Millisecond, nil)
	if err == nil && n.w.downNow() {
		err = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}
	}
	return err
}

// carry takes the request there and the answer back. What it waits for are its
// caller's patience, the process's life, and the answer.
func (n *network) carry(req *http.Request, c call, who name, nth int, fate fate, clockWrong bool) (*http.Response, error) {
	w := n.w
	if clockWrong {
		w.met(who.sale, platformClock)
	}
	arrive := func() answer {
		if clockWrong {
			return answer{verdict: isClock}
		}
		return w.book(n.door, c, who, nth, fate.f)
	}
	left := time.Now()
	if fate.again > 0 {
		time.AfterFunc(fate.there+fate.again, func() { arrive() })
	}
	switch fate.f {
	case crashSent: // a moment behind whoever asked for this
		time.AfterFunc(fate.there/2, func() { n.run.crash(crashSent) })
	case netLost:
		return nil, wait(req.Context(), n.run, time.Hour, io.ErrUnexpectedEOF)
	case netReset:
		return nil, wait(req.Context(), n.run, fate.there, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET})
	}
	if err := wait(req.Context(), n.run, fate.there, nil); err != nil {
		time.AfterFunc(fate.there-time.Since(left), func() { arrive() }) // it is on its way
		return nil, err
	}
	a := arrive()
	switch fate.f {
	case crashBooked:
		n.run.crash(crashBooked)
		return nil, syscall.ECONNRESET
	case netNoAnswer:
		<-either(req.Context(), n.run)
		return nil, io.ErrUnexpectedEOF
	case netTorn:
		return nil, wait(req.Context(), n.run, fate.back, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET})
	}
	if err := wait(req.Context(), n.run, fate.back, nil); err != nil {
		return nil, err
	}
	r := n.answer(c, a, fate.f)
	w.say(who, string(a.verdict)+a.o.state, nth, "")
	return r.response(req, fate.f == netHalf), nil
}

// answer puts what the bank said into the protocol's words, as truly as the
// fault lets it.
func (n *network) answer(c call, a answer, f fault) reply {
	now := n.w.platformNow()
	switch f {
	case netHTML:
		return portal
	case netEmpty:
		return textReply(http.StatusNoContent, "text/plain", "")
	case platform5xx, platform5xxOK:
		return textReply(http.StatusBadGateway, "text/html", "<html>502 Bad Gateway</html>")
	case forgedOther, forgedOld:
		if old, ok := n.w.recorded(n.door, c, f); ok {
			return old
		}
	}
	r := n.door.write(c, a, f, now)
	n.w.record(n.door, c, a, r)
	return r
}

// fate draws what becomes of an exchange.
func (n *network) fate(who name, k kind, nth int) fate {
	d := throw(n.w.seed, aboutExchange, who.sale, who.try, who.order, who.part, len(k), nth)
	x := fate{there: d.between(2*time.Millisecond, 90*time.Millisecond), back: d.between(2*time.Millisecond, 90*time.Millisecond)}
	p := 0.03
	if k == pay {
		p = 0.08
	}
	if !n.w.troubled() || !d.chance(p**trouble) {
		return x
	}
	menu := []fault{netRefused, netLost, netReset, netLate, netTwice, netNoAnswer, netTorn, netSlow, netHTML, netHalf, netEmpty,
		platform5xx, platform5xxOK, platformBusy, wrongAmount, wrongOrder, forgedOther, crashSent, crashBooked}
	if n.door.signs() {
		menu = append(menu, forgedPaid, forgedNaked, forgedTamper, forgedOld, forgedNo, forgedNo)
	}
	if k == pay {
		menu = append(menu, netLate, netLate)
	}
	menu = append(menu, clockBack, clock1970, clockDay)
	x.f = menu[d.pick(len(menu))]
	if by, ok := ahead[x.f]; ok { // somebody sets the clock while the till waits for its next step
		time.AfterFunc(d.between(200*time.Millisecond, 2500*time.Millisecond), func() {
			if n.w.troubled() {
				n.w.met(0, x.f)
				n.w.clock.set(by)
			}
		})
		return x
	}
	switch x.f {
	case netLate:
		x.there = d.between(8*time.Second, 55*time.Second)
	case netTwice:
		x.again = d.between(time.Millisecond, 40*time.Second)
	case netSlow:
		x.back = d.between(2*time.Second, 12*time.Second)
	}
	n.w.met(who.sale, x.f)
	return x
}

// trace tells the driver's transport that bytes may have left.
func trace(req *http.Request) {
	t := httptrace.ContextClientTrace(req.Context())
	if t == nil {
		return
	}
	if t.GotConn != nil {
		t.GotConn(httptrace.GotConnInfo{})
	}
	if t.WroteRequest != nil {
		t.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

func either(ctx context.Context, r *run) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
		case <-r.gone:
		}
		close(done)
	}()
	return done
}

// wait lets d pass and answers err, or what came in between.
func wait(ctx context.Context, r *run, d time.Duration, err error) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-r.gone:
		return syscall.ECONNRESET
	}
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (r reply) response(req *http.Request, half bool) *http.Response {
	body := io.Reader(bytes.NewReader(r.body))
	if half {
		body = io.MultiReader(bytes.NewReader(r.body[:len(r.body)/2]), cutOff{})
	}
	return &http.Response{StatusCode: r.status, Header: r.header, Body: io.NopCloser(body), ContentLength: int64(len(r.body)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req}
}
