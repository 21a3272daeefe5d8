package huifu

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"tillpay/channels/wire"
)

// fields is data (§3): what is empty is left out, an object goes as the text
// of its JSON, and numbers never go as JSON numbers.
type fields map[string]string

// encode writes the first-level keys in byte order, compact and unescaped:
// the bytes that are signed and sent.
func (f fields) encode() []byte {
	full := make(map[string]string, len(f))
	for k, v := range f {
		if v != "" {
			full[k] = v
		}
	}
	return wire.Encode(full) // a map's keys are written sorted
}

// sealed is the whole request (§2), signed over data alone.
func (c *Channel) sealed(f fields) ([]byte, error) {
	data := f.encode()
	sig, err := sign(c.key, data)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(data)+len(sig)+128)
	b = append(b, `{"sys_id":`...)
	b = append(b, wire.Encode(c.cfg.SysID)...)
	b = append(b, `,"product_id":`...)
	b = append(b, wire.Encode(c.cfg.ProductID)...)
	b = append(b, `,"sign":"`...)
	b = append(b, sig...)
	b = append(b, `","data":`...)
	b = append(b, data...)
	return append(b, '}'), nil
}

// header is §2; what the setting headers adds cannot replace what is here.
func (c *Channel) header() http.Header {
	h := http.Header{}
	for k, v := range c.headers {
		h.Set(k, v)
	}
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Accept", "application/json")
	return h
}

// sign is SHA-256 with RSA, PKCS#1 v1.5, in padded Base64 (§3).
func sign(key *rsa.PrivateKey, message []byte) (string, error) {
	sum := sha256.Sum256(message)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", errors.New("sign: failed")
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// signature is one decoded once, to be tried on several texts.
type signature []byte

func readSignature(text string) (signature, bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	return raw, err == nil && len(raw) > 0
}

func (s signature) fits(key *rsa.PublicKey, message []byte) bool {
	sum := sha256.Sum256(message)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], s) == nil
}

// fitsData tries the three readings of §3, for platforms whose serialisers
// disagree. Each says the same as raw does, and each needs the platform's key.
func (s signature) fitsData(key *rsa.PublicKey, raw []byte) bool {
	if s.fits(key, raw) {
		return true
	}
	if sorted, ok := resorted(raw); ok && !bytes.Equal(sorted, raw) && s.fits(key, sorted) {
		return true
	}
	plain := unescaped(raw)
	return len(plain) != len(raw) && s.fits(key, plain)
}

// resorted puts an object's first-level members in their keys' byte order and
// leaves each value's text as it is. The caller has refused doubled keys.
func resorted(raw []byte) ([]byte, bool) {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return nil, false
	}
	b := make([]byte, 0, len(raw))
	b = append(b, '{')
	for i, k := range slices.Sorted(maps.Keys(members)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, wire.Encode(k)...), ':')
		b = append(b, members[k]...)
	}
	return append(b, '}'), true
}

// unescaped writes <, > and & plainly. An escaped backslash before such a
// text is passed over: it means another thing.
func unescaped(raw []byte) []byte {
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			b = append(b, raw[i])
			continue
		}
		if i+6 <= len(raw) && raw[i+1] == 'u' {
			if c := escapedPlain(string(bytes.ToLower(raw[i+2 : i+6]))); c != 0 {
				b = append(b, c)
				i += 5
				continue
			}
		}
		b = append(b, raw[i], raw[i+1])
		i++
	}
	return b
}

func escapedPlain(hex string) byte {
	switch hex {
	case "003c":
		return '<'
	case "003e":
		return '>'
	case "0026":
		return '&'
	}
	return 0
}
