package sandbox

// TillChannel is the [[channel]] of a till's configuration for the first account
// of a platform, at endpoint, or nothing for one it does not know. The files it
// names are TillFiles.
func (s *Sandbox) TillChannel(platform, endpoint string) string {
	switch platform {
	case "huishouqian":
		return s.huishouqianTillChannel(endpoint)
	}
	return ""
}

// TillFiles are the key files of TillChannel, by their path beside the
// configuration. The CA's is not among them.
func (s *Sandbox) TillFiles(platform string) map[string][]byte {
	switch platform {
	case "huishouqian":
		return s.huishouqianTillFiles()
	}
	return nil
}
