// Command bench measures the product against floors in the same run, turn by
// turn where they compare, so that a ratio means the same on any machine. It
// reports and never judges: its exit code tells only whether it could measure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run: what was asked, and what was found.
type bench struct {
	agent string // the built product
	quick bool
	dir   string // on the disk that is measured; gone after the run
	report
}

// of picks a count for the full or the quick run.
func (b *bench) of(full, quick int) int {
	if b.quick {
		return quick
	}
	return full
}

// measurement is one case: its name for -only, and what finds its rows.
type measurement struct {
	name string
	run  func(context.Context, *bench) error
}

// measurements in the order of the table: the way of a payment, then the program.
func measurements() []measurement {
	return []measurement{
		{"intent", intent},
		{"scanner", scanners},
		{"scan-to-wire", scanToWire},
		{"wan", wan},
		{"commits", commits},
		{"drivers", drivers},
		{"queue", queues},
		{"schedules", schedules},
		{"receipt", receipt},
		{"receipt-long", longReceipt},
		{"size", size},
		{"start", start},
		{"rss", footprint}, // with 1,000,000 sales: start again, memory, wake-ups
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	b := &bench{}
	f.StringVar(&b.agent, "agent", "bin/tillpay", "the built agent")
	f.BoolVar(&b.quick, "quick", false, "fewer samples and a smaller ledger: under a minute")
	only := f.String("only", "", "measure only this `case`; several with commas")
	lines := f.String("json", "", "write the rows to this `file` as JSON lines too")
	doc := f.String("doc", "", "only write the schedules' page to this `file`")
	dir := f.String("dir", "", "`folder` on the disk to measure (default: the temporary one)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *doc != "" {
		return os.WriteFile(*doc, schedulePage(), 0o644)
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(*dir, "tillpay-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	debug.SetGCPercent(50) // as the agent runs
	fmt.Fprintf(out, "tillpay bench: %s, %d CPUs, load %s, %s\n", runtime.Version(), runtime.NumCPU(), load(), time.Now().UTC().Format(time.RFC3339))
	for _, m := range chosen {
		began := time.Now()
		if err := m.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Fprintf(os.Stderr, "%s: %.1f s\n", m.name, time.Since(began).Seconds())
	}
	b.table(out)
	fmt.Fprintf(out, "load at the end: %s\n", load())
	if *lines != "" {
		return b.save(*lines)
	}
	return nil
}

func choose(only string) ([]measurement, error) {
	all := measurements()
	if only == "" {
		return all, nil
	}
	var chosen []measurement
	var names []string
	for _, m := range all {
		names = append(names, m.name)
	}
	for name := range strings.SplitSeq(only, ",") {
		known := false
		for _, m := range all {
			if m.name == name {
				chosen, known = append(chosen, m), true
			}
		}
		if !known {
			return nil, fmt.Errorf("-only %s: the cases are %s", name, strings.Join(names, ", "))
		}
	}
	return chosen, nil
}

// load is how busy the machine is with other work, which every row carries.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(b), " ")
	return one
}
