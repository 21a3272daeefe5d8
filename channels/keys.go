package channels

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
)

// ReadPublicFile reads a file that anybody may read, as a certificate, which the
// configuration names under key.
func ReadPublicFile(s Settings, key, name, mend string) ([]byte, error) {
	if name == "" {
		return nil, &SettingError{Key: key, Problem: "is missing", Mend: mend}
	}
	path := name
	if s.Path != nil {
		path = s.Path(name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &SettingError{key, name, "cannot be opened", "put the file there where the service may read it, or correct the name"}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	switch {
	case err != nil:
		return nil, &SettingError{key, name, "cannot be read", mend}
	case len(data) > maxKeyFile:
		return nil, &SettingError{key, name, "is too large", mend}
	}
	return data, nil
}

// DER unwraps PEM of the wanted kinds, or the bare Base64 that consoles hand out;
// what is neither is DER already. Its errors never quote the file.
func DER(data []byte, kinds ...string) ([]byte, error) {
	text := bytes.TrimPrefix(bytes.TrimSpace(data), []byte("\xef\xbb\xbf")) // an editor's mark
	if bytes.HasPrefix(text, []byte("-----BEGIN")) || bytes.Contains(text, []byte("\n-----BEGIN")) {
		for rest := text; ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				return nil, errors.New("holds PEM of another kind")
			}
			for _, kind := range kinds {
				if block.Type == kind {
					return block.Bytes, nil
				}
			}
		}
	}
	if raw, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil))); err == nil && len(raw) > 0 {
		return raw, nil
	}
	if len(data) > 0 && data[0] == 0x30 { // a DER sequence
		return data, nil
	}
	return nil, errors.New("is neither PEM nor Base64")
}

// ParsePrivateKey reads an RSA key of least bits or more: PKCS#8 or PKCS#1, as DER
// takes it. Its errors never quote the file.
func ParsePrivateKey(data []byte, least int) (*rsa.PrivateKey, error) {
	raw, err := DER(data, "PRIVATE KEY", "RSA PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, ok := ReadPrivateKey(raw)
	if !ok {
		return nil, errors.New("is not a private key")
	}
	return UsablePrivateKey(key, least)
}

// ReadPrivateKey reads PKCS#8 and PKCS#1, of whatever kind of key.
func ReadPrivateKey(raw []byte) (key any, ok bool) {
	if key, err := x509.ParsePKCS8PrivateKey(raw); err == nil {
		return key, true
	}
	if key, err := x509.ParsePKCS1PrivateKey(raw); err == nil {
		return key, true
	}
	return nil, false
}

// UsablePrivateKey is key, if it is of RSA, whole, and of least bits or more.
func UsablePrivateKey(key any, least int) (*rsa.PrivateKey, error) {
	k, ok := key.(*rsa.PrivateKey)
	switch {
	case !ok:
		return nil, errors.New("is not an RSA key")
	case k.N.BitLen() < least:
		return nil, fmt.Errorf("is an RSA key of fewer than %d bits", least)
	case k.Validate() != nil:
		return nil, errors.New("is a damaged RSA key")
	}
	k.Precompute() // else the first signature pays for it
	return k, nil
}

// ParsePublicKey reads an RSA key of least bits or more, as DER takes it.
func ParsePublicKey(data []byte, least int) (*rsa.PublicKey, error) {
	raw, err := DER(data, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(raw)
	if err != nil {
		return nil, errors.New("is not a public key")
	}
	return UsablePublicKey(parsed, least)
}

// UsablePublicKey is key, if it is of RSA and of least bits or more.
func UsablePublicKey(key any, least int) (*rsa.PublicKey, error) {
	k, ok := key.(*rsa.PublicKey)
	if !ok || k.N.BitLen() < least {
		return nil, fmt.Errorf("is not an RSA key of %d bits or more", least)
	}
	return k, nil
}
