package wechatglobal

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tillpay/channels/wire"
)

const (
	certificatesPath = "/v3/global/certificates"
	cacheName        = "certificates.json"
	maxCache         = 1 << 20

	refreshEvery = 12 * time.Hour   // §11
	afterSuccess = 10 * time.Second // before an unknown serial is worth another look
	afterFailure = 2 * time.Second
	afterDue     = time.Minute // between tries while the keys we have still serve
)

// platformKey verifies. A public key of a file has no dates.
type platformKey struct {
	public              *rsa.PublicKey
	notBefore, notAfter time.Time
}

func (k platformKey) usable(now time.Time) bool {
	return k.notAfter.IsZero() || !now.Before(k.notBefore) && now.Before(k.notAfter)
}

// platformKeys is the platform's keys by serial number: those of files, and
// those fetched. What is kept on disk is the platform's answer as it came, so
// that a file somebody changed fails its own authentication.
type platformKeys struct {
	now      func() time.Time
	fetch    func(context.Context) (*wire.Response, error)
	apiV3Key []byte
	fixed    map[string]platformKey
	pinned   bool // files suffice: nothing is due
	file     string
	log      *slog.Logger
	turn     chan struct{} // holds one token: who fetches has it

	mu      sync.Mutex
	fetched map[string]platformKey
	gotAt   time.Time
	triedAt time.Time
	failed  bool
}

func newPlatformKeys(set *settings, dir string, now func() time.Time, fetch func(context.Context) (*wire.Response, error), log *slog.Logger) *platformKeys {
	k := &platformKeys{
		now: now, fetch: fetch, apiV3Key: set.apiV3Key, fixed: set.fixed, pinned: set.publicKey,
		log: log, turn: make(chan struct{}, 1), fetched: map[string]platformKey{},
	}
	if dir != "" {
		k.file = filepath.Join(dir, cacheName)
		k.load()
	}
	return k
}

// find is the key of a serial number, or nil. An unknown number is looked up at
// the platform once (§3.2 step 3); never does any other key stand in for it.
func (k *platformKeys) find(ctx context.Context, serial string) *rsa.PublicKey {
	serial = normalSerial(serial)
	if key := k.lookup(serial); key != nil {
		return key
	}
	if err := k.refresh(ctx, func() bool { return k.lookup(serial) == nil && k.worthALook() }); err != nil {
		k.log.WarnContext(ctx, "platform certificates not fetched", "error", err)
	}
	return k.lookup(serial)
}

func (k *platformKeys) lookup(serial string) *rsa.PublicKey {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.fetched[serial]; ok && key.usable(now) {
		return key.public
	}
	if key, ok := k.fixed[serial]; ok && key.usable(now) {
		return key.public
	}
	return nil
}

// refreshIfDue fetches when it is time to. While keys are at hand that still
// serve, a failure is only logged.
func (k *platformKeys) refreshIfDue(ctx context.Context) error {
	if !k.due() {
		return nil
	}
	err := k.refresh(ctx, k.due)
	if err != nil && k.serving() {
		k.log.WarnContext(ctx, "platform certificates not refreshed", "error", err)
		return nil
	}
	return err
}

func (k *platformKeys) due() bool {
	if k.pinned || anyUsable(k.fixed, k.now()) {
		return false
	}
	serving := k.serving()
	k.mu.Lock()
	defer k.mu.Unlock()
	if serving && within(k.now(), k.gotAt, refreshEvery) {
		return false
	}
	gap := afterFailure
	if serving {
		gap = afterDue
	}
	return !within(k.now(), k.triedAt, gap)
}

func (k *platformKeys) serving() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return anyUsable(k.fetched, k.now()) || anyUsable(k.fixed, k.now())
}

func (k *platformKeys) worthALook() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	gap := afterSuccess
	if k.failed {
		gap = afterFailure
	}
	return !within(k.now(), k.triedAt, gap)
}

// within is whether t is less than d ago; a t in the future is not.
func within(now, t time.Time, d time.Duration) bool {
	age := now.Sub(t)
	return age >= 0 && age < d
}

func anyUsable(keys map[string]platformKey, now time.Time) bool {
	for _, key := range keys {
		if key.usable(now) {
			return true
		}
	}
	return false
}

// refresh fetches unless, once it is our turn, there is no need any more.
func (k *platformKeys) refresh(ctx context.Context, needed func() bool) error {
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-k.turn }()
	if !needed() {
		return nil
	}
	keys, raw, err := k.download(ctx)
	k.mu.Lock()
	k.triedAt, k.failed = k.now(), err != nil
	if err == nil {
		k.gotAt = k.triedAt
		for serial, old := range k.fetched { // several may be valid at once (§11)
			if _, again := keys[serial]; !again && old.usable(k.gotAt) {
				keys[serial] = old
			}
		}
		k.fetched = keys
	}
	k.mu.Unlock()
	if err == nil {
		k.store(raw)
	}
	return err
}

// download is the bootstrap of §11: decrypt first, with the APIv3 key as the
// anchor of trust, then check the answer's signature with what was decrypted.
func (k *platformKeys) download(ctx context.Context) (map[string]platformKey, []byte, error) {
	resp, err := k.fetch(ctx)
	if err != nil {
		return nil, nil, err
	}
	if resp.Status != http.StatusOK {
		return nil, nil, fmt.Errorf("platform answered %d", resp.Status)
	}
	keys, err := k.decrypt(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	s, p := readSignature(resp.Header)
	key, known := keys[normalSerial(s.serial)]
	if p != proven || !known || !key.usable(k.now()) || !s.timely(k.now()) || !s.fits(key.public, resp.Body) {
		return nil, nil, errors.New("answer is not proven by its signature")
	}
	return keys, resp.Body, nil
}

// decrypt reads a certificates answer. One certificate that does not
// authenticate, or is not the one it says, discards them all.
func (k *platformKeys) decrypt(raw []byte) (map[string]platformKey, error) {
	o, err := wire.ParseObject(raw)
	if err != nil {
		return nil, err
	}
	keys := map[string]platformKey{}
	for _, entry := range o.Objects("data") {
		sealed := entry.Object("encrypt_certificate")
		if a := sealed.Text("algorithm"); a != "AEAD_AES_256_GCM" {
			return nil, errors.New("certificate: algorithm is unknown")
		}
		plain, err := openGCM(k.apiV3Key, sealed.Text("nonce"), sealed.Text("associated_data"), sealed.Text("ciphertext"))
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		block, _ := pem.Decode(plain)
		if block == nil {
			return nil, errors.New("certificate: is not PEM")
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, errors.New("certificate: is damaged")
		}
		serial, key, err := keyOf(cert)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		if serial != normalSerial(entry.Text("serial_no")) {
			return nil, errors.New("certificate: is not the one it is said to be")
		}
		keys[serial] = key
	}
	if len(keys) == 0 {
		return nil, errors.New("answer holds no certificate")
	}
	return keys, nil
}

// load reads the cache. Whatever is wrong with it, it can be fetched again.
func (k *platformKeys) load() {
	f, err := os.Open(k.file)
	if err != nil {
		return
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxCache))
	if err != nil {
		return
	}
	keys, err := k.decrypt(raw)
	if err != nil {
		k.log.Warn("platform certificate cache not used", "error", err)
		return
	}
	k.fetched = keys
	if info, err := f.Stat(); err == nil {
		k.gotAt = info.ModTime() // never later than now, should the clocks differ
		if now := k.now(); k.gotAt.After(now) {
			k.gotAt = now
		}
	}
}

// store replaces the cache in one step. A till without it only fetches again.
func (k *platformKeys) store(raw []byte) {
	if k.file == "" {
		return
	}
	if err := writeWhole(k.file, raw); err != nil {
		k.log.Warn("platform certificate cache not written", "error", err)
	}
}

func writeWhole(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), cacheName+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, bytes.NewReader(data))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil { // a pulled plug would leave the name and nothing in it
		return err
	}
	return os.Rename(f.Name(), name)
}

// fetchCertificates is GET certificates, signed like any call.
func (c *Channel) fetchCertificates(ctx context.Context) (*wire.Response, error) {
	resp, _, err := c.send(ctx, call{method: http.MethodGet, target: certificatesPath, timeout: keysTimeout})
	if err == nil && resp.Status == http.StatusUnauthorized {
		c.clock.Learn(resp)
	}
	return resp, err
}
