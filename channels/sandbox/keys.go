package sandbox

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tillpay/channels/private"
)

// Keys are a sandbox's secrets. They say nothing about time or books, so that
// many sandboxes can share one set, and a restarted one finds its own again.
type Keys struct {
	ca, tls     *ecdsa.PrivateKey
	direct      *rsa.PrivateKey   // signs the direct merchant's requests
	institution *rsa.PrivateKey   // signs the institution's requests
	platform    []*rsa.PrivateKey // sign the platform's replies; the first at the start

	hsqMerchant                  *rsa.PrivateKey
	hsqPlatform                  *rsa.PrivateKey // signs Huishouqian's replies and notifications
	huifuMerchant, huifuPlatform *rsa.PrivateKey
}

const rsaBits = 2048 // §3: SHA256-RSA2048

// platformKeys is enough for a rotation and a key that nobody was told of.
const platformKeys = 3

// NewKeys draws a fresh set.
func NewKeys() (*Keys, error) {
	k := &Keys{platform: make([]*rsa.PrivateKey, platformKeys)}
	var err error
	for _, slot := range []**ecdsa.PrivateKey{&k.ca, &k.tls} {
		if *slot, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, fmt.Errorf("sandbox: make keys: %w", err)
		}
	}
	for _, slot := range append([]**rsa.PrivateKey{&k.direct, &k.institution, &k.huifuMerchant, &k.huifuPlatform}, k.platformSlots()...) {
		if *slot, err = rsa.GenerateKey(rand.Reader, rsaBits); err != nil {
			return nil, fmt.Errorf("sandbox: make keys: %w", err)
		}
	}
	if k.hsqMerchant, err = rsa.GenerateKey(rand.Reader, rsaBits); err != nil {
		return nil, fmt.Errorf("sandbox: make keys: %w", err)
	}
	if k.hsqPlatform, err = rsa.GenerateKey(rand.Reader, hsqPlatformBits); err != nil {
		return nil, fmt.Errorf("sandbox: make keys: %w", err)
	}
	return k, nil
}

// KeysIn loads the keys in dir, or makes them there the first time.
func KeysIn(dir string) (*Keys, error) {
	k, err := LoadKeys(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if k, err = NewKeys(); err != nil {
		return nil, err
	}
	return k, k.Save(dir)
}

// LoadKeys reads what Save wrote. The error is fs.ErrNotExist if any is missing.
func LoadKeys(dir string) (*Keys, error) {
	k := &Keys{platform: make([]*rsa.PrivateKey, platformKeys)}
	for name, put := range k.files() {
		key, err := readKey(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("sandbox: load keys: %w", err)
		}
		if !put.set(key) {
			return nil, fmt.Errorf("sandbox: load keys: %s: %T is not the kind of key that belongs there", name, key)
		}
	}
	return k, nil
}

// Save writes the keys into dir, readable by their owner alone.
func (k *Keys) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("sandbox: save keys: %w", err)
	}
	for name, slot := range k.files() {
		text, err := keyPEM(slot.get())
		if err != nil {
			return fmt.Errorf("sandbox: save keys: %s: %w", name, err)
		}
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, text, 0o600), private.Keep(path, 0o600)); err != nil {
			return fmt.Errorf("sandbox: save keys: %w", err)
		}
	}
	return nil
}

func (k *Keys) platformSlots() []**rsa.PrivateKey {
	slots := make([]**rsa.PrivateKey, len(k.platform))
	for i := range k.platform {
		slots[i] = &k.platform[i]
	}
	return slots
}

// keySlot is one key of the set behind a file name.
type keySlot struct {
	get func() crypto.Signer
	set func(any) bool
}

func (k *Keys) files() map[string]keySlot {
	files := map[string]keySlot{
		"ca.key":                 slotFor(&k.ca),
		"tls.key":                slotFor(&k.tls),
		"wechat-direct.key":      slotFor(&k.direct),
		"wechat-institution.key": slotFor(&k.institution),
	}
	files["huishouqian-merchant.key"] = slotFor(&k.hsqMerchant)
	files["huishouqian-platform.key"] = slotFor(&k.hsqPlatform)
	files["huifu-merchant.key"] = slotFor(&k.huifuMerchant)
	files["huifu-platform.key"] = slotFor(&k.huifuPlatform)
	for i, slot := range k.platformSlots() {
		files[fmt.Sprintf("wechat-platform-%d.key", i+1)] = slotFor(slot)
	}
	return files
}

func slotFor[K crypto.Signer](at *K) keySlot {
	return keySlot{
		get: func() crypto.Signer { return *at },
		set: func(key any) (ok bool) {
			*at, ok = key.(K)
			return ok
		},
	}
}

func keyPEM(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func readKey(path string) (any, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: not PEM", path)
	}
	return x509.ParsePKCS8PrivateKey(block.Bytes)
}
