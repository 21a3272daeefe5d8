package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what it was:\n%s", path, got)
	}
}

// text writes errors with the file's name alone, one a line.
func text(errs []*Error) string {
	var s strings.Builder
	for _, e := range errs {
		s.WriteString(strings.TrimPrefix(e.Error(), filepath.Dir(e.File)+string(filepath.Separator)) + "\n")
	}
	return s.String()
}

// Everything that can be wrong in one file: each line of the golden file is
// what a technician sees.
func TestEverythingWrong(t *testing.T) {
	errs := Check(filepath.Join("testdata", "bad.toml"))
	golden(t, "bad.txt", text(errs))
	_, err := Load(filepath.Join("testdata", "bad.toml"))
	var first *Error
	if !errors.As(err, &first) || *first != *errs[0] {
		t.Errorf("load says %v first, check %v", err, errs[0])
	}
}

func TestOneWrong(t *testing.T) {
	const gun = "[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\n"
	const channel = "[[channel]]\nname = \"a\"\ndriver = \"huifu\"\nendpoint = \"http://127.0.0.1:9000\"\n"
	for file, want := range map[string]string{
		"":                                       "tillpay.toml:1: till.id: is missing: write for example id = \"T01\"\ntillpay.toml:1: till.currency: is missing: write for example currency = \"HKD\"\n",
		"\n[till]\nid = \"T\"":                   "tillpay.toml:2: till.currency: is missing: write for example currency = \"HKD\"\n",
		least + "[payment]\ndeadline = \"5m\"\n": "tillpay.toml:5: payment.deadline = \"5m\": must be 15s to 120s: write for example deadline = \"45s\"\n",
		least + "[payment]\ndeadline = \"5s\"\n": "tillpay.toml:5: payment.deadline = \"5s\": must be 15s to 120s: write for example deadline = \"45s\"\n",
		least + "[payment]\ndeadline = \"4s\"\n" + channel:                                   "tillpay.toml:5: payment.deadline = \"4s\": must be 5s to 120s: write for example deadline = \"45s\"\n",
		least + "[payment]\ndeadline = 45\n":                                                 "tillpay.toml:5: payment.deadline = 45: must be a duration in quotes, such as \"45s\": write for example deadline = \"45s\"\n",
		least + "[payment]\nprepared_deadline = \"30s\"\n":                                   "tillpay.toml:5: payment.prepared_deadline = \"30s\": must be 1m to 2h: write for example prepared_deadline = \"5m\"\n",
		least + "[till.more]\n":                                                              "tillpay.toml:4: till.more: unknown key: known here: id, merchant, store_id, store_name, store_address, currency, language, time_zone\n",
		least + "[[till]]\n":                                                                 "tillpay.toml:4: is not TOML: key till already exists as a table, but should be an array table: correct this line\n",
		least + "[scanner]\ndriver = \"serial\"\n":                                           "tillpay.toml:4: scanner: must be a list of tables: write each under [[scanner]]\n",
		least + "[scaner]\n":                                                                 "tillpay.toml:4: scaner: unknown key: did you mean scanner?\n",
		least + "[[api]]\n":                                                                  "tillpay.toml:4: api: must be one table: write it once, under [api]\n",
		least + "[data]\ndir = \"C:\\Users\\till\"\n":                                        "tillpay.toml:5: is not TOML: invalid hexadecimal digit in unicode escape sequence: write \\\\ for \\, or put the text in 'single quotes'\n",
		least + "[data]\ndir = \"C:\\ProgramData\"\n":                                        "tillpay.toml:5: is not TOML: invalid escape character U+0050 'P': write \\\\ for \\, or put the text in 'single quotes'\n",
		least + "[data]\ndir = \"a\"\ndir = \"b\"\n":                                         "tillpay.toml:6: is not TOML: key dir is already defined: correct this line\n",
		"\xff\xfe[\x00":                                                                      "tillpay.toml:1: is UTF-16: save it as UTF-8\n",
		strings.Repeat("#", maxSize+1):                                                       "tillpay.toml:1: is larger than 1 MB: name the configuration, not another file\n",
		least + channel + "[route]\nwechat = \"b\"\n":                                        "tillpay.toml:9: route.wechat = \"b\": no channel has this name: the channels are a\n",
		least + "[route]\nwechat = \"wechat\"\n":                                             "tillpay.toml:5: route.wechat = \"wechat\": no channel has this name: write a [[channel]] with this name first\n",
		least + "scanner = [1]\n":                                                            "tillpay.toml:4: till.scanner: unknown key: known here: id, merchant, store_id, store_name, store_address, currency, language, time_zone\n",
		least + "[printer]\ndriver = \"network\"\n":                                          "tillpay.toml:4: printer.address: is missing for the driver network: write for example address = \"192.0.2.50:9100\"\n",
		least + "[notify]\nlisten = \"0.0.0.0:8443\"\n":                                      "tillpay.toml:4: notify.certificate_file: is missing, and platforms call back over TLS only: write certificate_file and key_file, or listen on 127.0.0.1 behind a proxy\n",
		least + "[api]\ntoken_file = \"\"\n":                                                 "tillpay.toml:5: api.token_file = \"\": must not be empty: write for example token_file = \"pos.token\"\n",
		least + "[[scanner]]\ndriver = \"serial\"\nport = \"COM3\"\nsuffix = \"Enter\"\n":    "tillpay.toml:7: scanner[0].suffix = \"Enter\": must be 8 bytes at most, without letters and digits: write for example suffix = \"\\r\\n\", or leave it out\n",
		least + gun + "baud = 9600\n":                                                        "tillpay.toml:8: scanner[0].baud = 9600: is not known to the driver hid: leave it out\n",
		least + gun + "serial = \"A\"\n" + gun + "serial = \"B\"\n":                          "",
		least + gun + gun + "serial = \"B\"\n":                                               "tillpay.toml:10: scanner[1].vendor = 3118: is the device of an earlier [[scanner]]: leave one of them out, or give each the serial of its device\n",
		least + "[[token]]\nname = \"manager\"\nfile = \"a.token\"\nrights = [\"drawer\"]\n": "tillpay.toml:5: token[0].name = \"manager\": is what the journal calls others: write for example name = \"kiosk\"\n",
		least + "[[code]]\nwallet = \"alipay\"\n":                                            "tillpay.toml:4: code[0].enabled: is missing: write enabled = true or enabled = false\n",
		least + "[payment]\n\"a\\nb\" = \"4e1243bd22c66e\"\n":                                "tillpay.toml:5: payment.\"a\\nb\": unknown key: known here: deadline, prepared_deadline, schedule, code_wait\n",
	} {
		if got := text(Check(write(t, file))); got != want {
			t.Errorf("%.200q:\ngot  %swant %s", file, got, want)
		}
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	if got, want := text(Check(filepath.Join(dir, "none.toml"))), "none.toml: there is no such file: write one with 'tillpay config init', or name another with --config\n"; got != want {
		t.Errorf("got %s", got)
	}
	if errs := Check(dir); len(errs) != 1 {
		t.Errorf("a folder: %v", errs)
	}
}

// A secret is never in an error, nor in what is shown, wherever it was put.
func TestSecretsStayHidden(t *testing.T) {
	const secret = "4e1243bd22c66e76c2ba9eddc1f91394"
	const pem = "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBg"
	for _, line := range []string{
		`api_v3_key = "` + secret + `"`, `api_v3_key_file = "` + secret + `"`, `private_key_file = "` + pem + `"`,
		`secret = "` + secret + `"`, `password = "` + secret + `"`, `mchkey_file = "` + secret + `+/="`, `certificate = "` + pem + `"`,
		`nested = { app_secret = "` + secret + `" }`, `ca_file = "` + secret + `"`,
		`app_id_url = "https://user:` + secret + `@example.com"`, `nested = { endpoint = "https://example.com/?k=` + secret + `" }`,
	} {
		path := write(t, oneChannel+line+"\n")
		for _, e := range Check(path) {
			if strings.Contains(e.Error(), secret[:8]) || strings.Contains(e.Error(), "MIIEvQ") {
				t.Errorf("%s: %v", line, e)
			}
		}
		c, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Channels[0].Settings(c.Till, "").Decode(&sample{})
		var shown strings.Builder
		if err := c.Show(&shown); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			shown.WriteString(err.Error())
		}
		if strings.Contains(shown.String(), secret[:8]) || strings.Contains(shown.String(), "MIIEvQ") {
			t.Errorf("%s: %s", line, shown.String())
		}
	}
}

func TestKeyFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("rights are kept elsewhere")
	}
	path := write(t, oneChannel+"private_key_file = \"a.pem\"\nplatform_certificate_file = \"b.pem\"\nclient_certificate_file = \"c.p12\"\napi_key_file = \".\"\n")
	for _, name := range []string{"a.pem", "b.pem", "c.p12", "pos.token"} {
		file := filepath.Join(filepath.Dir(path), name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.ReplaceAll(text(Check(path)), filepath.Dir(path)+string(filepath.Separator), "")
	want := `tillpay.toml:1: api.token_file = "pos.token": can be read or changed by others than its owner and group (-rw-r--r--): chmod 640 pos.token
tillpay.toml:9: channel[0].private_key_file = "a.pem": can be read or changed by others than its owner and group (-rw-r--r--): chmod 640 a.pem
tillpay.toml:11: channel[0].client_certificate_file = "c.p12": can be read or changed by others than its owner and group (-rw-r--r--): chmod 640 c.p12
tillpay.toml:12: channel[0].api_key_file: is not a file: name the file itself
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestShow(t *testing.T) {
	c := load(t, oneChannel+"mode = \"direct\"\nmin_revoke_age = \"15s\"\nheaders = { X-A = \"1\" }\nprivate_key_file = \"keys/a.pem\"\n"+
		"[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\n[route]\nalipay = \"huifu\"\n[payment]\ncode_wait = 0\n[data]\ndir = \"data\"\n")
	var shown strings.Builder
	if err := c.Show(&shown); err != nil {
		t.Fatal(err)
	}
	golden(t, "show.txt", strings.Replace(shown.String(), c.File(), "tillpay.toml", 1))
}

// Text without quotes is not TOML, and what it was stays unsaid.
func TestSyntaxHidesValues(t *testing.T) {
	const secret = "4e1243bd22c66e76c2ba9eddc1f91394"
	for _, line := range []string{
		"api_key = " + secret, "api_key = \"" + secret, "api_key = \"" + secret + "\\q\"", "api_key = '" + secret + "\n'",
		"api_key = 2026-" + secret, "api_key = 0x" + secret + "g", "api_key = [" + secret + "]",
		"api_key = 99999999999999999999", "api_key = 1e999999", "api_key = 2026-99-99", "api_key : " + secret, secret,
	} {
		errs := Check(write(t, oneChannel+line+"\n"))
		if len(errs) != 1 || errs[0].Line < 9 {
			t.Errorf("%s: %v", line, errs)
		}
		for _, e := range errs {
			if strings.Contains(e.Error(), secret[:6]) || strings.Contains(e.Error(), "99999") {
				t.Errorf("%s: %v", line, e)
			}
		}
	}
}
