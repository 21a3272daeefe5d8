package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Serve answers the platforms' calls over TLS on platform, and the control API
// as plain JSON on control, which may be nil, until ctx ends. It closes both
// and then returns nil.
func (s *Sandbox) Serve(ctx context.Context, platform, control net.Listener) error {
	g := newGate(s, platform)
	defer s.removeGate(g)
	// HTTP/1.1 alone: cutting one answer must not cut its neighbours.
	secure := tls.NewListener(g, &tls.Config{
		Certificates: []tls.Certificate{s.tls}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		ClientAuth: tls.RequestClientCert, // who must show one is each platform's own rule
	})
	servers := []*http.Server{newServer(http.HandlerFunc(s.serveExchange))}
	listeners := []net.Listener{secure}
	if control != nil {
		servers = append(servers, newServer(s.controlHandler()))
		listeners = append(listeners, control)
	}
	ended := make(chan error, len(servers))
	for i, srv := range servers {
		go func() { ended <- srv.Serve(listeners[i]) }()
	}
	var err error
	running := len(servers)
	select {
	case <-ctx.Done():
	case err = <-ended:
		running--
	}
	for _, srv := range servers {
		err = errors.Join(err, srv.Close())
	}
	for ; running > 0; running-- {
		<-ended
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		// Handshakes that fail and connections that we cut are the business of a
		// sandbox, not news.
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

func (s *Sandbox) serveExchange(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return // the client went away before its request was whole
	}
	rep := s.answer(&exchange{method: r.Method, uri: r.RequestURI, header: r.Header, body: body, host: r.Host, tls: r.TLS})
	if rep.delay > 0 && s.cfg.Wait(r.Context(), rep.delay) != nil {
		return
	}
	switch rep.fate {
	case cut:
		panic(http.ErrAbortHandler)
	case torn:
		reset(w)
		return
	}
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	if rep.status == http.StatusNoContent {
		w.WriteHeader(rep.status)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(rep.body)))
	w.WriteHeader(rep.status)
	if rep.fate == halved {
		w.Write(rep.body[:len(rep.body)/2])
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(rep.body)
}

// reset ends a connection with RST in the place of an orderly close.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if c, ok := conn.(*tls.Conn); ok {
		conn = c.NetConn()
	}
	if c, ok := conn.(*gatedConn); ok {
		if tcp, ok := c.Conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	}
	conn.Close()
}
