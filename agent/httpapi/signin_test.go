package httpapi

import (
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a Now that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// follow opens a link and answers the session's cookie.
func (d *desk) follow(link string) *http.Cookie {
	d.t.Helper()
	a := d.ask("GET", strings.TrimPrefix(link, d.url), "", "Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate")
	if a.StatusCode != 303 || a.Header.Get("Location") != "/" || len(a.Cookies()) != 1 {
		d.t.Fatalf("%d %v", a.StatusCode, a.Header)
	}
	return a.Cookies()[0]
}

func TestLinkWorksOnce(t *testing.T) {
	c := &clock{at: time.Now()}
	d := openDesk(t, setup{now: c.now})
	link := d.want(200, "POST", "/v1/page-links", "")["url"].(string)
	if !strings.HasPrefix(link, d.url+"/open?ticket=") {
		t.Fatal(link)
	}
	path := strings.TrimPrefix(link, d.url)
	if a := d.ask("HEAD", path, ""); a.StatusCode != 405 {
		t.Errorf("HEAD: %d", a.StatusCode)
	}
	cookie := d.follow(link)
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.MaxAge != 12*3600 || len(cookie.Value) != 64 || cookie.Domain != "" {
		t.Errorf("%+v", cookie)
	}
	for _, path := range []string{path, "/open", "/open?ticket=", "/open?ticket=" + cookie.Value} {
		a := d.ask("GET", path, "")
		if a.StatusCode != 410 || !strings.Contains(a.text, "This link was used. Run <code>tillpay page</code>") || len(a.Cookies()) != 0 {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.text)
		}
	}
	late := d.Link(Cashier)
	c.pass(10 * time.Minute)
	if a := d.ask("GET", strings.TrimPrefix(late, d.url), ""); a.StatusCode != 410 {
		t.Errorf("after ten minutes: %d", a.StatusCode)
	}
	session := "tillpay_session=" + cookie.Value
	if a := d.ask("GET", "/v1/status", "", "Cookie", session); a.StatusCode != 200 {
		t.Error(a.text)
	}
	c.pass(12 * time.Hour)
	refused(t, "after twelve hours", d.ask("GET", "/v1/status", "", "Cookie", session), 401, "no_token", "")
}

func TestSessionIsForOurPageAlone(t *testing.T) {
	d := openDesk(t, setup{})
	cookie := "tillpay_session=" + d.follow(d.Link(Cashier)).Value
	localhost := strings.Replace(d.url, "127.0.0.1", "localhost", 1)
	const body = `{"reference":"r1","amount":1,"currency":"HKD"}`
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"with our origin":             {[]string{"Origin", d.url}, 201},
		"as the browser says":         {[]string{"Sec-Fetch-Site", "same-origin"}, 200},
		"with no sign of whence":      {nil, 403},
		"typed":                       {[]string{"Sec-Fetch-Site", "none"}, 403},
		"from another name of ours":   {[]string{"Origin", localhost}, 403},
		"with a token that is wrong":  {[]string{"Origin", d.url, "Authorization", "Bearer x"}, 401},
		"from a port beside":          {[]string{"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"}, 403},
		"with two different cookies":  {[]string{"Origin", d.url, "Cookie", "tillpay_session=x"}, 200},
		"from elsewhere, ours quoted": {[]string{"Origin", d.url, "Sec-Fetch-Site", "cross-site"}, 403},
	} {
		if name == "as the browser says" || name == "with two different cookies" {
			d.call("POST", "/v1/sales", body)
		} else if c.status == 201 {
			continue
		}
		a := d.ask("POST", "/v1/sales", body, append([]string{"Cookie", cookie, "Content-Type", "application/json"}, c.headers...)...)
		if a.StatusCode != c.status {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.text)
		}
	}
	d.want(200, "POST", "/v1/sales", body)
	a := d.ask("POST", "/v1/sales", `{"reference":"r2","amount":1,"currency":"HKD"}`, "Cookie", cookie, "Origin", d.url, "Content-Type", "application/json")
	if a.StatusCode != 201 {
		t.Error(a.text)
	}
	refused(t, "a read from another name", d.ask("GET", "/v1/status", "", "Cookie", cookie, "Origin", localhost), 403, "foreign_origin", "")
}

func TestSessionHasFewerRights(t *testing.T) {
	d := openDesk(t, setup{})
	paid := d.pays("r1", goodCode)
	headers := []string{"Cookie", "tillpay_session=" + d.follow(d.Link(Cashier)).Value, "Origin", d.url, "Content-Type", "application/json"}
	refused(t, "refund", d.ask("POST", paid+"/refunds", `{"reference":"f","reason":"y"}`, headers...), 403, "forbidden", "")
	refused(t, "link", d.ask("POST", "/v1/page-links", `{}`, headers...), 403, "forbidden", "")
	refused(t, "copy", d.ask("POST", paid+"/reprint", `{}`, headers...), 403, "forbidden", "")
	refused(t, "capture", d.ask("POST", paid+"/capture", `{"amount":1}`, headers...), 403, "forbidden", "")
	refused(t, "release", d.ask("POST", paid+"/release", `{}`, headers...), 403, "forbidden", "")
	refused(t, "reconcile", d.ask("POST", "/v1/days/2026-07-28/reconcile", `{}`, headers...), 403, "forbidden", "")
	refused(t, "attention", d.ask("GET", "/v1/attention", "", headers[:4]...), 403, "forbidden", "")
	refused(t, "resolve", d.ask("POST", "/v1/attention/a1/resolve", `{"choice":"paid","note":"x"}`, headers...), 403, "forbidden", "")
	a := d.ask("POST", paid+"/reprint", `{}`, append(headers, "Accept-Language", "zh-HK")...)
	if v := a.object(t); v["detail"] != "此操作需要店長權限，請找店長。" || v["action"] != "call_manager" {
		t.Error(a.text)
	}
	if a := d.ask("GET", "/v1/session", "", headers[:4]...); a.text != `{"role":"cashier","may":["read","charge","play","cancel"]}`+"\n" {
		t.Error(a.text)
	}
	if a := d.ask("POST", d.sale("r2")+"/cancel", `{}`, headers...); a.StatusCode != 200 {
		t.Error(a.text)
	}
}

// A manager's page does what a cashier's may not, and the journal says whose it was.
func TestManagersSession(t *testing.T) {
	d := openDesk(t, setup{})
	refused(t, "a role that is none", d.call("POST", "/v1/page-links", `{"role":"owner"}`), 422, "invalid_value", "role")
	link := d.want(200, "POST", "/v1/page-links", `{"role":"manager"}`)["url"].(string)
	headers := []string{"Cookie", "tillpay_session=" + d.follow(link).Value, "Origin", d.url, "Content-Type", "application/json"}
	paid := d.pays("r1", goodCode)
	if a := d.ask("POST", paid+"/refunds", `{"reference":"f","amount":100,"reason":"cold"}`, headers...); a.StatusCode != 201 {
		t.Error(a.text)
	}
	if a := d.ask("POST", paid+"/reprint", `{}`, headers...); a.StatusCode != 200 {
		t.Error(a.text)
	}
	if a := d.ask("GET", "/v1/attention", "", headers[:4]...); a.StatusCode != 200 {
		t.Error(a.text)
	}
	refused(t, "link", d.ask("POST", "/v1/page-links", `{"role":"manager"}`, headers...), 403, "forbidden", "")
	if a := d.ask("GET", "/v1/session", "", headers[:4]...); !strings.Contains(a.text, `"role":"manager"`) || !strings.Contains(a.text, `"refund"`) || strings.Contains(a.text, `"links"`) {
		t.Error(a.text)
	}
	if journal := d.call("GET", paid+"/journal", "").text; strings.Count(journal, `"by":"manager"`) < 2 {
		t.Error(journal)
	}
}

// TestSessionEnds: a manager at a cashier's till leaves no right behind, whether the
// page is signed out or another link is opened over it.
func TestSessionEnds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sessions")
	d := openDesk(t, setup{sessions: file})
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Transport: http.DefaultTransport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer browser.CloseIdleConnections()
	ask := func(method, path string) *http.Response {
		r, _ := http.NewRequest(method, d.url+path, nil)
		r.Header.Set("Origin", d.url)
		a, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		return a
	}
	open := func(role Role) string {
		a := ask("GET", strings.TrimPrefix(d.Link(role), d.url))
		if len(a.Cookies()) != 1 {
			t.Fatalf("%d %v", a.StatusCode, a.Header)
		}
		return a.Cookies()[0].Value
	}
	used := func(d *desk, cookie string) int {
		return d.ask("GET", "/v1/session", "", "Cookie", "tillpay_session="+cookie).StatusCode
	}
	elsewhere := d.follow(d.Link(Cashier)).Value
	cashier, manager := open(Cashier), open(Manager)
	if used(d, cashier) != 401 || used(d, manager) != 200 || ask("GET", "/v1/attention").StatusCode != 200 {
		t.Errorf("behind another link the cashier's answers %d, the manager's %d", used(d, cashier), used(d, manager))
	}
	if a := d.ask("POST", "/v1/session/end", "{}", "Cookie", "tillpay_session="+manager, "Origin", "http://elsewhere.example", "Content-Type", json1); a.StatusCode != 403 {
		t.Errorf("signed out by another page: %d", a.StatusCode)
	}
	if a := d.call("POST", "/v1/session/end", ""); a.StatusCode != 204 || used(d, manager) != 200 {
		t.Errorf("a program's end: %d", a.StatusCode)
	}
	if a := ask("POST", "/v1/session/end"); a.StatusCode != 204 || len(a.Cookies()) != 1 || a.Cookies()[0].MaxAge >= 0 || a.Cookies()[0].Path != "/" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	after := openDesk(t, setup{sessions: file})
	if used(d, manager) != 401 || used(after, manager) != 401 || ask("GET", "/v1/session").StatusCode != 401 {
		t.Error("the session goes on behind its end")
	}
	if used(d, elsewhere) != 200 || used(after, elsewhere) != 200 {
		t.Error("another browser's session ended with it")
	}
}

func TestVouchersAreFew(t *testing.T) {
	d := openDesk(t, setup{})
	first := d.Link(Cashier)
	d.sessions.most = 2
	a := d.follow(d.Link(Cashier))
	for range 40 {
		d.Link(Cashier)
	}
	if _, ok := d.tickets.spend(strings.TrimPrefix(first, d.url+"/open?ticket=")); ok {
		t.Error("links are kept without end")
	}
	d.follow(d.Link(Cashier))
	d.follow(d.Link(Cashier))
	if _, ok := d.sessions.valid(a.Value); ok {
		t.Error("sessions are kept without end")
	}
}

type noLuck struct{}

func (noLuck) Read([]byte) (int, error) { return 0, http.ErrBodyNotAllowed }

func TestLinkWithoutRandomnessSignsNobodyIn(t *testing.T) {
	d := openDesk(t, setup{random: noLuck{}})
	if d.Link(Cashier) != d.url+"/" {
		t.Error(d.Link(Cashier))
	}
}

// A till without a token has no caller with one.
func TestEmptyTokenIsNobodys(t *testing.T) {
	d := openDesk(t, setup{})
	a := New(Config{Till: d.Till, Addr: d.Addr})
	for _, line := range []string{"Bearer ", "Bearer", "bearer "} {
		if _, ok := a.holder(line); ok {
			t.Errorf("%q", line)
		}
	}
}
