package huishouqian

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// maxNotice bounds a callback: its fields' limits are below a tenth of it.
const maxNotice = 64 << 10

// Notified reads a callback (§9): the envelope as a form, signed like a request.
func (c *Channel) Notified(_ context.Context, _ http.Header, body []byte) (channels.Notice, error) {
	n := channels.Notice{Status: http.StatusBadRequest, Answer: []byte("FAIL"), AnswerType: "text/plain; charset=utf-8"}
	e, sign, err := readForm(body)
	if err != nil {
		return n, err
	}
	if e.merchantNo != c.MerchantNo {
		return n, errors.New("notice: is another merchant's")
	}
	if !c.signed(e, sign) {
		n.Status = http.StatusUnauthorized
		return n, errors.New("notice: is not proven by its signature")
	}
	t, err := wire.ParseObject([]byte(e.signContent))
	if err != nil || c.stranger(t) != "" {
		return n, errors.New("notice: holds another form, or another merchant's order")
	}
	if n.OutTradeNo = word(t, "transNo"); given(t, "origTransNo") {
		n.OutTradeNo, n.RefundNo = word(t, "origTransNo"), n.OutTradeNo
	}
	if !c.numbers.MatchString(n.OutTradeNo) || n.RefundNo != "" && !c.numbers.MatchString(n.RefundNo) {
		return channels.Notice{Status: n.Status, Answer: n.Answer, AnswerType: n.AnswerType}, errors.New("notice: names no order")
	}
	// It has no number of its own: the same words are the same callback, in
	// whichever envelope they come.
	sum := sha256.Sum256([]byte(e.signContent))
	n.ID = hex.EncodeToString(sum[:16])
	n.Status, n.Answer = http.StatusOK, []byte(c.NotifyAck)
	return n, nil
}

// readForm decodes a form exactly once (§9). A field given twice is refused,
// and so is one before signContent that is no word: the signed text would have
// more than one reading.
func readForm(body []byte) (envelope, string, error) {
	if len(body) > maxNotice {
		return envelope{}, "", errors.New("notice: is too large")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return envelope{}, "", errors.New("notice: is not a form")
	}
	for _, values := range form {
		if len(values) != 1 {
			return envelope{}, "", errors.New("notice: gives a field twice")
		}
	}
	e := envelope{
		method: form.Get("method"), version: form.Get("version"), format: form.Get("format"),
		merchantNo: form.Get("merchantNo"), signType: form.Get("signType"), signContent: form.Get("signContent"),
	}
	for _, f := range e.fields() {
		if f[0] != "signContent" && f[1] != "" && !isWord(f[1], 64) {
			return envelope{}, "", errors.New("notice: " + f[0] + " is not a word")
		}
	}
	if e.signType != signType || e.signContent == "" {
		return envelope{}, "", errors.New("notice: is not of the platform's form")
	}
	return e, form.Get("sign"), nil
}

// signed checks a callback with the words that it brought, and then with those
// that one client always verifies with (§9, ASSUMED: notify_fallback_envelope).
func (c *Channel) signed(e envelope, sign string) bool {
	if c.signer.fits(e.toSign(c.signer.secret), sign) {
		return true
	}
	if !c.otherEnvelope {
		return false
	}
	e.method, e.version, e.format = "CALLBACK", "1.0.0", "JSON"
	return c.signer.fits(e.toSign(c.signer.secret), sign)
}
