//go:build !windows

package transport

import "errors"

var errSpooler = errors.New(`printer.driver: spooler is for Windows: use network, usb or serial here`)

func openSpool(string) (spool, error) { return nil, errSpooler }
