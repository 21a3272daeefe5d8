package huifu

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// maxNotice bounds a callback: live ones have a few thousand bytes.
const maxNotice = 256 << 10

// Notified reads a callback (§9): a form whose resp_data is signed as it
// stands, never sorted. notify_type 1 is the channel's result and 2 the
// booking's; both are hints of the same kind here, and repetitions of one have
// the same ID.
func (c *Channel) Notified(_ context.Context, _ http.Header, body []byte) (channels.Notice, error) {
	n := channels.Notice{Status: http.StatusBadRequest, Answer: []byte("REFUSED"), AnswerType: "text/plain; charset=UTF-8"}
	form, err := readForm(body)
	if err != nil {
		return n, err
	}
	text, ok := c.signedText(form.Get("resp_data"), form.Get("sign"))
	if !ok {
		n.Status = http.StatusUnauthorized
		return n, errors.New("notice: is not proven by its signature")
	}
	d, err := wire.ParseObject([]byte(text))
	if err != nil {
		return n, errors.New("notice: is not of the platform's form")
	}
	if d.Text("huifu_id") != c.cfg.HuifuID {
		return n, errors.New("notice: is another merchant's")
	}
	no := d.Text("req_seq_id")
	if !isNumber(no, 128) {
		return n, errors.New("notice: names no order")
	}
	n.ID = noticeID(d, no)
	if isRefund(d, no) {
		n.RefundNo, n.OutTradeNo = no, wire.Cut(d.Text("org_req_seq_id"), 128)
	} else {
		n.OutTradeNo = no
	}
	n.Status, n.Answer = http.StatusOK, []byte("RECV_ORD_ID_"+no)
	return n, nil
}

func readForm(body []byte) (url.Values, error) {
	if len(body) > maxNotice {
		return nil, errors.New("notice: is too long")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("notice: is not a form")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, errors.New("notice: gives a field twice: " + wire.Cut(plain(name), 32))
		}
	}
	return form, nil
}

// signedText is resp_data if its signature is Huifu's. One framework hands it
// as an array of one text: then that text is what was signed.
func (c *Channel) signedText(text, sign string) (string, bool) {
	sig, ok := readSignature(sign)
	if !ok || text == "" {
		return "", false
	}
	if sig.fits(c.platform, []byte(text)) {
		return text, true
	}
	var list []string
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &list) == nil && len(list) == 1 && sig.fits(c.platform, []byte(list[0])) {
		return list[0], true
	}
	return "", false
}

// noticeID tells repetitions apart by hf_seq_id and notify_type (§9).
func noticeID(d wire.Object, no string) string {
	id := d.Text("hf_seq_id")
	if id == "" {
		id = no
	}
	return wire.Cut(plain(id+"-"+textOf(d, "notify_type")), 160)
}

// isRefund tells a refund's callback: it names its payment or its kind, or
// an undoing's number begins with U.
func isRefund(d wire.Object, no string) bool {
	return d.Text("org_req_seq_id") != "" || strings.Contains(strings.ToUpper(d.Text("trans_type", "trade_type")), "REFUND") || no[0] == 'U'
}
