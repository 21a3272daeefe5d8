package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	salesFlag = flag.Int("sales", 240, "simulated sales")
	seedFlag  = flag.Uint64("seed", 1, "seed of the first world; the others follow")
	perWorld  = flag.Int("world", 120, "sales a world")
	rsaShare  = flag.Float64("rsa", 0.075, "share of worlds at the three platforms that sign with RSA")
	httpShare = flag.Float64("http", 0.1, "share of worlds whose POS speaks HTTP")
	trouble   = flag.Float64("trouble", 1, "how much more goes wrong than usual")
	traced    = flag.Bool("trace", false, "tell all that happened in a failed world")
	whole     = flag.Bool("whole", false, "fail unless every fault fired and enough sales met one")
	failures  = flag.Int("failures", 3, "stop after so many failed worlds")
)

// TestSimulation plays worlds until -sales sales were made. Every failure names
// the seed that plays it again, bit for bit.
func TestSimulation(t *testing.T) {
	debug.SetGCPercent(1000)
	begin := time.Now()
	total := newTally()
	var failed, done atomic.Int64
	worlds := (*salesFlag + *perWorld - 1) / *perWorld
	var next atomic.Int64
	root := playground(t)
	stop := watchdog(&done, &next)
	defer stop()
	var all sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		all.Add(1)
		go func() {
			defer all.Done()
			for failed.Load() < int64(*failures) {
				i := next.Add(1) - 1
				if i >= int64(worlds) {
					return
				}
				seed := *seedFlag + uint64(i)
				w := playOnce(t, seed, *perWorld, filepath.Join(root, fmt.Sprint(worker)))
				total.add(w.tally)
				done.Add(int64(w.sales))
				if len(w.failures) > 0 {
					failed.Add(1)
					t.Errorf("seed=%d commit=%s after %d sales\nagain: go test -run TestSimulation ./cmd/sim -seed %d -sales %d -world %d -rsa %g -trouble %g -args -trace\n%s",
						seed, commit(), done.Load(), seed, *perWorld, *perWorld, *rsaShare, *trouble, w.story())
				}
			}
		}()
	}
	all.Wait()
	report(t, total, time.Since(begin))
}

// standstill is how long no world may end, in real time. One takes a second, or
// twenty where others want the machine as well; what takes longer turns round and
// round at one instant of its virtual time.
const standstill = time.Minute // for each 60 sales of a world, or part of them

// watchdog ends the program when no world comes to its end any more: a till that
// spins cannot be stopped in any other way.
func watchdog(done, next *atomic.Int64) (stop func()) {
	ended := make(chan struct{})
	go func() {
		last, since := int64(-1), time.Now()
		for {
			select {
			case <-ended:
				return
			case <-time.After(time.Second):
			}
			if n := done.Load(); n != last {
				last, since = n, time.Now()
			}
			if time.Since(since) > standstill*time.Duration((*perWorld+59)/60) {
				panic(fmt.Sprintf("seed=%d: the till turns round and round, and time stands still (that seed, or one a little before it)", *seedFlag+uint64(next.Load())-1))
			}
		}
	}()
	return func() { close(ended) }
}

// playOnce plays one world in its own bubble. The next one may have its folder.
func playOnce(t *testing.T, seed uint64, sales int, dir string) (w *world) {
	t.Run(fmt.Sprint("seed", seed), func(t *testing.T) { w = bubble(t, seed, sales, dir) })
	return w
}

// playground is a folder whose files live in memory, where there is such a one:
// a sync costs nothing there, and what the production code does stays the same.
func playground(t testing.TB) string {
	if _, err := keys(); err != nil {
		t.Fatal(err)
	}
	if _, err := emptyLedger(); err != nil {
		t.Fatal(err)
	}
	commit()
	dir, err := os.MkdirTemp("/dev/shm", "tillpay-sim")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// commit is asked once, before any world: a child process holds the folders'
// locks for a moment.
var commit = sync.OnceValue(func() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
})

func report(t *testing.T, total *tally, took time.Duration) {
	share := func(n int) float64 { return 100 * float64(n) / float64(max(1, total.sales)) }
	fmt.Printf("%d sales in %d worlds (seeds %d to %d), %v: %.0f sales a second\n"+
		"%d payments, %d refunds, %d exchanges and slips, %d commits, %d runs of the till; %d ended with a person\n"+
		"%.1f %% of sales met a fault, %.1f %% two that overlapped\n%s",
		total.sales, total.worlds, *seedFlag, *seedFlag+uint64(total.worlds)-1, took.Round(time.Millisecond), float64(total.sales)/took.Seconds(),
		total.payments, total.refunds, total.exchanges, total.commits, total.restarts, total.persons, share(total.faulty), share(total.doubly), total.table())
	if !*whole {
		return
	}
	for _, f := range total.never() {
		t.Errorf("never fired: %s", f)
	}
	fmt.Printf("%d fault points, %d fired\n", len(allFaults), len(allFaults)-len(total.never()))
	if share(total.faulty) < 30 || share(total.doubly) < 5 {
		t.Error("too little went wrong: 30 % of sales must meet a fault, 5 % two that overlap")
	}
}

// TestReplay plays worlds twice: the same seed is the same history, event by
// event, whatever the scheduler does.
func TestReplay(t *testing.T) {
	root, same := playground(t), 0
	for seed := *seedFlag; seed < *seedFlag+uint64(*replays); seed++ {
		first := playOnce(t, seed, 20, filepath.Join(root, "a"))
		again := playOnce(t, seed, 20, filepath.Join(root, "b"))
		if first.hash != again.hash {
			t.Errorf("seed=%d commit=%s: two histories, %x and %x (add -args -trace to see where they part)\n%s",
				seed, commit(), first.hash, again.hash, difference(first.trace, again.trace))
		} else {
			same++
		}
	}
	fmt.Printf("%d of %d seeds replay bit for bit\n", same, *replays)
}

var replays = flag.Int("replays", 4, "seeds that are played twice")

// difference is where two histories part: the last events that both have, and
// the first of each alone.
func difference(a, b []string) string {
	slices.Sort(a)
	slices.Sort(b)
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	var out []string
	tell := func(sign string, events []string) {
		for _, e := range events {
			out = append(out, sign+e)
		}
	}
	tell("  ", a[max(0, n-12):n])
	tell("- ", a[n:min(n+8, len(a))])
	tell("+ ", b[n:min(n+8, len(b))])
	return strings.Join(out, "\n")
}
