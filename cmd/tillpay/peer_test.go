package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// road is the way from the till to the platform: a relay whose far end a test may
// change for whatever else answers in shops. What a till says to a stranger is kept.
type road struct {
	t      *testing.T
	ln     net.Listener
	honest string // the platform's own address

	mu    sync.Mutex
	far   func(net.Conn) // nil: the platform
	open  map[net.Conn]bool
	heard bytes.Buffer // by strangers, in the clear
}

func openRoad(t *testing.T, honest string) *road {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &road{t: t, ln: ln, honest: honest, open: map[net.Conn]bool{}}
	t.Cleanup(func() { ln.Close(); r.leadTo(nil) })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.open[conn] = true
			far := r.far
			r.mu.Unlock()
			go func() {
				defer r.close(conn)
				if far == nil {
					far = r.relay
				}
				far(conn)
			}()
		}
	}()
	return r
}

// leadTo changes where the road leads, and ends what is on it.
func (r *road) leadTo(far func(net.Conn)) {
	r.mu.Lock()
	r.far = far
	var cut []net.Conn
	for c := range r.open {
		cut = append(cut, c)
	}
	r.mu.Unlock()
	for _, c := range cut {
		r.close(c)
	}
}

func (r *road) close(c net.Conn) {
	r.mu.Lock()
	delete(r.open, c)
	r.mu.Unlock()
	c.Close()
}

func (r *road) relay(near net.Conn) {
	far, err := net.Dial("tcp", r.honest)
	if err != nil {
		return
	}
	defer far.Close()
	go func() { _, _ = io.Copy(near, far); near.Close() }()
	_, _ = io.Copy(far, near)
}

func (r *road) hear(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard.Write(b)
}

func (r *road) overheard() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.heard.Bytes())
}

// refuse is nobody there.
func refuse(*road) func(net.Conn) {
	return func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }
}

// hole takes everything and gives nothing.
func hole(r *road) func(net.Conn) {
	return func(c net.Conn) { r.listen(c) }
}

// listen keeps what comes until the other side goes.
func (r *road) listen(c net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		r.hear(buf[:n])
		if err != nil {
			return
		}
	}
}

// drip relays a byte at a time, too slow for any answer.
func drip(r *road) func(net.Conn) {
	return func(near net.Conn) {
		far, err := net.Dial("tcp", r.honest)
		if err != nil {
			return
		}
		defer far.Close()
		go func() { _, _ = io.Copy(far, near); far.Close() }()
		var b [1]byte
		for {
			if _, err := far.Read(b[:]); err != nil {
				return
			}
			time.Sleep(200 * time.Millisecond)
			if _, err := near.Write(b[:]); err != nil {
				return
			}
		}
	}
}

// portal is a hotel's or a shopping mall's log-in page, over plain HTTP.
func portal(answer string) func(*road) func(net.Conn) {
	return func(r *road) func(net.Conn) {
		return func(c net.Conn) {
			buf := make([]byte, 4096)
			n, _ := c.Read(buf)
			r.hear(buf[:n])
			_, _ = io.WriteString(c, answer)
			r.listen(c)
		}
	}
}

// impostor completes TLS as far as the till lets it, and would read a request.
func impostor(cfg *tls.Config) func(*road) func(net.Conn) {
	return func(r *road) func(net.Conn) {
		return func(c net.Conn) {
			s := tls.Server(c, cfg)
			if s.Handshake() == nil {
				r.listen(s)
			}
		}
	}
}

// papers are certificates for the impostors.
type papers struct {
	t    *testing.T
	ca   *x509.Certificate
	sign crypto.Signer
}

// platformCA is the sandbox's own authority, with its key: what a till trusts.
func platformCA(t *testing.T, dir string) papers {
	t.Helper()
	read := func(path string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(b)
		return block.Bytes
	}
	ca, err := x509.ParseCertificate(read("keys/sandbox-ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(read("ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	return papers{t, ca, key.(crypto.Signer)}
}

// otherCA is the authority of a box that breaks TLS open, which no till trusts.
func otherCA(t *testing.T) papers {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Shop Security Box"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	return papers{t, ca, key}
}

// issue makes a server's certificate; change makes it a wrong one.
func (p papers) issue(change func(*x509.Certificate)) *tls.Config {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if change != nil {
		change(leaf)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, p.ca, key.Public(), p.sign)
	if err != nil {
		p.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS10}
}
