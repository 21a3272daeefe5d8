package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync"
	"time"
)

// vouchers are random secrets of 256 bits with an end: the tickets of links and
// the sessions of pages. They live in memory alone, as their hashes, so a look-up
// takes a time that says nothing of a secret. A restart forgets them.
type vouchers struct {
	life   time.Duration
	most   int // beyond it the oldest goes
	now    func() time.Time
	random io.Reader

	mu   sync.Mutex
	ends map[[sha256.Size]byte]time.Time
}

// issue makes a new one.
func (v *vouchers) issue() (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b [32]byte
	if _, err := io.ReadFull(v.random, b[:]); err != nil {
		return "", err
	}
	if v.ends == nil {
		v.ends = map[[sha256.Size]byte]time.Time{}
	}
	v.tidy()
	secret := hex.EncodeToString(b[:])
	v.ends[sha256.Sum256([]byte(secret))] = v.now().Add(v.life)
	return secret, nil
}

// valid tells whether secret was issued and has not ended.
func (v *vouchers) valid(secret string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	end, ok := v.ends[sha256.Sum256([]byte(secret))]
	return ok && v.now().Before(end)
}

// spend is valid, once.
func (v *vouchers) spend(secret string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := sha256.Sum256([]byte(secret))
	end, ok := v.ends[key]
	delete(v.ends, key)
	return ok && v.now().Before(end)
}

// tidy makes room for one more.
func (v *vouchers) tidy() {
	now := v.now()
	var oldest [sha256.Size]byte
	var first time.Time
	for key, end := range v.ends {
		switch {
		case !now.Before(end):
			delete(v.ends, key)
		case first.IsZero() || end.Before(first):
			oldest, first = key, end
		}
	}
	if len(v.ends) >= v.most {
		delete(v.ends, oldest)
	}
}
