package sandbox

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// requestText is what a caller signs: five lines, each ended by LF (§3.1).
func requestText(method, uri, timestamp, nonce string, body []byte) []byte {
	return []byte(method + "\n" + uri + "\n" + timestamp + "\n" + nonce + "\n" + string(body) + "\n")
}

// replyText is what the platform signs (§3.2).
func replyText(timestamp, nonce string, body []byte) []byte {
	return []byte(timestamp + "\n" + nonce + "\n" + string(body) + "\n")
}

// sign is RSA PKCS#1 v1.5 with SHA-256, in standard Base64.
func sign(key *rsa.PrivateKey, message []byte) (string, error) {
	sum := sha256.Sum256(message)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

func verify(key *rsa.PublicKey, message []byte, signature string) error {
	// Strict refuses line breaks and stray bits, which Base64 otherwise lets by.
	raw, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || strings.ContainsAny(signature, "\r\n") {
		return fmt.Errorf("verify: the signature is not Base64")
	}
	sum := sha256.Sum256(message)
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// seal is AEAD_AES_256_GCM of §3.3, in Base64 with the tag at its end.
func seal(apiv3Key, nonce, associated string, plain []byte) (string, error) {
	if len(apiv3Key) != 32 {
		return "", fmt.Errorf("seal: the APIv3 key has %d bytes, not 32", len(apiv3Key))
	}
	block, err := aes.NewCipher([]byte(apiv3Key))
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if len(nonce) != gcm.NonceSize() {
		return "", fmt.Errorf("seal: the nonce has %d bytes, not %d", len(nonce), gcm.NonceSize())
	}
	return base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte(associated))), nil
}
