package fubei

import (
	"bytes"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tillpay/channels"
)

// Half of what a reply is worth is that its host is the gateway's own (§3): one
// whose certificate nobody vouches for is sent nothing at all.
func TestOnlyTheGatewaysOwnHost(t *testing.T) {
	asked := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path != "/gateway" || r.Method != http.MethodPost {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		if r.ContentLength <= 0 {
			t.Error("sent without its length")
		}
		_, _ = w.Write([]byte(done(state("SUCCESS"))))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it is meant to be refused once
	server.StartTLS()
	defer server.Close()
	var ca bytes.Buffer
	if err := pem.Encode(&ca, &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}); err != nil {
		t.Fatal(err)
	}
	dir := secrets(t)
	write(t, dir, "ca.pem", ca.String(), 0o644)
	for file, want := range map[string]channels.Outcome{"": channels.NotSent, "ca.pem": channels.Paid} {
		cfg := config()
		cfg.Endpoint, cfg.CAFile = server.URL+"/gateway", file
		c, err := open(settingsOf(cfg, dir, channels.Env{Now: time.Now}))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Warm(t.Context()); (err == nil) != (want == channels.Paid) || asked != 0 {
			t.Errorf("warm: %v, asked %d times", err, asked)
		}
		if got := c.Pay(t.Context(), testPayment); got.Outcome != want {
			t.Errorf("ca_file %q: %v (%s)", file, got.Outcome, got.Message)
		}
		if (asked == 1) != (want == channels.Paid) {
			t.Errorf("ca_file %q: asked %d times", file, asked)
		}
		asked = 0
		c.wire.Close()
	}
}
