package config

import (
	"maps"
	"net"
	"slices"
	"strings"
	"time"
)

// checkAcross checks what one key alone cannot tell.
func (c *Config) checkAcross(r *reader) {
	c.checkDeadlines(r)
	for i, s := range c.Scanners {
		s.checkPlace(r, item("scanner", i))
	}
	c.Printer.checkPlace(r)
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

// checkPlace asks for a port or an identity, and for one of them only: with
// both, nobody could say which device is meant.
func (s Scanner) checkPlace(r *reader, at string) {
	given := func(key string) bool { return r.doc.has(join(at, key)) }
	identity := given("vendor") || given("product") || given("serial")
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
		"usb":     {"device", mendDevice},
		"serial":  {"port", mendPort},
		"spooler": {"name", mendName},
		"file":    {"path", mendPath},
	}
	if m, ok := mends[p.Driver]; ok && !r.doc.has("printer."+m[0]) {
		r.wrong("printer."+m[0], "is missing for the driver "+p.Driver, m[1])
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
	for _, wallet := range slices.Sorted(maps.Keys(c.Route)) {
		channel := c.Route[wallet]
		key := join("route", wallet)
		if !slices.Contains(wallets, wallet) {
			mend := "known: " + strings.Join(wallets, ", ")
			if near := nearest(wallet, wallets); near != "" {
				mend = "did you mean " + near + "?"
			}
			r.wrong(key, "unknown wallet", mend)
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

// route reads [route], whose keys are wallets.
func (r *reader) route(c *Config) {
	given := r.single("route")
	for _, wallet := range slices.Sorted(maps.Keys(given)) {
		channel, ok := given[wallet].(string)
		if !ok {
			r.wrong(join("route", wallet), "must be text in quotes", "write the name of a channel")
			continue
		}
		c.Route[wallet] = channel
	}
}
