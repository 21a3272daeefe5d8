package fubei

import (
	"context"
	"net/url"
	"strings"
	"testing"
)

// form is a signed callback about data, edited before it is signed.
func form(secret, data string, more ...pair) string {
	fields := append([]pair{{"result_code", "200"}, {"result_message", "成功"}, {"data", data}}, more...)
	v := url.Values{}
	for _, p := range fields {
		v.Set(p.name, p.value)
	}
	v.Set("sign", sign(fields, secret))
	return v.Encode()
}

func TestNotices(t *testing.T) {
	const data = `{"merchant_order_sn":"T0120261122000002","trade_state":"SUCCESS","total_fee":12.30}`
	good := form(merchantSecret, data)
	for _, v := range []struct {
		name, body string
		status     int
	}{
		{"1.0's names", good, 200},
		{"a field more, signed", form(merchantSecret, data, pair{"extra", "x"}), 200},
		{"an empty field", form(merchantSecret, data, pair{"extra", ""}), 200},
		{"another state", form(merchantSecret, strings.Replace(data, "SUCCESS", "CLOSED", 1)), 200}, // a hint all the same
		{"again", good, 200},
		{"a field more, not signed", good + "&extra=x", 401},
		{"another's secret", form(vendorSecret, data), 401},
		{"lower case", strings.Replace(good, "sign=", "sign=x", 1), 400},
		{"unsigned", strings.Split(good, "&sign=")[0], 400},
		{"empty sign", strings.Split(good, "&sign=")[0] + "&sign=", 400},
		{"changed", strings.Replace(good, "12.30", "12.31", 1), 401},
		{"truncated", good[:len(good)-1], 400},
		{"data twice", good + "&data=%7B%7D", 400},
		{"sign twice", good + "&sign=x", 400},
		{"another store", form(merchantSecret, strings.Replace(data, "{", `{"store_id":1002,`, 1)), 400},
		{"members twice", form(merchantSecret, strings.Replace(data, "{", `{"merchant_order_sn":"1",`, 1)), 400},
		{"no number", form(merchantSecret, `{"trade_state":"SUCCESS"}`), 400},
		{"odd number", form(merchantSecret, `{"merchant_order_sn":"../x"}`), 400},
		{"long number", form(merchantSecret, `{"merchant_order_sn":"`+strings.Repeat("1", 33)+`"}`), 400},
		{"no data", form(merchantSecret, ""), 400},
		{"data a list", form(merchantSecret, "[]"), 400},
		{"json", data, 400},
		{"html", "<html><title>x</title></html>", 400},
		{"empty", "", 400},
		{"bad escapes", "data=%zz&sign=" + strings.Repeat("A", 32), 400},
		{"semicolons", strings.ReplaceAll(good, "&", ";"), 400},
		{"oversize", form(merchantSecret, `{"merchant_order_sn":"1","x":"`+strings.Repeat("x", maxNotice)+`"}`), 400},
		{"many fields", strings.Repeat("a=1&", 9) + manyFields() + good, 400},
	} {
		c, _ := newChannel(t, always(500, ""))
		got, err := c.Notified(context.Background(), nil, []byte(v.body))
		taken := v.status == 200
		if got.Status != v.status || (err == nil) != taken || (string(got.Answer) == "success") != taken || (got.OutTradeNo == "T0120261122000002") != taken || (got.ID != "") != taken {
			t.Errorf("%s: %+v, %v", v.name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), merchantSecret) {
			t.Errorf("%s: shows the secret", v.name)
		}
	}
}

func manyFields() string {
	var s strings.Builder
	for c := 'a'; c <= 'z'; c++ {
		s.WriteString("x" + string(c) + "=1&y" + string(c) + "=1&")
	}
	return s.String()
}

func TestNoticeAtVendorLevel(t *testing.T) {
	const data = `{"merchant_order_sn":"T0120261122000002","uid":3000001,"order_status":"SUCCESS"}`
	c, _ := newChannel(t, always(500, ""), twoVendor, func(c *Config) { c.NotifyAck = "SUCCESS" })
	if got, err := c.Notified(context.Background(), nil, []byte(form(vendorSecret, data))); err != nil || string(got.Answer) != "SUCCESS" {
		t.Errorf("%+v, %v", got, err)
	}
	for name, body := range map[string]string{"another merchant": form(vendorSecret, strings.Replace(data, "3000001", "3000002", 1)), "merchant's secret": form(merchantSecret, data)} {
		if got, err := c.Notified(context.Background(), nil, []byte(body)); err == nil || got.Status == 200 || string(got.Answer) != "fail" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
