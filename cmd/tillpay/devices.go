package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"text/tabwriter"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/printer/escpos"
	"tillpay/printer/transport"
	"tillpay/scanner"
	"tillpay/scanner/hid"
	"tillpay/scanner/learn"
	"tillpay/scanner/usb"
)

// runDevices looks at this machine itself: a technician lists devices before there
// is a configuration. The agent is asked for how they fare, if it runs.
func runDevices(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("devices", flag.ContinueOnError)
	flags := newClientFlags(f)
	write := f.Bool("write", false, "learn: write the scanner into the configuration")
	rest, err := parse(f, t, args, 0, 1)
	switch {
	case err != nil:
		return err
	case len(rest) == 0:
		return listDevices(ctx, t, flags)
	case rest[0] == "learn":
		return learnDevice(ctx, t, flags, *write)
	case rest[0] == "restore":
		return restoreDevices(t, *flags.config)
	}
	return usageError{fmt.Sprintf("%q: write learn, restore, or nothing", rest[0])}
}

func listDevices(ctx context.Context, t terminal, flags clientFlags) error {
	found, err := learn.List()
	if err != nil {
		return err
	}
	scanners, states, err := configured(ctx, t, flags)
	if err != nil {
		return err
	}
	all := agent.Plugs(found, scanners, states)
	if *flags.json {
		return printJSON(t.out, struct {
			Devices []agent.Plugged `json:"devices"`
		}{all})
	}
	if len(all) == 0 {
		t.printf("nothing that could be a scanner or a USB printer is plugged in, and nothing is configured\n")
		return nil
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "VENDOR\tPRODUCT\tSERIAL\tMODE\tPLACE\tWHAT\tCONFIGURED\tSTATE\n")
	for _, p := range all {
		state := p.Status
		if state == "" && p.Detail != "" {
			state = "look below"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", dash(p.Vendor), dash(p.Product), dash(p.Serial), dash(string(p.Mode)), dash(p.Place),
			dash(joined(p.Maker, p.Model)), dash(p.Name), dash(state))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, p := range all {
		if p.Detail != "" && p.Status != string(scanner.Ready) {
			t.printf("\n%s: %s\n", joined(p.Name, p.Vendor, p.Product), p.Detail)
		}
	}
	return nil
}

// configured is the scanners of the configuration and the agent's word on them.
// Without either there is less to tell, and still a list.
func configured(ctx context.Context, t terminal, flags clientFlags) ([]scanner.Scanner, []agent.Device, error) {
	cfg, err := config.Load(configPath(*flags.config))
	if err != nil && *flags.config == "" {
		fmt.Fprintf(t.err, "what is configured is left out: %v\n", err)
		return nil, nil, nil
	} else if err != nil {
		return nil, nil, err
	}
	scanners, err := openScanners(cfg)
	if err != nil {
		return nil, nil, err
	}
	var status agent.Status
	c, err := flags.open()
	if err == nil {
		err = c.call(ctx, http.MethodGet, "/v1/status", nil, &status)
	}
	if err != nil {
		fmt.Fprintf(t.err, "how they fare is left out: %v\n", err)
	}
	return scanners, status.Devices, nil
}

// restoreDevices gives the configured scanners back to the system where a killed
// agent left them without a driver. The service runs it whenever the agent ends.
func restoreDevices(t terminal, path string) error {
	cfg, err := config.Load(configPath(path))
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range cfg.Scanners {
		if s.Driver != "hid" {
			continue
		}
		id := usb.Identity{Vendor: s.Vendor, Product: s.Product, Serial: s.Serial}
		n, err := hid.GiveBack(id)
		errs = append(errs, err)
		if n > 0 {
			t.printf("%s: gave %d interfaces back to the system\n", id, n)
		}
	}
	return errors.Join(errs...)
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// joined is the parts that are not empty, with spaces.
func joined(parts ...string) (s string) {
	for _, p := range parts {
		if p != "" && s != "" {
			s += " "
		}
		s += p
	}
	return s
}

// portsOf tells the serial ports of scanners and a printer. Whoever else opens one shuts
// the agent out of it; a HID device is shared.
func portsOf(known []scanner.Scanner, printer transport.Printer) func(learn.Device) bool {
	return func(d learn.Device) bool { return d.Mode == learn.Serial && agent.Configured(d, known, printer) }
}

// learnDevice watches this machine beside the system until something scans.
func learnDevice(ctx context.Context, t terminal, flags clientFlags, write bool) error {
	codes, language := scanner.Default(), "en"
	var known []scanner.Scanner
	var printer transport.Printer
	path := configPath(*flags.config)
	cfg, err := config.Load(path)
	switch {
	case err == nil:
		codes, language = cfg.CodeTable(), cfg.Till.Language
		if known, err = openScanners(cfg); err != nil {
			return err
		}
		if printer, err = openPrinter(cfg, escpos.Profile{}); err != nil {
			return err
		}
	case write || *flags.config != "":
		return err
	}
	all, err := learn.List()
	if err != nil {
		return err
	}
	fmt.Fprintf(t.err, "Scan the barcode of some goods with the scanner. Nothing is taken from anybody; Ctrl-C ends it.\n")
	ctx, end := context.WithCancel(ctx)
	defer end()
	var got agent.Learnt
	var device learn.Device
	w := learn.Watcher{Codes: codes, Skip: portsOf(known, printer),
		Blind: func(d learn.Device) {
			fmt.Fprintf(t.err, "%s is not watched: %s\n", joined(d.String(), d.Maker, d.Model), d.Problem)
		},
	}
	err = w.Run(ctx, func(s learn.Sighting) {
		l := agent.NewLearnt(s, all, codes, language)
		if l.Refused != "" {
			fmt.Fprintf(t.err, "%s %s: %s\n", joined(l.Vendor, l.Product, l.Serial), joined(l.Maker, l.Model), l.Message)
			return
		}
		got, device = l, s.Device
		end()
	})
	if err != nil {
		return err
	}
	if got.Stanza == "" {
		return errors.New("nothing was learnt")
	}
	if name := agent.Plugs([]learn.Device{device}, known, nil)[0].Name; name != "" {
		return fmt.Errorf("%s is in the configuration already", name)
	}
	if *flags.json {
		return printJSON(t.out, got)
	}
	t.printf("# %s, %s, %s\n%s", joined(got.Maker, got.Model, got.Serial), got.Mode, got.Place, got.Stanza)
	if !write {
		return nil
	}
	if err := cfg.Append(got.Stanza); err != nil {
		return err
	}
	fmt.Fprintf(t.err, "written into %s: restart the agent\n", path)
	return nil
}
