package payment

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"sync"
	"time"

	"tillpay/agent/ledger"
	"tillpay/scanner"
)

// Numbers makes order and refund numbers of 28 digits, which scanners read best:
// date 8, till 4, sequence 5, random 10, check digit 1. The random part keeps
// them unique over every till of a merchant, also when a till's disk was
// replaced the same day and its sequence starts again.
type Numbers struct {
	till   string
	zone   *time.Location
	random io.Reader

	mu   sync.Mutex
	day  string
	last int
}

// NewNumbers goes on behind the highest number of today that db knows.
func NewNumbers(ctx context.Context, db *ledger.DB, tillID string, zone *time.Location, random io.Reader, now time.Time) (*Numbers, error) {
	n := &Numbers{till: tillDigits(tillID), zone: zone, random: random, day: now.In(zone).Format("20060102")}
	highest, err := db.LastNumber(ctx, n.day+n.till)
	if err != nil {
		return nil, fmt.Errorf("order numbers: %w", err)
	}
	if len(highest) >= 17 {
		n.last, _ = strconv.Atoi(highest[12:17])
	}
	return n, nil
}

// tillDigits makes four digits from a till's id, the same for the same id.
func tillDigits(id string) string {
	return fmt.Sprintf("%04d", crc32.ChecksumIEEE([]byte(id))%10000)
}

// Next makes a number. It never repeats one and never blocks on the disk.
func (n *Numbers) Next(now time.Time) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if day := now.In(n.zone).Format("20060102"); day != n.day {
		n.day, n.last = day, 0
	}
	n.last = (n.last + 1) % 100_000
	digits := fmt.Sprintf("%s%s%05d%s", n.day, n.till, n.last, randomDigits(n.random, 10))
	return digits + string(scanner.CheckDigit(digits))
}

// randomDigits draws uniformly: bytes of 250 and more are drawn again.
func randomDigits(random io.Reader, count int) string {
	digits := make([]byte, 0, count)
	var b [16]byte
	for len(digits) < count {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			panic(fmt.Sprintf("order numbers: no randomness: %v", err)) // crypto/rand never fails on Go 1.24 and later
		}
		for _, v := range b {
			if v < 250 && len(digits) < count {
				digits = append(digits, '0'+v%10)
			}
		}
	}
	return string(digits)
}
