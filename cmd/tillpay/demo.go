package main

import (
	"context"
	"errors"
	"flag"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/demo"
	"tillpay/agent/httpapi"
	"tillpay/channels/sandbox"
	"tillpay/scanner"

	"golang.org/x/sync/errgroup"
)

// demoAge is the demo's minimum age of a revoke, and demoDeadline its deadline:
// a third of the real ones, so that a visitor sees the money come back within
// the minute.
const (
	demoAge      = 5 * time.Second
	demoDeadline = 15 * time.Second
)

func runDemo(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	listen := f.String("listen", "127.0.0.1:7313", "`address` of the page; another port is taken if it is in use")
	language := f.String("language", "en", "`language` of the till: en, zh-CN, zh-HK")
	level := f.String("log", "warn", "least `level` to log: debug, info, warn, error")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	log, err := logger(t.err, *level)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tillpay-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	box, err := sandbox.New(sandbox.Config{Now: time.Now, MinRevokeAge: demoAge, RefundTime: 5 * time.Second})
	if err != nil {
		return err
	}
	platform, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	cfg, err := demoConfig(box, dir, "https://"+platform.Addr().String(), free(*listen), *language)
	if err != nil {
		return errors.Join(err, platform.Close())
	}
	gun := scanner.NewVirtual("virtual scanner")
	desk, err := demo.New(box, gun, time.Now)
	if err != nil {
		return errors.Join(err, platform.Close())
	}
	s, err := build(ctx, cfg, extras{
		scanners: []scanner.Scanner{gun},
		demo:     func(*agent.Till) http.Handler { return desk.Handler() },
	}, log)
	if err != nil {
		return errors.Join(err, platform.Close())
	}
	t.printf("tillpay demo: open %s\n", s.api.Link(httpapi.Manager))
	t.printf("  as the manager; a cashier's page, with fewer rights: %s\n", s.api.Link(httpapi.Cashier))
	t.printf("  a till, a customer's phone and the platform, all on this machine; no money moves. Ctrl-C ends it.\n")
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return box.Serve(ctx, platform, nil) })
	g.Go(func() error { return s.run(ctx) })
	return g.Wait()
}

// demoConfig is the sandbox's own till, hurried.
func demoConfig(box *sandbox.Sandbox, dir, endpoint, listen, language string) (*config.Config, error) {
	if err := box.WriteTill(dir, endpoint); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "tillpay.toml")
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	text := strings.NewReplacer(
		`"127.0.0.1:7313"`, `"`+listen+`"`,
		`language = "en"`, `language = "`+language+`"`,
		`min_revoke_age = "15s"`, `min_revoke_age = "`+demoAge.String()+`"`,
	).Replace(string(b))
	text += "\n[payment]\ndeadline = \"" + demoDeadline.String() + "\"\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	return config.Load(file)
}

// free answers addr, or any port of the same host where addr is in use.
func free(addr string) string {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		host, _, _ := net.SplitHostPort(addr)
		if ln, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return addr
		}
	}
	defer ln.Close()
	return ln.Addr().String()
}
