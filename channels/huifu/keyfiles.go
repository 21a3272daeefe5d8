package huifu

import (
	"crypto/rsa"

	"tillpay/channels"
)

// minKeyBits is §3.
const minKeyBits = 2048

func loadPrivateKey(s channels.Settings, name string) (*rsa.PrivateKey, error) {
	data, err := channels.ReadKeyFile(s, "private_key_file", name)
	if err != nil {
		return nil, err
	}
	key, err := channels.ParsePrivateKey(data, minKeyBits)
	if err != nil {
		return nil, bad("private_key_file", name, err.Error(), "use the merchant's PKCS#8 key, as PEM or as the bare Base64")
	}
	return key, nil
}

// loadPlatformKey reads Huifu's key, and catches the commonest mistake of a
// set-up: the merchant's own public key in its place (§3: two separate pairs).
func loadPlatformKey(s channels.Settings, name string, own *rsa.PublicKey) (*rsa.PublicKey, error) {
	const setting, mend = "platform_public_key_file", "use Huifu's public key from the console, as PEM or as the bare Base64"
	data, err := channels.ReadPublicFile(s, setting, name, mend)
	if err != nil {
		return nil, err
	}
	key, err := channels.ParsePublicKey(data, minKeyBits)
	if err != nil {
		return nil, bad(setting, name, err.Error(), mend)
	}
	if key.Equal(own) {
		return nil, bad(setting, name, "is the merchant's own public key", mend)
	}
	return key, nil
}
