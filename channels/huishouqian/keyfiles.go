package huishouqian

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"tillpay/channels"
)

// maxCertificate bounds what is read as a certificate.
const maxCertificate = 64 << 10

// merchantKey reads the merchant's key: PKCS#12 as the platform delivers it,
// or PEM or Base64 of a bare key (§3).
func (cfg *Config) merchantKey(s channels.Settings) (*rsa.PrivateKey, error) {
	data, err := channels.ReadKeyFile(s, "private_key_file", cfg.PrivateKeyFile)
	if err != nil {
		return nil, err
	}
	wrong := func(problem string) error {
		return bad("private_key_file", cfg.PrivateKeyFile, problem, "use the merchant's .pfx, or its RSA key as PEM")
	}
	raw, err := der(data, "PRIVATE KEY", "RSA PRIVATE KEY")
	if err != nil {
		return nil, wrong(err.Error())
	}
	parsed, sealed := parseKey(raw)
	if sealed {
		password, err := cfg.password(s)
		if err != nil {
			return nil, err
		}
		if parsed, _, _, err = pkcs12.DecodeChain(raw, password); err != nil {
			if errors.Is(err, pkcs12.ErrIncorrectPassword) {
				return nil, bad("private_key_password_file", cfg.PrivateKeyPasswordFile, "does not open "+cfg.PrivateKeyFile, "put the .pfx file's password into it, and nothing else")
			}
			return nil, wrong("is neither a key nor a .pfx file")
		}
	} else if cfg.PrivateKeyPasswordFile != "" {
		return nil, bad("private_key_password_file", cfg.PrivateKeyPasswordFile, "goes with a .pfx file, and private_key_file is none", "remove it")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	switch {
	case !ok:
		return nil, wrong("is not an RSA key")
	case key.N.BitLen() < minKeyBits || key.N.BitLen() > maxKeyBits:
		return nil, wrong("is not an RSA key of 1024 to 4096 bits")
	case key.Validate() != nil:
		return nil, wrong("is a damaged RSA key")
	}
	key.Precompute() // else the first signature pays for it
	return key, nil
}

// parseKey accepts PKCS#8 and PKCS#1; what is neither may be sealed in PKCS#12.
func parseKey(raw []byte) (key any, sealed bool) {
	if key, err := x509.ParsePKCS8PrivateKey(raw); err == nil {
		return key, false
	}
	if key, err := x509.ParsePKCS1PrivateKey(raw); err == nil {
		return key, false
	}
	return nil, true
}

func (cfg *Config) password(s channels.Settings) (string, error) {
	if cfg.PrivateKeyPasswordFile == "" {
		return "", bad("private_key_password_file", "", "is missing", "name a file with the .pfx file's password in it")
	}
	data, err := channels.ReadKeyFile(s, "private_key_password_file", cfg.PrivateKeyPasswordFile)
	return strings.TrimRight(string(data), "\r\n"), err
}

// platformKey reads the platform's certificate, MANDAO_…_pub.cer (§3). It is
// pinned: no date in it stops a till from trading, the doctor speaks of those.
func (cfg *Config) platformKey(s channels.Settings) (*rsa.PublicKey, time.Time, error) {
	wrong := func(problem string) error {
		return bad("platform_certificate_file", cfg.PlatformCertificateFile, problem, "name the platform's certificate (MANDAO_…_pub.cer)")
	}
	if cfg.PlatformCertificateFile == "" {
		return nil, time.Time{}, wrong("is missing")
	}
	path := cfg.PlatformCertificateFile
	if s.Path != nil {
		path = s.Path(path)
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > maxCertificate {
		return nil, time.Time{}, wrong("is not a file that can be read")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, time.Time{}, wrong("cannot be read")
	}
	raw, err := der(data, "CERTIFICATE")
	if err != nil {
		return nil, time.Time{}, wrong(err.Error())
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, time.Time{}, wrong("holds no certificate")
	}
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < minKeyBits || public.N.BitLen() > maxKeyBits {
		return nil, time.Time{}, wrong("is not of an RSA key of 1024 to 4096 bits")
	}
	return public, cert.NotAfter, nil
}

// signKey reads 签名混淆密码, which ends every string that is signed.
func (cfg *Config) signKey(s channels.Settings) (string, error) {
	data, err := channels.ReadKeyFile(s, "sign_key_file", cfg.SignKeyFile)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(data))
	if secret == "" || len(secret) > 128 || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", bad("sign_key_file", cfg.SignKeyFile, "does not hold one word", "put the sign key (签名混淆密码) into it, and nothing else")
	}
	return secret, nil
}

// der unwraps PEM of the wanted kinds, or the bare Base64 that consoles hand
// out; what is neither is DER already. Its errors never quote the file.
func der(data []byte, kinds ...string) ([]byte, error) {
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
	if raw, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(text), nil))); err == nil {
		return raw, nil
	}
	if len(data) > 0 && data[0] == 0x30 { // a DER sequence
		return data, nil
	}
	return nil, errors.New("is neither PEM nor DER nor Base64")
}
