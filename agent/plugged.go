package agent

import (
	"fmt"

	"tillpay/printer/transport"
	"tillpay/scanner"
	"tillpay/scanner/learn"
	"tillpay/scanner/usb"
)

// Plugged is a device that is plugged in, or configured and not there.
type Plugged struct {
	Vendor  string     `json:"vendor,omitempty"` // 0x0c2e, as the configuration writes it
	Product string     `json:"product,omitempty"`
	Serial  string     `json:"serial,omitempty"`
	Maker   string     `json:"maker,omitempty"`
	Model   string     `json:"model,omitempty"`
	Mode    learn.Mode `json:"mode,omitempty"`
	Place   string     `json:"place,omitempty"`
	Name    string     `json:"name,omitempty"` // what the configuration makes of it; empty: nothing
	Status  string     `json:"status,omitempty"`
	Detail  string     `json:"detail,omitempty"`
}

// Plugs lays what is plugged in beside what is configured and how it fares.
// states may be empty: the agent does not run.
func Plugs(found []learn.Device, scanners []scanner.Scanner, states []Device) []Plugged {
	all := []Plugged{}
	shown := map[string]bool{}
	for _, d := range found {
		p := Plugged{Vendor: hex(d.Vendor), Product: hex(d.Product), Serial: d.Serial, Maker: d.Maker, Model: d.Model,
			Mode: d.Mode, Place: d.Place, Detail: d.Problem}
		for _, s := range scanners {
			known, ok := s.(interface {
				Fits(id usb.Identity, place string) bool
			})
			if !ok || !known.Fits(d.Identity, d.Place) {
				continue
			}
			p.Name = s.Name()
			shown[p.Name] = true
			for _, state := range states {
				if state.Name == p.Name {
					p.Status, p.Detail = state.Status, state.Detail
				}
			}
		}
		all = append(all, p)
	}
	for _, state := range states {
		if !shown[state.Name] {
			all = append(all, Plugged{Name: state.Name, Status: state.Status, Detail: state.Detail})
		}
	}
	return all
}

// Configured tells a device that one of these scanners reads, and a serial port that
// this printer prints on: who opens it takes it from them.
func Configured(d learn.Device, scanners []scanner.Scanner, p transport.Printer) bool {
	serial, ok := p.(interface{ Fits(port string) bool })
	return ok && d.Mode == learn.Serial && serial.Fits(d.Place) || Plugs([]learn.Device{d}, scanners, nil)[0].Name != ""
}

// Devices is what is plugged in and what is configured.
func (t *Till) Devices() ([]Plugged, error) {
	found, err := t.bench().List()
	if err != nil {
		return nil, err
	}
	return Plugs(found, t.Scanners, t.devices.list()), nil
}

func hex(n uint16) string { return fmt.Sprintf("0x%04x", n) }
