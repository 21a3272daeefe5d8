package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/channels"
	wechatglobal "tillpay/channels/wechat-global"
	"tillpay/printer/escpos"
	"tillpay/scanner"
)

// clock is the time of a till and its platform, which a measurement may move on.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time        { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) pass(by time.Duration) { c.ahead.Add(int64(by)) }

// desk is a whole till in this process: scanner on a pseudo terminal, engine,
// ledger and driver, and the platform's edge. It has no printer, which comes
// after what is measured here.
type desk struct {
	till    *agent.Till
	db      *ledger.DB
	gun     *gun
	front   *front
	channel channels.Channel
	sales   int
	cancel  context.CancelFunc
	ended   chan error
}

// openDesk makes a till whose channel is reached at addr, which leads to f.
func openDesk(ctx context.Context, dir, addr string, f *front, now func() time.Time) (_ *desk, err error) {
	d := &desk{front: f, ended: make(chan error, 1), cancel: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	cfg, err := deskConfig(dir, addr, f)
	if err != nil {
		return nil, err
	}
	c := cfg.Channels[0]
	settings := c.Settings(cfg.Till, filepath.Join(dir, "cache"))
	settings.Env = channels.Env{Now: now, Version: "bench"}
	if d.channel, err = wechatglobal.New(settings); err != nil {
		return nil, err
	}
	if d.db, err = ledger.Open(ctx, filepath.Join(dir, "data"), now); err != nil {
		return nil, err
	}
	if d.gun, err = newGun(); err != nil {
		return nil, err
	}
	profile, err := escpos.Generic(80, "gb18030")
	if err != nil {
		return nil, err
	}
	d.till, err = agent.New(ctx, agent.Config{
		Place: cfg.Till.Place(), Currency: cfg.Till.Currency, Language: cfg.Till.Language, Zone: cfg.Till.Location(), Version: "bench",
		DB: d.db, Accounts: map[string]*payment.Account{c.Name: {
			Name: c.Name, Driver: c.Driver, Channel: d.channel,
			Plan: payment.NewPlan(d.channel.Sheet(), cfg.Payment.Schedule, cfg.Payment.Deadline),
		}},
		Routes: cfg.Route, Codes: cfg.CodeTable(), CodeWait: cfg.Payment.CodeWait, Scanners: []scanner.Scanner{d.gun}, Profile: profile,
		Log: slog.New(slog.NewTextHandler(nowhere{}, nil)), Now: now,
	})
	if err != nil {
		return nil, err
	}
	ctx, d.cancel = context.WithCancel(ctx)
	go func() { d.ended <- d.till.Run(ctx) }()
	select {
	case <-d.gun.ready:
	case <-time.After(5 * time.Second):
		return nil, errors.New("the scanner on the pseudo terminal is not ready")
	}
	return d, nil
}

// nowhere takes log lines as a file would: written out, unlike slog's discard.
type nowhere struct{}

func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

func deskConfig(dir, addr string, f *front) (*config.Config, error) {
	if err := f.box.WriteTill(dir, "https://"+addr); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "keys", "sandbox-ca.pem"), f.ca, 0o644); err != nil {
		return nil, err
	}
	return config.Load(filepath.Join(dir, "tillpay.toml"))
}

func (d *desk) close() error {
	d.cancel()
	var errs []error
	if d.till != nil {
		errs = append(errs, <-d.ended)
	}
	if d.gun != nil {
		errs = append(errs, d.gun.cable.Close())
	}
	if d.db != nil {
		errs = append(errs, d.db.Close())
	}
	if c, ok := d.channel.(interface{ Close() error }); ok {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// trip is the times of one payment, from the scanner to the platform's edge.
type trip struct{ shot, read, arrived time.Time }

// pay makes one payment: a sale, a customer who takes a while to show the code,
// the scan; and comes back when all of it is over.
func (d *desk) pay(ctx context.Context, customer time.Duration) (trip, error) {
	d.sales++
	s, _, err := d.till.Open(ctx, agent.NewSale{Reference: fmt.Sprintf("b%d", d.sales), Amount: 8800, Currency: "HKD", Description: "tea"})
	if err != nil {
		return trip{}, err
	}
	time.Sleep(customer)
	d.front.forget()
	t := trip{shot: time.Now()}
	if err := d.gun.shoot(fmt.Sprintf("13%014d00", d.sales)); err != nil {
		return trip{}, err
	}
	if t.arrived, err = d.front.arrived(ctx); err != nil {
		return trip{}, err
	}
	t.read = *d.gun.read.Load()
	return t, d.settle(ctx, s.ID)
}

// settle waits until a sale is paid and nothing is left to do.
func (d *desk) settle(ctx context.Context, id string) error {
	end := time.Now().Add(10 * time.Second)
	for time.Now().Before(end) {
		s, err := d.till.Wait(ctx, id, "", time.Second)
		if err != nil {
			return err
		}
		if s.State == "paid" && d.till.Status(ctx).QueueDepth == 0 {
			return nil
		}
		if s.State == "paid" {
			time.Sleep(time.Millisecond)
		}
	}
	return errors.New("a payment did not come to its end in 10 s")
}
