package httpapi

import "testing"

func TestChannelsSayWhatTheyCan(t *testing.T) {
	d := openDesk(t, setup{})
	all := d.want(200, "GET", "/v1/channels", "")["channels"].([]any)
	if len(all) != 1 {
		t.Fatal(all)
	}
	s := all[0].(map[string]any)
	if s["name"] != "wechat" || s["revoke"] != true || s["callbacks"] != false || s["routes"].([]any)[0] != "wechat" {
		t.Error(s)
	}
	if u := s["undo"].([]any)[0].(map[string]any); u["how"] != "revoke" || u["window_seconds"] != 3600.0 {
		t.Error(u)
	}
	if a := d.call("GET", "/v1/channels?name=wechat", ""); a.StatusCode != 400 {
		t.Error(a.StatusCode, a.text)
	}
	if a := d.ask("GET", "/v1/channels", ""); a.StatusCode != 401 {
		t.Error(a.StatusCode, a.text)
	}
	if a := d.call("POST", "/v1/notify/wechat", "{}"); a.StatusCode != 404 {
		t.Error("the POS's listener takes callbacks", a.text)
	}
}
