package agent

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"tillpay/channels"
)

// Status is how the till and all that hangs on it are.
type Status struct {
	Till       StatusTill      `json:"till"`
	Version    string          `json:"version"`
	Demo       bool            `json:"demo"`
	Network    Network         `json:"network"` // online if any routed platform can be reached
	Storage    string          `json:"storage"` // ok, or what is wrong
	Channels   []StatusChannel `json:"channels"`
	Devices    []Device        `json:"devices"`
	ClockOff   float64         `json:"clock_offset_seconds"` // the platforms' clock less ours
	QueueDepth int             `json:"queue_depth"`
	Attention  int             `json:"attention"`
}

// StatusTill is where the till stands.
type StatusTill struct {
	ID        string `json:"id"`
	StoreID   string `json:"store_id"`
	StoreName string `json:"store_name"`
	Currency  string `json:"currency"`
	Exponent  int    `json:"exponent"`
	Language  string `json:"language"`
	TimeZone  string `json:"time_zone"`
	Day       string `json:"day"`
}

// StatusChannel is one account.
type StatusChannel struct {
	Name       string   `json:"name"`
	Driver     string   `json:"driver"`
	State      Network  `json:"state"`
	Problem    string   `json:"problem,omitempty"`
	Wallets    []string `json:"wallets"`
	ClockOff   float64  `json:"clock_offset_seconds"`
	Currencies []string `json:"currencies"`
	// Certificate is of a channel that shows a client certificate: unknown, proven, refused.
	Certificate        string `json:"certificate,omitempty"`
	CertificateEnds    string `json:"certificate_ends,omitempty"` // a day
	CertificateProblem string `json:"certificate_problem,omitempty"`
}

// Device is a scanner or printer.
type Device struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"` // scanner, printer
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// clocked is a channel that knows its platform's clock.
type clocked interface{ ClockOffset() time.Duration }

// Status answers how everything is. It asks no device and no platform.
func (t *Till) Status(ctx context.Context) Status {
	exponent, _ := channels.Exponent(t.Currency)
	s := Status{
		Till: StatusTill{ID: t.Place.ID, StoreID: t.Place.StoreID, StoreName: t.Place.StoreName, Currency: t.Currency,
			Exponent: exponent, Language: t.Language, TimeZone: t.Zone.String(), Day: t.today()},
		Version: t.Version, Demo: t.Demo, Network: NetworkUnknown, Storage: "ok", Channels: []StatusChannel{},
		Devices: t.devices.list(), QueueDepth: t.queue.Depth(),
	}
	var err error
	if s.Attention, err = t.DB.Attentions(ctx); err != nil {
		s.Storage = err.Error()
	}
	if err := t.DB.Err(); err != nil {
		s.Storage = err.Error()
	}
	for _, name := range slices.Sorted(maps.Keys(t.links)) {
		l := t.links[name]
		n, problem := l.state()
		sheet := l.account.Sheet()
		c := StatusChannel{Name: l.account.Name, Driver: l.account.Driver, State: n, Problem: problem, Wallets: sheet.Wallets, Currencies: sheet.Currencies}
		if k, ok := l.account.Channel.(clocked); ok {
			c.ClockOff = k.ClockOffset().Seconds()
			if abs(c.ClockOff) > abs(s.ClockOff) {
				s.ClockOff = c.ClockOff
			}
		}
		if k, ok := l.account.Channel.(channels.Certified); ok {
			c.Certificate, c.CertificateProblem = l.credential.state()
			c.CertificateEnds = k.CertificateExpires().In(t.Zone).Format(time.DateOnly)
		}
		s.Channels = append(s.Channels, c)
		if n == NetworkOnline || s.Network == NetworkUnknown {
			s.Network = n
		}
	}
	return s
}

func abs(f float64) float64 { return max(f, -f) }

func (t *Till) sayStatus() { t.hub.say(Notice{"status", t.Status(context.Background())}) }

// devices is how scanners and printer fare.
type devices struct {
	mu  sync.Mutex
	all []Device
}

func (d *devices) start(c Config) {
	for _, s := range c.Scanners {
		d.all = append(d.all, Device{Name: s.Name(), Kind: "scanner", Status: "missing"})
	}
	if c.Printer != nil {
		d.all = append(d.all, Device{Name: c.Printer.Name(), Kind: "printer", Status: "unknown"})
	}
}

func (d *devices) list() []Device {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.all)
}

// set stores a device's state and answers it if it changed.
func (d *devices) set(name, status, detail string) (Device, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.all {
		if d.all[i].Name == name && (d.all[i].Status != status || d.all[i].Detail != detail) {
			d.all[i].Status, d.all[i].Detail = status, detail
			return d.all[i], true
		}
	}
	return Device{}, false
}

func (t *Till) deviceState(name, status, detail string) {
	if d, changed := t.devices.set(name, status, detail); changed {
		t.Log.Info("device", "name", name, "status", status, "detail", detail)
		t.hub.say(Notice{"device", d})
	}
}
