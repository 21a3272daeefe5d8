package sandbox

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"time"
)

// hsqMerchant is a merchantNo, and the key of its .pfx.
type hsqMerchant struct {
	Account
	key *rsa.PublicKey
}

// Merchant is the mode of Huishouqian: a merchantNo acts for its own stores.
const Merchant = "merchant"

// hsqPlatformBits is the size that the seed's sample reply implies: 768 hex
// digits, where its table promises 128. A till that limits the length fails here.
const hsqPlatformBits = 3072

// hsqVectorSignKey is the published sign key of the vectors (§14), so that they
// can be sent to the sandbox as they stand.
const hsqVectorSignKey = "00112233445566778899aabbccddeeff"

// hsqAccounts are the merchant of the seed's sample and that of the vectors.
// They share a key pair and differ in the sign key.
func hsqAccounts(k *Keys, now time.Time) ([]Account, error) {
	accounts := []Account{
		{MchID: "8000000026", SubMchID: "8000000126", APIKey: hsqSignKey(k.hsqMerchant)},
		{MchID: "8500000000001", SubMchID: "8500000000101", APIKey: hsqVectorSignKey},
	}
	text, err := keyPEM(k.hsqMerchant)
	if err != nil {
		return nil, err
	}
	for i := range accounts {
		a := &accounts[i]
		a.Platform, a.Mode = "huishouqian", Merchant
		a.Currency, a.Currencies = "CNY", []string{"CNY"}
		a.PrivateKeyPEM = text
		if a.PlatformCertificatePEM, err = hsqCertificate(k.hsqPlatform, a.MchID, now); err != nil {
			return nil, err
		}
	}
	return accounts, nil
}

// hsqSignKey follows from the private key, so that it is as lasting as that.
func hsqSignKey(key *rsa.PrivateKey) string {
	sum := sha256.Sum256(append([]byte("Huishouqian sign key\n"), key.D.Bytes()...))
	return hex.EncodeToString(sum[:16])
}

// hsqCertificate is the platform's .cer, which signs itself (§3).
func hsqCertificate(key *rsa.PrivateKey, merchantNo string, now time.Time) ([]byte, error) {
	name := pkix.Name{CommonName: "MANDAO_" + merchantNo + "_pub"}
	template := &x509.Certificate{
		SerialNumber: serialOf(key.Public()), Subject: name, Issuer: name,
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("sandbox: huishouqian certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
