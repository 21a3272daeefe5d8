package wechatdeposit

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// algorithm is one of §4's two, by the name that sign_type has for it.
type algorithm string

const (
	hmacSHA256 algorithm = "HMAC-SHA256"
	md5Legacy  algorithm = "MD5"
)

// apiKey is the provider's APIv2 key, which signs both ways.
type apiKey []byte

// String keeps the key out of whatever prints its holder.
func (apiKey) String() string { return "(api key)" }

// toSign is §4, steps 1 to 4: what is not empty, but for sign, by name.
func (k apiKey) toSign(e elements) []byte {
	b := make([]byte, 0, 1024)
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if name == "sign" || e[name] == "" {
			continue
		}
		b = append(append(b, name...), '=')
		b = append(append(b, e[name]...), '&')
	}
	return append(append(b, "key="...), k...)
}

// sign is §4, step 5. The HMAC's message holds the key as well, at its end.
func (k apiKey) sign(e elements, a algorithm) string {
	text := k.toSign(e)
	if a == md5Legacy {
		sum := md5.Sum(text)
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	h := hmac.New(sha256.New, k)
	h.Write(text)
	return strings.ToUpper(hex.EncodeToString(h.Sum(nil)))
}

// proof is what a document's signature shows.
type proof uint8

const (
	unsigned proof = iota // it has none
	broken                // it does not prove the document
	proven
)

// check compares a document's sign, in constant time, by the algorithm that is
// expected of it: a document does not choose how it is checked (B-11).
func (k apiKey) check(e elements, a algorithm) proof {
	switch sign := e["sign"]; {
	case sign == "":
		return unsigned
	case hmac.Equal([]byte(sign), []byte(k.sign(e, a))):
		return proven
	}
	return broken
}

// nonce is 32 random letters and digits (§4).
func nonce() string { return (rand.Text() + rand.Text())[:32] }
