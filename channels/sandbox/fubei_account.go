package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
)

// The levels of §1: a shop's own credentials, and those of a vendor who names
// the shop in every call.
const (
	FubeiMerchant = "merchant"
	FubeiVendor   = "vendor"
)

// fubeiMinaAppID is the mini program that is paid in; the seed's.
const fubeiMinaAppID = "wxab93d4b3b6938cd7"

// fubeiShop is who gets the money. Both levels act for the same one.
type fubeiShop struct{ id, store, cashier int64 }

// fubeiCaller is who signs.
type fubeiCaller struct {
	Account
	shop *fubeiShop
}

func (c *fubeiCaller) vendor() bool { return c.VendorSN != "" }

// fubeiAccounts carry the seed's numbers; the vendor's and the merchant_id,
// which it does not have, are the vectors'.
func fubeiAccounts(k *Keys) []Account {
	accounts := []Account{{
		Mode: FubeiMerchant, AppID: "20170601202131300809",
	}, {
		Mode: FubeiVendor, VendorSN: "2020010100000000001a",
	}}
	for i := range accounts {
		a := &accounts[i]
		a.Platform = fubeiPlatform
		a.MerchantID, a.StoreID, a.CashierID = 3000001, 3239, 34566
		a.Currency, a.Currencies = "CNY", []string{"CNY"}
		// From a lasting key, so that it is as lasting as that.
		sum := sha256.Sum256(append([]byte("Fubei secret\n"+a.Mode+"\n"), k.institution.D.Bytes()...))
		a.APIKey = hex.EncodeToString(sum[:16])
	}
	return accounts
}
