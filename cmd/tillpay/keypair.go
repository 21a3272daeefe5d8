package main

import (
	"crypto/tls"
	"os"
	"sync"
	"time"
)

// keyPair is a certificate that is renewed while the till runs: its files are
// looked at again now and then. One that cannot be read leaves the old one in use.
type keyPair struct {
	certificate, key string // paths
	now              func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time // of the certificate's file
	looked  time.Time
}

const keyPairLook = time.Minute

func (k *keyPair) load() error {
	info, err := os.Stat(k.certificate)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(k.certificate, k.key)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pair, k.changed, k.looked = &pair, info.ModTime(), k.now()
	return nil
}

func (k *keyPair) forHello(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if k.stale() {
		_ = k.load() // half a renewal is on disk: the old certificate still serves
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pair, nil
}

func (k *keyPair) stale() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if now.Sub(k.looked) < keyPairLook {
		return false
	}
	k.looked = now
	info, err := os.Stat(k.certificate)
	return err == nil && !info.ModTime().Equal(k.changed)
}
