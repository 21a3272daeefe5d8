package usb

import (
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
)

// Denied says what to do about a device file that is not ours to open; rule is
// the udev rule that would make it ours, up to its match. The rules that the
// packages install give known devices to the group tillpay; distributions give
// what no rule knows to root, dialout or uucp.
func Denied(path, rule string) string {
	mine, _ := os.Getgroups() // a system without groups has none
	return denied(path, rule, mine)
}

func denied(path, rule string, mine []int) string {
	mode, gid, ok := owner(path)
	if !ok {
		return path + " may not be opened by this user: install the udev rules of the package, or use another user"
	}
	group := gid
	if g, err := user.LookupGroupId(gid); err == nil {
		group = g.Name
	}
	if mode.Perm()&0o060 != 0o060 || gid == "0" {
		return fmt.Sprintf(`%s is %s, group %s: add a udev rule: %s, GROUP="tillpay", MODE="0660"`, path, strings.TrimPrefix(mode.String(), "D"), group, rule)
	}
	if slices.ContainsFunc(mine, func(g int) bool { return strconv.Itoa(g) == gid }) {
		return fmt.Sprintf("%s is for the group %s, which this program is in, and the system forbids it all the same: restart the service, whose DeviceAllow= was read before there was such a device", path, group)
	}
	return fmt.Sprintf("%s is for the group %s: run 'usermod -aG %s tillpay' and restart the service, or add a udev rule with GROUP=\"tillpay\"", path, group, group)
}

// Rule is the match of a udev rule for the device's own node.
func (id Identity) Rule() string {
	return fmt.Sprintf(`SUBSYSTEM=="usb", ATTR{idVendor}=="%04x", ATTR{idProduct}=="%04x"`, id.Vendor, id.Product)
}

// ParentRule is the match for anything below the device: a tty, a hidraw, an input.
func (id Identity) ParentRule() string {
	return fmt.Sprintf(`ATTRS{idVendor}=="%04x", ATTRS{idProduct}=="%04x"`, id.Vendor, id.Product)
}
