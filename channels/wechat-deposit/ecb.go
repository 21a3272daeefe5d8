package wechatdeposit

import (
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
)

// infoKey is §12: the 32 characters of the API key's MD5, not its 16 bytes.
func (k apiKey) infoKey() []byte {
	sum := md5.Sum(k)
	return hex.AppendEncode(nil, sum[:])
}

// openInfo reads the req_info of a refund notification.
func (k apiKey) openInfo(info string) (elements, error) {
	raw, err := base64.StdEncoding.DecodeString(info)
	if err != nil {
		return nil, errors.New("req_info: is not Base64")
	}
	text, err := openECB(k.infoKey(), raw)
	if err != nil {
		return nil, err
	}
	return parse(text, "root")
}

// errSealed says nothing of what failed: no oracle for who sends noise.
var errSealed = errors.New("req_info: cannot be decrypted")

// openECB is AES-256-ECB with PKCS#7 padding, each block by itself (§12).
func openECB(key, raw []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil || len(raw) == 0 || len(raw)%aes.BlockSize != 0 {
		return nil, errSealed
	}
	text := make([]byte, len(raw))
	for at := 0; at < len(raw); at += aes.BlockSize {
		block.Decrypt(text[at:at+aes.BlockSize], raw[at:at+aes.BlockSize])
	}
	pad := int(text[len(text)-1])
	if pad == 0 || pad > aes.BlockSize {
		return nil, errSealed
	}
	for _, b := range text[len(text)-pad:] {
		if int(b) != pad {
			return nil, errSealed
		}
	}
	return text[:len(text)-pad], nil
}
