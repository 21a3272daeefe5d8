package huishouqian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

const (
	methodStatement  = "QUERY_TRADE_FILE" // §5
	statementTimeout = 60 * time.Second
	maxStatement     = 64 << 20
)

// statementFields are the columns that statement_columns may name, as fields
// of §6; its values are the words of the file's header.
var statementFields = strings.Fields("transNo origTransNo tradeNo orderAmt orderStatus payType finishedDate")

// Statement fetches the file of day's calendar date (§10). The platform answers
// with an address: its word for it is signed, the file itself is not, so its
// proof is TLS to the host that the signed answer names.
func (c *Channel) Statement(ctx context.Context, day time.Time) (channels.Statement, error) {
	date := day.Format("20060102")
	from := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, c.zone).Add(c.ready)
	if !c.local && c.now().Before(from) {
		return channels.Statement{}, channels.ErrNotReady
	}
	a, err := c.exchange(ctx, call{
		method: methodStatement, timeout: c.callTimeout,
		content: content{{"batchDate", date}, {"billType", c.StatementBillType}},
	})
	if err != nil {
		return channels.Statement{}, fmt.Errorf("statement: %w", err)
	}
	address, err := c.statementAddress(a, date)
	if err != nil {
		return channels.Statement{}, err
	}
	body, err := c.download(ctx, address)
	if err != nil {
		return channels.Statement{}, err
	}
	name := "huishouqian-" + c.MerchantNo + "-" + date + ".csv"
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		name = strings.TrimSuffix(name, "csv") + "zip"
	}
	return channels.Statement{Name: name, Body: body}, nil
}

// statementAddress reads downloadUrl from a proven answer about that day.
func (c *Channel) statementAddress(a answer, date string) (*url.URL, error) {
	r, over := a.unusable(c.codes)
	if over || !a.success {
		return nil, fmt.Errorf("statement: platform answered %s %s", r.Code, r.Message)
	}
	t := a.result
	if n := word(t, "batchDate"); n != "" && strings.ReplaceAll(n, "-", "") != date || c.stranger(t) != "" {
		return nil, errors.New("statement: answer is about another day or merchant")
	}
	switch t.Text("orderStatus") {
	case stateInit, stateProcessing:
		return nil, channels.ErrNotReady
	}
	text := t.Text("downloadUrl")
	if text == "" {
		return nil, fmt.Errorf("statement: platform has none: %s %s", wire.Cut(word(t, "respCode"), 32), wire.Cut(t.Text("respMsg"), 256))
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(text) > 4096 {
		return nil, errors.New("statement: its address is not an https one")
	}
	return u, nil
}

// download fetches the file over a way of its own, to what may be another host.
func (c *Channel) download(ctx context.Context, u *url.URL) ([]byte, error) {
	way := c.settings.wire
	way.Endpoint, way.Backups = u.Scheme+"://"+u.Host, nil
	w, err := wire.New(way)
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	defer w.Close()
	resp, err := w.Do(ctx, wire.Request{
		Method: http.MethodGet, Target: u.RequestURI(), Timeout: statementTimeout, MaxBody: maxStatement,
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("statement: %w", err)
	case resp.Status != http.StatusOK:
		return nil, fmt.Errorf("statement: its host answered %d", resp.Status)
	case len(resp.Body) == 0 || bytes.HasPrefix(bytes.TrimSpace(resp.Body), []byte("<")):
		return nil, errors.New("statement: its host sent a page, not a file")
	}
	return resp.Body, nil
}
