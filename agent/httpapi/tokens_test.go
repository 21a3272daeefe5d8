package httpapi

import (
	"maps"
	"slices"
	"testing"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/printer/transport"
)

// The words of the configuration and those of the API are the same.
func TestEveryRightIsKnown(t *testing.T) {
	if got, want := slices.Sorted(maps.Keys(rightsOf)), slices.Sorted(slices.Values(config.Rights())); !slices.Equal(got, want) {
		t.Errorf("the API knows %q, the configuration %q", got, want)
	}
}

// A token opens the doors of its rights and no other, the drawer's among them.
func TestTokenRights(t *testing.T) {
	p := &drawerPaper{says: transport.Printed}
	s := setup{change: func(c *agent.Config) { c.Printer, c.Kick = p, []byte("kick") }}
	for word := range rightsOf {
		s.tokens = append(s.tokens, Access{Name: word, Token: "a token for " + word, Rights: []string{word}})
	}
	s.tokens = append(s.tokens, Access{Name: "twice", Token: "a token for read", Rights: config.Rights()}, Access{Name: "empty", Rights: config.Rights()})
	d := openDesk(t, s)
	sale := d.sale("r1")
	for _, c := range []struct{ right, method, path, body string }{
		{"read", "GET", "/v1/status", ""},
		{"sale", "POST", sale + "/check", `{}`},
		{"drawer", "POST", "/v1/drawer", `{"reason":"float"}`},
		{"refund", "POST", sale + "/refunds", `{"reference":"f","reason":"y"}`},
		{"capture", "POST", sale + "/release", `{}`},
		{"reprint", "POST", sale + "/reprint", `{}`},
		{"day", "POST", "/v1/days/2026-07-28/reconcile", `{}`},
		{"attention", "GET", "/v1/attention", ""},
		{"cancel", "POST", sale + "/cancel", `{}`},
		{"", "POST", "/v1/page-links", `{}`},
		{"", "POST", "/v1/devices/learn", ""},
	} {
		for word := range rightsOf {
			if word == c.right {
				continue
			}
			refused(t, word+": "+c.path, d.ask(c.method, c.path, c.body, "Authorization", "Bearer a token for "+word, "Content-Type", "application/json"), 403, "forbidden", "")
		}
		if c.right == "" {
			continue
		}
		if a := d.ask(c.method, c.path, c.body, "Authorization", "Bearer a token for "+c.right, "Content-Type", "application/json"); a.StatusCode == 401 || a.StatusCode == 403 {
			t.Errorf("%s: %s: %d %s", c.right, c.path, a.StatusCode, a.text)
		}
	}
	if len(p.jobs) != 1 {
		t.Errorf("%d pulses", len(p.jobs))
	}
	for _, none := range []string{"Bearer ", "Bearer a token for", "Basic a token for read"} {
		refused(t, none, d.ask("GET", "/v1/status", "", "Authorization", none), 401, "no_token", "")
	}
	if got := d.want(200, "GET", "/v1/session", "")["role"]; got != "pos" { // it keeps every right beside them
		t.Error(got)
	}
}

// The POS's own token has fewer rights where a [[token]] names its file.
func TestPOSWithFewerRights(t *testing.T) {
	d := openDesk(t, setup{tokens: []Access{{Name: "till", Token: goodToken, Rights: []string{"read", "sale"}}}})
	if got := d.want(200, "GET", "/v1/session", ""); got["role"] != "pos" || len(got["may"].([]any)) != 2 {
		t.Error(got)
	}
	refused(t, "links", d.call("POST", "/v1/page-links", `{}`), 403, "forbidden", "")
}
