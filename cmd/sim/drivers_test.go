package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tillpay/channels"
	"tillpay/channels/fubei"
	"tillpay/channels/huifu"
	"tillpay/channels/huishouqian"
	wechatdeposit "tillpay/channels/wechat-deposit"
	wechatglobal "tillpay/channels/wechat-global"

	"github.com/pelletier/go-toml/v2"
)

// The real drivers, each with settings that a technician would write and with its
// platform's ways. Fubei signs with MD5 and WeChat's deposits with HMAC, which costs
// next to nothing; an RSA-2048 signature most of a millisecond, so that the other
// three share a part of the worlds.
var drivers = map[string]struct {
	open     channels.Factory
	house    house
	payer    texts // of a prepared order
	options  texts
	settings string
}{
	"fubei": {fubei.New, house{liveIn: 2 * time.Minute, prepares: true}, texts{"sub_openid": "oODbw0Aiss8lP5aPvFq9-_F4H9LA"}, nil, `
name = "fubei"
driver = "fubei"
endpoint = "https://127.0.0.1:7443/gateway"
app_id = "20170101000000"
app_secret_file = "fubei.secret"
store_id = 1234
not_found_after = "60s"
`},
	"wechat-deposit": {wechatdeposit.New, house{undoAge: noUndoBefore, liveIn: 2 * time.Minute, prepares: true},
		texts{"trade_type": "JSAPI", "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}, nil, `
name = "wechat-deposit"
driver = "wechat-deposit"
appid = "wx01"
mch_id = "1900000101"
sub_mch_id = "1900000102"
api_key_file = "deposit.key"
client_certificate_file = "client.pem"
client_key_file = "client.key"
notify_url = "https://till.example/v1/notify/wechat-deposit"
`},
	"wechat-global": {wechatglobal.New, house{undoAge: noUndoBefore, liveIn: 2 * time.Minute}, nil, nil, `
name = "wechat-global"
driver = "wechat-global"
mode = "institution"
sp_mchid = "10000100"
sp_appid = "wxdace645e0bc2c424"
sub_mchid = "20000100"
merchant_category_code = "4111"
private_key_file = "till.key"
certificate_serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
api_v3_key_file = "v3.key"
platform_certificate_file = "platform.pem"
`},
	// Closed after a minute and once more in vain, or not found for five: the till's
	// rounds lie up to five minutes apart then.
	"huifu": {huifu.New, house{undoAge: time.Minute, liveIn: 15 * time.Minute, ebbs: true, lingers: true, prepares: true}, nil, texts{"trade_type": "T_NATIVE"}, `
name = "huifu"
driver = "huifu"
sys_id = "6666000123120001"
product_id = "MYPAY"
huifu_id = "6666000123120001"
private_key_file = "till.key"
platform_public_key_file = "platform.pub"
ip_addr = "203.0.113.7"
`},
	// A number is not found for eleven minutes before it counts.
	"huishouqian": {huishouqian.New, house{liveIn: 15 * time.Minute, ebbs: true, prepares: true}, nil, nil, `
name = "huishouqian"
driver = "huishouqian"
merchant_no = "8000000026"
private_key_file = "small.key"
platform_certificate_file = "platform.pem"
sign_key_file = "v3.key"
`},
}

// texts are members of a request of the POS's.
type texts map[string]string

func (t texts) members() map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for name, text := range t {
		m[name], _ = json.Marshal(text)
	}
	return m
}

const secret = "0123456789abcdef0123456789ABCDEF"

// keyring is made once: RSA keys take a second.
type keyring struct {
	dir               string
	platform, another *stamp
	till              *rsa.PrivateKey
	small             *rsa.PrivateKey // of the size that Huishouqian's own sample shows (dossier §3)
	serial            string
}

var keys = sync.OnceValues(newKeys)

func newKeys() (*keyring, error) {
	dir, err := os.MkdirTemp("", "sim-keys")
	if err != nil {
		return nil, err
	}
	k := &keyring{dir: dir, serial: "1234567890"}
	for _, key := range []**stamp{&k.platform, &k.another} {
		if *key, err = newStamp(); err != nil {
			return nil, err
		}
	}
	if k.till, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if k.small, err = rsa.GenerateKey(rand.Reader, 1024); err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(k.platform.public())
	if err != nil {
		return nil, err
	}
	serial, _ := new(big.Int).SetString(k.serial, 16)
	template := x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "simulated platform"},
		NotBefore: time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, k.platform.public(), k.till)
	if err != nil {
		return nil, err
	}
	client, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	clientCert, err := x509.CreateCertificate(rand.Reader, &template, &template, &client.PublicKey, client)
	if err != nil {
		return nil, err
	}
	clientKey, err := x509.MarshalPKCS8PrivateKey(client)
	if err != nil {
		return nil, err
	}
	for name, block := range map[string]*pem.Block{
		"till.key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.till)}, "small.key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.small)},
		"platform.pub": {Type: "PUBLIC KEY", Bytes: public}, "platform.pem": {Type: "CERTIFICATE", Bytes: cert},
		"client.pem": {Type: "CERTIFICATE", Bytes: clientCert}, "client.key": {Type: "PRIVATE KEY", Bytes: clientKey},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"fubei.secret", "deposit.key", "v3.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o600); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// open makes a driver as the program does, with the world in the network's place.
func open(driver string, env channels.Env) (channels.Channel, error) {
	k, err := keys()
	if err != nil {
		return nil, err
	}
	d := drivers[driver]
	c, err := d.open(channels.Settings{
		Name: driver, Till: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Corner Tea House"}, Env: env,
		Path: func(name string) string { return filepath.Join(k.dir, name) },
		Decode: func(into any) error {
			return toml.NewDecoder(strings.NewReader(d.settings)).DisallowUnknownFields().Decode(into)
		},
	})
	switch c := c.(type) {
	case *huifu.Channel:
		return roomyHuifu{c}, err
	case *huishouqian.Channel:
		return roomyHSQ{c}, err
	}
	return c, err
}

// What is undone at these two takes minutes, so that a restart finds more of it than
// may be asked about at once. Whose turn comes first then is nobody's promise, and no
// history would repeat: they get room for all.
type (
	roomyHuifu struct{ *huifu.Channel }
	roomyHSQ   struct{ *huishouqian.Channel }
)

func (c roomyHuifu) Sheet() channels.Sheet { return roomy(c.Channel.Sheet()) }
func (c roomyHSQ) Sheet() channels.Sheet   { return roomy(c.Channel.Sheet()) }

func roomy(s channels.Sheet) channels.Sheet {
	s.Limits = channels.Limits{Query: 1000, Undo: 1000, Refund: 1000, RefundQuery: 1000}
	return s
}

func frontOf(driver string) front {
	switch driver {
	case "fubei":
		return fubeiFront{secret}
	case "wechat-deposit":
		return depositFront{secret}
	}
	k, _ := keys() // made before any world
	switch driver {
	case "huifu":
		return &huifuFront{key: k.platform, till: &k.till.PublicKey, another: k.another}
	case "huishouqian":
		return &hsqFront{secret: secret, key: k.platform, till: &k.small.PublicKey, another: k.another}
	}
	return &globalFront{serial: k.serial, key: k.platform, till: &k.till.PublicKey, another: k.another}
}
