package channels

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"
)

// A key is read as PEM of either kind, as bare Base64 and as DER, whatever an
// editor put around it; a smaller one than asked for, or another thing, is not.
func TestKeys(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pkix, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	asPEM := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	for name, data := range map[string][]byte{
		"PKCS#8": asPEM("PRIVATE KEY", pkcs8), "PKCS#1": asPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		"Base64": []byte("\xef\xbb\xbf" + base64.StdEncoding.EncodeToString(pkcs8) + "\r\n"), "DER": pkcs8,
		"with attributes": append([]byte("Bag Attributes\n"), asPEM("PRIVATE KEY", pkcs8)...),
	} {
		got, err := ParsePrivateKey(data, 2048)
		if err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := ParsePrivateKey(data, 4096); err == nil {
			t.Errorf("%s: 2048 bits passed for 4096", name)
		}
	}
	if got, err := ParsePublicKey(asPEM("PUBLIC KEY", pkix), 2048); err != nil || !got.Equal(&key.PublicKey) {
		t.Error(err)
	}
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("a key"), "public": asPEM("PUBLIC KEY", pkix), "cut": asPEM("PRIVATE KEY", pkcs8[:900])} {
		if _, err := ParsePrivateKey(data, 1024); err == nil {
			t.Errorf("%s is a key", name)
		}
	}
}

// Key files: no panic, and no error that quotes them.
func FuzzKeyFiles(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGB"))
	f.Add([]byte("0\x03\x02\x01\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func() error{
			func() error { _, err := ParsePrivateKey(data, 1024); return err },
			func() error { _, err := ParsePublicKey(data, 1024); return err },
			func() error { _, err := DER(data, "CERTIFICATE"); return err },
		} {
			if err := read(); err != nil && len(data) > 8 && bytes.Contains([]byte(err.Error()), data) {
				t.Errorf("%v", err)
			}
		}
	})
}
