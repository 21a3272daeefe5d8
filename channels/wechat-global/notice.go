package wechatglobal

import (
	"context"
	"errors"
	"net/http"

	"tillpay/channels"
	"tillpay/channels/wire"
)

var (
	noticeTaken   = []byte(`{"code":"SUCCESS","message":"OK"}`)
	noticeRefused = []byte(`{"code":"FAIL","message":"not accepted"}`)
)

// Notified reads a callback (§12); here only refunds have one. It must prove
// itself as an answer does, probes with a broken signature included (§3.2).
func (c *Channel) Notified(ctx context.Context, header http.Header, body []byte) (channels.Notice, error) {
	n := channels.Notice{Status: http.StatusUnauthorized, Answer: noticeRefused, AnswerType: "application/json"}
	if c.check(ctx, header, body) != proven {
		return n, errors.New("notice: is not proven by its signature")
	}
	return c.readNotice(n, body)
}

// readNotice reads a callback that has proven itself.
func (c *Channel) readNotice(n channels.Notice, body []byte) (channels.Notice, error) {
	n.Status = http.StatusBadRequest
	o, err := wire.ParseObject(body)
	if err != nil {
		return n, errors.New("notice: is not of the platform's form")
	}
	plain, err := c.openResource(o.Object("resource"))
	if err != nil {
		return n, err
	}
	if name := c.account.contradicts(plain, true); name != "" {
		return n, errors.New("notice: is another merchant's: " + name)
	}
	n.ID = wire.Cut(o.Text("id"), 64)
	n.OutTradeNo = wire.Cut(plain.Text("out_trade_no"), 32)
	n.RefundNo = wire.Cut(plain.Text("out_refund_no"), 64)
	if n.OutTradeNo == "" && n.RefundNo == "" {
		return n, errors.New("notice: names no order")
	}
	n.Status, n.Answer = http.StatusOK, noticeTaken
	return n, nil
}

// openResource decrypts what a callback carries (§3.3).
func (c *Channel) openResource(r wire.Object) (wire.Object, error) {
	if r.Text("algorithm") != "AEAD_AES_256_GCM" {
		return nil, errors.New("notice: algorithm is unknown")
	}
	data, err := openGCM(c.keys.apiV3Key, r.Text("nonce"), r.Text("associated_data"), r.Text("ciphertext"))
	if err != nil {
		return nil, errors.New("notice: cannot be decrypted")
	}
	o, err := wire.ParseObject(data)
	if err != nil {
		return nil, errors.New("notice: holds another form")
	}
	return o, nil
}
