package huishouqian

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxMemo is the page's limit of memo, in characters of its plain values.
const maxMemo = 512

// memo is the JSON text of §6 and §7. Its length is checked with payer_name as
// it was given: the page's lengths are of values (payer_name has 128), and one
// cipher text alone is as long as the whole memo may be.
func (c *Channel) memo(o options, timeExpire string) (string, error) {
	bare := c.memoOf(o, timeExpire, o.payers)
	if n := utf8.RuneCountInString(bare); n > maxMemo {
		return "", fmt.Errorf("memo: is %d characters, and the platform takes %d", n, maxMemo)
	}
	if o.payers == nil {
		return bare, nil
	}
	sealed := make([]payer, len(o.payers))
	for i, p := range o.payers {
		name, err := c.seal(p.name)
		if err != nil {
			return "", err
		}
		sealed[i] = payer{p.payType, name}
	}
	return c.memoOf(o, timeExpire, sealed), nil
}

func (c *Channel) memoOf(o options, timeExpire string, payers []payer) string {
	var m content
	m.add("timeExpire", timeExpire)
	m.add("spbillCreateIp", o.ip)
	m.add("longitude", o.longitude)
	m.add("latitude", o.latitude)
	m.add("areaInfo", o.area)
	if o.front != nil {
		m = append(m, c.nested("front_callback_url", o.front.text(), c.MemoNested != nestObject))
	}
	if o.channel != nil {
		m = append(m, c.nested("channel_options", o.channel.text(), c.MemoNested == nestString))
	}
	if payers != nil {
		m = append(m, c.nested("payer_options", payersText(payers), c.MemoNested == nestString))
	}
	if m = append(m, o.more...); m == nil {
		return ""
	}
	return m.text()
}

// nested is a structure inside memo: itself, or its text as a string (§7,
// ASSUMED: memo_nested).
func (c *Channel) nested(name, text string, quoted bool) member {
	if quoted {
		return member{name, text}
	}
	return member{name, json.RawMessage(text)}
}

func payersText(list []payer) string {
	b := []byte{'['}
	for i, p := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, content{{"assign_pay_type", p.payType}, {"payer_name", p.name}}.text()...)
	}
	return string(append(b, ']'))
}

// seal is payer_name as it is sent (§7, ASSUMED: payer_name_cipher).
func (c *Channel) seal(name string) (string, error) {
	plain := []byte(name)
	switch c.PayerNameCipher {
	case cipherPlain:
		return name, nil
	case cipherHex:
	case cipherB64Hex:
		plain = []byte(base64.StdEncoding.EncodeToString(plain))
	default:
		return "", errors.New("payer_options: payer_name_cipher is off")
	}
	size := c.signer.public.Size() - 11 // what PKCS#1 v1.5 leaves of a block
	var sealed []byte
	for len(plain) > 0 {
		n := min(size, len(plain))
		//lint:ignore SA1019 the padding is what the platform's clients use (§7)
		block, err := rsa.EncryptPKCS1v15(rand.Reader, c.signer.public, plain[:n])
		if err != nil {
			return "", errors.New("payer_name: cannot be encrypted")
		}
		sealed, plain = append(sealed, block...), plain[n:]
	}
	return hex.EncodeToString(sealed), nil
}
