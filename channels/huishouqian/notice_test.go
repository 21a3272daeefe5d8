package huishouqian

import (
	"net/url"
	"strings"
	"testing"
)

// callback is a signed form about content, its fields edited before signing.
func callback(p *platform, content string, edit func(*envelope)) (envelope, string) {
	e := envelope{"CALLBACK", "1.0.0", "JSON", "8500000000001", "RSA2", content}
	if edit != nil {
		edit(&e)
	}
	sign, _ := p.signer.sign(e.toSign(p.signer.secret))
	return e, sign
}

func TestNotices(t *testing.T) {
	c, p := newChannel(t, nil)
	refund := `{"transNo":"R1","origTransNo":"` + testNo + `","orderStatus":"SUCCESS","merchantNo":"8500000000001"}`
	e, sign := callback(p, refund, nil)
	n, err := c.Notified(t.Context(), nil, e.form(sign))
	if err != nil || n.OutTradeNo != testNo || n.RefundNo != "R1" || string(n.Answer) != "SUCCESS" {
		t.Errorf("%+v, %v", n, err)
	}
	// Signed as CALLBACK and sent as something else, as to one client (§9).
	other := e
	other.method, other.version, other.format = "POLYMERIZE_REFUND", "1.0", "json"
	again, err := c.Notified(t.Context(), nil, other.form(sign))
	if err != nil || again.ID != n.ID {
		t.Errorf("%+v, %v", again, err)
	}
	off := false
	strict, _ := newChannel(t, nil, func(c *Config) { c.NotifyFallbackEnvelope, c.NotifyAck = &off, "success" })
	if _, err := strict.Notified(t.Context(), nil, other.form(sign)); err == nil {
		t.Error("another envelope was taken")
	}
	if n, err := strict.Notified(t.Context(), nil, e.form(sign)); err != nil || string(n.Answer) != "success" {
		t.Errorf("%+v, %v", n, err)
	}
}

func TestNoticesRefused(t *testing.T) {
	c, p := newChannel(t, nil)
	good := `{"transNo":"` + testNo + `","orderStatus":"SUCCESS"}`
	form := func(content string, edit func(*envelope)) string {
		e, sign := callback(p, content, edit)
		return string(e.form(sign))
	}
	valid := form(good, nil)
	for name, body := range map[string]string{
		"empty":           "",
		"page":            "<html></html>",
		"json":            `{"signContent":"x"}`,
		"unsigned":        valid[:strings.Index(valid, "&sign=")],
		"forged":          valid[:len(valid)-4] + "0000",
		"changed":         strings.Replace(valid, "SUCCESS", "FAIL", 1),
		"truncated":       valid[:len(valid)/2],
		"oversize":        valid + "&x=" + strings.Repeat("a", maxNotice),
		"field twice":     valid + "&method=CALLBACK",
		"bad escape":      valid + "&x=%zz",
		"semicolon":       valid + ";x=1",
		"other merchant":  form(good, func(e *envelope) { e.merchantNo = "8500000000002" }),
		"other scheme":    form(good, func(e *envelope) { e.signType = "MD5" }),
		"names a wrong":   form(`{"transNo":"`+testNo+`","merchantNo":"1"}`, nil),
		"no order":        form(`{"orderStatus":"SUCCESS"}`, nil),
		"odd order":       form(`{"transNo":"a|b"}`, nil),
		"odd refund":      form(`{"transNo":"a|b","origTransNo":"1"}`, nil),
		"not an object":   form(`[]`, nil),
		"member twice":    form(`{"transNo":"1","transNo":"1"}`, nil),
		"field in method": form(good, func(e *envelope) { e.method = "CALLBACK&version=1.0.0" }),
		"decoded twice":   strings.ReplaceAll(valid, "%22", "%2522"),
	} {
		n, err := c.Notified(t.Context(), nil, []byte(body))
		if err == nil || n.OutTradeNo != "" || n.RefundNo != "" || n.Status < 400 || string(n.Answer) != "FAIL" {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
	// Moving words between the fields must not find another reading.
	e, sign := callback(p, `{"extend":"&format=JSON&merchantNo=8500000000001&signType=RSA2&signContent={"}`, nil)
	text := e.toSign(p.signer.secret)
	at := strings.LastIndex(text, "&signContent=")
	moved := envelope{method: strings.TrimPrefix(text[:at], "method="), merchantNo: e.merchantNo, signType: signType, signContent: "{"}
	if _, err := c.Notified(t.Context(), nil, moved.form(sign)); err == nil {
		t.Error("taken")
	}
	if _, err := url.ParseQuery(valid); err != nil {
		t.Fatal(err)
	}
}
