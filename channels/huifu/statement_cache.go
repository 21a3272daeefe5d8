package huifu

import (
	"os"
	"path/filepath"
	"time"

	"tillpay/channels"
)

// shelf keeps the bills that were fetched: the platform answers three times a day
// (§13), and a till may be asked to reconcile a day more often. A bill that is
// there does not change; one that is lost is fetched again.
type shelf struct {
	dir string // empty: nothing is kept
	now func() time.Time
}

// keepBills is how long: disputes come within a quarter.
const keepBills = 100 * 24 * time.Hour

func (s shelf) take(name string) (channels.Statement, bool) {
	if s.dir == "" {
		return channels.Statement{}, false
	}
	body, err := os.ReadFile(filepath.Join(s.dir, name))
	return channels.Statement{Name: name, Body: body}, err == nil
}

// put keeps a bill, whole or not at all, and clears out old ones. A shelf that
// cannot be written costs a call the next time, and nothing else.
func (s shelf) put(b channels.Statement) {
	if s.dir == "" || os.MkdirAll(s.dir, 0o700) != nil {
		return
	}
	old, _ := filepath.Glob(filepath.Join(s.dir, "huifu-*.zip"))
	for _, file := range old {
		if info, err := os.Stat(file); err == nil && s.now().Sub(info.ModTime()) > keepBills {
			_ = os.Remove(file)
		}
	}
	part := filepath.Join(s.dir, b.Name+".part")
	if os.WriteFile(part, b.Body, 0o600) != nil || os.Rename(part, filepath.Join(s.dir, b.Name)) != nil {
		_ = os.Remove(part)
	}
}
