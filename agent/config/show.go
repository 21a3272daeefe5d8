package config

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Show writes the configuration as it works: TOML, with what the file does not
// say marked as default. Names of key files are shown, secrets never.
func (c *Config) Show(w io.Writer) error {
	out := &show{w: bufio.NewWriter(w), doc: c.doc}
	fmt.Fprintf(out.w, "# %s\n", c.doc.file)
	tables := c.tables()
	for _, t := range tables[:4] {
		out.table("["+t.at+"]", t)
	}
	for i := range c.Scanners {
		out.table("[[scanner]]", table{item("scanner", i), c.Scanners[i].fields()})
	}
	out.table("[printer]", tables[4])
	if c.Receipt.Header != nil || c.Receipt.Footer != nil || c.Receipt.Hide != nil {
		out.table("[receipt]", tables[6])
	}
	for i := range c.Slips {
		out.table("[[slip]]", table{item("slip", i), c.Slips[i].fields()})
	}
	for i := range c.Channels {
		ch := &c.Channels[i]
		out.table("[[channel]]", table{ch.at, ch.fields()})
		out.driver(ch)
	}
	fmt.Fprint(out.w, "\n[route]\n")
	for _, route := range slices.Sorted(maps.Keys(c.Route)) {
		fmt.Fprintf(out.w, "%s = %s\n", route, quoted(c.Route[route])) // alipay.CNY is a dotted key
	}
	out.table("[notify]", tables[5])
	for i := range c.Codes {
		out.table("[[code]]", table{item("code", i), c.Codes[i].fields()})
	}
	for i := range c.Tokens {
		out.table("[[token]]", table{item("token", i), c.Tokens[i].fields()})
	}
	return out.w.Flush()
}

type show struct {
	w   *bufio.Writer // keeps the first error until Flush
	doc *document
}

func (s *show) table(header string, t table) {
	fmt.Fprintf(s.w, "\n%s\n", header)
	for _, f := range t.fields {
		v := reflect.ValueOf(f.into).Elem()
		given := s.doc.has(join(t.at, f.key))
		if !given && v.IsZero() {
			continue // there is no default
		}
		s.line(f.key, plain(v.Interface()), !given)
	}
}

// driver writes the driver's keys of a channel, in the order of the file. What
// the driver assumes where they are missing only the driver knows.
func (s *show) driver(c *Channel) {
	keys := slices.SortedFunc(maps.Keys(c.keys), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.doc.line(join(c.at, a)), s.doc.line(join(c.at, b))), cmp.Compare(a, b))
	})
	shared := common()
	for _, key := range keys {
		if !slices.Contains(shared, key) {
			s.line(key, c.keys[key], false)
		}
	}
}

func (s *show) line(key string, v any, isDefault bool) {
	fmt.Fprintf(s.w, "%s = %s", join("", key), shownFull(key, v))
	if isDefault {
		fmt.Fprint(s.w, "  # default")
	}
	fmt.Fprintln(s.w)
}

// plain makes a value of the few types that literal knows.
func plain(v any) any {
	switch v := v.(type) {
	case uint16:
		return usbNumber(v)
	case time.Duration, string, int, bool, []string:
		return v
	}
	return fmt.Sprint(v)
}

// usbNumber is a USB number, written as 'tillpay devices' writes it.
type usbNumber uint16

func (n usbNumber) String() string { return fmt.Sprintf("0x%04x", uint16(n)) }
