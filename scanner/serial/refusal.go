package serial

import (
	"errors"
	"fmt"
	"io/fs"

	"go.bug.st/serial"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// refusal is the state of a port that did not open, with the mend in Detail.
func refusal(path string, err error) scanner.State {
	var refused *serial.PortError
	switch {
	case errors.Is(err, fs.ErrNotExist) || hasCode(err, &refused, serial.PortNotFound):
		return scanner.State{Status: scanner.Missing, Detail: path + " is not there: plug the scanner in, or wake it"}
	case errors.Is(err, fs.ErrPermission) || hasCode(err, &refused, serial.PermissionDenied):
		denied := usb.Denied(path, `SUBSYSTEM=="tty", ATTRS{idVendor}=="…", ATTRS{idProduct}=="…"`)
		if usb.Settling(path) { // asked last: udev may give it away at any moment
			return scanner.State{Status: scanner.Missing, Detail: path + " is not there yet"}
		}
		return scanner.State{Status: scanner.NoPermission, Detail: denied}
	case hasCode(err, &refused, serial.PortBusy):
		return scanner.State{Status: scanner.Failed, Detail: path + " is held by another program (on Linux often ModemManager): end it there"}
	}
	return scanner.State{Status: scanner.Failed, Detail: fmt.Sprintf("%s: %v", path, err)}
}

func hasCode(err error, into **serial.PortError, code serial.PortErrorCode) bool {
	return errors.As(err, into) && (*into).Code() == code
}
