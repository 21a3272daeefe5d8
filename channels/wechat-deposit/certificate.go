package wechatdeposit

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"tillpay/channels"
)

const (
	certificateKey = "client_certificate_file"
	keyKey         = "client_key_file"
	passwordKey    = "client_key_password_file"

	pemBegin = "-----BEGIN "
)

// certificate reads the provider's API certificate and its key (§3): two PEM
// files, or one .p12. It is demanded even of a till that only takes deposits:
// one that can hold money and not give it back is worse than none.
func (cfg *Config) certificate(s channels.Settings) (tls.Certificate, error) {
	name := cfg.ClientCertificateFile
	if name == "" {
		return tls.Certificate{}, bad(certificateKey, "", "is missing; without it no deposit can be given back",
			"name apiclient_cert.pem, and apiclient_key.pem in client_key_file")
	}
	data, err := readCertificate(s, name)
	switch {
	case err != nil:
		return tls.Certificate{}, err
	case !bytes.Contains(data, []byte(pemBegin)):
		return cfg.bundle(s, data)
	case cfg.ClientKeyPasswordFile != "":
		return tls.Certificate{}, bad(passwordKey, cfg.ClientKeyPasswordFile, "belongs to a .p12, and "+certificateKey+" is PEM", "remove it")
	}
	key, err := channels.ReadKeyFile(s, keyKey, cfg.ClientKeyFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(data, key)
	if err == nil {
		return pair, nil
	}
	// Which of the two is wrong: a certificate can be read without its key.
	if !bytes.Contains(data, []byte(pemBegin+"CERTIFICATE-----")) {
		return tls.Certificate{}, bad(certificateKey, name, "holds no certificate", "name apiclient_cert.pem")
	}
	return tls.Certificate{}, bad(keyKey, cfg.ClientKeyFile, "is not the key of the certificate "+name, "name the apiclient_key.pem that came with it")
}

// readCertificate reads a file that may be public, unless a key is in it.
func readCertificate(s channels.Settings, name string) ([]byte, error) {
	data, err := channels.ReadPublicFile(s, certificateKey, name, "name the certificate file itself")
	if err != nil {
		return nil, err
	}
	if bytes.Contains(data, []byte(pemBegin)) && !bytes.Contains(data, []byte("PRIVATE KEY-----")) {
		return data, nil
	}
	return channels.ReadKeyFile(s, certificateKey, name)
}

// bundle opens a .p12, which holds certificate and key.
func (cfg *Config) bundle(s channels.Settings, data []byte) (tls.Certificate, error) {
	if cfg.ClientKeyFile != "" {
		return tls.Certificate{}, bad(keyKey, cfg.ClientKeyFile, "does not go with a .p12, which holds its key", "remove it, or name the PEM certificate")
	}
	password := cfg.MchID // B-8
	if cfg.ClientKeyPasswordFile != "" {
		text, err := channels.ReadKeyFile(s, passwordKey, cfg.ClientKeyPasswordFile)
		if err != nil {
			return tls.Certificate{}, err
		}
		password = string(bytes.TrimRight(text, "\r\n"))
	}
	key, leaf, chain, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return tls.Certificate{}, bad(passwordKey, cfg.ClientKeyPasswordFile, "does not open "+cfg.ClientCertificateFile, "put its pass phrase into the file; at first it is the merchant number")
	case err != nil:
		return tls.Certificate{}, bad(certificateKey, cfg.ClientCertificateFile, "is neither PEM nor a .p12", "name apiclient_cert.pem or apiclient_cert.p12")
	}
	pair := tls.Certificate{PrivateKey: key, Leaf: leaf, Certificate: [][]byte{leaf.Raw}}
	for _, c := range chain {
		pair.Certificate = append(pair.Certificate, c.Raw)
	}
	if !fitsKey(leaf, key) {
		return tls.Certificate{}, bad(certificateKey, cfg.ClientCertificateFile, "holds a key that is not its certificate's", "fetch it again from the merchant platform")
	}
	return pair, nil
}

// fitsKey is whether key is the certificate's.
func fitsKey(leaf *x509.Certificate, key any) bool {
	private, ok := key.(crypto.Signer)
	if !ok {
		return false
	}
	public, ok := leaf.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(private.Public())
}

// CertificateExpires is when the client certificate ends, and with it the way
// to give deposits back.
func (c *Channel) CertificateExpires() time.Time { return c.expiry }

// ProveCertificate is for the technician's checks: it reverses a number that no
// order ever had, which touches nothing and succeeds (§10.2), so that the client
// certificate is proven before a deposit depends on it.
func (c *Channel) ProveCertificate(ctx context.Context) error {
	e := elements{"out_trade_no": ("CERT" + nonce())[:32]}
	a, err := c.exchange(ctx, call{kind: reverse, send: e})
	if err != nil {
		return fmt.Errorf("wechat-deposit: client certificate: %w", err)
	}
	r, _, ok := c.read(a)
	if ok || r.Outcome == channels.NotFound {
		return nil
	}
	return fmt.Errorf("wechat-deposit: client certificate is not proven: %s %s (%s)", r.Code, r.Message, r.Reason)
}
