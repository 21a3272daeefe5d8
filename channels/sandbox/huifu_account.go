package sandbox

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
)

// huifuPlatform is the driver's name.
const huifuPlatform = "huifu"

// HuifuProvider is an account whose caller (sys_id) is a service provider, and
// whose merchant (huifu_id) is another (§2).
const HuifuProvider = "provider"

// huifuSystem is a caller of §2: its product, its key, its merchants.
type huifuSystem struct {
	id, product string
	public      *rsa.PublicKey
	shops       []huifuShop
}

// huifuShop is a trading merchant.
type huifuShop struct {
	id       string
	subAppID string // the mini program that is bound to it
	channel  string // channel_no and pay_scene that lead somewhere (§4)
	scene    string
}

// huifuSystems are §16's vectors' numbers (the seed has none), and a second
// shop, so that one can reach for the other's data.
func huifuSystems(k *Keys) map[string]*huifuSystem {
	sys := &huifuSystem{id: "6666000000000001", product: "TESTP", public: &k.huifuMerchant.PublicKey}
	for _, id := range []string{"6666000000000002", "6666000000000003"} {
		sys.shops = append(sys.shops, huifuShop{id: id, subAppID: "wx0000000000000000", channel: "10000001", scene: "02"})
	}
	return map[string]*huifuSystem{sys.id: sys}
}

func (sys *huifuSystem) shop(huifuID string) *huifuShop {
	i := slices.IndexFunc(sys.shops, func(s huifuShop) bool { return s.id == huifuID })
	if i < 0 {
		return nil
	}
	return &sys.shops[i]
}

// huifuAccounts are the shops as a till is told of them.
func huifuAccounts(k *Keys) ([]Account, error) {
	private, err := keyPEM(k.huifuMerchant)
	if err != nil {
		return nil, err
	}
	public, err := publicPEM(&k.huifuPlatform.PublicKey)
	if err != nil {
		return nil, err
	}
	var accounts []Account
	for _, sys := range huifuSystems(k) {
		for _, shop := range sys.shops {
			accounts = append(accounts, Account{
				Platform: huifuPlatform, Mode: HuifuProvider,
				SysID: sys.id, ProductID: sys.product, HuifuID: shop.id, SubAppID: shop.subAppID,
				Currency: huifuCurrency, Currencies: []string{huifuCurrency},
				PrivateKeyPEM: private, PlatformKeyPEM: public,
			})
		}
	}
	return accounts, nil
}

// huifuCurrency: RMB alone, and no field says so (§1).
const huifuCurrency = "CNY"

func publicPEM(key *rsa.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// Where a till finds its keys; beside tillpay.toml.
const (
	huifuPrivateFile = "keys/huifu_private.pem"
	huifuPublicFile  = "keys/huifu_platform.pem"
)

// huifuTillChannel is the [[channel]] of §14, the defaults left out.
func huifuTillChannel(a Account, endpoint string) string {
	var b strings.Builder
	section(&b, "[[channel]]", "name", "huifu", "driver", a.Platform, "endpoint", endpoint, "ca_file", "keys/sandbox-ca.pem",
		"api_version", "v3", "sys_id", a.SysID, "product_id", a.ProductID, "huifu_id", a.HuifuID,
		"private_key_file", huifuPrivateFile, "platform_public_key_file", huifuPublicFile,
		"sub_appid", a.SubAppID, "ip_addr", "203.0.113.10", "location", "+22.54/+113.93",
		"devs_id", "SPINTP000000000000001", "mer_device_type", "07")
	return b.String()
}

// huifuTillFiles are the key files that huifuTillChannel names.
func huifuTillFiles(a Account) map[string][]byte {
	return map[string][]byte{huifuPrivateFile: a.PrivateKeyPEM, huifuPublicFile: a.PlatformKeyPEM}
}
