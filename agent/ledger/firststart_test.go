//go:build unix

package ledger

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tillpay/agent/ledger/disktest"
)

// firstStart is a first start whose plug is pulled after n calls, by each of some
// dice, and the starts behind it.
func firstStart(t *testing.T, n int, syncs bool, seed uint64) (ready bool, err error) {
	t.Helper()
	base := inMemory(t)
	defer os.RemoveAll(base)
	dir, after := filepath.Join(base, "till"), filepath.Join(base, "after")
	for _, d := range []string{dir, after} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	d := disktest.New(t, dir)
	defer d.Leave()
	d.Power(t)
	d.CutAfter(n)
	db, err := openOn(ctx, SQLite, dir, time.Now, system{func(string) error {
		if syncs {
			d.FolderSynced()
		}
		return nil
	}, freeBytes})
	var acknowledged []tail
	if err == nil {
		ready = true
		for _, reference := range []string{"r1", "r2"} {
			if db.Update(ctx, creating(reference)) == nil {
				acknowledged = append(acknowledged, db.tail)
			}
		}
		_ = db.Close()
	}
	d.Cut(t, rand.New(rand.NewPCG(seed, uint64(n))), after)
	again, err := Open(ctx, after, time.Now)
	if err != nil {
		return ready, err
	}
	defer again.Close()
	if _, err := Verify(ctx, again.Path()); err != nil {
		return ready, err
	}
	c := century{t: t, facts: acknowledged}
	if lost := c.lostIn(again); lost > 0 || len(again.Found()) > 0 {
		return ready, fmt.Errorf("%d of %d facts are lost, found %+v", lost, len(acknowledged), again.Found())
	}
	return ready, again.Update(ctx, creating("r3"))
}

// A first start that is cut anywhere begins anew, or goes on; it is never stuck.
func TestFirstStartIsCutEverywhere(t *testing.T) {
	dice := uint64(count(t, "TILLPAY_DICE", 1))
	points := 0
	for n, ready := 0, false; !ready; n++ {
		points++
		for seed := range dice {
			var err error
			if ready, err = firstStart(t, n, true, seed); err != nil {
				t.Fatalf("cut after %d calls (seed %d): %v", n, seed, err)
			}
		}
	}
	for n := points; n < points+80; n++ { // and in the first sales, and in the stop behind them
		for seed := range dice {
			if _, err := firstStart(t, n, true, seed); err != nil {
				t.Fatalf("cut after %d calls (seed %d): %v", n, seed, err)
			}
		}
	}
	t.Logf("the first start makes %d calls that write; cut at each of them and at 80 behind it, %d times each: always whole", points-1, dice)
}

// Without the folder's sync a journal that SQLite deleted may come back and be
// rolled into the new file: the cuts find that, so they prove something.
func TestFirstStartBites(t *testing.T) {
	bad := 0
	for n := 60; n < 140; n += 2 {
		for seed := range uint64(2) {
			if _, err := firstStart(t, n, false, seed); err != nil {
				bad++
			}
		}
	}
	t.Logf("with the folder never synced, %d of 80 cuts spoil the file", bad)
	if bad == 0 {
		t.Error("no cut found the folder that was not synced: this proves nothing")
	}
}
