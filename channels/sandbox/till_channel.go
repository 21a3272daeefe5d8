package sandbox

// tillChannels writes each platform's part of a till, for an account of it.
var tillChannels = map[string]struct {
	channel func(a Account, endpoint string) string
	files   func(a Account) map[string][]byte
}{
	"wechat-global":  {globalTillChannel, globalTillFiles},
	"wechat-deposit": {depositTillChannel, depositTillFiles},
	huifuPlatform:    {huifuTillChannel, huifuTillFiles},
	"huishouqian":    {huishouqianTillChannel, huishouqianTillFiles},
	fubeiPlatform:    {fubeiTillChannel, fubeiTillFiles},
}

// TillChannel is the [[channel]] of a till's configuration for the first account
// of a platform, at endpoint, or nothing for a platform it does not know. The
// files it names are TillFiles.
func (s *Sandbox) TillChannel(platform, endpoint string) string {
	if a, ok := s.tillAccount(platform); ok {
		return a.TillChannel(endpoint)
	}
	return ""
}

// TillFiles are the key files of TillChannel, by their path beside the
// configuration. The CA's is not among them.
func (s *Sandbox) TillFiles(platform string) map[string][]byte {
	if a, ok := s.tillAccount(platform); ok {
		return a.TillFiles()
	}
	return nil
}

// TillChannel is the [[channel]] of a till's configuration for this account.
func (a Account) TillChannel(endpoint string) string {
	return tillChannels[a.Platform].channel(a, endpoint)
}

// TillFiles are the key files that it names.
func (a Account) TillFiles() map[string][]byte { return tillChannels[a.Platform].files(a) }

// tillAccount is the account that a till gets: the first of its platform.
func (s *Sandbox) tillAccount(platform string) (Account, bool) {
	for _, a := range s.accts {
		if a.Platform == platform {
			return a, true
		}
	}
	return Account{}, false
}

func globalTillFiles(a Account) map[string][]byte {
	return map[string][]byte{
		"keys/apiclient_key.pem": a.PrivateKeyPEM,
		"keys/apiv3.key":         []byte(a.APIv3Key + "\n"),
	}
}
