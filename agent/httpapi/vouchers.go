package httpapi

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"sync"
	"time"
)

// vouchers are random secrets of 256 bits with an end: the tickets of links and
// the sessions of pages. They are kept as their hashes, so a look-up takes a time
// that says nothing of a secret: tickets in memory alone, sessions in a file too.
type vouchers struct {
	life   time.Duration
	most   int // beyond it the oldest goes
	now    func() time.Time
	random io.Reader
	file   string // "": a restart forgets them
	log    *slog.Logger

	mu  sync.Mutex
	all map[[sha256.Size]byte]voucher
}

// voucher is one secret's role and end.
type voucher struct {
	role Role
	end  time.Time
}

// issue makes a new one for a role.
func (v *vouchers) issue(role Role) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b [32]byte
	if _, err := io.ReadFull(v.random, b[:]); err != nil {
		return "", err
	}
	if v.all == nil {
		v.all = map[[sha256.Size]byte]voucher{}
	}
	v.tidy()
	secret := hex.EncodeToString(b[:])
	v.all[sha256.Sum256([]byte(secret))] = voucher{role, v.now().Add(v.life)}
	v.store()
	return secret, nil
}

// valid tells whether secret was issued and has not ended, and for whom.
func (v *vouchers) valid(secret string) (Role, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	found, ok := v.all[sha256.Sum256([]byte(secret))]
	return found.role, ok && v.now().Before(found.end)
}

// spend is valid, once.
func (v *vouchers) spend(secret string) (Role, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := sha256.Sum256([]byte(secret))
	found, ok := v.all[key]
	if ok {
		delete(v.all, key)
		v.store()
	}
	return found.role, ok && v.now().Before(found.end)
}

// tidy makes room for one more.
func (v *vouchers) tidy() {
	now := v.now()
	var oldest [sha256.Size]byte
	var first time.Time
	for key, one := range v.all {
		switch {
		case !now.Before(one.end):
			delete(v.all, key)
		case first.IsZero() || one.end.Before(first):
			oldest, first = key, one.end
		}
	}
	if len(v.all) >= v.most {
		delete(v.all, oldest)
	}
}
