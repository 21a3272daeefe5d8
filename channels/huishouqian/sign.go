package huishouqian

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"
)

// Sizes of §3: none is stated, the samples show 1024 and 3072.
const (
	minKeyBits = 1024
	maxKeyBits = 4096
)

// signer signs for one merchant and knows what its platform signs with. secret
// is the sign key (签名混淆密码), which is in every signed string.
type signer struct {
	key    *rsa.PrivateKey
	public *rsa.PublicKey // the platform's
	ends   time.Time      // of its certificate
	secret string
}

// sign is RSASSA-PKCS1-v1_5 with SHA-256, in lower-case hex (§3).
func (s *signer) sign(text string) (string, error) {
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("sign: failed")
	}
	return hex.EncodeToString(sig), nil
}

// fits checks the platform's signature, in hex of either case. Its length is
// the key's: the length column of the page is wrong (§2).
func (s *signer) fits(text, signature string) bool {
	sig, err := hex.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(s.public, crypto.SHA256, sum[:], sig) == nil
}
