package wechatdeposit

import (
	"context"
	"errors"
	"net/http"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// What the platform wants to hear (§12); anything but the first, and it repeats.
var (
	noticeTaken   = []byte("<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>")
	noticeRefused = []byte("<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[not accepted]]></return_msg></xml>")
)

// Notified reads a callback, in ordinary v2's form (B-1): of a prepared order's
// payment, which is signed as the order was, or of a refund, whose content is
// encrypted and not signed. Neither bears a time, and ECB proves nothing about
// its blocks' order: both are hints.
func (c *Channel) Notified(_ context.Context, _ http.Header, body []byte) (channels.Notice, error) {
	n := channels.Notice{Status: http.StatusBadRequest, Answer: noticeRefused, AnswerType: "text/xml; charset=utf-8"}
	e, err := parse(body, "xml")
	switch {
	case err != nil:
		return n, errors.New("notice: is not of the platform's form")
	case e["return_code"] != "SUCCESS":
		return n, errors.New("notice: tells of no success")
	}
	sealed := e["req_info"] != ""
	if p := c.key.check(e, c.algorithm(create)); p == broken || p == unsigned && !sealed {
		n.Status = http.StatusUnauthorized
		return n, errors.New("notice: is not proven by its signature")
	}
	if sealed {
		err = c.refundNotice(&n, e)
	} else {
		err = c.paymentNotice(&n, e)
	}
	if err == nil {
		n.Status, n.Answer = http.StatusOK, noticeTaken
	}
	return n, err
}

func (c *Channel) paymentNotice(n *channels.Notice, e elements) error {
	if name := c.stranger(e, true); name != "" {
		return errors.New("notice: is another merchant's: " + name)
	}
	if !validNumber(e["out_trade_no"], 32, orderMore) {
		return errors.New("notice: names no order")
	}
	n.OutTradeNo = e["out_trade_no"]
	n.ID = wire.Cut("payment "+n.OutTradeNo+" "+e["transaction_id"], 80)
	return nil
}

func (c *Channel) refundNotice(n *channels.Notice, e elements) error {
	if name := c.stranger(e, false); name != "" {
		return errors.New("notice: is another merchant's: " + name)
	}
	inner, err := c.key.openInfo(e["req_info"])
	if err != nil {
		n.Status = http.StatusUnauthorized
		return errors.New("notice: cannot be decrypted")
	}
	if !validNumber(inner["out_trade_no"], 32, orderMore) || !validNumber(inner["out_refund_no"], 64, refundMore) {
		return errors.New("notice: names no refund")
	}
	n.OutTradeNo, n.RefundNo = inner["out_trade_no"], inner["out_refund_no"]
	n.ID = wire.Cut("refund "+n.RefundNo+" "+inner["refund_id"]+" "+inner["refund_status"], 128)
	return nil
}
