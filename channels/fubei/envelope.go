package fubei

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"slices"
	"sort"
	"strings"
)

// envelope is §2: one flat object around the business object, which travels as
// JSON text in a string.
type envelope struct {
	appID, vendorSN, method, format, signMethod, nonce, version, biz string
}

// pair is one field of what is signed.
type pair struct{ name, value string }

// fields are those that are sent, in the order in which they are: an empty one
// is neither sent nor signed (§3.1).
func (e envelope) fields() []pair {
	all := []pair{
		{"app_id", e.appID}, {"vendor_sn", e.vendorSN}, {"method", e.method}, {"format", e.format},
		{"sign_method", e.signMethod}, {"nonce", e.nonce}, {"version", e.version}, {"biz_content", e.biz},
	}
	return slices.DeleteFunc(all, func(p pair) bool { return p.value == "" })
}

// body is the request as it is signed and sent.
func (e envelope) body(secret string) []byte {
	var o object
	fields := e.fields()
	for _, p := range fields {
		o.text(p.name, p.value)
	}
	o.text("sign", sign(fields, secret))
	return o.bytes()
}

// toSign is §3: sorted by name, raw values, the secret behind them with nothing
// between. Empty values stay out.
func toSign(fields []pair, secret string) string {
	sorted := slices.Clone(fields)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].name < sorted[j].name })
	var s strings.Builder
	for _, p := range sorted {
		if p.value == "" {
			continue
		}
		if s.Len() > 0 {
			s.WriteByte('&')
		}
		s.WriteString(p.name)
		s.WriteByte('=')
		s.WriteString(p.value)
	}
	s.WriteString(secret)
	return s.String()
}

// sign is §3.5: MD5, upper-case hex. MD5 is the platform's only method.
func sign(fields []pair, secret string) string {
	sum := md5.Sum([]byte(toSign(fields, secret)))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// signed tells whether value is the signature of fields, in constant time.
func signed(fields []pair, secret, value string) bool {
	return subtle.ConstantTimeCompare([]byte(sign(fields, secret)), []byte(value)) == 1
}

// nonce is new for each request (§2: at most 32 characters).
func nonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}
