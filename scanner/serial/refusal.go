package serial

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"

	"go.bug.st/serial"

	"tillpay/scanner"
)

// refusal is the state of a port that did not open, with the mend in Detail.
func refusal(path string, err error) scanner.State {
	var refused *serial.PortError
	switch {
	case errors.Is(err, fs.ErrNotExist) || hasCode(err, &refused, serial.PortNotFound):
		return scanner.State{Status: scanner.Missing, Detail: path + " is not there: plug the scanner in, or wake it"}
	case errors.Is(err, fs.ErrPermission) || hasCode(err, &refused, serial.PermissionDenied):
		return scanner.State{Status: scanner.NoPermission, Detail: permission(path)}
	case hasCode(err, &refused, serial.PortBusy):
		return scanner.State{Status: scanner.Failed, Detail: path + " is held by another program (on Linux often ModemManager): end it there"}
	}
	return scanner.State{Status: scanner.Failed, Detail: fmt.Sprintf("%s: %v", path, err)}
}

func hasCode(err error, into **serial.PortError, code serial.PortErrorCode) bool {
	return errors.As(err, into) && (*into).Code() == code
}

// permission says what to do about a port that is not ours to open. The rules
// that the packages install give scanners to the group tillpay; distributions
// give what no rule knows to dialout or uucp.
func permission(path string) string {
	mode, gid, ok := owner(path)
	if !ok {
		return path + " may not be opened by this user: install the udev rules of the package, or use another user"
	}
	group := gid
	if g, err := user.LookupGroupId(gid); err == nil {
		group = g.Name
	}
	if mode.Perm()&0o060 != 0o060 || gid == "0" {
		return fmt.Sprintf(`%s is %s, group %s: add a udev rule: SUBSYSTEM=="tty", ATTRS{idVendor}=="…", ATTRS{idProduct}=="…", GROUP="tillpay", MODE="0660"`,
			path, mode, group)
	}
	return fmt.Sprintf("%s is for the group %s: run 'usermod -aG %s tillpay' and restart the service, or add a udev rule with GROUP=\"tillpay\"", path, group, group)
}
