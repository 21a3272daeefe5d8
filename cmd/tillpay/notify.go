package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/agent/httpapi"
	"tillpay/channels"
)

// porch is the listener of [notify], where platforms call back.
type porch struct {
	ln        net.Listener
	secure    *tls.Config // nil: a proxy on this machine keeps the TLS
	callbacks *httpapi.Callbacks
}

// openPorch answers nil where the configuration has no such listener.
func openPorch(cfg *config.Config, till *agent.Till, log *slog.Logger) (*porch, error) {
	if cfg.Notify.Listen == "" {
		return nil, nil
	}
	secure, err := callbackTLS(cfg)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", cfg.Notify.Listen)
	if err != nil {
		return nil, fmt.Errorf("notify.listen: %w: another program has the address, or it is not this machine's", err)
	}
	return &porch{ln, secure, httpapi.NewCallbacks(httpapi.CallbacksConfig{
		Channels: till.Notifiees(), Hint: till.Hint, Log: log, Now: time.Now,
	})}, nil
}

func (p *porch) run(ctx context.Context) error {
	if p == nil {
		return nil
	}
	return httpapi.ServeCallbacks(ctx, p.ln, p.secure, p.callbacks)
}

func (p *porch) close() error {
	if p == nil {
		return nil
	}
	if err := p.ln.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// callbackTLS answers nil where the configuration names no certificate: the
// address is then a loopback one.
func callbackTLS(cfg *config.Config) (*tls.Config, error) {
	if cfg.Notify.CertificateFile == "" {
		return nil, nil
	}
	pair := &keyPair{certificate: cfg.Path(cfg.Notify.CertificateFile), key: cfg.Path(cfg.Notify.KeyFile), now: time.Now}
	if err := pair.load(); err != nil {
		return nil, fmt.Errorf("notify.certificate_file = %q, notify.key_file = %q: %w: write a certificate and its key as PEM",
			cfg.Notify.CertificateFile, cfg.Notify.KeyFile, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: pair.forHello}, nil
}

// callbackRule is what a platform asks of an address that it calls.
type callbackRule struct {
	ports   func(port int) bool
	noQuery bool
	says    string
}

// callbackRules are by driver; each from the platform's dossier. How long a
// platform waits for the answer is no setting: every callback is answered within
// httpapi's callbackTime, below the shortest of them (Huifu's 5 s).
var callbackRules = map[string]callbackRule{
	"huifu": { // huifu.md §9
		ports:   func(port int) bool { return port == 80 || port == 443 || port >= 8000 && port <= 9005 },
		noQuery: true,
		says:    "Huifu calls the default port or 8000 to 9005, an address without a question mark, and follows no redirect",
	},
}

// checkNotifyURLs asks what a platform would refuse only once a payment waits
// for its callback.
func checkNotifyURLs(cfg *config.Config) error {
	for _, c := range cfg.Channels {
		rule, ok := callbackRules[c.Driver]
		if c.NotifyURL == "" || !ok {
			continue
		}
		wrong := &channels.SettingError{Key: "notify_url", Value: c.NotifyURL, Mend: rule.says}
		u, err := url.Parse(c.NotifyURL)
		switch {
		case err != nil:
			wrong.Problem = "is not an address"
		case !rule.ports(portOf(u)):
			wrong.Problem = "has a port that the platform does not call"
		case rule.noQuery && (u.RawQuery != "" || u.ForceQuery || u.Fragment != ""):
			wrong.Problem = "has a question mark or # in it"
		default:
			continue
		}
		return cfg.Locate(c.Name, wrong)
	}
	return nil
}

func portOf(u *url.URL) int {
	switch {
	case u.Port() == "" && u.Scheme == "https":
		return 443
	case u.Port() == "" && u.Scheme == "http":
		return 80
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return -1
	}
	return port
}

// notifyAdvice is what is odd, and may yet be meant, about where platforms are
// told to call: a proxy may know better.
func notifyAdvice(cfg *config.Config) (all []string) {
	for _, c := range cfg.Channels {
		u, err := url.Parse(c.NotifyURL)
		switch {
		case c.NotifyURL == "" || err != nil:
		case cfg.Notify.Listen == "":
			all = append(all, fmt.Sprintf("channel %s has a notify_url, and [notify] does not listen: its callbacks go elsewhere", c.Name))
		case u.Path != "/v1/notify/"+c.Name:
			all = append(all, fmt.Sprintf("channel %s: its notify_url asks for %s, and [notify] answers /v1/notify/%s: right only behind a proxy that maps the one to the other", c.Name, u.Path, c.Name))
		}
	}
	return all
}

// driverNames lists what a channel's driver may be, for the one who mistyped it.
func driverNames() string {
	names := slices.Sorted(maps.Keys(drivers))
	for i, n := range names {
		names[i] = strconv.Quote(n)
	}
	return strings.Join(names, ", ")
}
