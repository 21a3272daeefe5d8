package huishouqian

import (
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"tillpay/channels"
)

// The whole way once, over TLS: the gateway's own path, one form, one answer.
func TestOverTLS(t *testing.T) {
	v := vectors(t)
	var line, kind, method string
	calls := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		line, kind, method = r.Method+" "+r.RequestURI, r.Header.Get("Content-Type"), form.Get("method")
		calls++
		io.WriteString(w, v.vector(t, "hsq-resp-success").Body)
	}))
	defer server.Close()
	dir := t.TempDir()
	cfg := config(t, dir)
	write(t, dir, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o644)
	cfg.Endpoint, cfg.CAFile = server.URL+"/gate/way", "ca.pem"
	c, err := open(settingsOf(cfg, dir, channels.Env{}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Disconnect()
	if r := c.Pay(t.Context(), testPayment); r.Outcome != channels.Paid {
		t.Errorf("%+v", r)
	}
	if line != "POST /gate/way" || !strings.HasPrefix(kind, "application/x-www-form-urlencoded") || method != methodBarcode || calls != 1 {
		t.Errorf("%s, %s, %s, %d calls", line, kind, method, calls)
	}
}

// The settings as a file has them, tables and all.
func TestSettingsInTOML(t *testing.T) {
	const text = `
name = "hsq"
driver = "huishouqian"
merchant_no = "8500000000001"
private_key_file = "pbes2.pfx"
private_key_password_file = "password"
platform_certificate_file = "platform.cer"
sign_key_file = "sign.key"
paytype_wechat_barcode = ""
confirm_refusal = false
timeout = "15s"
[codes]
200112 = "ask"
900001 = "dec ask cfg"
[extra_fields]
transType = "2"
[statement_columns]
orderAmt = "金额"
`
	dir := t.TempDir()
	config(t, dir)
	s := settingsOf(Config{}, dir, channels.Env{})
	s.Decode = func(into any) error {
		return toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields().Decode(into)
	}
	c, err := open(s)
	if err != nil {
		t.Fatal(err)
	}
	if c.confirmRefusal || c.payTypes[wechat] != "" || c.payTypes[alipay] == "" || c.payTimeout != 15*time.Second ||
		c.codes["200112"].pay != actAsk || c.ExtraFields["transType"] != "2" || c.StatementColumns["orderAmt"] != "金额" {
		t.Errorf("%+v", c.settings)
	}
}
