package config

import (
	"tillpay/channels"
	"tillpay/printer"
	"tillpay/printer/escpos"
)

// field is one key of one table: where its value goes, and what it must be.
type field struct {
	key   string
	into  any // *string, *int, *uint16, *bool, *time.Duration, *[]string
	need  bool
	check func() string // what is wrong with the value in into; empty: nothing
	mend  string        // how to write it, with an example
}

// table is the fields of one [table], or of one item of a [[list]].
type table struct {
	at     string // till, scanner[0]
	fields []field
}

// tables is every table that a file has once, in the order of the documents.
func (c *Config) tables() []table {
	return []table{
		{"till", c.Till.fields()},
		{"api", c.API.fields()},
		{"data", c.Data.fields()},
		{"payment", c.Payment.fields()},
		{"printer", c.Printer.fields()},
		{"notify", c.Notify.fields()},
		{"receipt", c.Receipt.fields()},
	}
}

// lists is every [[list]], an item each, to know their keys by.
func lists() []table {
	return []table{
		{"scanner", new(Scanner).fields()},
		{"channel", new(Channel).fields()},
		{"code", new(Code).fields()},
		{"token", new(Access).fields()},
		{"slip", new(Slip).fields()},
	}
}

func (t *Till) fields() []field {
	return []field{
		{key: "id", into: &t.ID, need: true, check: length(&t.ID, 1, 32), mend: `write for example id = "T01"`},
		{key: "merchant", into: &t.Merchant, check: length(&t.Merchant, 0, 64), mend: `write for example merchant = "Example Ltd"`},
		// The lengths are of WeChat's scene_info.store_info, the shortest of all.
		{key: "store_id", into: &t.StoreID, check: length(&t.StoreID, 0, 32), mend: `write for example store_id = "SZTX001"`},
		{key: "store_name", into: &t.StoreName, check: length(&t.StoreName, 0, 32), mend: `write for example store_name = "Harbour Branch"`},
		{key: "store_address", into: &t.StoreAddress, check: length(&t.StoreAddress, 0, 64), mend: "write a shorter address"},
		{key: "currency", into: &t.Currency, need: true, check: currency(&t.Currency), mend: `write for example currency = "HKD"`},
		{key: "language", into: &t.Language, check: oneOf(&t.Language, "en", "zh-CN", "zh-HK"), mend: `write for example language = "zh-HK"`},
		{key: "time_zone", into: &t.TimeZone, check: zone(&t.TimeZone), mend: `write for example time_zone = "Asia/Hong_Kong"`},
	}
}

func (a *API) fields() []field {
	return []field{
		{key: "listen", into: &a.Listen, check: loopbackAddress(&a.Listen), mend: `write for example listen = "127.0.0.1:7313"`},
		{key: "token_file", into: &a.TokenFile, check: name(&a.TokenFile), mend: `write for example token_file = "pos.token"`},
	}
}

func (d *Data) fields() []field {
	return []field{
		{key: "dir", into: &d.Dir, check: name(&d.Dir), mend: `write for example dir = "/var/lib/tillpay"`},
	}
}

// fields leaves the deadlines' ranges to checkAcross: they hang on the channels.
func (p *Payment) fields() []field {
	return []field{
		{key: "deadline", into: &p.Deadline, mend: mendDeadline},
		{key: "prepared_deadline", into: &p.PreparedDeadline, mend: mendPrepared},
		{key: "schedule", into: &p.Schedule, check: oneOf(&p.Schedule, "advised", "quick"), mend: `write for example schedule = "advised"`},
		{key: "code_wait", into: &p.CodeWait, check: span(&p.CodeWait, "0s", "120s"), mend: `write for example code_wait = "20s"`},
	}
}

const (
	mendDeadline = `write for example deadline = "45s"`
	mendPrepared = `write for example prepared_deadline = "5m"`
)

func (s *Scanner) fields() []field {
	return []field{
		{key: "driver", into: &s.Driver, need: true, check: oneOf(&s.Driver, "serial", "hid"), mend: `write for example driver = "serial"`},
		{key: "port", into: &s.Port, check: name(&s.Port), mend: `write for example port = "/dev/ttyACM0"`},
		{key: "vendor", into: &s.Vendor, mend: "write for example vendor = 0x0c2e, as 'tillpay devices' shows it"},
		{key: "product", into: &s.Product, mend: "write for example product = 0x0b61, as 'tillpay devices' shows it"},
		{key: "serial", into: &s.Serial, check: length(&s.Serial, 1, 128), mend: "write the serial number in quotes, as 'tillpay devices' shows it"},
		{key: "baud", into: &s.Baud, check: between(&s.Baud, 300, 4_000_000), mend: "write for example baud = 9600"},
		{key: "suffix", into: &s.Suffix, check: suffix(&s.Suffix), mend: `write for example suffix = "\r\n", or leave it out`},
		{key: "silence", into: &s.Silence, check: span(&s.Silence, "20ms", "1s"), mend: `write for example silence = "60ms", or leave it out`},
		{key: "type_on", into: &s.TypeOn, mend: "write type_on = true or leave it out"},
	}
}

func (p *Printer) fields() []field {
	return []field{
		{key: "driver", into: &p.Driver, check: oneOf(&p.Driver, "network", "usb", "serial", "spooler", "file", "none"), mend: `write for example driver = "network"`},
		{key: "address", into: &p.Address, check: hostPort(&p.Address), mend: mendAddress},
		{key: "device", into: &p.Device, check: name(&p.Device), mend: mendDevice},
		{key: "vendor", into: &p.Vendor, mend: "write for example vendor = 0x04b8, as 'tillpay devices' shows it"},
		{key: "product", into: &p.Product, mend: "write for example product = 0x0e15, as 'tillpay devices' shows it"},
		{key: "serial", into: &p.Serial, check: length(&p.Serial, 1, 128), mend: "write the serial number in quotes, as 'tillpay devices' shows it"},
		{key: "port", into: &p.Port, check: name(&p.Port), mend: mendPort},
		{key: "baud", into: &p.Baud, check: between(&p.Baud, 300, 4_000_000), mend: "write for example baud = 9600"},
		{key: "name", into: &p.Name, check: name(&p.Name), mend: mendName},
		{key: "path", into: &p.Path, check: name(&p.Path), mend: mendPath},
		{key: "profile", into: &p.Profile, check: oneOf(&p.Profile, escpos.ProfileNames()...), mend: `write for example profile = "epson-tm-t82", or leave it out`},
		{key: "paper", into: &p.Paper, check: oneOfInt(&p.Paper, 58, 80), mend: "write for example paper = 80"},
		{key: "charset", into: &p.Charset, check: oneOf(&p.Charset, "gb18030", "big5", "utf-8", "ascii", "raster"), mend: `write for example charset = "gb18030"`},
		{key: "barcode", into: &p.Barcode, check: oneOf(&p.Barcode, "qr", "code128"), mend: `write for example barcode = "qr", or leave it out`},
		{key: "logo", into: &p.Logo, check: name(&p.Logo), mend: `write for example logo = "logo.png", or leave it out`},
		{key: "copies", into: &p.Copies, check: oneOfInt(&p.Copies, 1, 2), mend: "write for example copies = 1"},
		{key: "drawer_pin", into: &p.DrawerPin, check: oneOfInt(&p.DrawerPin, 0, 2, 5), mend: "write for example drawer_pin = 2, or 0 for none"},
		{key: "drawer_pulse", into: &p.DrawerPulse, check: span(&p.DrawerPulse, "2ms", "510ms"), mend: `write for example drawer_pulse = "100ms"`},
	}
}

func (r *Receipt) fields() []field {
	return []field{
		{key: "header", into: &r.Header, check: templateLines(&r.Header), mend: `write for example header = ["Tel 2345 6789", "Till {till}"]`},
		{key: "footer", into: &r.Footer, check: templateLines(&r.Footer), mend: `write for example footer = ["Exchange within 7 days with this slip"]`},
		{key: "hide", into: &r.Hide, check: parts(&r.Hide), mend: `write for example hide = ["cashier", "rate"]`},
	}
}

func (s *Slip) fields() []field {
	kinds := make([]string, len(printer.Kinds()))
	for i, k := range printer.Kinds() {
		kinds[i] = string(k)
	}
	return append([]field{
		{key: "kind", into: &s.Kind, need: true, check: oneOf(&s.Kind, kinds...), mend: `write for example kind = "refund"`},
	}, s.Receipt.fields()...)
}

const (
	mendAddress = `write for example address = "192.0.2.50:9100"`
	mendDevice  = `write for example device = "/dev/usb/lp0", or the printer's vendor and product`
	mendPort    = `write for example port = "/dev/ttyUSB0"`
	mendName    = `write the queue's name, for example name = "Receipts"`
	mendPath    = `write for example path = "receipts.bin"`
)

func (n *Notify) fields() []field {
	return []field{
		{key: "listen", into: &n.Listen, check: optional(&n.Listen, hostPort(&n.Listen)), mend: `write for example listen = "0.0.0.0:8443", or "" for off`},
		{key: "certificate_file", into: &n.CertificateFile, mend: `write for example certificate_file = "keys/notify.pem"`},
		{key: "key_file", into: &n.KeyFile, mend: `write for example key_file = "keys/notify.key"`},
	}
}

// fields is what every channel has. All other keys are its driver's.
func (c *Channel) fields() []field {
	return []field{
		{key: "name", into: &c.Name, need: true, check: slug(&c.Name), mend: `write for example name = "wechat"`},
		{key: "driver", into: &c.Driver, need: true, check: name(&c.Driver), mend: `write for example driver = "wechat-global"`},
		{key: "endpoint", into: &c.Endpoint, need: true, check: endpoint(&c.Endpoint), mend: `write for example endpoint = "https://apihk.mch.weixin.qq.com"`},
		{key: "ca_file", into: &c.CAFile, mend: `write for example ca_file = "keys/proxy-root.pem"`},
		{key: "notify_url", into: &c.NotifyURL, check: optional(&c.NotifyURL, address(&c.NotifyURL)), mend: `write for example notify_url = "https://pay.example.com/v1/notify/wechat"`},
	}
}

func (c *Code) fields() []field {
	return []field{
		{key: "wallet", into: &c.Wallet, need: true, check: slug(&c.Wallet), mend: `write for example wallet = "alipay"`},
		{key: "prefixes", into: &c.Prefixes, check: c.checkPrefixes, mend: `write for example prefixes = ["25", "26"]`},
		{key: "lengths", into: &c.Lengths, check: c.checkLengths, mend: `write for example lengths = "18" or "16-24"`},
		{key: "enabled", into: &c.Enabled, need: true, mend: "write enabled = true or enabled = false"},
	}
}

func (t *Access) fields() []field {
	return []field{
		{key: "name", into: &t.Name, need: true, check: t.checkName, mend: `write for example name = "kiosk"`},
		{key: "file", into: &t.File, need: true, check: name(&t.File), mend: `write for example file = "kiosk.token"`},
		{key: "rights", into: &t.Rights, need: true, check: t.checkRights, mend: `write for example rights = ["read", "sale"]`},
	}
}

func currency(s *string) func() string {
	return func() string {
		if _, ok := channels.Exponent(*s); !ok {
			return "is not a currency of ISO 4217"
		}
		return ""
	}
}
