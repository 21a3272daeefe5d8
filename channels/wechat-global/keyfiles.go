package wechatglobal

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"tillpay/channels"
)

const minKeyBits = 2048

// loadKeys reads the account's keys and what is known of the platform's.
func (cfg *Config) loadKeys(s channels.Settings, set *settings) error {
	serial := normalSerial(cfg.CertificateSerial)
	switch {
	case serial == "":
		return bad("certificate_serial", "", "is missing", "copy the API certificate's serial number from the merchant platform")
	case len(serial) > 40 || strings.Trim(serial, "0123456789ABCDEF") != "":
		return bad("certificate_serial", cfg.CertificateSerial, "is not a hexadecimal number of at most 40 digits", "copy the API certificate's serial number from the merchant platform")
	}
	data, err := channels.ReadKeyFile(s, "private_key_file", cfg.PrivateKeyFile)
	if err != nil {
		return err
	}
	key, err := channels.ParsePrivateKey(data, minKeyBits)
	if err != nil {
		return bad("private_key_file", cfg.PrivateKeyFile, err.Error(), "use apiclient_key.pem of the API certificate")
	}
	if err := cfg.matchCertificate(s, key, serial); err != nil {
		return err
	}
	// Sent as the console prints it: its leading zeros are part of the text.
	printed := strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(cfg.CertificateSerial), ":", ""))
	set.signer = newSigner(set.account.caller(), printed, key)

	v3, err := channels.ReadKeyFile(s, "api_v3_key_file", cfg.APIv3KeyFile)
	if err != nil {
		return err
	}
	set.apiV3Key = bytes.TrimSpace(v3)
	if len(set.apiV3Key) != apiV3KeySize { // §3.3
		return bad("api_v3_key_file", cfg.APIv3KeyFile, "does not hold exactly 32 characters", "put the APIv3 key into it, and nothing else")
	}
	return cfg.loadPlatformKeys(s, set)
}

// matchCertificate catches the commonest mistake of a set-up: a key, a serial
// number and a certificate that are not of one issue. It needs the certificate,
// which usually lies beside the key.
func (cfg *Config) matchCertificate(s channels.Settings, key *rsa.PrivateKey, serial string) error {
	setting, name := "certificate_file", cfg.CertificateFile
	if name == "" {
		setting, name = "private_key_file", filepath.Join(filepath.Dir(cfg.PrivateKeyFile), "apiclient_cert.pem")
	}
	data, err := os.ReadFile(resolve(s, name))
	if err != nil {
		if cfg.CertificateFile == "" {
			return nil // the file is optional
		}
		return bad(setting, name, "cannot be read", "name the API certificate (apiclient_cert.pem), or remove the setting")
	}
	certs, err := parseCertificates(data)
	if err != nil {
		return bad(setting, name, err.Error(), "use apiclient_cert.pem of the API certificate")
	}
	if pub, ok := certs[0].PublicKey.(*rsa.PublicKey); !ok || !pub.Equal(&key.PublicKey) {
		return bad("private_key_file", cfg.PrivateKeyFile, "is not the key of the certificate "+name, "use key and certificate of one issue, or name the right certificate in certificate_file")
	}
	if got := normalSerial(certs[0].SerialNumber.Text(16)); got != serial {
		return bad("certificate_serial", cfg.CertificateSerial, "is not the serial number of "+name+", which is "+got, "write that number")
	}
	return nil
}

func (cfg *Config) loadPlatformKeys(s channels.Settings, set *settings) error {
	set.fixed = map[string]platformKey{}
	if name := cfg.PlatformCertificateFile; name != "" {
		data, err := os.ReadFile(resolve(s, name))
		if err != nil {
			return bad("platform_certificate_file", name, "cannot be read", "name the platform's certificate, or remove the setting: it is fetched then")
		}
		certs, err := parseCertificates(data)
		if err != nil {
			return bad("platform_certificate_file", name, err.Error(), "name the platform's certificate, or remove the setting: it is fetched then")
		}
		for _, cert := range certs {
			serial, key, err := keyOf(cert)
			if err != nil {
				return bad("platform_certificate_file", name, err.Error(), "name the platform's certificate")
			}
			set.fixed[serial] = key
		}
	}
	if name := cfg.PublicKeyFile; name != "" {
		data, err := os.ReadFile(resolve(s, name))
		if err != nil {
			return bad("public_key_file", name, "cannot be read", "name the WeChat Pay public key")
		}
		pub, err := channels.ParsePublicKey(data, minKeyBits)
		if err != nil {
			return bad("public_key_file", name, err.Error(), "name the WeChat Pay public key")
		}
		set.fixed[cfg.PublicKeyID] = platformKey{public: pub}
		set.publicKey = true
	}
	return nil
}

func resolve(s channels.Settings, name string) string {
	if s.Path != nil {
		return s.Path(name)
	}
	return name
}

// parseCertificates reads every certificate of a PEM file, or one in Base64.
func parseCertificates(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("holds a damaged certificate")
		}
		certs = append(certs, cert)
	}
	if certs != nil {
		return certs, nil
	}
	raw, err := channels.DER(data, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, errors.New("holds no certificate")
	}
	return []*x509.Certificate{cert}, nil
}

// keyOf is a platform certificate's serial number and key.
func keyOf(cert *x509.Certificate) (string, platformKey, error) {
	pub, err := channels.UsablePublicKey(cert.PublicKey, minKeyBits)
	if err != nil {
		return "", platformKey{}, err
	}
	return normalSerial(cert.SerialNumber.Text(16)), platformKey{pub, cert.NotBefore, cert.NotAfter}, nil
}

// normalSerial writes a hexadecimal serial number in one way: upper case, no
// colons, no leading zeros (which big.Int drops and consoles print).
func normalSerial(s string) string {
	s = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), ":", ""))
	if strings.Trim(s, "0123456789ABCDEF") != "" {
		return s // PUB_KEY_ID_…: not a number
	}
	if trimmed := strings.TrimLeft(s, "0"); trimmed != "" {
		return trimmed
	}
	return s
}
