// Package config is the till's one file: what it may say, what it says, and
// what is wrong with it, to the line.
package config

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"tillpay/channels"
	"tillpay/scanner"
)

// Config is a file that was checked, with defaults where it is silent.
type Config struct {
	Till     Till
	API      API
	Data     Data
	Payment  Payment
	Scanners []Scanner
	Printer  Printer
	Receipt  Receipt
	Slips    []Slip
	Channels []Channel
	Route    map[string]string // wallet, wallet.CURRENCY, or "deposit", to the name of a channel
	Notify   Notify
	Codes    []Code
	Tokens   []Access

	doc *document
}

// Till is [till]: where the money is taken.
type Till struct {
	ID           string // device_id on the wire
	Merchant     string // what receipts are headed with; optional
	StoreID      string
	StoreName    string
	StoreAddress string
	Currency     string // ISO 4217
	Language     string // en, zh-CN, zh-HK
	TimeZone     string // as in the IANA database
}

// Location is the till's time zone, in which a business day is a day.
func (t Till) Location() *time.Location {
	zone, err := time.LoadLocation(t.TimeZone)
	if err != nil { // checked when the file was read
		return time.UTC
	}
	return zone
}

// API is [api]: where the POS asks.
type API struct {
	Listen    string // a loopback address
	TokenFile string // made at first start
}

// Data is [data].
type Data struct {
	Dir string
}

// Payment is [payment].
type Payment struct {
	Deadline         time.Duration // then a presented payment is undone
	PreparedDeadline time.Duration // then a prepared order is closed
	Schedule         string        // advised, quick
	CodeWait         time.Duration // how long a code waits for its sale; 0: it does not
}

// Scanner is one [[scanner]]: by Port, or by the identity of its USB device.
type Scanner struct {
	Driver  string // serial, hid
	Port    string
	Vendor  uint16
	Product uint16
	Serial  string // of the USB device, where two are alike
	Baud    int
	Suffix  string        // what ends a code; empty: CR, LF or TAB
	Silence time.Duration // what ends a code without a suffix; 0: the driver's
	TypeOn  bool          // type what is no payment code into the window in front
}

// Printer is [printer]. Which of the places is used depends on the driver.
type Printer struct {
	Driver  string // network, usb, serial, spooler, file, none
	Address string // network: host:port
	Device  string // usb: /dev/usb/lp0
	Vendor  uint16 // usb: idVendor and idProduct in the device's place
	Product uint16
	Serial  string // usb: of two printers of a kind
	Port    string // serial
	Baud    int    // serial
	Name    string // spooler: the queue
	Path    string // file
	Profile string // a model that the program knows; empty: any printer of the paper
	Paper   int    // mm: 58, 80
	Charset string // gb18030, big5, utf-8, ascii, raster
	Barcode string // of the order number: qr, code128; empty: the layout's choice
	Logo    string // a PNG or BMP file; empty: none
	Copies  int    // of what was paid or given back: 1 for the customer, 2 for the shop too

	DrawerPin   int           // 2, 5; 0: no cash drawer
	DrawerPulse time.Duration // how long the drawer's magnet is fed
}

// Receipt is [receipt]: what a shop adds to its slips and leaves out of them.
type Receipt struct {
	Header []string // lines below the shop's address; see printer.Check
	Footer []string
	Hide   []string // of printer.Parts
}

// Slip is one [[slip]]: what a kind of slip has in the place of [receipt]'s; what it
// does not say is [receipt]'s.
type Slip struct {
	Kind string // sale, refund, cancelled, deposit, order, attention, day
	Receipt
}

// Notify is [notify]: where platforms call back. An empty Listen is off.
type Notify struct {
	Listen          string
	CertificateFile string
	KeyFile         string
}

// Code is one [[code]]: a row over the built-in table of payment codes.
type Code struct {
	Wallet   string
	Prefixes []string
	Lengths  string // "18" or "16-24"
	Enabled  bool

	shortest, longest int
}

// Access is one [[token]]: another program's access to the API. Token reads its file.
type Access struct {
	Name   string
	File   string
	Rights []string
}

// Default is a configuration that a file adds to. It lacks what has no sane
// default: the till's id and its currency.
func Default() *Config {
	return &Config{
		Till:    Till{Language: "en", TimeZone: "Asia/Hong_Kong"},
		API:     API{Listen: "127.0.0.1:7313", TokenFile: "pos.token"},
		Data:    Data{Dir: dataDir()},
		Payment: Payment{Deadline: 45 * time.Second, PreparedDeadline: 5 * time.Minute, Schedule: "advised", CodeWait: 20 * time.Second},
		Printer: defaultPrinter(),
		Route:   map[string]string{},
		doc:     &document{},
	}
}

func defaultPrinter() Printer {
	return Printer{Driver: "none", Baud: 9600, Paper: 80, Charset: "gb18030", Copies: 1, DrawerPulse: 100 * time.Millisecond}
}

func defaultScanner() Scanner { return Scanner{Driver: "serial", Baud: 9600} }

// Load reads a file. Its error is a *Error: the first thing that is wrong.
func Load(path string) (*Config, error) {
	c, errs := read(path)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return c, nil
}

// Check reads a file and returns everything that is wrong with it, in the
// order of its lines. More than Load, it looks whether the files that the file
// names are there, and whether only their owners can read the keys.
func Check(path string) []*Error {
	c, errs := read(path)
	if len(errs) > 0 {
		return errs
	}
	return c.CheckFiles()
}

func read(path string) (*Config, []*Error) {
	text, problem := contents(path)
	if problem != nil {
		return nil, []*Error{problem}
	}
	return parse(path, text)
}

// Parse is Load of a file's text. Its relative file names are relative to the
// folder of file, which need not exist.
func Parse(file string, text []byte) (*Config, error) {
	c, errs := parse(file, text)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return c, nil
}

// parse makes a configuration of a file's text.
func parse(path string, text []byte) (*Config, []*Error) {
	doc, problem := newDocument(path, text)
	if problem != nil {
		return nil, []*Error{problem}
	}
	c := Default()
	c.doc = doc
	r := &reader{doc: doc}
	r.config(c)
	c.checkAcross(r)
	if len(r.errs) > 0 {
		return nil, sorted(r.errs)
	}
	return c, nil
}

// File is the path of the file that was read; empty for Default.
func (c *Config) File() string { return c.doc.file }

// Path resolves a file name of the configuration: relative ones are relative
// to the configuration's own folder. An empty name stays empty.
func (c *Config) Path(name string) string { return c.doc.path(name) }

// CodeTable is the built-in table of payment codes with [[code]] laid over it.
func (c *Config) CodeTable() scanner.Table {
	table := scanner.Default()
	for _, row := range c.Codes {
		table = table.With(scanner.Row{
			Wallet: row.Wallet, Prefixes: row.Prefixes, Shortest: row.shortest, Longest: row.longest,
			Enabled: row.Enabled, Source: "configuration",
		})
	}
	return table
}

// Place is what drivers are told of the till.
func (t Till) Place() channels.Till {
	return channels.Till{ID: t.ID, StoreID: t.StoreID, StoreName: t.StoreName, StoreAddress: t.StoreAddress}
}

// Find is the path of the file: the flag's, else the environment's, else the
// system's place for it.
func Find(flag, env string) string {
	switch {
	case flag != "":
		return flag
	case env != "":
		return env
	case runtime.GOOS == "windows":
		return filepath.Join(programData(), "tillpay.toml")
	}
	return "/etc/tillpay/tillpay.toml"
}

func dataDir() string {
	if runtime.GOOS == "windows" {
		return programData()
	}
	return "/var/lib/tillpay"
}

func programData() string {
	root := os.Getenv("ProgramData")
	if root == "" {
		root = `C:\ProgramData`
	}
	return filepath.Join(root, "tillpay")
}
