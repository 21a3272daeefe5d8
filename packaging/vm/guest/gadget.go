package main

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// configfs is where Linux makes USB devices; dummy_hcd plugs them into this very machine.
const configfs = "/sys/kernel/config/usb_gadget"

// reportKeyboard is the boot keyboard of HID 1.11 appendix B.1: 8 bytes in
// (modifiers, 0, six keys), 1 byte of lamps out.
const reportKeyboard = "05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508150025650507190029658100c0"

// reportPOS is a bar code scanner of the HID Point of Sale Usage Tables 1.02:
// report 2 of 64 bytes: length, AIM identifier (3), data (56), the vendor's
// symbology (2), and bit 0 of the last byte: continued.
const reportPOS = "058c0902a1010912a1028502150026ff007508950105" +
	"01093b81029503058c09fb09fc09fd8102953809fe8202019502" +
	"0666ff090409008102058c9501750109ff810295078103c0c0"

// device is what a gadget says it is.
type device struct {
	name, kind, vendor, product, serial, maker, model string
}

// function is the kernel's word for a kind, and what it wants to be told.
type function struct {
	driver     string
	attributes map[string]string
}

func (d device) function() (function, error) {
	hid := func(protocol string, length int, report string) (function, error) {
		b, err := hex.DecodeString(report)
		return function{"hid", map[string]string{"protocol": protocol, "subclass": protocol, "report_length": strconv.Itoa(length), "report_desc": string(b)}}, err
	}
	switch d.kind {
	case "keyboard":
		// One more than its reports have: f_hid ends a packet that is full with an
		// empty one (req->zero), which no scanner sends.
		return hid("1", 9, reportKeyboard)
	case "pos":
		return hid("0", 64, reportPOS)
	case "acm":
		return function{"acm", nil}, nil
	case "printer":
		return function{"printer", map[string]string{"pnp_string": "MFG:" + d.maker + ";CMD:ESC/POS;MDL:" + d.model + ";CLS:PRINTER;", "q_len": "10"}}, nil
	}
	return function{}, fmt.Errorf("kind %q: keyboard, pos, acm or printer", d.kind)
}

func gadget(args []string) error {
	if len(args) == 0 {
		return errors.New("gadget add|unplug|plug|rm|list")
	}
	f := flag.NewFlagSet("gadget", flag.ContinueOnError)
	var d device
	f.StringVar(&d.name, "name", "", "what the test calls it")
	f.StringVar(&d.kind, "kind", "keyboard", "keyboard, pos, acm or printer")
	f.StringVar(&d.vendor, "vendor", "0c2e", "idVendor, hex")
	f.StringVar(&d.product, "product", "0b61", "idProduct, hex")
	f.StringVar(&d.serial, "serial", "", "iSerial; empty: none")
	f.StringVar(&d.maker, "maker", "Test", "iManufacturer")
	f.StringVar(&d.model, "model", "Virtual device", "iProduct")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	dir := filepath.Join(configfs, d.name)
	switch args[0] {
	case "list":
		for _, g := range glob(configfs + "/*") {
			udc, _ := os.ReadFile(g + "/UDC")
			fmt.Println(filepath.Base(g), strings.TrimSpace(string(udc)), node(g))
		}
		return nil
	case "unplug": // it vanishes from the bus
		return write(dir+"/UDC", "\n")
	case "plug": // it prints when udev was done with it, in ms since 1970
		if err := plugIn(dir); err != nil {
			return err
		}
		if err := seen(made(dir)); err != nil {
			return err
		}
		fmt.Println("there", time.Now().UnixMilli())
		return nil
	case "rm":
		return remove(dir)
	case "add":
		return add(dir, d)
	}
	return fmt.Errorf("gadget %s?", args[0])
}

func add(dir string, d device) error {
	if err := loadModules(); err != nil {
		return err
	}
	fn, err := d.function()
	if err != nil {
		return err
	}
	// configfs wants the name of one kind's functions to be unique in the machine
	function := filepath.Join(dir, "functions", fn.driver+"."+d.name)
	for _, p := range []string{dir, dir + "/strings/0x409", dir + "/configs/c.1/strings/0x409", function} {
		if err := os.MkdirAll(p, 0o755); err != nil {
			return err
		}
	}
	values := map[string]string{
		dir + "/idVendor": "0x" + d.vendor, dir + "/idProduct": "0x" + d.product, dir + "/bcdDevice": "0x0100", dir + "/bcdUSB": "0x0200",
		dir + "/strings/0x409/manufacturer": d.maker, dir + "/strings/0x409/product": d.model,
		dir + "/configs/c.1/strings/0x409/configuration": "c", dir + "/configs/c.1/MaxPower": "100",
	}
	if d.serial != "" {
		values[dir+"/strings/0x409/serialnumber"] = d.serial
	}
	for k, v := range fn.attributes {
		values[filepath.Join(function, k)] = v
	}
	for path, v := range values {
		if err := write(path, v); err != nil {
			return err
		}
	}
	if d.kind == "printer" {
		if err := noteMinor(dir); err != nil {
			return err
		}
	}
	if err := os.Symlink(function, filepath.Join(dir, "configs/c.1", fn.driver+".0")); err != nil {
		return err
	}
	if err := plugIn(dir); err != nil {
		return err
	}
	if err := seen(d); err != nil {
		return err
	}
	fmt.Println(d.name, node(dir))
	return nil
}

// made is what the gadget of a folder says it is.
func made(dir string) device {
	is := func(name string) string {
		b, _ := os.ReadFile(dir + "/" + name) // without a serial there is none
		return strings.TrimPrefix(strings.TrimSpace(string(b)), "0x")
	}
	return device{vendor: is("idVendor"), product: is("idProduct"), serial: is("strings/0x409/serialnumber")}
}

// seen returns once the machine knows the device and udev is done with it. Its
// interfaces are not waited for: a till may take a scanner at once.
func seen(d device) error {
	_, err := await(30*time.Second, "USB device "+d.vendor+":"+d.product+" "+d.serial, func() (string, bool) {
		for _, dir := range glob("/sys/bus/usb/devices/*") {
			is := func(name, want string) bool {
				b, _ := os.ReadFile(dir + "/" + name)
				return strings.TrimSpace(string(b)) == want
			}
			if !is("idVendor", d.vendor) || !is("idProduct", d.product) || !is("serial", d.serial) {
				continue
			}
			number, _ := os.ReadFile(dir + "/dev")
			_, err := os.Stat("/run/udev/data/c" + strings.TrimSpace(string(number)))
			return dir, err == nil
		}
		return "", false
	})
	return err
}

func loadModules() error {
	if _, err := os.Stat("/sys/class/udc/dummy_udc.0"); err != nil {
		if out, err := exec.Command("modprobe", "dummy_hcd", "num=8").CombinedOutput(); err != nil {
			return fmt.Errorf("modprobe dummy_hcd: %w: %s", err, out)
		}
	}
	if out, err := exec.Command("modprobe", "-a", "libcomposite", "usb_f_hid", "usb_f_printer", "usb_f_acm").CombinedOutput(); err != nil {
		return fmt.Errorf("modprobe: %w: %s", err, out)
	}
	if _, err := os.Stat(configfs); err != nil {
		return exec.Command("mount", "-t", "configfs", "none", "/sys/kernel/config").Run()
	}
	return nil
}

// plugIn takes any free port, so that a device that comes back may come back elsewhere.
func plugIn(dir string) error {
	used := map[string]bool{}
	for _, g := range glob(configfs + "/*/UDC") {
		b, _ := os.ReadFile(g)
		used[strings.TrimSpace(string(b))] = true
	}
	for _, u := range glob("/sys/class/udc/*") {
		if !used[filepath.Base(u)] {
			return write(dir+"/UDC", filepath.Base(u))
		}
	}
	return errors.New("no free port: eight gadgets at once at most")
}

// remove undoes add; configfs has folders that only go in this order.
func remove(dir string) error {
	_ = write(dir+"/UDC", "\n") // it may be unplugged already
	var paths []string
	paths = append(paths, glob(dir+"/configs/c.1/*.0")...)
	paths = append(paths, dir+"/configs/c.1/strings/0x409", dir+"/configs/c.1")
	paths = append(paths, glob(dir+"/functions/*")...)
	paths = append(paths, dir+"/strings/0x409", dir)
	_ = os.Remove(minorFile(dir)) // of a printer alone
	var errs []error
	for _, p := range paths {
		errs = append(errs, os.Remove(p))
	}
	return errors.Join(errs...)
}

// node is the device's own end: /dev/hidgN, /dev/ttyGSN or /dev/g_printerN.
func node(dir string) string {
	for _, f := range glob(dir + "/functions/*") {
		switch kind, _, _ := strings.Cut(filepath.Base(f), "."); kind {
		case "hid":
			number, _ := os.ReadFile(f + "/dev")
			about, _ := os.ReadFile("/sys/dev/char/" + strings.TrimSpace(string(number)) + "/uevent")
			for line := range strings.Lines(string(about)) {
				if name, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVNAME="); ok {
					return "/dev/" + name
				}
			}
		case "acm":
			port, _ := os.ReadFile(f + "/port_num")
			return "/dev/ttyGS" + strings.TrimSpace(string(port))
		case "printer":
			if minor, err := os.ReadFile(minorFile(dir)); err == nil {
				return "/dev/g_printer" + string(minor)
			}
		}
	}
	return ""
}

// minorFile keeps which /dev/g_printerN a printer is: the kernel gives a new one
// the lowest free number (f_printer.c), and tells it nowhere.
func minorFile(dir string) string { return "/run/minor-" + filepath.Base(dir) }

func noteMinor(dir string) error {
	taken := map[string]bool{}
	for _, f := range glob("/run/minor-*") {
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		taken[string(b)] = true
	}
	n := 0
	for taken[strconv.Itoa(n)] {
		n++
	}
	return write(minorFile(dir), strconv.Itoa(n))
}

func write(path, value string) error { return os.WriteFile(path, []byte(value), 0o644) }

func glob(pattern string) []string {
	found, _ := filepath.Glob(pattern) // only a bad pattern fails
	return found
}
