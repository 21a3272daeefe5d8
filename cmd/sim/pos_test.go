package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tillpay/agent"
	"tillpay/agent/httpapi"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
)

// pos is how a POS program reaches the till: in some worlds by the till's own
// methods, in others over HTTP.
type pos interface {
	open(n agent.NewSale) (*agent.Sale, error)
	sale(id string) (*agent.Sale, error)
	scan(id, code string) error
	prepare(id string, o agent.NewOrder) (*agent.Prepared, error)
	check(id string) error
	cancel(id string) error
	capture(id string, amount int64) error
	release(id string) error
	refund(id string, n agent.NewRefund) error
	reprint(id string) error
}

// refused is what the till says no with, under the API's own word.
type refused string

func (r refused) Error() string { return "the till says " + string(r) }

// again are the refusals after which a POS program asks once more.
func again(err error) bool {
	var r refused
	return err != nil && (!errors.As(err, &r) || r == "storage" || r == "internal" || r == "offline")
}

func is(err error, code refused) bool {
	var r refused
	return errors.As(err, &r) && r == code
}

// methods are the till's own. What holds its caller up ends with the process.
type methods struct {
	*agent.Till
	alive context.Context
}

func (m methods) open(n agent.NewSale) (*agent.Sale, error) {
	v, _, err := m.Open(context.Background(), n)
	return v, word(err)
}

func (m methods) sale(id string) (*agent.Sale, error) {
	v, err := m.Sale(context.Background(), id)
	return v, word(err)
}

func (m methods) scan(id, code string) error {
	_, err := m.Scan(context.Background(), id, code)
	return word(err)
}

func (m methods) prepare(id string, o agent.NewOrder) (*agent.Prepared, error) {
	p, err := m.Prepare(m.alive, id, o)
	return p, word(err)
}

func (m methods) check(id string) error {
	_, err := m.Check(context.Background(), id)
	return word(err)
}

func (m methods) cancel(id string) error {
	_, err := m.Cancel(context.Background(), id, "anna")
	return word(err)
}

func (m methods) capture(id string, amount int64) error {
	_, err := m.Capture(context.Background(), id, amount, "pos")
	return word(err)
}

func (m methods) release(id string) error {
	_, err := m.Release(context.Background(), id, "pos")
	return word(err)
}

func (m methods) refund(id string, n agent.NewRefund) error {
	_, _, err := m.Refund(context.Background(), id, n, "pos")
	return word(err)
}

func (m methods) reprint(id string) error {
	_, err := m.Reprint(context.Background(), id, 1, "anna")
	return word(err)
}

// word is an error of the till's methods by the name that the API's document
// gives it.
func word(err error) error {
	var refusal *agent.Refusal
	var invalid *agent.Invalid
	var much *payment.RefundTooMuch
	var late *payment.RefundTooLate
	var capture *payment.CaptureTooMuch
	var settled *payment.Settled
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return refused(refusal.Code)
	case errors.As(err, &invalid):
		return refused("invalid_value")
	case errors.As(err, &much):
		return refused("refund_too_large")
	case errors.As(err, &late):
		return refused("refund_too_late")
	case errors.As(err, &capture):
		return refused("capture_too_large")
	case errors.As(err, &settled):
		return refused("deposit_settled")
	}
	for known, code := range map[error]refused{ledger.ErrConflict: "reference_conflict", ledger.ErrNotFound: "not_found", payment.ErrSaleOver: "sale_paid",
		payment.ErrHeld: "sale_held", payment.ErrBusy: "payment_under_way", payment.ErrNotPaid: "sale_not_paid", payment.ErrNotHeld: "deposit_not_held", agent.ErrNoReceipt: "no_receipt"} {
		if errors.Is(err, known) {
			return code
		}
	}
	return err
}

// wire is the loopback between one run of the till and its POS: the till's real
// server on one side, net/http's client on the other. It ends with the process.
type wire struct {
	newcomers chan net.Conn
	gone      chan struct{}
	once      sync.Once
	client    http.Client

	mu    sync.Mutex
	conns []net.Conn
}

const (
	tillAddress = "127.0.0.1:7313"
	posToken    = "a token of the POS's"
	// onTheWire is what an answer takes: a POS that hangs up loses it.
	onTheWire = 300 * time.Microsecond
)

// listen serves the run's till until ctx ends.
func (r *run) listen(ctx context.Context, log *slog.Logger) {
	r.wire = &wire{newcomers: make(chan net.Conn), gone: make(chan struct{})}
	r.wire.client.Transport = &http.Transport{DialContext: r.wire.dial, DisableCompression: true}
	api := httpapi.New(httpapi.Config{Till: r.till, Token: posToken, Addr: tillAddress, Log: log, Now: r.w.clock.now})
	go func() { r.served <- httpapi.Serve(ctx, r.wire, api) }()
}

func (l *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, tills := net.Pipe()
	select {
	case l.newcomers <- slowly{tills}:
	case <-l.gone:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, ours, tills)
	return ours, nil
}

func (l *wire) Accept() (net.Conn, error) {
	select {
	case c := <-l.newcomers:
		return c, nil
	case <-l.gone:
		return nil, net.ErrClosed
	}
}

func (l *wire) Close() error {
	l.once.Do(func() { close(l.gone) })
	return nil
}

func (l *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7313} }

// cut ends every connection, as a process does that dies.
func (l *wire) cut() {
	l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.conns {
		c.Close()
	}
}

// slowly is the till's end of a connection.
type slowly struct{ net.Conn }

func (c slowly) Write(b []byte) (int, error) {
	time.Sleep(onTheWire)
	return c.Conn.Write(b)
}

// overHTTP is a POS that knows the API's document and nothing else.
type overHTTP struct {
	r *run
	// hangsUp is when it loses patience with every call; 0: it waits.
	hangsUp time.Duration
}

// call asks, and reads the answer into what into points to.
func (h overHTTP) call(method, path string, body, into any) error {
	ctx := context.Background()
	if h.hangsUp > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, h.hangsUp)
		defer stop()
	}
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+tillAddress+"/v1/sales"+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+posToken)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := h.r.wire.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	h.r.w.checked("R16 an answer over HTTP")
	if res.StatusCode >= 300 {
		var problem struct{ Code refused }
		if err := json.Unmarshal(answer, &problem); err != nil || problem.Code == "" || res.Header.Get("Content-Type") != "application/problem+json" {
			h.r.w.fail("%s %s is answered %d, and not as a problem: %s", method, path, res.StatusCode, answer)
		}
		return problem.Code
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func at(id, call string) string { return strings.TrimSuffix("/"+url.PathEscape(id)+"/"+call, "/") }

func (h overHTTP) open(n agent.NewSale) (v *agent.Sale, err error) {
	err = h.call("POST", "", n, &v)
	return v, err
}

func (h overHTTP) sale(id string) (v *agent.Sale, err error) {
	err = h.call("GET", at(id, ""), nil, &v)
	return v, err
}

func (h overHTTP) scan(id, code string) error {
	return h.call("POST", at(id, "scan"), map[string]string{"code": code}, nil)
}

func (h overHTTP) prepare(id string, o agent.NewOrder) (p *agent.Prepared, err error) {
	err = h.call("POST", at(id, "prepare"), o, &p)
	return p, err
}

func (h overHTTP) check(id string) error { return h.call("POST", at(id, "check"), nil, nil) }

func (h overHTTP) cancel(id string) error { return h.call("POST", at(id, "cancel"), nil, nil) }

func (h overHTTP) capture(id string, amount int64) error {
	return h.call("POST", at(id, "capture"), map[string]int64{"amount": amount}, nil)
}

func (h overHTTP) release(id string) error { return h.call("POST", at(id, "release"), nil, nil) }

func (h overHTTP) refund(id string, n agent.NewRefund) error {
	return h.call("POST", at(id, "refunds"), n, nil)
}

func (h overHTTP) reprint(id string) error {
	return h.call("POST", at(id, "reprint"), map[string]int{"copy": 1}, nil)
}
