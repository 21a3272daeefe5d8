package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/httpapi"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/agent/web"
	"tillpay/channels"
	"tillpay/channels/fubei"
	"tillpay/channels/huifu"
	"tillpay/channels/huishouqian"
	wechatdeposit "tillpay/channels/wechat-deposit"
	wechatglobal "tillpay/channels/wechat-global"
	"tillpay/scanner"
	"tillpay/scanner/hid"
	"tillpay/scanner/serial"
	"tillpay/scanner/wedge"

	"golang.org/x/sync/errgroup"
)

// drivers is every platform that this binary speaks: a folder each, and a line here.
var drivers = map[string]channels.Factory{
	"fubei":          fubei.New,
	"huifu":          huifu.New,
	"huishouqian":    huishouqian.New,
	"wechat-deposit": wechatdeposit.New,
	"wechat-global":  wechatglobal.New,
}

// scanners is every kind of scanner that config knows by its driver.
var scanners = map[string]func(config.Scanner) (scanner.Scanner, error){
	"hid": func(c config.Scanner) (scanner.Scanner, error) {
		return hid.New(hid.Config{Vendor: c.Vendor, Product: c.Product, Serial: c.Serial, Suffix: c.Suffix, Silence: c.Silence})
	},
	"serial": func(c config.Scanner) (scanner.Scanner, error) {
		return serial.New(serial.Config{Port: c.Port, Vendor: c.Vendor, Product: c.Product, Serial: c.Serial, Baud: c.Baud, Suffix: c.Suffix, Silence: c.Silence})
	},
}

// shop is a till, built from the leaves up, and its doors.
type shop struct {
	db   *ledger.DB
	till *agent.Till
	api  *httpapi.API
	ln   net.Listener

	typist *wedge.Keyboard // there if a scanner types on

	porch *porch // nil: platforms do not call back
}

// extras are what the demo adds to a till.
type extras struct {
	scanners []scanner.Scanner
	demo     func(*agent.Till) http.Handler
}

// build makes the till that cfg describes. Read it top to bottom: it is the
// architecture.
func build(ctx context.Context, cfg *config.Config, x extras, log *slog.Logger) (_ *shop, err error) {
	if wrong := cfg.CheckFiles(); len(wrong) > 0 {
		return nil, wrong[0]
	}
	if err := checkNotifyURLs(cfg); err != nil {
		return nil, err
	}
	token, more, err := openTokens(cfg)
	if err != nil {
		return nil, err
	}
	dir := cfg.Path(cfg.Data.Dir)
	accounts, err := openAccounts(cfg, dir, channels.Env{Now: time.Now, Log: log, Version: version})
	if err != nil {
		return nil, err
	}
	paper, err := openPaper(cfg)
	if err != nil {
		return nil, err
	}
	guns, err := openScanners(cfg)
	if err != nil {
		return nil, err
	}
	s := &shop{typist: wedge.New()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.db, err = ledger.Open(ctx, dir, time.Now); err != nil {
		return nil, err
	}
	s.till, err = agent.New(ctx, agent.Config{
		Place: cfg.Till.Place(), Merchant: cfg.Till.Merchant, Currency: cfg.Till.Currency, Language: cfg.Till.Language, Zone: cfg.Till.Location(),
		Version: version, Demo: x.demo != nil, DB: s.db, Accounts: accounts, Routes: cfg.Route, Codes: cfg.CodeTable(), CodeWait: cfg.Payment.CodeWait,
		TypeOn:   s.typeOn(cfg, guns, log),
		Scanners: append(guns, x.scanners...), Printer: paper.printer, Profile: paper.profile, Barcode: paper.barcode,
		Templates: paper.templates, Copies: cfg.Printer.Copies, Kick: paper.kick, Log: log, Now: time.Now,
	})
	if err != nil {
		return nil, err
	}
	if s.ln, err = net.Listen("tcp", cfg.API.Listen); err != nil {
		return nil, fmt.Errorf("api.listen: %w: another program has the address, or another tillpay runs", err)
	}
	if s.porch, err = openPorch(cfg, s.till, log); err != nil {
		return nil, err
	}
	var demo http.Handler
	if x.demo != nil {
		demo = x.demo(s.till)
	}
	s.api = httpapi.New(httpapi.Config{
		Till: s.till, Token: token, Tokens: more, Page: web.Handler(x.demo != nil), Demo: demo, Addr: s.ln.Addr().String(),
		Sessions: filepath.Join(dir, "tillpay.sessions"), Log: log, Now: time.Now, Random: rand.Reader,
	})
	return s, nil
}

// openTokens reads the POS's token and every other program's, and makes those that
// are not there yet.
func openTokens(cfg *config.Config) (pos string, more []httpapi.Access, err error) {
	for _, t := range cfg.Tokens {
		token, err := config.Token(cfg.Path(t.File))
		if err != nil {
			return "", nil, err
		}
		more = append(more, httpapi.Access{Name: t.Name, Token: token, Rights: t.Rights})
	}
	pos, err = config.Token(cfg.Path(cfg.API.TokenFile))
	return pos, more, err
}

// run works until ctx ends. The ledger is the last to go.
func (s *shop) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.close()) }()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.till.Run(ctx) })
	g.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-s.db.Broken():
			return ledger.ErrBroken
		}
	})
	g.Go(func() error { return httpapi.Serve(ctx, s.ln, s.api) })
	g.Go(func() error { return s.porch.run(ctx) })
	return g.Wait()
}

func (s *shop) close() error {
	var errs []error
	if s.ln != nil {
		if err := s.ln.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	errs = append(errs, s.porch.close(), s.typist.Close())
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(errs...)
}

// openChannel makes one channel of its settings; what is wrong with them is a
// *channels.SettingError.
func openChannel(cfg *config.Config, c config.Channel, dir string, env channels.Env) (channels.Channel, error) {
	factory, ok := drivers[c.Driver]
	if !ok {
		return nil, &channels.SettingError{Key: "driver", Value: c.Driver, Problem: "is no driver of this version", Mend: "known: " + driverNames()}
	}
	settings := c.Settings(cfg.Till, cacheOf(dir, c.Name))
	settings.Env = env
	settings.Env.Log = env.Log.With("channel", c.Name)
	return factory(settings)
}

func openAccounts(cfg *config.Config, dir string, env channels.Env) (map[string]*payment.Account, error) {
	accounts := map[string]*payment.Account{}
	for _, c := range cfg.Channels {
		channel, err := openChannel(cfg, c, dir, env)
		var wrong *channels.SettingError
		if errors.As(err, &wrong) {
			return nil, cfg.Locate(c.Name, wrong)
		} else if err != nil {
			return nil, fmt.Errorf("channel %s: %w", c.Name, err)
		}
		accounts[c.Name] = &payment.Account{
			Name: c.Name, Driver: c.Driver, Channel: channel,
			Plan:     payment.NewPlan(channel.Sheet(), cfg.Payment.Schedule, cfg.Payment.Deadline),
			Prepared: payment.NewPreparedPlan(channel.Sheet(), cfg.Payment.PreparedDeadline),
		}
	}
	return accounts, nil
}

func openScanners(cfg *config.Config) ([]scanner.Scanner, error) {
	var all []scanner.Scanner
	for i, c := range cfg.Scanners {
		s, err := scanners[c.Driver](c)
		if err != nil {
			return nil, fmt.Errorf("scanner[%d]: %w", i, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// typeOn says which scanners type on. The keyboard is made now: a window system
// takes a moment to see it. A till without it still takes money.
func (s *shop) typeOn(cfg *config.Config, guns []scanner.Scanner, log *slog.Logger) map[string]agent.Typist {
	on := map[string]agent.Typist{}
	for i, c := range cfg.Scanners {
		if c.TypeOn {
			on[guns[i].Name()] = s.typist
		}
	}
	if len(on) > 0 {
		if err := s.typist.Open(); err != nil {
			log.Error("nothing is typed on", "error", err)
		}
	}
	return on
}

// logger writes one line an event; level is debug, info, warn or error.
func logger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, usageError{fmt.Sprintf("-log %s: write debug, info, warn or error", level)}
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})), nil
}
