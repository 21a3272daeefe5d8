package config

import (
	"fmt"
	"maps"
	"net"
	"runtime"
	"slices"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/printer"
	"tillpay/printer/escpos"
)

// checkAcross checks what one key alone cannot tell.
func (c *Config) checkAcross(r *reader) {
	c.checkDeadlines(r)
	for i, s := range c.Scanners {
		s.checkPlace(r, item("scanner", i))
		if slices.ContainsFunc(c.Scanners[:i], s.same) {
			s.checkTwin(r, item("scanner", i))
		}
	}
	c.Printer.checkPlace(r)
	c.Printer.takeProfile(r)
	c.checkSlips(r)
	c.checkNames(r)
	c.checkCodes(r)
	c.checkRoute(r)
	c.Notify.check(r)
}

// checkDeadlines lets a till that only talks to a simulation be hasty.
func (c *Config) checkDeadlines(r *reader) {
	hasty := len(c.Channels) > 0
	for _, ch := range c.Channels {
		hasty = hasty && loopbackEndpoint(ch.Endpoint)
	}
	deadline, prepared := "15s", "1m"
	if hasty {
		deadline, prepared = "5s", "5s"
	}
	within := func(key string, d *time.Duration, least, most, mend string) {
		if problem := span(d, least, most)(); problem != "" && !r.wrongAt(key) {
			r.wrong(key, problem, mend)
		}
	}
	within("payment.deadline", &c.Payment.Deadline, deadline, "120s", mendDeadline)
	within("payment.prepared_deadline", &c.Payment.PreparedDeadline, prepared, "2h", mendPrepared)
}

func (s Scanner) checkTwin(r *reader, at string) {
	key := join(at, "vendor")
	if s.Port != "" {
		key = join(at, "port")
	}
	if !r.wrongAt(key) {
		r.wrong(key, "is the device of an earlier [[scanner]]", "leave one of them out, or give each the serial of its device")
	}
}

// same tells whether two scanners could be one device: only one could open it.
func (s Scanner) same(other Scanner) bool {
	if s.Port != "" || other.Port != "" || s.Vendor == 0 {
		return s.Port != "" && s.Port == other.Port
	}
	return s.Vendor == other.Vendor && s.Product == other.Product && (s.Serial == other.Serial || s.Serial == "" || other.Serial == "")
}

// checkPlace asks for a port or an identity, and for one of them only: with
// both, nobody could say which device is meant.
func (s Scanner) checkPlace(r *reader, at string) {
	given := func(key string) bool { return r.doc.has(join(at, key)) }
	identity := given("vendor") || given("product") || given("serial")
	if given("baud") && s.Driver == "hid" {
		r.wrong(join(at, "baud"), "is not known to the driver hid", "leave it out")
	}
	if s.TypeOn && runtime.GOOS != "linux" {
		r.wrong(join(at, "type_on"), "works on Linux alone", "leave it out")
	}
	switch {
	case given("port") && identity:
		r.wrong(join(at, "port"), "stands beside vendor, product or serial", "keep either the port or the identity")
	case given("port") && s.Driver == "hid":
		r.wrong(join(at, "port"), "is not known to the driver hid", "write vendor and product, as 'tillpay devices' shows them")
	case given("port"):
	case !identity && s.Driver == "serial":
		r.wrong(join(at, "port"), "is missing", "write port, or vendor and product, as 'tillpay devices' shows them")
	case !given("vendor"):
		r.wrong(join(at, "vendor"), "is missing", "write vendor and product, as 'tillpay devices' shows them")
	case !given("product"):
		r.wrong(join(at, "product"), "is missing", "write vendor and product, as 'tillpay devices' shows them")
	}
}

// checkPlace asks for the key that says where the driver finds the printer.
func (p Printer) checkPlace(r *reader) {
	mends := map[string][2]string{
		"network": {"address", mendAddress},
		"serial":  {"port", mendPort},
		"spooler": {"name", mendName},
		"file":    {"path", mendPath},
	}
	if m, ok := mends[p.Driver]; ok && !r.doc.has("printer."+m[0]) {
		r.wrong("printer."+m[0], "is missing for the driver "+p.Driver, m[1])
	}
	if p.Driver != "usb" {
		return
	}
	switch device, vendor, product := r.doc.has("printer.device"), r.doc.has("printer.vendor"), r.doc.has("printer.product"); {
	case !device && !vendor && !product:
		r.wrong("printer.device", "is missing for the driver usb", mendDevice)
	case device && (vendor || product):
		r.wrong("printer.device", "and vendor name two printers", "leave one of them out")
	case vendor != product:
		r.wrong("printer.vendor", "and product belong together", "write both, as 'tillpay devices' shows them")
	}
}

// takeProfile fills in what the profile knows and the file does not say.
func (p *Printer) takeProfile(r *reader) {
	profile, err := escpos.Find(p.Profile, 0, "")
	if p.Profile == "" || err != nil {
		return // none, or said already
	}
	if !r.doc.has("printer.charset") {
		p.Charset = string(profile.Charset)
	}
	if !r.doc.has("printer.paper") {
		p.Paper = profile.Paper
	} else if p.Paper != profile.Paper && !r.wrongAt("printer.paper") {
		r.wrong("printer.paper", fmt.Sprintf("is not the %d mm that the profile %s prints on", profile.Paper, p.Profile), "leave paper out, or choose another profile")
	}
}

// checkSlips asks that each kind of slip is described once, and fills in what it
// has in common with all of them.
func (c *Config) checkSlips(r *reader) {
	seen := map[string]bool{}
	for i := range c.Slips {
		s := &c.Slips[i]
		for key, inherit := range map[string]func(){
			"header": func() { s.Header = c.Receipt.Header },
			"footer": func() {
				if printer.Thanks(printer.Kind(s.Kind)) {
					s.Footer = c.Receipt.Footer
				}
			},
			"hide": func() { s.Hide = c.Receipt.Hide },
		} {
			if !r.doc.has(join(item("slip", i), key)) {
				inherit()
			}
		}
		if seen[s.Kind] && s.Kind != "" {
			r.wrong(join(item("slip", i), "kind"), "is taken by an earlier [[slip]]", "describe each kind once")
		}
		seen[s.Kind] = true
	}
}

// checkNames asks that channels and tokens can be told apart.
func (c *Config) checkNames(r *reader) {
	unique := func(list string, n int, name func(int) string) {
		seen := map[string]bool{}
		for i := range n {
			if seen[name(i)] && name(i) != "" {
				r.wrong(join(item(list, i), "name"), "is taken by an earlier ["+"["+list+"]]", "give each a name of its own")
			}
			seen[name(i)] = true
		}
	}
	unique("channel", len(c.Channels), func(i int) string { return c.Channels[i].Name })
	unique("token", len(c.Tokens), func(i int) string { return c.Tokens[i].Name })
}

// checkCodes asks that what is switched on can be recognised.
func (c *Config) checkCodes(r *reader) {
	table := c.CodeTable()
	for i, row := range c.Codes {
		if !row.Enabled {
			continue
		}
		for _, t := range table {
			if t.Wallet == row.Wallet && t.Enabled && (len(t.Prefixes) == 0 || t.Longest == 0) {
				r.wrong(join(item("code", i), "enabled"), "lacks prefixes and lengths for this wallet",
					`write for example prefixes = ["25", "26"] and lengths = "16-24"`)
				break
			}
		}
		if !slices.Contains(table.Wallets(), row.Wallet) {
			r.wrong(join(item("code", i), "prefixes"), "is missing for a new wallet", `write for example prefixes = ["25", "26"]`)
		}
	}
}

// checkRoute asks that every route begins at a wallet and ends at a channel.
func (c *Config) checkRoute(r *reader) {
	wallets := append(c.CodeTable().Wallets(), "deposit")
	names := make([]string, len(c.Channels))
	for i, ch := range c.Channels {
		names[i] = ch.Name
	}
	for _, route := range slices.Sorted(maps.Keys(c.Route)) {
		channel := c.Route[route]
		wallet, currency, byCurrency := strings.Cut(route, ".")
		key := join("route", wallet)
		if byCurrency {
			key = join(key, currency)
		}
		if !slices.Contains(wallets, wallet) {
			mend := "known: " + strings.Join(wallets, ", ")
			if near := nearest(wallet, wallets); near != "" {
				mend = "did you mean " + near + "?"
			}
			r.wrong(key, "unknown wallet", mend)
			continue
		}
		if byCurrency && !isCurrency(currency) {
			r.wrong(key, "is no currency", `write its ISO 4217 code, for example alipay.CNY = "huifu"`)
			continue
		}
		if slices.Contains(names, channel) {
			continue
		}
		mend := "write a [[channel]] with this name first"
		if near := nearest(channel, names); near != "" {
			mend = "did you mean " + quoted(near) + "?"
		} else if len(names) > 0 {
			mend = "the channels are " + strings.Join(names, ", ")
		}
		r.wrong(key, "no channel has this name", mend)
	}
}

func isCurrency(code string) bool {
	_, ok := channels.Exponent(code)
	return ok
}

// check asks for TLS, save behind a proxy on this machine.
func (n Notify) check(r *reader) {
	if n.Listen == "" {
		return
	}
	host, _, err := net.SplitHostPort(n.Listen)
	if err != nil {
		return // said already
	}
	switch {
	case n.CertificateFile == "" && n.KeyFile == "":
		if !loopback(host) {
			r.wrong("notify.certificate_file", "is missing, and platforms call back over TLS only", "write certificate_file and key_file, or listen on 127.0.0.1 behind a proxy")
		}
	case n.CertificateFile == "":
		r.wrong("notify.certificate_file", "is missing beside key_file", `write for example certificate_file = "keys/notify.pem"`)
	case n.KeyFile == "":
		r.wrong("notify.key_file", "is missing beside certificate_file", `write for example key_file = "keys/notify.key"`)
	}
}

// route reads [route], whose keys are wallets. Behind one stands a channel, or a
// channel for each currency.
func (r *reader) route(c *Config) {
	given := r.single("route")
	for _, wallet := range slices.Sorted(maps.Keys(given)) {
		switch to := given[wallet].(type) {
		case string:
			c.Route[wallet] = to
		case map[string]any:
			for _, currency := range slices.Sorted(maps.Keys(to)) {
				channel, ok := to[currency].(string)
				if !ok {
					r.wrong(join(join("route", wallet), currency), "must be text in quotes", "write the name of a channel")
					continue
				}
				c.Route[wallet+"."+currency] = channel
			}
		default:
			r.wrong(join("route", wallet), "must be text in quotes", "write the name of a channel")
		}
	}
}
