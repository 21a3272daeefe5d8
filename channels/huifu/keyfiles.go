package huifu

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"slices"

	"tillpay/channels"
)

// minKeyBits is §3.
const minKeyBits = 2048

// maxKeyFile bounds what is read as a public key.
const maxKeyFile = 64 << 10

func loadPrivateKey(s channels.Settings, name string) (*rsa.PrivateKey, error) {
	data, err := channels.ReadKeyFile(s, "private_key_file", name)
	if err != nil {
		return nil, err
	}
	key, err := parsePrivateKey(data)
	if err != nil {
		return nil, bad("private_key_file", name, err.Error(), "use the merchant's PKCS#8 key, as PEM or as the bare Base64")
	}
	return key, nil
}

// loadPlatformKey reads Huifu's key, and catches the commonest mistake of a
// set-up: the merchant's own public key in its place (§3: two separate pairs).
func loadPlatformKey(s channels.Settings, name string, own *rsa.PublicKey) (*rsa.PublicKey, error) {
	const setting, mend = "platform_public_key_file", "use Huifu's public key from the console, as PEM or as the bare Base64"
	if name == "" {
		return nil, bad(setting, "", "is missing", mend)
	}
	path := name
	if s.Path != nil {
		path = s.Path(name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, bad(setting, name, "cannot be opened", "put the file there, or correct the name")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, bad(setting, name, "cannot be read", mend)
	}
	key, err := parsePublicKey(data)
	if err != nil {
		return nil, bad(setting, name, err.Error(), mend)
	}
	if key.Equal(own) {
		return nil, bad(setting, name, "is the merchant's own public key", mend)
	}
	return key, nil
}

// der unwraps PEM of the wanted kinds or the bare Base64 that consoles hand out.
func der(data []byte, kinds ...string) ([]byte, error) {
	data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("\xef\xbb\xbf")) // an editor's mark
	if bytes.HasPrefix(data, []byte("-----BEGIN")) {
		for rest := data; ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				return nil, errors.New("holds PEM of another kind")
			}
			if slices.Contains(kinds, block.Type) {
				return block.Bytes, nil
			}
		}
	}
	raw, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(data), nil)))
	if err != nil || len(raw) == 0 {
		return nil, errors.New("is neither PEM nor Base64")
	}
	return raw, nil
}

// parsePrivateKey accepts PKCS#8 and PKCS#1. Its errors never quote the file.
func parsePrivateKey(data []byte) (*rsa.PrivateKey, error) {
	raw, err := der(data, "PRIVATE KEY", "RSA PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS1PrivateKey(raw)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(raw)
		if err != nil {
			return nil, errors.New("is not a private key")
		}
		var ok bool
		if key, ok = parsed.(*rsa.PrivateKey); !ok {
			return nil, errors.New("is not an RSA key")
		}
	}
	if key.N.BitLen() < minKeyBits {
		return nil, errors.New("is an RSA key of fewer than 2048 bits")
	}
	if key.Validate() != nil {
		return nil, errors.New("is a damaged RSA key")
	}
	key.Precompute() // else the first signature pays for it
	return key, nil
}

func parsePublicKey(data []byte) (*rsa.PublicKey, error) {
	raw, err := der(data, "PUBLIC KEY")
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKIXPublicKey(raw)
	if err != nil {
		return nil, errors.New("is not a public key")
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < minKeyBits {
		return nil, errors.New("is not an RSA key of 2048 bits or more")
	}
	return key, nil
}
