package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"tillpay/channels/sandbox"
)

func runSandbox(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	dir := f.String("dir", "tillpay-sandbox", "`folder` for the sandbox's keys and a till's configuration for it")
	listen := f.String("listen", "127.0.0.1:7443", "`address` of the platforms, over TLS")
	control := f.String("control", "127.0.0.1:7444", "`address` of the control API: faults, phone, books")
	age := f.Duration("min-revoke-age", 15*time.Second, "how old a payment must be before the platform revokes it")
	codes := f.Bool("codes", false, "list the payment codes and what they bring about, and exit")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	if *codes {
		return listCodes(t)
	}
	keys, err := sandbox.KeysIn(*dir)
	if err != nil {
		return err
	}
	box, err := sandbox.New(sandbox.Config{Now: time.Now, Keys: keys, MinRevokeAge: *age})
	if err != nil {
		return err
	}
	platform, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	steer, err := net.Listen("tcp", *control)
	if err != nil {
		return errors.Join(err, platform.Close())
	}
	endpoint := "https://" + platform.Addr().String()
	file := filepath.Join(*dir, "tillpay.toml")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := box.WriteTill(*dir, endpoint); err != nil {
			return errors.Join(err, platform.Close(), steer.Close())
		}
	}
	t.printf("the platforms answer on %s, the control API on http://%s\n", endpoint, steer.Addr())
	t.printf("a till for them: tillpay run --config %s\n", file)
	t.printf("a payment code's last two digits choose what happens: tillpay sandbox -codes\n")
	return box.Serve(ctx, platform, steer)
}

func listCodes(t terminal) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LAST TWO\tNAME\tWHAT HAPPENS")
	for _, b := range sandbox.Behaviours() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", b.Digits, b.Name, b.Says)
	}
	return w.Flush()
}
