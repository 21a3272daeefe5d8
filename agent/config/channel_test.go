package config

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
)

// sample is a driver's settings, with every kind of value that drivers use.
type sample struct {
	Name         string            `toml:"name"`
	Mode         string            `toml:"mode"`
	KeyFile      string            `toml:"private_key_file"`
	MinRevokeAge time.Duration     `toml:"min_revoke_age"`
	Days         int               `toml:"refund_days"`
	Strict       bool              `toml:"amount_check"`
	Backups      []string          `toml:"backup_endpoints"`
	Headers      map[string]string `toml:"headers"`
	Nested       struct {
		A int `toml:"a"`
	} `toml:"nested"`
}

const oneChannel = least + `
[[channel]]
name = "huifu"
driver = "huifu"
endpoint = "https://api.example.com"
`

func TestSettings(t *testing.T) {
	c := load(t, oneChannel+`
mode = "direct"
private_key_file = "keys/a.pem"
min_revoke_age = "15s"
refund_days = 90
amount_check = true
backup_endpoints = ["https://b.example.com"]
headers = { "X-A" = "1" }
[channel.nested]
a = 5
`)
	s := c.Channels[0].Settings(c.Till, "cache")
	if s.Name != "huifu" || s.Till.ID != "T01" || s.CacheDir != "cache" || s.Path("a.pem") != filepath.Join(filepath.Dir(c.File()), "a.pem") {
		t.Errorf("%+v", s)
	}
	got := sample{Mode: "kept unless given", Days: 30}
	if err := s.Decode(&got); err != nil {
		t.Fatal(err)
	}
	want := sample{Name: "huifu", Mode: "direct", KeyFile: "keys/a.pem", MinRevokeAge: 15 * time.Second, Days: 90, Strict: true,
		Backups: []string{"https://b.example.com"}, Headers: map[string]string{"X-A": "1"}}
	want.Nested.A = 5
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if err := s.Decode(got); err == nil {
		t.Error("a struct that is not pointed to was taken")
	}
}

func TestSettingsKeepDefaults(t *testing.T) {
	c := load(t, oneChannel)
	got := sample{Mode: "direct", Days: 30}
	if err := c.Channels[0].Settings(c.Till, "").Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, sample{Name: "huifu", Mode: "direct", Days: 30}) {
		t.Errorf("%+v", got)
	}
}

func TestSettingErrors(t *testing.T) {
	for line, want := range map[string]string{
		`mod = "direct"`:            `channel[0].mod: unknown key: did you mean mode?`,
		`zzzzzzzz = "4e1243bd22c6"`: `channel[0].zzzzzzzz: unknown key: take it out, or see the driver's settings`,
		`Mode = "direct"`:           `channel[0].Mode: unknown key: did you mean mode?`,
		`mode = 5`:                  `channel[0].mode = 5: must be text in quotes: correct the value`,
		`refund_days = "90"`:        `channel[0].refund_days = "90": must be a whole number: correct the value`,
		`amount_check = "yes"`:      `channel[0].amount_check = "yes": must be true or false: correct the value`,
		`min_revoke_age = 15`:       `channel[0].min_revoke_age = 15: must be a duration in quotes, such as "45s": correct the value`,
		`min_revoke_age = "long"`:   `channel[0].min_revoke_age = "long": must be a duration in quotes, such as "45s": correct the value`,
		`backup_endpoints = "a"`:    `channel[0].backup_endpoints = "a": must be a list: correct the value`,
		`headers = "a"`:             `channel[0].headers = "a": must be a table of keys and values: correct the value`,
		`nested = { b = 1 }`:        `channel[0].nested.b: unknown key: take it out`,
		`nested.b = 1`:              `channel[0].nested.b: unknown key: take it out`,
	} {
		c := load(t, oneChannel+"\n"+line+"\n")
		err := c.Channels[0].Settings(c.Till, "").Decode(&sample{})
		var wrong *channels.SettingError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", line, err)
			continue
		}
		got := c.Locate("huifu", wrong)
		if text := strings.TrimPrefix(got.Error(), filepath.Dir(c.File())+string(filepath.Separator)); text != "tillpay.toml:10: "+want {
			t.Errorf("%s:\ngot  %s\nwant tillpay.toml:10: %s", line, text, want)
		}
	}
}

func TestLocate(t *testing.T) {
	c := load(t, oneChannel+"\n[[channel]]\nname = \"b\"\ndriver = \"fubei\"\nendpoint = \"https://b.example.com\"\napi_key = \"4e1243bd22c6\"\nmin_revoke_age = \"1s\"\n")
	for _, x := range []struct {
		wrong channels.SettingError
		want  string
	}{
		{channels.SettingError{Key: "min_revoke_age", Value: "1s", Problem: "is too short", Mend: "write 15s"}, `:15: channel[1].min_revoke_age = "1s": is too short: write 15s`},
		{channels.SettingError{Key: "api_key", Value: "4e1243bd22c6", Problem: "p", Mend: "m"}, `:14: channel[1].api_key: p: m`},
		{channels.SettingError{Key: "merchant_id", Problem: "is missing", Mend: "m"}, `:10: channel[1].merchant_id: is missing: m`},
		{channels.SettingError{Key: "version", Value: "9", Problem: "p", Mend: "m"}, `:10: channel[1].version = "9": p: m`},
	} {
		if got := c.Locate("b", &x.wrong).Error(); !strings.HasSuffix(got, x.want) {
			t.Errorf("got %s\nwant …%s", got, x.want)
		}
	}
}
