package wechatglobal

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

const scheme = "WECHATPAY2-SHA256-RSA2048"

// apiV3KeySize is §3.3: AES-256. The SDK samples' 16 bytes are not a key here.
const apiV3KeySize = 32

// signer signs for one account (§3.1).
type signer struct {
	mchID, serial string
	key           *rsa.PrivateKey
}

func newSigner(mchID, serial string, key *rsa.PrivateKey) *signer {
	return &signer{mchID: mchID, serial: serial, key: key}
}

// toSign is §3.1: five lines, the last one ended too.
func toSign(method, target string, body []byte, timestamp, nonce string) []byte {
	b := make([]byte, 0, len(method)+len(target)+len(timestamp)+len(nonce)+len(body)+5)
	for _, line := range [...]string{method, target, timestamp, nonce} {
		b = append(append(b, line...), '\n')
	}
	return append(append(b, body...), '\n')
}

func (s *signer) sign(message []byte) (string, error) {
	sum := sha256.Sum256(message)
	sig, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("sign: failed")
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// authorize is the Authorization header of a request.
func (s *signer) authorize(method, target string, body []byte, now time.Time, nonce string) (string, error) {
	timestamp := strconv.FormatInt(now.Unix(), 10)
	sig, err := s.sign(toSign(method, target, body, timestamp, nonce))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.Grow(600)
	b.WriteString(scheme)
	for i, item := range [...][2]string{{"mchid", s.mchID}, {"nonce_str", nonce}, {"timestamp", timestamp},
		{"serial_no", s.serial}, {"signature", sig}} {
		b.WriteByte(" ,"[min(i, 1)])
		b.WriteString(item[0] + `="` + item[1] + `"`)
	}
	return b.String(), nil
}

// nonce is 32 letters and digits, as the platform's SDKs make it.
func nonce() string { return (rand.Text() + rand.Text())[:32] }

// toVerify is §3.2: three lines, the last one ended too, also for a 204.
func toVerify(timestamp, nonce string, body []byte) []byte {
	b := make([]byte, 0, len(timestamp)+len(nonce)+len(body)+3)
	b = append(append(b, timestamp...), '\n')
	b = append(append(b, nonce...), '\n')
	return append(append(b, body...), '\n')
}

// verify checks a Base64 signature. One that is no Base64, as a probe's
// WECHATPAY/SIGNTEST/ value, fails like any other wrong one.
func verify(key *rsa.PublicKey, message []byte, signature string) bool {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(message)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil
}

// openGCM is §3.3, AEAD_AES_256_GCM: ciphertext is Base64 with the tag behind it.
func openGCM(key []byte, nonce, additional, ciphertext string) ([]byte, error) {
	if len(key) != apiV3KeySize {
		return nil, errors.New("gcm: key is not 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errors.New("gcm: key is not usable")
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errors.New("gcm: not available")
	}
	if len(nonce) != aead.NonceSize() {
		return nil, errors.New("gcm: nonce is not 12 bytes")
	}
	raw, err := base64.StdEncoding.DecodeString(ciphertext)
	if err != nil {
		return nil, errors.New("gcm: ciphertext is not Base64")
	}
	plain, err := aead.Open(nil, []byte(nonce), raw, []byte(additional))
	if err != nil {
		return nil, errors.New("gcm: authentication failed")
	}
	return plain, nil
}
