package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tillpay/agent/config"
	"tillpay/channels"
	"tillpay/channels/private"
)

func runConfig(_ context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("config", flag.ContinueOnError)
	path := configFlag(f)
	rest, err := parse(f, t, args, 1, 1)
	if err != nil {
		return err
	}
	file := configPath(*path)
	switch rest[0] {
	case "check":
		return checkConfig(t, file)
	case "init":
		return initConfig(t, file)
	case "show":
		cfg, err := config.Load(file)
		if err != nil {
			return err
		}
		return cfg.Show(t.out)
	}
	return usageError{fmt.Sprintf("%q is not check, init or show", rest[0])}
}

// checkConfig prints everything that is wrong, channels' settings and keys
// included, and opens nothing.
func checkConfig(t terminal, file string) error {
	wrong := config.Check(file)
	if len(wrong) == 0 {
		cfg, err := config.Load(file)
		if err != nil {
			return err
		}
		if err := checkNotifyURLs(cfg); err != nil {
			return err
		}
		if _, err := callbackTLS(cfg); err != nil {
			return err
		}
		accounts, err := openAccounts(cfg, cfg.Path(cfg.Data.Dir), channels.Env{Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: version})
		if err != nil {
			return err
		}
		if err := checkRoutes(cfg, accounts); err != nil {
			return err
		}
		if _, err := openPaper(cfg); err != nil {
			return err
		}
		if _, err := openScanners(cfg); err != nil {
			return err
		}
		for _, advice := range append(notifyAdvice(cfg), routeAdvice(cfg, accounts)...) {
			t.printf("look at this: %s\n", advice)
		}
		t.printf("%s is fine: %d channels, %d scanners, printer %s\n", file, len(cfg.Channels), len(cfg.Scanners), cfg.Printer.Driver)
		return nil
	}
	for _, e := range wrong[:len(wrong)-1] {
		fmt.Fprintln(t.err, e)
	}
	return wrong[len(wrong)-1]
}

func initConfig(t terminal, file string) error {
	keys := filepath.Join(filepath.Dir(file), "keys")
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return err
	}
	err := os.Mkdir(keys, 0o750)
	if err == nil {
		err = private.Keep(keys, 0o750)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: it was left as it is", file)
	} else if err != nil {
		return err
	}
	_, err = io.WriteString(out, config.Example())
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	t.printf("wrote %s: fill in the channel's numbers, put its keys into %s, then run tillpay config check\n", file, keys)
	return nil
}
