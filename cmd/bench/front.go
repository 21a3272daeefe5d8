package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"tillpay/channels/sandbox"
)

const (
	payPath   = "/v3/global/micropay/transactions/pay"
	floorPath = "/floor" // answered at once: nobody's books are asked
)

// front is the platform's edge: TLS in front of the sandbox's books, which notes
// when the first byte of a request is read.
type front struct {
	addr     string
	ca       []byte // PEM
	roots    *x509.CertPool
	box      *sandbox.Sandbox
	arrivals chan time.Time // of pays and of floor requests
	server   *http.Server
	ended    chan error
}

func openFront(now func() time.Time) (*front, error) {
	box, err := sandbox.New(sandbox.Config{Now: now})
	if err != nil {
		return nil, err
	}
	f := &front{box: box, roots: x509.NewCertPool(), arrivals: make(chan time.Time, 16), ended: make(chan error, 1)}
	pair, err := f.certificate()
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f.addr = ln.Addr().String()
	f.server = &http.Server{
		Handler: f, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, edgeKey{}, c) },
	}
	secure := edgeListener{ln, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}}
	go func() { f.ended <- f.server.Serve(secure) }()
	return f, nil
}

func (f *front) close() error {
	err := f.server.Close()
	if ended := <-f.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// certificate is an ECDSA one: a cold handshake with it is cheaper than with
// RSA, which favours those who dial cold.
func (f *front) certificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tillpay bench"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	f.roots.AddCert(cert)
	f.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	edge, ok := r.Context().Value(edgeKey{}).(*edgeConn)
	if ok && (r.URL.Path == payPath || r.URL.Path == floorPath) {
		select {
		case f.arrivals <- *edge.first.Load():
		default: // nobody measures
		}
	}
	if r.URL.Path == floorPath {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"trade_state":"SUCCESS"}`)
		return
	}
	resp, err := f.box.Transport().RoundTrip(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	maps.Copy(w.Header(), resp.Header)
	w.Header().Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body)
}

// arrived is when the next request's first byte was read here.
func (f *front) arrived(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	select {
	case at := <-f.arrivals:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, errors.New("no request arrived at the platform")
	}
}

// forget drops arrivals that nobody asked for.
func (f *front) forget() {
	for {
		select {
		case <-f.arrivals:
		default:
			return
		}
	}
}

type edgeKey struct{}

// edgeListener wraps connections above TLS: what is read there are the bytes of
// requests, and no handshake.
type edgeListener struct {
	net.Listener
	config *tls.Config
}

func (l edgeListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	e := &edgeConn{Conn: tls.Server(c, l.config)}
	e.idle.Store(true)
	return e, nil
}

// edgeConn notes when a request begins: the first read after an answer.
type edgeConn struct {
	net.Conn
	idle  atomic.Bool
	first atomic.Pointer[time.Time]
}

func (c *edgeConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.idle.Swap(false) {
		now := time.Now()
		c.first.Store(&now)
	}
	return n, err
}

func (c *edgeConn) Write(b []byte) (int, error) {
	c.idle.Store(true)
	return c.Conn.Write(b)
}
