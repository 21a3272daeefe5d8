package wire

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// exchange sends req and reads its answer. From the moment a connection is
// handed to it, bytes may have left, and no error of its own is NotSent.
func (c *Client) exchange(ctx context.Context, h host, req *http.Request, r Request) (*Response, *Error) {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	use := &usage{pool: c.pool}
	req = req.WithContext(httptrace.WithClientTrace(ctx, use.trace()))

	resp := &Response{Host: h.name, Sent: c.now()}
	answered := c.overdue(h)
	answer, err := c.rt.RoundTrip(req)
	if err != nil {
		answered(false)
		e := &Error{Op: "exchange", Host: h.name, NotSent: c.neverLeft(use, err), Err: err}
		c.note(ctx, r, resp, e)
		return nil, e
	}
	defer answer.Body.Close()
	resp.Status, resp.Header = answer.StatusCode, answer.Header
	resp.Body, err = readBody(answer, r.MaxBody)
	resp.Received = c.now()
	answered(err == nil)
	if err != nil {
		e := &Error{Op: "answer", Host: h.name, Err: err}
		c.note(ctx, r, resp, e)
		return nil, e
	}
	c.note(ctx, r, resp, nil)
	return resp, nil
}

// overdue doubts the way to h once its answer takes long. What it returns is told
// whether one came: that ends the doubt, and its lack begins one.
func (c *Client) overdue(h host) (answered func(bool)) {
	if c.pool == nil {
		return func(bool) {}
	}
	addr := h.addr()
	timer := time.AfterFunc(hangs, func() { c.pool.doubt(addr, true) })
	return func(came bool) {
		timer.Stop()
		c.pool.doubt(addr, !came)
	}
}

// neverLeft is whether a failed RoundTrip surely sent nothing: our own
// transport never handed it a connection, or a foreign one says so.
func (c *Client) neverLeft(use *usage, err error) bool {
	if use.got.Load() {
		return false
	}
	return c.pool != nil || dialFailed(err)
}

// note logs one line an exchange: never a body, a header or a query.
func (c *Client) note(ctx context.Context, r Request, resp *Response, e *Error) {
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	path, _, _ := strings.Cut(r.Target, "?")
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", path), slog.String("host", resp.Host),
		slog.Int("status", resp.Status), slog.Duration("took", c.now().Sub(resp.Sent)),
	}
	if c.idName != "" && resp.Header != nil {
		attrs = append(attrs, slog.String("request_id", clip(resp.Header.Get(c.idName), 64)))
	}
	if e != nil {
		attrs = append(attrs, slog.Bool("not_sent", e.NotSent), slog.String("error", e.Error()))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "exchange", attrs...)
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// readBody reads an answer whole, undoing gzip if that is how it came (we do
// not ask for it unless a caller does), and never more than limit bytes.
func readBody(answer *http.Response, limit int64) ([]byte, error) {
	if limit <= 0 {
		limit = DefaultMaxBody
	}
	var from io.Reader = answer.Body
	switch strings.ToLower(answer.Header.Get("Content-Encoding")) {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(io.LimitReader(answer.Body, limit))
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		from = z
	default:
		return nil, errors.New("content encoding: not one that was asked for")
	}
	data, err := io.ReadAll(io.LimitReader(from, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, ErrTooLarge
	}
	return data, nil
}

// usage follows one request's connection through the transport.
type usage struct {
	pool *pool
	got  atomic.Bool
	conn atomic.Pointer[conn]
}

func (u *usage) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			u.got.Store(true)
			if k, ok := info.Conn.(*conn); ok {
				u.conn.Store(k)
				k.pool.taken(k, u)
			}
		},
		PutIdleConn: func(err error) {
			if k := u.conn.Load(); k != nil && err == nil {
				k.pool.put(k, u)
			}
		},
	}
}
