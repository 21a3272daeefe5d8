package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"tillpay/agent/config"
	"tillpay/agent/httpapi"
	"tillpay/agent/ledger"
)

// configFlag is how every command finds the configuration.
func configFlag(f *flag.FlagSet) *string {
	return f.String("config", "", "the configuration `file` (default: $TILLPAY_CONFIG, then the system's)")
}

func configPath(given string) string { return config.Find(given, os.Getenv("TILLPAY_CONFIG")) }

func runRun(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	path := configFlag(f)
	level := f.String("log", "info", "least `level` to log: debug, info, warn, error")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	log, err := logger(t.err, *level)
	if err != nil {
		return err
	}
	cfg, err := config.Load(configPath(*path))
	if err != nil {
		return err
	}
	for tries := 1; ; tries++ {
		began := time.Now()
		err := serve(ctx, t, cfg, log)
		if ctx.Err() != nil || !ledger.Failed(err) {
			return err
		}
		if time.Since(began) > time.Minute {
			tries = 1
		}
		if tries > restarts {
			return err // a service manager may have more luck with a new process
		}
		log.Error("the disk failed: the till starts anew from what is on it", "try", tries, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(tries) * time.Second):
		}
	}
}

// restarts is how often in a row a till starts anew in its process.
const restarts = 3

// serve is one life of the till: it ends with ctx, or with the disk. Nothing of
// it is kept for the next one, which reads from the disk like any other start.
func serve(ctx context.Context, t terminal, cfg *config.Config, log *slog.Logger) error {
	s, err := build(ctx, cfg, extras{}, log)
	if err != nil {
		return err
	}
	log.Info("ready", "version", version, "api", "http://"+s.ln.Addr().String(), "ledger", s.db.Path())
	if s.porch != nil {
		log.Info("callbacks", "on", s.porch.ln.Addr().String(), "tls", s.porch.secure != nil)
	}
	t.printf("tillpay %s is ready. The page, once: %s\n", version, s.api.Link(httpapi.Cashier))
	settled := time.AfterFunc(settleTime, func() { quiet(); settle() })
	defer settled.Stop()
	return s.run(ctx)
}

// settleTime is when a start is over: what only it needed is given back.
const settleTime = 2 * time.Second

// quiet makes a till a small neighbour: it lives beside a POS on old hardware,
// allocates little, and gives memory back rather than keep it for speed. A start
// is over before anything has to be collected.
func quiet() {
	debug.SetGCPercent(50)
}
