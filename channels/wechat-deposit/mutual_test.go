package wechatdeposit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"tillpay/channels"
)

// Over real TLS: reverse, consume and refund show the provider's certificate,
// the other calls none, and a till without it learns that it is not set up.
func TestClientCertificate(t *testing.T) {
	var mu sync.Mutex
	shown := map[string]int{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		shown[r.URL.Path] = len(r.TLS.PeerCertificates)
		mu.Unlock()
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, hmacOf(doc()))
	}))
	cert, _ := keyPair()
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM([]byte(cert))
	s.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: trusted, Time: at(testTime + 1)}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()

	dir := t.TempDir()
	cfg := config(t, dir)
	write(t, dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})), 0o644)
	cfg.Endpoint, cfg.CAFile = s.URL, "ca.pem"
	made, err := New(settingsOf(cfg, dir, channels.Env{Now: time.Now}))
	if err != nil {
		t.Fatal(err)
	}
	c := made.(*Channel)
	defer c.Close()
	if err := c.Warm(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		if r := ask(c, k); r.Outcome == channels.NotSent {
			t.Errorf("%s: %+v", k.path(), r)
		}
		want := 0
		if k.mutual() {
			want = 1
		}
		if got, ok := shown[k.path()]; !ok || got != want {
			t.Errorf("%s: showed %d certificates (%v)", k.path(), got, ok)
		}
	}
	if err := c.ProveCertificate(context.Background()); err != nil {
		t.Error(err)
	}
}
