package sandbox

import (
	"crypto/rsa"
	"time"
)

// Provider is the mode of the v2 deposits: mch_id and appid are the service
// provider's, sub_mch_id is the shop's (§1.2).
const Provider = "provider"

// depositVectorKey is the published key of §15, so that the vectors can be sent to
// the sandbox as they stand.
const depositVectorKey = "192006250b4c09247ec02edce69f6a2d"

// depositAccounts are the provider of the seed's sample request, whose
// sub-merchant is that of §15.2, and the provider of the seed's table. The table
// has one number for provider and sub-merchant, which would hide a till that
// mixes them up; so the other one comes first.
//
// The keys are those that the same numbers have at WeChat Pay Global: a merchant
// has one API certificate.
func depositAccounts(k *Keys, ca []byte, now time.Time) ([]Account, error) {
	accounts := []Account{
		{AppID: "wx2421b1c4370ec43b", MchID: "10000100", SubAppID: "wx8888888888888888", SubMchID: "10000101", APIKey: depositVectorKey},
		{AppID: "wx8888888888888888", MchID: "1900000109", SubAppID: "wx8888888888888888", SubMchID: "1900000109", APIKey: apiv3Key(k.direct)},
	}
	for i, key := range []*rsa.PrivateKey{k.institution, k.direct} {
		text, err := keyPEM(key)
		if err != nil {
			return nil, err
		}
		a := &accounts[i]
		a.Platform, a.Mode = "wechat-deposit", Provider
		a.Currency, a.Currencies = "CNY", []string{"CNY"}
		a.PrivateKeyPEM = text
		a.Serial = serialText(serialOf(key.Public()))
		if a.CertificatePEM, err = issueClient(k, ca, a.MchID, key.Public(), now); err != nil {
			return nil, err
		}
	}
	return accounts, nil
}
