package sandbox

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"
)

// issueClient signs the certificate that reverse, consume and refund demand
// (§3): the sandbox's own authority vouches for the merchant number.
func issueClient(k *Keys, caPEM []byte, mchID string, public any, now time.Time) ([]byte, error) {
	block, _ := pem.Decode(caPEM)
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make client certificate: %w", err)
	}
	t := template(mchID, public, now)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, t, ca, public, k.ca)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make client certificate: %w", err)
	}
	return certificatePEM(der), nil
}

// checkClient is the gateway's look at a connection: whose certificate it
// shows, or why it gets no further. An exchange in process has no connection,
// and its certificate is taken as shown: holder is then empty.
func (s *Sandbox) checkClient(state *tls.ConnectionState, now time.Time) (holder, problem string) {
	if state == nil {
		return "", ""
	}
	if len(state.PeerCertificates) == 0 {
		return "", "No required SSL certificate was sent"
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.ca)
	leaf := state.PeerCertificates[0]
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return "", "The SSL certificate error"
	}
	return leaf.Subject.CommonName, ""
}
