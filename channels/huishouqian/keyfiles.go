package huishouqian

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"tillpay/channels"
)

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
	raw, err := channels.DER(data, "PRIVATE KEY", "RSA PRIVATE KEY")
	if err != nil {
		return nil, wrong(err.Error())
	}
	parsed, bare := channels.ReadPrivateKey(raw)
	if !bare { // it may be sealed in PKCS#12
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
	key, err := channels.UsablePrivateKey(parsed, minKeyBits)
	switch {
	case err != nil:
		return nil, wrong(err.Error())
	case key.N.BitLen() > maxKeyBits:
		return nil, wrong("is an RSA key of more than 4096 bits")
	}
	return key, nil
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
	data, err := channels.ReadPublicFile(s, "platform_certificate_file", cfg.PlatformCertificateFile, "name the platform's certificate (MANDAO_…_pub.cer)")
	if err != nil {
		return nil, time.Time{}, err
	}
	raw, err := channels.DER(data, "CERTIFICATE")
	if err != nil {
		return nil, time.Time{}, wrong(err.Error())
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, time.Time{}, wrong("holds no certificate")
	}
	public, err := channels.UsablePublicKey(cert.PublicKey, minKeyBits)
	if err != nil || public.N.BitLen() > maxKeyBits {
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
