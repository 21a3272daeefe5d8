package main

import (
	"os"
	"strings"
	"testing"
)

func TestConfigCheckOfRoutes(t *testing.T) {
	file := sandboxTill(t)
	base, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		to, says string
		code     int
	}{
		{"wechat.HKD = \"wechat\"\nwechat.CNY = \"wechat\"", "is fine", exitDone},
		{`wechat.CNY = "wechat"`, "look at this: no route takes HKD, the till's currency", exitDone},
		{`wechat.BHD = "wechat"`, `route.wechat.BHD = "wechat": that channel does not take BHD`, exitFailed},
		{`wechat.HK = "wechat"`, `route.wechat.HK: is no currency: write its ISO 4217 code`, exitFailed},
		{`wechat.HKD = "wechatt"`, "no channel has this name: did you mean \"wechat\"?", exitFailed},
		{`wechat.HKD = 1`, "route.wechat.HKD: must be text in quotes", exitFailed},
		{`alipay = "wechat"`, "that channel does not take codes of alipay: it takes wechat", exitFailed},
		{`deposit = "wechat"`, "that channel holds no deposits", exitFailed},
	} {
		text := strings.Replace(string(base), "[route]\nwechat = \"wechat\"", "[route]\n"+c.to, 1)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, out := typed(t, "config", "check", "-config", file); code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%s: %d %s", c.to, code, out)
		}
		if c.code == exitDone {
			if _, out := typed(t, "config", "show", "-config", file); !strings.Contains(out, c.to) && !strings.Contains(out, `wechat.CNY = "wechat"`) {
				t.Errorf("%s is not shown: %s", c.to, out)
			}
		}
	}
}
