package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"syscall"
)

// Transport answers in process, without a socket or a goroutine, so that a
// synctest bubble can hold till and platforms together. Lost connections come
// back as the errors that a real one gives, and httptrace hooks are called, for
// callers that tell "never sent" from "no answer" by them.
func (s *Sandbox) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Sandbox }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		defer req.Body.Close()
		var err error
		if body, err = io.ReadAll(io.LimitReader(req.Body, maxBody+1)); err != nil {
			return nil, err
		}
	}
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := t.connect(req); err != nil {
		return nil, err
	}
	r := t.s.answer(&exchange{method: req.Method, uri: req.URL.RequestURI(), header: req.Header.Clone(), body: body, host: req.URL.Host})
	if r.delay > 0 {
		if err := t.s.cfg.Wait(ctx, r.delay); err != nil {
			return nil, err
		}
		if t.s.faults.networkDown() {
			r.fate = torn
		}
	}
	return r.response(req)
}

func (t transport) connect(req *http.Request) error {
	trace := httptrace.ContextClientTrace(req.Context())
	if trace == nil {
		trace = &httptrace.ClientTrace{}
	}
	if t.s.faults.networkDown() {
		err := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		if trace.ConnectStart != nil {
			trace.ConnectStart("tcp", req.URL.Host)
		}
		if trace.ConnectDone != nil {
			trace.ConnectDone("tcp", req.URL.Host, err)
		}
		return err
	}
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	return nil
}

func (r reply) response(req *http.Request) (*http.Response, error) {
	body := io.Reader(bytes.NewReader(r.body))
	switch r.fate {
	case cut:
		return nil, io.ErrUnexpectedEOF
	case torn:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	case halved:
		body = io.MultiReader(bytes.NewReader(r.body[:len(r.body)/2]), brokenReader{})
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)),
		StatusCode:    r.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        r.header,
		Body:          io.NopCloser(body),
		ContentLength: int64(len(r.body)),
		Request:       req,
	}, nil
}

// brokenReader is the rest of a body whose connection died.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
