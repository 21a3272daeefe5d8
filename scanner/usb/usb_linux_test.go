package usb

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The layout is what Linux 6.1 shows for a keyboard scanner behind a hub, whose
// driver is usbhid, and a hub.
func TestDevices(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"3-1.2/idVendor": "0c2e", "3-1.2/idProduct": "0b61", "3-1.2/busnum": "3", "3-1.2/devnum": "17", "3-1.2/serial": "S1",
		"3-1.2/manufacturer": "Honeywell", "3-1.2/product": "Voyager", "3-1.2/3-1.2:1.1/bInterfaceNumber": "01", "3-1.2/3-1.2:1.1/bInterfaceClass": "03",
		"3-1.2/3-1.2:1.0/bInterfaceNumber": "00", "3-1.2/3-1.2:1.0/bInterfaceClass": "03", "3-1.2:1.0/uevent": "", "usb3/idVendor": "1d6b",
		"3-1/idVendor": "1d6b", "3-1/idProduct": "0002", "3-1/busnum": "3", "3-1/devnum": "2", "3-4/idVendor": "halfgone",
	} {
		put(name, text+"\n")
	}
	if err := os.Symlink("../../../bus/usb/drivers/usbhid", filepath.Join(root, "3-1.2/3-1.2:1.0/driver")); err != nil {
		t.Fatal(err)
	}
	got, err := devices(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "3-1.2")
	want := []Device{
		{Identity: Identity{0x1d6b, 2, ""}, Port: "3-1", Node: "/dev/bus/usb/003/002"},
		{Identity: Identity{0x0c2e, 0x0b61, "S1"}, Maker: "Honeywell", Model: "Voyager", Port: "3-1.2", Node: "/dev/bus/usb/003/017", Interfaces: []Interface{
			{"3-1.2:1.0", 0, HID, "usbhid", dir + "/3-1.2:1.0"},
			{"3-1.2:1.1", 1, HID, "", dir + "/3-1.2:1.1"},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if at := Of(dir + "/3-1.2:1.0"); at != dir {
		t.Errorf("of: %q", at)
	}
	if at := Of("/dev/null"); at != "" {
		t.Errorf("of null: %q", at)
	}
}

// A node that udev has not given to its group yet is no matter for a technician,
// however often something was written to it.
func TestSettling(t *testing.T) {
	node := filepath.Join(t.TempDir(), "ttyACM0")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !Settling(node) {
		t.Error("a new node is settled")
	}
	later := time.Now().Add(settling)
	if err := os.Chtimes(node, later, later); err != nil {
		t.Fatal(err)
	}
	if settles(node, later.Add(time.Second)) || Settling(node+".gone") {
		t.Error("an old node still settles, or one that is not there")
	}
}

func TestPermissionMend(t *testing.T) {
	node := filepath.Join(t.TempDir(), "ttyACM0")
	if err := os.WriteFile(node, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Denied(node, Identity{Vendor: 0x0c2e, Product: 0x0b61}.Rule()); !strings.Contains(got, `GROUP="tillpay"`) || !strings.Contains(got, "-rw-------") || !strings.Contains(got, `ATTR{idVendor}=="0c2e"`) {
		t.Error(got)
	}
	if os.Getuid() != 0 {
		return // only root can give a file to another group
	}
	if err := os.Chmod(node, 0o660); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(node, 0, 20); err != nil {
		t.Fatal(err)
	}
	if got := Denied(node, Identity{Vendor: 0x0c2e, Product: 0x0b61}.Rule()); !strings.Contains(got, "usermod -aG") {
		t.Error(got)
	}
	if got := denied(node, "", []int{4, 20}); !strings.Contains(got, "DeviceAllow=") || strings.Contains(got, "usermod") {
		t.Error(got)
	}
}
