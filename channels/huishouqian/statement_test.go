package huishouqian

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// host serves a file beside the platform.
type host struct {
	*platform
	asked  []string
	status int
	file   string
}

func (h *host) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		return h.platform.RoundTrip(r)
	}
	h.asked = append(h.asked, r.URL.String())
	return &http.Response{StatusCode: h.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(h.file))}, nil
}

func newStatement(t *testing.T, answer func(*platform, string, string) (int, string), status int, file string) (*Channel, *host) {
	t.Helper()
	_, p := newChannel(t, answer)
	h := &host{platform: p, status: status, file: file}
	dir := t.TempDir()
	c, err := open(settingsOf(config(t, dir), dir, channels.Env{Now: func() time.Time { return testTime }, Transport: h}))
	if err != nil {
		t.Fatal(err)
	}
	return c, h
}

func TestStatement(t *testing.T) {
	const at = "https://files.example.test/a/b.csv?sig=%2F1"
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	ready := `{"batchDate":"20261121","downloadUrl":"` + at + `","infoNo":"1","orderStatus":"SUCCESS"}`
	for _, v := range []struct{ file, name string }{
		{"商户订单号,交易金额\n1,1\n", "huishouqian-8500000000001-20261121.csv"},
		{"PK\x03\x04rest", "huishouqian-8500000000001-20261121.zip"},
	} {
		c, h := newStatement(t, always(ready), 200, v.file)
		s, err := c.Statement(t.Context(), day)
		if err != nil || string(s.Body) != v.file || s.Name != v.name || len(h.asked) != 1 || h.asked[0] != at {
			t.Errorf("%+v, %v, %v", s, err, h.asked)
		}
	}
	for name, v := range map[string]struct {
		answer func(*platform, string, string) (int, string)
		status int
		file   string
	}{
		"page":         {always(ready), 200, "<html>"},
		"empty":        {always(ready), 200, ""},
		"gone":         {always(ready), 404, "x"},
		"redirect":     {always(ready), 302, "x"},
		"http":         {always(strings.Replace(ready, "https:", "http:", 1)), 200, "x"},
		"user":         {always(strings.Replace(ready, "files.", "a:b@files.", 1)), 200, "x"},
		"no address":   {always(`{"batchDate":"20261121","orderStatus":"FAIL","respCode":"100203"}`), 200, "x"},
		"other day":    {always(strings.Replace(ready, "20261121", "20261120", 1)), 200, "x"},
		"unsigned":     {raw(200, `{"success":true,"result":"{}"}`), 200, "x"},
		"refused":      {refuses("200206", "ip"), 200, "x"},
		"other's":      {always(strings.Replace(ready, `{`, `{"merchantNo":"1",`, 1)), 200, "x"},
		"lost":         {raw(0, ""), 200, "x"},
		"gateway page": {raw(502, "<html>"), 200, "x"},
	} {
		c, _ := newStatement(t, v.answer, v.status, v.file)
		if s, err := c.Statement(t.Context(), day); err == nil || s.Body != nil || errors.Is(err, channels.ErrNotReady) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	c, h := newStatement(t, always(`{"batchDate":"20261121","orderStatus":"PROCESSING"}`), 200, "x")
	if _, err := c.Statement(t.Context(), day); !errors.Is(err, channels.ErrNotReady) {
		t.Error(err)
	}
	calls := h.calls()
	if _, err := c.Statement(t.Context(), day.AddDate(0, 0, 1)); !errors.Is(err, channels.ErrNotReady) || h.calls() != calls {
		t.Errorf("the day itself: %v", err)
	}
}
