//go:build !linux

package transport

import (
	"context"
	"errors"
)

// Elsewhere a USB printer belongs to the system's spooler.
var errUSBElsewhere = errors.New(`printer.driver: usb is for Linux: use spooler with the printer's name`)

func listUSBPrinters() ([]usbPrinter, error) { return nil, errUSBElsewhere }

func openUSBDevice(context.Context, string) (link, error) { return nil, errUSBElsewhere }
