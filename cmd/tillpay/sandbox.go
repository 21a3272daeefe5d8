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
	"strings"
	"text/tabwriter"
	"time"

	"tillpay/channels/sandbox"
)

func runSandbox(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	dir := f.String("dir", "tillpay-sandbox", "`folder` for the sandbox's keys and a till's configuration for it")
	listen := f.String("listen", "127.0.0.1:7443", "`address` of the platforms, over TLS")
	control := f.String("control", "127.0.0.1:7444", "`address` of the control API: faults, phone, books")
	age := f.Duration("min-revoke-age", 15*time.Second, "how old a payment must be before a platform revokes it; Huifu closes from four times that")
	back := f.Duration("refund-time", 20*time.Minute, "how long a refund takes until the customer has it")
	early := f.Bool("early-statements", false, "give a day's statement while the day goes on, so that reconcile can be tried the same day")
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
	box, err := sandbox.New(sandbox.Config{Now: time.Now, Keys: keys, MinRevokeAge: *age, HuifuCloseAge: 4 * *age, RefundTime: *back, EarlyStatements: *early})
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
	files, err := writeTills(box, *dir, endpoint)
	if err != nil {
		return errors.Join(err, platform.Close(), steer.Close())
	}
	t.printf("the platforms answer on %s, the control API on http://%s\n", endpoint, steer.Addr())
	t.printf("a till in HKD, for WeChat Pay Global: tillpay run --config %s\n", files[0])
	t.printf("a till in CNY, for Huifu, Huishouqian, Fubei and WeChat deposits: tillpay run --config %s\n", files[1])
	t.printf("a payment code's last two digits choose what happens: tillpay sandbox -codes\n")
	return box.Serve(ctx, platform, steer)
}

// writeTills writes what a till needs for these platforms, where it is not there yet.
func writeTills(box *sandbox.Sandbox, dir, endpoint string) (files [2]string, err error) {
	files = [2]string{filepath.Join(dir, "tillpay.toml"), filepath.Join(dir, sandbox.MainlandTill)}
	for i, write := range []func(dir, endpoint string) error{box.WriteTill, box.WriteMainlandTill} {
		if _, err := os.Stat(files[i]); errors.Is(err, fs.ErrNotExist) {
			if err := write(dir, endpoint); err != nil {
				return files, err
			}
		}
	}
	return files, nil
}

func listCodes(t terminal) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, platform := range []struct {
		name       string
		behaviours []sandbox.Behaviour
	}{
		{"WeChat Pay Global", sandbox.Behaviours()}, {"WeChat deposits", sandbox.DepositBehaviours()}, {"Huifu", sandbox.HuifuBehaviours()},
		{"Huishouqian", sandbox.HuishouqianBehaviours()}, {"Fubei", sandbox.FubeiBehaviours()},
	} {
		fmt.Fprintf(w, "LAST TWO\tNAME\tWHAT HAPPENS AT %s\n", strings.ToUpper(platform.name))
		for _, b := range platform.behaviours {
			fmt.Fprintf(w, "%s\t%s\t%s\n", b.Digits, b.Name, b.Says)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}
