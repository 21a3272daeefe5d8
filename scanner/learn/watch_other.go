//go:build !linux

package learn

import (
	"context"
	"errors"

	"tillpay/scanner"
	"tillpay/scanner/hid"
	"tillpay/scanner/serial"
)

// sources leave keyboards out: nobody may listen to them here. The rest is read
// through its driver, which shares a HID device with other programs.
func sources(d Device) []source {
	read := func(s scanner.Scanner, err error) []source {
		return []source{{string(d.Mode) + d.String() + d.Place, func(ctx context.Context, said func(string, string, pace)) error {
			if err != nil {
				return err
			}
			return through(ctx, s, said)
		}}}
	}
	switch d.Mode {
	case POS:
		s, err := hid.New(hid.Config{Vendor: d.Vendor, Product: d.Product, Serial: d.Serial})
		return read(s, err)
	case Serial:
		s, err := serial.New(serial.Config{Port: d.Place})
		return read(s, err)
	case Keyboard:
		return []source{{string(d.Mode) + d.String(), func(context.Context, func(string, string, pace)) error { return errors.New(d.Problem) }}}
	}
	return nil
}
