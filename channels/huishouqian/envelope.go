package huishouqian

import (
	"net/url"
	"strings"
)

// What every request says (§2).
const (
	version  = "1.0"
	signType = "RSA2"

	formType = "application/x-www-form-urlencoded; charset=UTF-8"
	jsonType = "application/json; charset=UTF-8"
)

// envelope is §2: of a request, and of a callback (§9).
type envelope struct {
	method, version, format, merchantNo, signType, signContent string
}

// fields is the envelope in the order that is signed, which is not sorted (§3).
func (e envelope) fields() [6][2]string {
	return [6][2]string{
		{"method", e.method}, {"version", e.version}, {"format", e.format},
		{"merchantNo", e.merchantNo}, {"signType", e.signType}, {"signContent", e.signContent},
	}
}

// toSign is §3: raw values, and the sign key, which is never sent.
func (e envelope) toSign(secret string) string {
	var b strings.Builder
	b.Grow(len(e.signContent) + 256)
	for _, f := range e.fields() {
		b.WriteString(f[0])
		b.WriteByte('=')
		b.WriteString(f[1])
		b.WriteByte('&')
	}
	b.WriteString("key=")
	b.WriteString(secret)
	return b.String()
}

// form is the body: each field of the envelope one of the form (§1).
func (e envelope) form(sign string) []byte {
	var b strings.Builder
	b.Grow(2*len(e.signContent) + len(sign) + 256)
	for _, f := range e.fields() {
		b.WriteString(f[0])
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(f[1]))
		b.WriteByte('&')
	}
	b.WriteString("sign=")
	b.WriteString(sign)
	return []byte(b.String())
}

// json is the body of §1's one dissenting client.
func (e envelope) json(sign string) []byte {
	var c content
	for _, f := range e.fields() {
		c.add(f[0], f[1])
	}
	c.add("sign", sign)
	return []byte(c.text())
}
