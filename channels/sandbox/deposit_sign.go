package sandbox

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// The values of sign_type.
const (
	depositHMAC = "HMAC-SHA256"
	depositMD5  = "MD5"
)

// depositText is what is signed (§4): every element that has a value, but sign,
// sorted by name; then the key.
func depositText(doc depositDoc, key string) string {
	signed := slices.DeleteFunc(slices.Clone(doc), func(e depositElement) bool { return e.name == "sign" || e.value == "" })
	sort.Slice(signed, func(i, j int) bool { return signed[i].name < signed[j].name })
	var b strings.Builder
	for _, e := range signed {
		b.WriteString(e.name + "=" + e.value + "&")
	}
	return b.String() + "key=" + key
}

// signDeposit is §4.5. The key is in the HMAC's message too.
func signDeposit(doc depositDoc, key string, useHMAC bool) string {
	text := []byte(depositText(doc, key))
	if !useHMAC {
		sum := md5.Sum(text)
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(text)
	return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
}

// depositInfoKey is the AES key of a refund's notification (§12): the characters of
// the digest, not its bytes.
func depositInfoKey(apiKey string) string {
	sum := md5.Sum([]byte(apiKey))
	return hex.EncodeToString(sum[:])
}

// sealDeposit is AES-256-ECB with PKCS#7 padding, in Base64 (§12).
func sealDeposit(key string, plain []byte) (string, error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	sealed := append(slices.Clone(plain), slices.Repeat([]byte{byte(pad)}, pad)...)
	for at := 0; at < len(sealed); at += aes.BlockSize {
		block.Encrypt(sealed[at:at+aes.BlockSize], sealed[at:at+aes.BlockSize])
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}
