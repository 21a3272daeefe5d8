package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tillpay/channels"
	"tillpay/channels/fubei"
	wechatdeposit "tillpay/channels/wechat-deposit"
	wechatglobal "tillpay/channels/wechat-global"

	"github.com/pelletier/go-toml/v2"
)

// The real drivers, each with settings that a technician would write. Fubei signs
// with MD5 and WeChat's deposits with HMAC, which costs next to nothing; an
// RSA-2048 signature a millisecond, so that Global gets a share of the worlds.
var drivers = map[string]struct {
	open     channels.Factory
	settings string
}{
	"fubei": {fubei.New, `
name = "fubei"
driver = "fubei"
endpoint = "https://127.0.0.1:7443/gateway"
app_id = "20170101000000"
app_secret_file = "fubei.secret"
store_id = 1234
not_found_after = "60s"
`},
	"wechat-deposit": {wechatdeposit.New, `
name = "wechat-deposit"
driver = "wechat-deposit"
appid = "wx01"
mch_id = "1900000101"
sub_mch_id = "1900000102"
api_key_file = "deposit.key"
client_certificate_file = "client.pem"
client_key_file = "client.key"
`},
	"wechat-global": {wechatglobal.New, `
name = "wechat-global"
driver = "wechat-global"
mode = "institution"
sp_mchid = "10000100"
sp_appid = "wxdace645e0bc2c424"
sub_mchid = "20000100"
merchant_category_code = "4111"
private_key_file = "global.key"
certificate_serial = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
api_v3_key_file = "v3.key"
platform_certificate_file = "platform.pem"
`},
}

const secret = "0123456789abcdef0123456789ABCDEF"

// keyring is made once: RSA keys take a second.
type keyring struct {
	dir                     string
	till, platform, another *rsa.PrivateKey
	serial                  string
}

var keys = sync.OnceValues(newKeys)

func newKeys() (*keyring, error) {
	dir, err := os.MkdirTemp("", "sim-keys")
	if err != nil {
		return nil, err
	}
	k := &keyring{dir: dir, serial: "1234567890"}
	for _, key := range []**rsa.PrivateKey{&k.till, &k.platform, &k.another} {
		if *key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return nil, err
		}
	}
	serial, _ := new(big.Int).SetString(k.serial, 16)
	template := x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "simulated platform"},
		NotBefore: time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &k.platform.PublicKey, k.platform)
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
		"global.key": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k.till)}, "platform.pem": {Type: "CERTIFICATE", Bytes: cert},
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
	return d.open(channels.Settings{
		Name: driver, Till: channels.Till{ID: "T01", StoreID: "S1", StoreName: "Corner Tea House"}, Env: env,
		Path: func(name string) string { return filepath.Join(k.dir, name) },
		Decode: func(into any) error {
			return toml.NewDecoder(strings.NewReader(d.settings)).DisallowUnknownFields().Decode(into)
		},
	})
}

func frontOf(driver string) front {
	switch driver {
	case "fubei":
		return fubeiFront{secret}
	case "wechat-deposit":
		return depositFront{secret}
	}
	k, _ := keys() // made before any world
	return &globalFront{serial: k.serial, key: k.platform, till: &k.till.PublicKey, another: k.another}
}
