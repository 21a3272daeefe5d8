package main

import (
	"fmt"
	"os"

	"tillpay/agent/config"
	"tillpay/printer"
	"tillpay/printer/escpos"
	"tillpay/printer/raster"
	"tillpay/printer/transport"
)

// paper is what the configuration says of slips and of where they are printed.
type paper struct {
	printer   transport.Printer
	profile   escpos.Profile
	barcode   printer.Barcode
	templates *printer.Templates
	kick      []byte
}

// openPaper is all that the configuration says of slips and their printer, which is
// nil where the till has none.
func openPaper(cfg *config.Config) (paper, error) {
	p := cfg.Printer
	out, err := layoutPaper(cfg)
	if err != nil || p.Driver == "none" {
		return out, err
	}
	if p.DrawerPin != 0 {
		if out.kick, err = escpos.Kick(p.DrawerPin, p.DrawerPulse); err != nil {
			return out, err
		}
	}
	out.printer, err = openPrinter(cfg, out.profile)
	return out, err
}

func openPrinter(cfg *config.Config, profile escpos.Profile) (transport.Printer, error) {
	p := cfg.Printer
	return transport.Open(transport.Config{
		Driver: p.Driver, Address: p.Address, Device: p.Device, Port: p.Port, Baud: p.Baud, Name: p.Name, Path: cfg.Path(p.Path),
		USB:   transport.USB{Vendor: p.Vendor, Product: p.Product, Serial: p.Serial},
		Blind: profile.Blind, Longest: profile.LongestData(),
	})
}

// layoutPaper is what slips look like, printed or on a screen.
func layoutPaper(cfg *config.Config) (paper, error) {
	p := cfg.Printer
	profile, err := escpos.Find(p.Profile, p.Paper, p.Charset)
	if err != nil {
		return paper{}, err
	}
	out := paper{profile: profile, barcode: printer.Barcode(p.Barcode)}
	var logo *printer.Picture
	if p.Logo != "" {
		file, err := os.ReadFile(cfg.Path(p.Logo))
		if err != nil {
			return paper{}, fmt.Errorf("printer.logo: %w", err)
		}
		if logo, err = raster.Logo(file, profile.Dots); err != nil {
			return paper{}, fmt.Errorf("printer.logo: %w", err)
		}
	}
	template := func(r config.Receipt) printer.Template {
		return printer.Template{Logo: logo, Header: r.Header, Footer: r.Footer, Hide: r.Hide}
	}
	out.templates = &printer.Templates{Default: template(cfg.Receipt), Kinds: map[printer.Kind]printer.Template{}}
	for _, s := range cfg.Slips {
		out.templates.Kinds[printer.Kind(s.Kind)] = template(s.Receipt)
	}
	return out, nil
}
