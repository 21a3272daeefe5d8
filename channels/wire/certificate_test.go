package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// ours is httptest's certificate: any will do.
func ours(t *testing.T) *tls.Certificate {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	c := s.TLS.Certificates[0]
	c.Leaf = s.Certificate()
	return &c
}

// The certificate is shown to the platform behind a proxy, and not to the proxy.
func TestCertificate(t *testing.T) {
	var platform, proxy int
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		platform = len(r.TLS.PeerCertificates)
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	defer s.Close()
	via := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy = len(r.TLS.PeerCertificates)
		there, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go io.Copy(there, here)
		io.Copy(here, there)
		here.Close()
	}))
	via.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	via.StartTLS()
	defer via.Close()

	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	for _, v := range []struct {
		shown *tls.Certificate
		want  int
	}{{nil, 0}, {ours(t), 1}} {
		c := newClient(t, Config{
			Endpoint: "https://example.com", // what httptest's certificate is for
			Roots:    roots, Certificate: v.shown,
			Proxy: func(*http.Request) (*url.URL, error) { return url.Parse(via.URL) },
		})
		platform, proxy = -1, -1
		if _, err := c.Do(context.Background(), post); err != nil {
			t.Fatal(err)
		}
		if platform != v.want || proxy != 0 {
			t.Errorf("the platform saw %d certificates, want %d; the proxy %d", platform, v.want, proxy)
		}
		c.Close()
	}
}

// A simulator sees on the request what a connection would have shown.
func TestCertificateInSimulator(t *testing.T) {
	for _, shown := range []*tls.Certificate{nil, ours(t)} {
		var seen *tls.ConnectionState
		c := newClient(t, Config{Endpoint: "https://platform.invalid", Certificate: shown, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			seen = r.TLS
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}, nil
		})})
		if _, err := c.Do(context.Background(), post); err != nil {
			t.Fatal(err)
		}
		if (seen != nil) != (shown != nil) || shown != nil && !seen.PeerCertificates[0].Equal(shown.Leaf) {
			t.Errorf("it saw %v", seen)
		}
	}
}
