package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/doctor"
	"tillpay/channels"
)

// runDoctor is the technician's checks: everything that a sale will need, before
// there is a sale. It ends with 1 if anything is broken.
func runDoctor(ctx context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags := newClientFlags(f)
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	file := configPath(*flags.config)
	p := &doctor.Patient{File: file, Wrong: config.Check(file), Now: time.Now}
	if len(p.Wrong) == 0 {
		cfg, err := config.Load(file)
		if err != nil {
			return err
		}
		p.Config = cfg
	}
	p.Open = func(c config.Channel) (channels.Channel, error) {
		return openChannel(p.Config, c, p.Config.Path(p.Config.Data.Dir), channels.Env{Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: version})
	}
	p.Running = func(ctx context.Context) (*agent.Status, error) {
		c, err := flags.open()
		if err != nil {
			return nil, err
		}
		c.http.Timeout = 5 * time.Second
		s := new(agent.Status)
		return s, c.call(ctx, http.MethodGet, "/v1/status", nil, s)
	}
	report := doctor.Examine(ctx, p, append(doctor.Checks(), routes))
	var err error
	if *flags.json {
		err = printJSON(t.out, report)
	} else {
		err = report.Write(t.out)
	}
	if err == nil && report.Broken > 0 {
		return fmt.Errorf("%d things are broken", report.Broken)
	}
	return err
}

// routes is config check's own look at the routes, which needs the drivers' sheets.
func routes(_ context.Context, p *doctor.Patient) []doctor.Finding {
	if p.Config == nil {
		return nil
	}
	accounts, err := openAccounts(p.Config, p.Config.Path(p.Config.Data.Dir), channels.Env{Now: time.Now, Log: slog.New(slog.DiscardHandler), Version: version})
	if err != nil {
		return nil // told of its channel
	}
	if err := checkRoutes(p.Config, accounts); err != nil {
		return []doctor.Finding{{What: "routes", Level: doctor.Broken, Found: err.Error(), Mend: "correct [route]"}}
	}
	var all []doctor.Finding
	for _, advice := range append(notifyAdvice(p.Config), routeAdvice(p.Config, accounts)...) {
		all = append(all, doctor.Finding{What: "routes", Level: doctor.Warning, Found: advice, Mend: "look at [route], [notify] and notify_url"})
	}
	return all
}

// cacheOf is a channel's folder for what can be fetched again.
func cacheOf(dir, name string) string { return filepath.Join(dir, "cache", name) }
