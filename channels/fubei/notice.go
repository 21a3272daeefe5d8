package fubei

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const (
	maxNotice      = 64 << 10
	maxNoticeField = 32
)

// noticeRefused is anything but success (§12).
var noticeRefused = []byte("fail")

// Notified reads a callback (§12): a form, signed over every field that came
// but sign. It is a hint; its number matters and its state does not.
func (c *Channel) Notified(_ context.Context, _ http.Header, body []byte) (channels.Notice, error) {
	n := channels.Notice{Status: http.StatusBadRequest, Answer: noticeRefused, AnswerType: "text/plain; charset=utf-8"}
	fields, signature, err := readForm(body)
	if err != nil {
		return n, err
	}
	if !signed(fields, c.set.secret, signature) {
		n.Status = http.StatusUnauthorized
		return n, errors.New("notice: is not proven by its signature")
	}
	d, err := wire.ParseObject([]byte(valueOf(fields, "data")))
	if err != nil {
		return n, errors.New("notice: is not of the platform's form")
	}
	var e echoes
	c.merchantEchoes(d, &e)
	if e.wrong != "" {
		return n, errors.New("notice: is another merchant's: " + e.wrong)
	}
	n.OutTradeNo = scalar(d, "merchant_order_sn")
	n.RefundNo = scalar(d, "merchant_refund_sn")
	if n.OutTradeNo == "" && n.RefundNo == "" ||
		n.OutTradeNo != "" && !number(n.OutTradeNo) || n.RefundNo != "" && !number(n.RefundNo) {
		n.OutTradeNo, n.RefundNo = "", ""
		return n, errors.New("notice: names no order of ours")
	}
	// The platform gives notices no number; the same words have the same signature.
	n.ID = signature
	n.Status, n.Answer = http.StatusOK, []byte(c.cfg.NotifyAck)
	return n, nil
}

// readForm takes a form apart, strictly: a field given twice could be read
// twice. sign comes back by itself.
func readForm(body []byte) (fields []pair, signature string, err error) {
	if len(body) > maxNotice {
		return nil, "", errors.New("notice: is too large")
	}
	form, err := url.ParseQuery(strings.TrimSpace(string(body)))
	if err != nil || len(form) > maxNoticeField {
		return nil, "", errors.New("notice: is not a form")
	}
	for name, values := range form {
		if len(values) != 1 {
			return nil, "", errors.New("notice: gives a field " + strconv.Itoa(len(values)) + " times")
		}
		if name == "sign" {
			signature = values[0]
			continue
		}
		fields = append(fields, pair{name, values[0]})
	}
	if len(signature) != 32 {
		return nil, "", errors.New("notice: has no signature")
	}
	return fields, signature, nil
}

func valueOf(fields []pair, name string) string {
	for _, p := range fields {
		if p.name == name {
			return p.value
		}
	}
	return ""
}
