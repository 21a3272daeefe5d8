package sandbox

import (
	"crypto"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// tlsPair is what the server shows on the wire.
type tlsPair = tls.Certificate

// issueTLS makes the sandbox's own authority and a server certificate for the
// loopback names. Both follow from the keys and the year, so a till that keeps
// an older CA file still trusts a restarted sandbox.
func issueTLS(k *Keys, now time.Time) (caPEM []byte, pair tlsPair, err error) {
	ca := template("tillpay sandbox CA", k.ca.Public(), now)
	ca.IsCA, ca.BasicConstraintsValid = true, true
	ca.KeyUsage = x509.KeyUsageCertSign
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, k.ca.Public(), k.ca)
	if err != nil {
		return nil, pair, fmt.Errorf("sandbox: make CA: %w", err)
	}
	leaf := template("tillpay sandbox", k.tls.Public(), now)
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, k.tls.Public(), k.ca)
	if err != nil {
		return nil, pair, fmt.Errorf("sandbox: make TLS certificate: %w", err)
	}
	return certificatePEM(caDER), tlsPair{Certificate: [][]byte{der, caDER}, PrivateKey: k.tls}, nil
}

// selfSigned makes a certificate as the platform and its merchants have them.
func selfSigned(name string, key crypto.Signer, now time.Time) (*x509.Certificate, error) {
	t := template(name, key.Public(), now)
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sandbox: make certificate %q: %w", name, err)
	}
	return x509.ParseCertificate(der)
}

// template is valid for ten years around now, in whole years.
func template(name string, pub any, now time.Time) *x509.Certificate {
	from := time.Date(now.UTC().Year()-1, time.January, 1, 0, 0, 0, 0, time.UTC)
	return &x509.Certificate{
		SerialNumber: serialOf(pub),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"tillpay sandbox"}},
		NotBefore:    from,
		NotAfter:     from.AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

// serialOf names a key by its digest: 40 hexadecimal digits (§3.4), the same in
// every run. The top bits are set so that it is positive and never shorter.
func serialOf(pub any) *big.Int {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic("sandbox: a key of our own cannot be marshalled: " + err.Error())
	}
	sum := sha1.Sum(der)
	sum[0] = sum[0]&0x3f | 0x40
	return new(big.Int).SetBytes(sum[:])
}

func serialText(n *big.Int) string { return fmt.Sprintf("%040X", n) }

func certificatePEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
