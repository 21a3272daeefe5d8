package httpapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tillpay/channels/private"
)

// A page goes on over a restart, as whom it was signed in, and no longer than else.
func TestSessionsOutliveARestart(t *testing.T) {
	c := &clock{at: time.Now()}
	file := filepath.Join(t.TempDir(), "sessions")
	before := openDesk(t, setup{now: c.now, sessions: file})
	cashier, manager := before.follow(before.Link(Cashier)), before.follow(before.Link(Manager))
	unused := before.Link(Manager)
	text, err := os.ReadFile(file)
	if info, _ := os.Stat(file); err != nil || private.Exposed(file, info) != "" || strings.Contains(string(text), cashier.Value) {
		t.Errorf("%v %v %s", err, info, text)
	}

	after := openDesk(t, setup{now: c.now, sessions: file})
	role := func(d *desk, cookie string) any {
		return d.ask("GET", "/v1/session", "", "Cookie", "tillpay_session="+cookie).object(t)["role"]
	}
	if role(after, cashier.Value) != "cashier" || role(after, manager.Value) != "manager" {
		t.Error("a page lost its session with the restart")
	}
	if a := after.ask("GET", strings.TrimPrefix(unused, before.url), ""); a.StatusCode != 410 {
		t.Errorf("a link from before the restart: %d", a.StatusCode)
	}
	c.pass(sessionLife)
	refused(t, "after twelve hours", openDesk(t, setup{now: c.now, sessions: file}).ask("GET", "/v1/status", "", "Cookie", "tillpay_session="+cashier.Value), 401, "no_token", "")
}

// What is no file of sessions signs nobody in, keeps no till from starting, and is
// written anew.
func TestDamagedSessions(t *testing.T) {
	key := strings.Repeat("ab", 32)
	for name, text := range map[string]string{
		"half":      `[{"sha256":"` + key,
		"no role":   `[{"sha256":"` + key + `","role":"owner","end":"2000-01-01T06:00:00Z"}]`,
		"no hash":   `[{"sha256":"ab","role":"manager","end":"2000-01-01T06:00:00Z"}]`,
		"for years": `[{"sha256":"` + key + `","role":"manager","end":"2030-01-01T00:00:00Z"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{at: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
			file := filepath.Join(t.TempDir(), "sessions")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			d := openDesk(t, setup{now: c.now, sessions: file})
			if len(d.sessions.all) != 0 {
				t.Errorf("%v", d.sessions.all)
			}
			cookie := d.follow(d.Link(Cashier))
			if a := openDesk(t, setup{now: c.now, sessions: file}).ask("GET", "/v1/session", "", "Cookie", "tillpay_session="+cookie.Value); a.StatusCode != 200 {
				t.Errorf("after the next restart: %d %s", a.StatusCode, a.text)
			}
		})
	}
}
