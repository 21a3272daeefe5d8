package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// dial connects to addr and completes a verified TLS handshake.
func (p *pool) dial(ctx context.Context, addr string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	tcp, err := p.reach(ctx, name, addr)
	if err != nil {
		return nil, err
	}
	return p.secure(ctx, tcp, name, p.ours)
}

// roots are the certificates to trust; nil is the system's.
func (cfg Config) roots() *x509.CertPool {
	if cfg.Roots != nil || len(cfg.MoreRoots) == 0 {
		return cfg.Roots
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a machine without a store still has these
	}
	roots.AppendCertsFromPEM(cfg.MoreRoots)
	return roots
}

// secure is TLS 1.2 or newer, always verified; there is no way to ask for less.
func (p *pool) secure(ctx context.Context, tcp net.Conn, name string, ours []tls.Certificate) (net.Conn, error) {
	c := tls.Client(tcp, &tls.Config{
		ServerName:         name,
		RootCAs:            p.roots(),
		Certificates:       ours,
		MinVersion:         tls.VersionTLS12,
		NextProtos:         []string{"http/1.1"},
		ClientSessionCache: p.sessions,
	})
	if err := c.HandshakeContext(ctx); err != nil {
		tcp.Close()
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c, nil
}

// reach opens the way to addr: straight, or through the environment's proxy.
// The machine's own addresses are never asked of a proxy.
func (p *pool) reach(ctx context.Context, name, addr string) (net.Conn, error) {
	var via *url.URL
	if !Loopback(name) {
		var err error
		via, err = p.proxy(&http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: addr}})
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
	}
	if via == nil {
		return p.dialTCP(ctx, "tcp", addr)
	}
	port := via.Port()
	switch {
	case via.Scheme != "http" && via.Scheme != "https":
		return nil, fmt.Errorf("proxy: %q proxies are not supported, http and https are", via.Scheme)
	case port == "" && via.Scheme == "https":
		port = "443"
	case port == "":
		port = "80"
	}
	tcp, err := p.dialTCP(ctx, "tcp", net.JoinHostPort(via.Hostname(), port))
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	if via.Scheme == "https" {
		if tcp, err = p.secure(ctx, tcp, via.Hostname(), nil); err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
	}
	if err := tunnel(ctx, tcp, addr, via.User); err != nil {
		tcp.Close()
		return nil, fmt.Errorf("proxy: %w", err)
	}
	return tcp, nil
}

// tunnel asks a proxy for a way through to addr (RFC 9110 §9.3.6).
func tunnel(ctx context.Context, c net.Conn, addr string, user *url.Userinfo) error {
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	head := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n"
	if user != nil {
		pass, _ := user.Password()
		head += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+pass)) + "\r\n"
	}
	if _, err := io.WriteString(c, head+"\r\n"); err != nil {
		return because(ctx, err)
	}
	// A byte at a time: what follows the proxy's answer belongs to TLS. The
	// bound is for a proxy that never stops talking.
	answer := bufio.NewReaderSize(io.LimitReader(single{c}, 16<<10), 16)
	resp, err := http.ReadResponse(answer, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return because(ctx, fmt.Errorf("answer: %w", err))
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d to CONNECT", resp.StatusCode)
	}
	if answer.Buffered() > 0 {
		return errors.New("spoke out of turn")
	}
	if !stop() {
		return ctx.Err()
	}
	return nil
}

// because prefers the reason for which ctx ended over the broken I/O it caused.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// single reads one byte at a time, so that nothing is read ahead.
type single struct{ io.Reader }

func (s single) Read(b []byte) (int, error) {
	if len(b) > 1 {
		b = b[:1]
	}
	return s.Reader.Read(b)
}
