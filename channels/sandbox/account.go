package sandbox

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// The two access modes of §2.2.
const (
	Direct      = "direct"
	Institution = "institution"
)

// Account is a merchant that a platform knows, with all that a till needs to
// act for it. Which of the numbers are set depends on Mode.
type Account struct {
	Platform               string   `json:"platform"` // the driver's name in a till's settings
	Mode                   string   `json:"mode"`
	MchID                  string   `json:"mchid,omitempty"`
	AppID                  string   `json:"appid,omitempty"`
	SpMchID                string   `json:"sp_mchid,omitempty"`
	SpAppID                string   `json:"sp_appid,omitempty"`
	SubMchID               string   `json:"sub_mchid,omitempty"`
	SubAppID               string   `json:"sub_appid,omitempty"`
	Serial                 string   `json:"certificate_serial"`
	MerchantCategoryCode   string   `json:"merchant_category_code"`
	Currency               string   `json:"currency"`   // of settlement
	Currencies             []string `json:"currencies"` // that it may price in, §16
	PrivateKeyPEM          []byte   `json:"-"`
	APIv3Key               string   `json:"-"` // 32 bytes
	APIKey                 string   `json:"-"` // of v2, 32 characters
	CertificatePEM         []byte   `json:"-"` // what a client shows to TLS
	VendorSN               string   `json:"vendor_sn,omitempty"`
	MerchantID             int64    `json:"merchant_id,omitempty"`
	StoreID                int64    `json:"store_id,omitempty"`
	CashierID              int64    `json:"cashier_id,omitempty"`
	SysID                  string   `json:"sys_id,omitempty"`
	ProductID              string   `json:"product_id,omitempty"`
	HuifuID                string   `json:"huifu_id,omitempty"`
	PlatformKeyPEM         []byte   `json:"-"` // the public key that the platform signs with, where a till is given it
	PlatformCertificatePEM []byte   `json:"-"` // of platforms that hand theirs out at the desk
}

// caller is the number that signs: mchid, or sp_mchid and never the
// sub-merchant's (§2.2).
func (a *Account) caller() string {
	if a.Mode == Direct {
		return a.MchID
	}
	return a.SpMchID
}

func (a *Account) prices(currency string) bool { return slices.Contains(a.Currencies, currency) }

// wechatAccounts carry the seed's numbers: a till configured from the
// document's examples finds itself here.
func wechatAccounts(k *Keys) ([]Account, error) {
	accounts := []Account{{
		Mode: Institution, SpMchID: "10000100", SpAppID: "wxdace645e0bc2c424",
		SubMchID: "20000100", SubAppID: "wx8888888888888888",
	}, {
		Mode: Direct, MchID: "1900000109", AppID: "wx8888888888888888",
	}}
	for i, key := range []*rsa.PrivateKey{k.institution, k.direct} {
		text, err := keyPEM(key)
		if err != nil {
			return nil, err
		}
		a := &accounts[i]
		a.Platform = "wechat-global"
		a.PrivateKeyPEM = text
		a.Serial = serialText(serialOf(key.Public()))
		a.APIv3Key = apiv3Key(key)
		a.MerchantCategoryCode = "4111"
		a.Currency = "HKD"
		// The settlement currency and CNY; the others as if applied for (§16).
		a.Currencies = []string{"HKD", "CNY", "JPY", "USD", "GBP", "EUR", "KRW", "MOP"}
	}
	return accounts, nil
}

// apiv3Key follows from the private key, so that it is as lasting as that.
func apiv3Key(key *rsa.PrivateKey) string {
	sum := sha256.Sum256(append([]byte("APIv3 key\n"), key.D.Bytes()...))
	return hex.EncodeToString(sum[:16])
}
