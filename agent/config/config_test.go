package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"tillpay/scanner"
)

// write puts text into a file of its own folder.
func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tillpay.toml")
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, text string) *Config {
	t.Helper()
	c, err := Load(write(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const least = "[till]\nid = \"T01\"\ncurrency = \"HKD\"\n"

func TestContract(t *testing.T) {
	c, err := Load("testdata/contract.toml")
	if err != nil {
		t.Fatal(err)
	}
	wantTill := Till{ID: "T01", StoreID: "SZTX001", StoreName: "Tencent Building Branch", StoreAddress: "Nanshan District, Shenzhen",
		Currency: "HKD", Language: "zh-HK", TimeZone: "Asia/Hong_Kong"}
	if c.Till != wantTill || c.Till.Location().String() != "Asia/Hong_Kong" {
		t.Errorf("till: %+v", c.Till)
	}
	if c.API != (API{"127.0.0.1:7313", "pos.token"}) || c.Data.Dir != "/var/lib/tillpay" {
		t.Errorf("api %+v, data %+v", c.API, c.Data)
	}
	if c.Payment != (Payment{45 * time.Second, 5 * time.Minute, "advised", 20 * time.Second}) {
		t.Errorf("payment: %+v", c.Payment)
	}
	if len(c.Scanners) != 1 || c.Scanners[0] != (Scanner{Driver: "serial", Port: "/dev/ttyACM0", Baud: 9600}) {
		t.Errorf("scanners: %+v", c.Scanners)
	}
	if c.Printer != (Printer{Driver: "network", Address: "192.0.2.50:9100", Baud: 9600, Paper: 80, Charset: "gb18030", Copies: 1, DrawerPulse: 100 * time.Millisecond}) {
		t.Errorf("printer: %+v", c.Printer)
	}
	if len(c.Channels) != 3 || c.Channels[0].Name != "wechat" || c.Channels[0].Driver != "wechat-global" {
		t.Errorf("channels: %+v", c.Channels)
	}
	if want := map[string]string{"wechat": "wechat", "alipay": "huifu", "deposit": "wechat-deposit"}; !reflect.DeepEqual(c.Route, want) {
		t.Errorf("route: %+v", c.Route)
	}
	if c.Notify != (Notify{}) {
		t.Errorf("notify: %+v", c.Notify)
	}
}

func TestDefaults(t *testing.T) {
	c, want := load(t, least), Default()
	want.Till.ID, want.Till.Currency, want.doc = "T01", "HKD", c.doc
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestTaken(t *testing.T) {
	for name, text := range map[string]string{
		"windows line ends":       strings.ReplaceAll(least, "\n", "\r\n"),
		"byte order mark":         "\xef\xbb\xbf" + least,
		"inline tables":           "till = { id = \"T01\", currency = \"CNY\" }\nscanner = [ { driver = \"serial\", port = \"COM3\" } ]\n",
		"dotted keys":             "till.id = \"T01\"\ntill.currency = \"CNY\"\n",
		"no code wait":            least + "[payment]\ncode_wait = 0\n",
		"a minute and a half":     least + "[payment]\ndeadline = \"1m30s\"\n",
		"hasty on loopback":       least + "[payment]\ndeadline = \"5s\"\nprepared_deadline = \"5s\"\n[[channel]]\nname = \"a\"\ndriver = \"huifu\"\nendpoint = \"http://127.0.0.1:9000\"\n",
		"loopback by name":        least + "[api]\nlisten = \"localhost:0\"\n",
		"loopback in six":         least + "[api]\nlisten = \"[::1]:7313\"\n",
		"windows path":            least + "[data]\ndir = 'C:\\ProgramData\\tillpay'\n",
		"hid scanner":             least + "[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\n",
		"callbacks behind proxy":  least + "[notify]\nlisten = \"127.0.0.1:8443\"\n",
		"callbacks with tls":      least + "[notify]\nlisten = \"0.0.0.0:8443\"\ncertificate_file = \"a.pem\"\nkey_file = \"a.key\"\n",
		"scanner with a suffix":   least + "[[scanner]]\ndriver = \"serial\"\nport = \"COM3\"\nsuffix = \"\\r\\n\"\nsilence = \"80ms\"\n",
		"a token":                 least + "[[token]]\nname = \"kiosk\"\nfile = \"kiosk.token\"\nrights = [\"read\"]\n",
		"printer elsewhere ready": least + "[printer]\ndriver = \"none\"\naddress = \"192.0.2.50:9100\"\n",
	} {
		if _, err := Load(write(t, text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCodeTable(t *testing.T) {
	c := load(t, least+`
[[code]]
wallet = "jd"
prefixes = ["18"]
lengths = "18"
enabled = true

[[code]]
wallet = "alipay"
enabled = false

[[code]]
wallet = "octopus"
prefixes = ["77"]
lengths = "16-20"
enabled = true

[[channel]]
name = "jd-pay"
driver = "huifu"
endpoint = "https://example.com/gateway"

[route]
octopus = "jd-pay"
`)
	table := c.CodeTable()
	for text, want := range map[string]scanner.Read{
		"184650720866361395": {Kind: scanner.PaymentCode, Wallet: "jd"},
		"7746507208663613":   {Kind: scanner.PaymentCode, Wallet: "octopus"},
		"134650720866361395": {Kind: scanner.PaymentCode, Wallet: "wechat"},
		"284650720866361395": {Kind: scanner.Unusable, Wallet: "alipay", Problem: scanner.WalletOff},
	} {
		if got := table.Read(text); got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestPath(t *testing.T) {
	path := write(t, least)
	t.Chdir(filepath.Dir(path))
	c, err := Load("tillpay.toml")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	here, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	got, err := filepath.EvalSymlinks(filepath.Dir(c.Path("keys.pem")))
	if err != nil || got != here || filepath.Base(c.Path("keys.pem")) != "keys.pem" {
		t.Errorf("got %q, %v", c.Path("keys.pem"), err)
	}
	if abs := filepath.Join(here, "x"); c.Path(abs) != abs || c.Path("") != "" {
		t.Errorf("got %q, %q", c.Path(abs), c.Path(""))
	}
}

func TestFind(t *testing.T) {
	if got := Find("a", "b"); got != "a" {
		t.Errorf("flag: %q", got)
	}
	if got := Find("", "b"); got != "b" {
		t.Errorf("environment: %q", got)
	}
	if got := Find("", ""); filepath.Base(got) != "tillpay.toml" || !filepath.IsAbs(got) {
		t.Errorf("default: %q", got)
	}
}

func TestExample(t *testing.T) {
	var got []string
	for _, e := range Check(write(t, Example())) {
		got = append(got, e.Key+" "+e.Problem)
	}
	want := []string{
		"channel[0].private_key_file there is no such file",
		"channel[0].api_v3_key_file there is no such file",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	// What is commented out is correct too.
	text := Example()
	for _, key := range []string{"#dir", "#name", "#file", "#rights", "#wallet", "#prefixes", "#lengths", "#enabled", "#merchant", "#ca_file",
		"#device", "#address", "#path", "#[[token]]", "#[[code]]", "#[[scanner]]", "#driver", "#vendor", "#product", "#serial", "#suffix"} {
		text = strings.ReplaceAll(text, "\n"+key, "\n"+key[1:])
	}
	if _, err := Load(write(t, text)); err != nil {
		t.Error(err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"testdata/contract.toml", "testdata/bad.toml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(Example()))
	f.Add([]byte("till = 1\n[[channel]]\nname.a = [[]]\n[channel.codes]\nx = 1979-05-27\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, errs := parse("tillpay.toml", text)
		for _, e := range errs {
			if s := e.Error(); strings.ContainsAny(s, "\n\r") || e.Line < 1 || e.Problem == "" {
				t.Errorf("%+v", e)
			}
		}
		if (c == nil) == (len(errs) == 0) {
			t.Fatalf("%v, %v", c, errs)
		}
		if c == nil {
			return
		}
		// What is shown is a file again, and says the same.
		var shown strings.Builder
		if err := c.Show(&shown); err != nil {
			t.Fatal(err)
		}
		again, errs := parse("tillpay.toml", []byte(shown.String()))
		if len(errs) > 0 {
			t.Fatalf("%v of\n%s", errs[0], shown.String())
		}
		if !reflect.DeepEqual(again.Till, c.Till) || !reflect.DeepEqual(again.Payment, c.Payment) || !reflect.DeepEqual(again.Route, c.Route) {
			t.Fatalf("%+v\n%+v\n%s", c, again, shown.String())
		}
		for _, ch := range c.Channels {
			var driver sample
			_ = ch.Settings(c.Till, "").Decode(&driver)
		}
	})
}
