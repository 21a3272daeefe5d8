package httpapi

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// bucket lets a burst through at once, and behind it one more each gap (the
// virtual scheduling of ITU-T I.371: a bucket is one point in time).
type bucket struct {
	gap   time.Duration
	burst int
	free  time.Time // when it will be full again
}

func (b *bucket) take(now time.Time) bool {
	if b.free.Before(now) {
		b.free = now
	}
	if b.free.Sub(now) > time.Duration(b.burst-1)*b.gap {
		return false
	}
	b.free = b.free.Add(b.gap)
	return true
}

// buckets are one for each of many sources. They are of a fixed number, so that
// no flood of addresses costs memory; sources that fall together share.
type buckets struct {
	gap   time.Duration
	burst int

	mu   sync.Mutex
	seed maphash.Seed
	all  [1024]bucket
}

func newBuckets(gap time.Duration, burst int) *buckets {
	return &buckets{gap: gap, burst: burst, seed: maphash.MakeSeed()}
}

func (b *buckets) take(source netip.Prefix, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := &b.all[maphash.Comparable(b.seed, source)%uint64(len(b.all))]
	one.gap, one.burst = b.gap, b.burst
	return one.take(now)
}

// sourceOf is who sends, as far as it cannot choose: an IPv4 address, or an IPv6
// network of the size that one customer of a provider gets.
func sourceOf(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	ip := at.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
