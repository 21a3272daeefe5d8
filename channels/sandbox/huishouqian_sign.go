package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// hsqOrderOfSigning is §3: exactly so, and not sorted.
var hsqOrderOfSigning = []string{"method", "version", "format", "merchantNo", "signType", "signContent"}

// hsqRequestText is what a request or a notification signs: raw values.
func hsqRequestText(envelope map[string]string, signKey string) string {
	var b strings.Builder
	for _, name := range hsqOrderOfSigning {
		b.WriteString(name + "=" + envelope[name] + "&")
	}
	return b.String() + "key=" + signKey
}

// hsqResultText is what a reply with success true signs. word is "true", but
// for a platform that spells it otherwise.
func hsqResultText(result, word, signKey string) string {
	return "result=" + result + "&success=" + word + "&key=" + signKey
}

// hsqErrorText is the same for success false. A null code or text has no part
// in it (§3, ASSUMED: dropped).
func hsqErrorText(code, text *string, word, signKey string) string {
	var b strings.Builder
	if code != nil {
		b.WriteString("errorCode=" + *code + "&")
	}
	if text != nil {
		b.WriteString("errorMsg=" + *text + "&")
	}
	return b.String() + "success=" + word + "&key=" + signKey
}

// hsqSign is RSASSA-PKCS1-v1_5 with SHA-256, in lower-case hex.
func hsqSign(key *rsa.PrivateKey, text string) (string, error) {
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return hex.EncodeToString(signature), nil
}

// hsqVerify takes lower case alone: five clients send nothing else.
func hsqVerify(key *rsa.PublicKey, text, signature string) error {
	if strings.ToLower(signature) != signature {
		return errors.New("verify: the hex digits are not lower-case")
	}
	raw, err := hex.DecodeString(signature)
	if err != nil {
		return errors.New("verify: the signature is not hex")
	}
	if len(raw) != key.Size() {
		return fmt.Errorf("verify: the signature has %d bytes, the key %d", len(raw), key.Size())
	}
	sum := sha256.Sum256([]byte(text))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw); err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	return nil
}

// hsqOpen decrypts a payer_name: PKCS#1 v1.5 in blocks of the key's size, as
// lower-case hex (§7, ASSUMED).
func hsqOpen(key *rsa.PrivateKey, sealed string) (string, error) {
	raw, err := hex.DecodeString(sealed)
	if err != nil || strings.ToLower(sealed) != sealed || len(raw) == 0 || len(raw)%key.Size() != 0 {
		return "", errors.New("not lower-case hex of whole blocks")
	}
	var plain []byte
	for block := range slices.Chunk(raw, key.Size()) {
		//lint:ignore SA1019 the padding is what the platform's clients use (§7)
		part, err := rsa.DecryptPKCS1v15(nil, key, block)
		if err != nil {
			return "", errors.New("not encrypted for the platform's key")
		}
		plain = append(plain, part...)
	}
	return string(plain), nil
}
