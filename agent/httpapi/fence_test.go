package httpapi

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// raw sends bytes that no HTTP client would, and answers the status.
func (d *desk) raw(t *testing.T, request string) int {
	t.Helper()
	conn, err := net.Dial("tcp", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	return statusLine(t, conn)
}

func statusLine(t *testing.T, conn net.Conn) int {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// Every path refuses every Host that is not one of the three, whoever asks.
func TestForeignHosts(t *testing.T) {
	d := openDesk(t, setup{page: http.NotFoundHandler()})
	_, port, _ := net.SplitHostPort(d.Addr)
	foreign := []string{
		"", "evil.example", "evil.example:P", "127.0.0.1", "localhost", "[::1]", "127.0.0.1:80", "127.0.0.1:P0", "127.0.0.1:0P", "127.0.0.1:", "localhost.:P",
		"127.0.0.1.:P", "LOCALHOST:P", "Localhost:P", "localhost.evil.example:P", "127.0.0.1.nip.io:P", "localhost.localdomain:P", "0.0.0.0:P", "0:P", "[::]:P",
		"2130706433:P", "0x7f000001:P", "0x7f.1:P", "017700000001:P", "127.1:P", "127.0.1:P", "127.000.000.001:P", "127.0.0.2:P", "127.0.0.01:P",
		"[::ffff:127.0.0.1]:P", "[::ffff:7f00:1]:P", "[0:0:0:0:0:0:0:1]:P", "[::0001]:P", "[::1%25lo]:P", "[::1.]:P", "::1:P", "[fe80::1]:P",
		"user@127.0.0.1:P", "127.0.0.1:P@evil.example", "127.0.0.1:P,evil.example", "evil.example,127.0.0.1:P", "127.0.0.1:P evil", "127.0.0.1:P/", "127.0.0.1:P#", "127.0.0.1:P?",
		"http://127.0.0.1:P", "//127.0.0.1:P", "127.0.0.1:P\\evil", "127.0.0.1%3aP", "localhost%2e:P", "127.0.0.1:P;", "*:P", "*", "ip6-localhost:P", "xn--localhost:P",
	}
	for _, host := range foreign {
		host = strings.ReplaceAll(host, "P", port)
		for _, path := range []string{"/v1/status", "/", "/healthz", "/open?ticket=x", "/openapi.json", "/nothing"} {
			for _, version := range []string{"1.1", "1.0"} {
				got := d.raw(t, "GET "+path+" HTTP/"+version+"\r\nHost: "+host+"\r\nAuthorization: Bearer "+goodToken+"\r\nConnection: close\r\n\r\n")
				if got != http.StatusMisdirectedRequest && got != http.StatusBadRequest {
					t.Errorf("Host %q, GET %s: %d", host, path, got)
				}
			}
		}
	}
	for _, host := range []string{"127.0.0.1:P", "[::1]:P", "localhost:P"} {
		host = strings.ReplaceAll(host, "P", port)
		if got := d.raw(t, "GET /v1/status HTTP/1.1\r\nHost: "+host+"\r\nAuthorization: Bearer "+goodToken+"\r\nConnection: close\r\n\r\n"); got != 200 {
			t.Errorf("Host %q: %d", host, got)
		}
	}
}

func TestForeignTargets(t *testing.T) {
	d := openDesk(t, setup{})
	auth := "Authorization: Bearer " + goodToken + "\r\nConnection: close\r\n\r\n"
	for name, request := range map[string]string{
		"two Host lines":             "GET /healthz HTTP/1.1\r\nHost: " + d.Addr + "\r\nHost: evil.example\r\n" + auth,
		"two Host lines, ours last":  "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: " + d.Addr + "\r\n" + auth,
		"two Host lines, both ours":  "GET /healthz HTTP/1.1\r\nHost: " + d.Addr + "\r\nHost: " + d.Addr + "\r\n" + auth,
		"no Host line":               "GET /healthz HTTP/1.1\r\n" + auth,
		"no Host line, HTTP/1.0":     "GET /healthz HTTP/1.0\r\n" + auth,
		"absolute form, ours":        "GET http://" + d.Addr + "/healthz HTTP/1.1\r\nHost: " + d.Addr + "\r\n" + auth,
		"absolute form, Host theirs": "GET http://" + d.Addr + "/healthz HTTP/1.1\r\nHost: evil.example\r\n" + auth,
		"absolute form, theirs":      "GET http://evil.example/healthz HTTP/1.1\r\nHost: " + d.Addr + "\r\n" + auth,
		"authority form":             "CONNECT " + d.Addr + " HTTP/1.1\r\nHost: " + d.Addr + "\r\n" + auth,
		"asterisk form":              "OPTIONS * HTTP/1.1\r\nHost: " + d.Addr + "\r\n" + auth,
		"a folded Host":              "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n " + d.Addr + "\r\n" + auth,
		"a space before the colon":   "GET /healthz HTTP/1.1\r\nHost : " + d.Addr + "\r\n" + auth,
	} {
		if got := d.raw(t, request); got != http.StatusMisdirectedRequest && got != http.StatusBadRequest {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := d.raw(t, "GET //evil.example/v1/status HTTP/1.1\r\nHost: "+d.Addr+"\r\n"+auth); got != 404 {
		t.Errorf("a path that begins with two slashes: %d", got)
	}
}

func TestForeignOrigins(t *testing.T) {
	d := openDesk(t, setup{})
	_, port, _ := net.SplitHostPort(d.Addr)
	for _, origin := range []string{
		"null", "http://evil.example", "https://evil.example", "https://127.0.0.1:P", "http://127.0.0.1", "http://127.0.0.1:P1", "http://127.0.0.1:P/", "http://127.0.0.1:P.evil.example",
		"http://evil.example:P", "http://localhost", "http://LOCALHOST:P", "HTTP://127.0.0.1:P", "http://127.0.0.1:P, http://evil.example", "http://evil.example http://127.0.0.1:P",
		"http://localhost.:P", "http://0.0.0.0:P", "http://[::ffff:127.0.0.1]:P", "file://", "127.0.0.1:P", "chrome-extension://abc", "http://user@127.0.0.1:P",
	} {
		origin = strings.ReplaceAll(origin, "P", port)
		for _, path := range []string{"/v1/status", "/healthz", "/"} {
			refused(t, origin+path, d.call("GET", path, "", "Origin", origin), 403, "foreign_origin", "")
		}
		refused(t, origin, d.call("POST", "/v1/sales", `{}`, "Origin", origin), 403, "foreign_origin", "")
		refused(t, origin, d.call("OPTIONS", "/v1/sales", "", "Origin", origin, "Access-Control-Request-Method", "POST"), 403, "foreign_origin", "")
	}
	for _, origin := range []string{"http://127.0.0.1:P", "http://[::1]:P", "http://localhost:P"} {
		d.want(200, "GET", "/v1/status", "", "Origin", strings.ReplaceAll(origin, "P", port))
	}
	two := d.call("GET", "/v1/status", "", "Origin", "http://127.0.0.1:"+port, "Origin", "http://evil.example")
	refused(t, "two origins", two, 403, "foreign_origin", "")
}

func TestSecFetchSite(t *testing.T) {
	d := openDesk(t, setup{page: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})})
	for _, c := range []struct {
		method, path, site, mode, dest string
		status                         int
	}{
		{"GET", "/v1/status", "", "", "", 200},
		{"GET", "/v1/status", "none", "navigate", "document", 200},
		{"GET", "/v1/status", "same-origin", "cors", "empty", 200},
		{"GET", "/v1/status", "same-site", "cors", "empty", 403},
		{"GET", "/v1/status", "cross-site", "cors", "empty", 403},
		{"GET", "/v1/status", "cross-site", "navigate", "document", 403},
		{"GET", "/v1/status", "bogus", "cors", "empty", 403},
		{"GET", "/", "cross-site", "navigate", "document", 200},
		{"GET", "/", "same-site", "navigate", "document", 200},
		{"GET", "/", "cross-site", "navigate", "iframe", 403},
		{"GET", "/", "cross-site", "no-cors", "image", 403},
		{"GET", "/open?ticket=x", "cross-site", "navigate", "document", 410},
		{"GET", "/open?ticket=x", "cross-site", "no-cors", "image", 403},
		{"GET", "/assets/till.js", "cross-site", "no-cors", "script", 403},
		{"POST", "/", "cross-site", "navigate", "document", 403},
	} {
		a := d.call(c.method, c.path, "", "Sec-Fetch-Site", c.site, "Sec-Fetch-Mode", c.mode, "Sec-Fetch-Dest", c.dest)
		if c.site == "" {
			a = d.call(c.method, c.path, "")
		}
		if a.StatusCode != c.status {
			t.Errorf("%+v: %d", c, a.StatusCode)
		}
	}
}

// Without a token every call answers the same, whatever exists.
func TestNoTokenTellsNothing(t *testing.T) {
	d := openDesk(t, setup{demo: http.NotFoundHandler(), page: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
	sale := d.sale("r1")
	lines := []string{"", "Bearer", "Bearer ", "Bearer wrong", "Bearer " + goodToken[1:], "Bearer " + goodToken + "0", goodToken, "Basic " + goodToken, "Bearer  " + goodToken}
	texts := map[string]bool{}
	for _, route := range d.routes {
		if route.needs == public {
			if route.pattern != "/open" {
				if a := d.ask("GET", strings.TrimSuffix(route.pattern, "{$}"), ""); a.StatusCode >= 300 {
					t.Errorf("%s asks for a token: %d", route, a.StatusCode)
				}
			}
			continue
		}
		method := route.method
		if method == "" {
			method = "GET"
		}
		for _, id := range []string{strings.TrimPrefix(sale, "/v1/sales/"), "s1"} {
			for _, line := range lines {
				var headers []string
				if line != "" {
					headers = []string{"Authorization", line}
				}
				a := d.ask(method, strings.ReplaceAll(route.pattern, "{id}", id), "", headers...)
				refused(t, fmt.Sprint(route, " ", line), a, 401, "no_token", "")
				texts[a.text] = true
			}
		}
	}
	for _, path := range []string{"/v1/nothing", "/v1/sales/s1/capture", "/nothing"} {
		a := d.ask("GET", path, "")
		refused(t, path, a, 401, "no_token", "")
		texts[a.text] = true
	}
	a := d.ask("GET", "/v1/status", "", "Authorization", "Bearer "+goodToken, "Authorization", "Bearer "+goodToken)
	refused(t, "two tokens", a, 401, "no_token", "")
	if len(texts) != 1 {
		t.Errorf("the refusals differ: %v", texts)
	}
}
