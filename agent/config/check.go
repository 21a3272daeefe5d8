package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tillpay/printer"
)

// The checks return what is wrong with the value behind a pointer, in words
// that go on from the value ("must be …"), or nothing.

func length(s *string, shortest, longest int) func() string {
	return func() string {
		n := utf8.RuneCountInString(*s)
		switch {
		case n < shortest:
			return "must not be empty"
		case n > longest:
			return fmt.Sprintf("must be %d characters at most, and has %d", longest, n)
		case strings.ContainsFunc(*s, unicode.IsControl):
			return "must not have control characters"
		}
		return ""
	}
}

// suffix asks for what cannot be a part of a code, which it would cut in two.
func suffix(s *string) func() string {
	return func() string {
		letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
		if len(*s) > 8 || strings.ContainsFunc(*s, letter) {
			return "must be 8 bytes at most, without letters and digits"
		}
		return ""
	}
}

// name asks for anything but an empty text: a path, a device.
func name(s *string) func() string { return length(s, 1, 1024) }

// slug asks for a name that can stand in a URL and in a file's name.
func slug(s *string) func() string {
	return func() string {
		ok := *s != "" && len(*s) <= 32
		for i := range len(*s) {
			c := (*s)[i]
			ok = ok && ('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-')
		}
		if !ok {
			return "must be 1 to 32 small letters, digits and hyphens"
		}
		return ""
	}
}

func oneOf(s *string, allowed ...string) func() string {
	return func() string {
		if slices.Contains(allowed, *s) {
			return ""
		}
		problem := "must be " + either(allowed)
		if near := nearest(*s, allowed); near != "" {
			problem += " (did you mean " + near + "?)"
		}
		return problem
	}
}

func oneOfInt(n *int, allowed ...int) func() string {
	return func() string {
		if slices.Contains(allowed, *n) {
			return ""
		}
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = strconv.Itoa(a)
		}
		return "must be " + either(words)
	}
}

func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func between(n *int, least, most int) func() string {
	return func() string {
		if *n < least || *n > most {
			return fmt.Sprintf("must be %d to %d", least, most)
		}
		return ""
	}
}

// span asks for a duration between two, which are written as people write them.
func span(d *time.Duration, least, most string) func() string {
	return func() string {
		low, _ := time.ParseDuration(least)
		high, _ := time.ParseDuration(most)
		if *d < low || *d > high {
			return "must be " + least + " to " + most
		}
		return ""
	}
}

func zone(s *string) func() string {
	return func() string {
		// Local would be another zone after a reinstall, and with it another day.
		if _, err := time.LoadLocation(*s); err != nil || *s == "" || *s == "Local" {
			return "is not a time zone of the IANA database"
		}
		return ""
	}
}

func optional(s *string, check func() string) func() string {
	return func() string {
		if *s == "" {
			return ""
		}
		return check()
	}
}

func hostPort(s *string) func() string {
	return func() string {
		host, port, err := net.SplitHostPort(*s)
		n, bad := strconv.Atoi(port)
		if err != nil || bad != nil || host == "" || n < 0 || n > 65535 || strings.ContainsFunc(host, unicode.IsSpace) {
			return "must be host:port"
		}
		return ""
	}
}

// loopbackAddress keeps the API on this machine. Whoever reaches it can move
// money, and it speaks plain HTTP.
func loopbackAddress(s *string) func() string {
	return func() string {
		if problem := hostPort(s)(); problem != "" {
			return problem
		}
		host, _, _ := net.SplitHostPort(*s)
		if !loopback(host) {
			return "must be a loopback address, since the API is not encrypted and moves money"
		}
		return ""
	}
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// address asks for an absolute URL.
func address(s *string) func() string {
	return func() string {
		u, err := url.Parse(*s)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return "must be a URL that begins with https://"
		}
		return ""
	}
}

// endpoint asks for TLS, save on this machine.
func endpoint(s *string) func() string {
	return func() string {
		u, err := url.Parse(*s)
		switch {
		case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
			return "must be a URL that begins with https://"
		case u.User != nil || u.RawQuery != "" || u.Fragment != "":
			return "must be a plain URL, with no user, question mark or # in it"
		case u.Scheme == "http" && !loopback(u.Hostname()):
			return "must begin with https://, since payments never travel in the clear"
		}
		return ""
	}
}

// loopbackEndpoint tells whether a channel is simulated on this machine.
func loopbackEndpoint(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && loopback(u.Hostname())
}

func (c *Code) checkPrefixes() string {
	if len(c.Prefixes) == 0 {
		return "must not be empty"
	}
	for _, p := range c.Prefixes {
		if len(p) == 0 || len(p) > 16 || !bare(strings.NewReplacer("+", "", "/", "").Replace(p)) {
			return "must be texts of 1 to 16 digits, as codes begin"
		}
	}
	return ""
}

func (c *Code) checkLengths() string {
	from, to, ranged := strings.Cut(c.Lengths, "-")
	if !ranged {
		to = from
	}
	shortest, err1 := strconv.Atoi(from)
	longest, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || shortest < 8 || shortest > longest || longest > 256 {
		return "must be a length, or two with a hyphen, of 8 to 256"
	}
	c.shortest, c.longest = shortest, longest
	return ""
}

// templateLines asks for lines that a slip can hold, with fields that exist.
func templateLines(lines *[]string) func() string {
	return func() string {
		if len(*lines) > 20 {
			return "must be 20 lines at most"
		}
		for i, line := range *lines {
			at := ""
			if len(*lines) > 1 {
				at = fmt.Sprintf("(line %d) ", i+1)
			}
			if problem := length(&line, 0, 200)(); problem != "" {
				return at + problem
			}
			if err := printer.Check(line); err != nil {
				return at + err.Error()
			}
		}
		return ""
	}
}

// parts asks for what can be left out.
func parts(names *[]string) func() string {
	return func() string {
		for _, n := range *names {
			if problem := oneOf(&n, printer.Parts()...)(); problem != "" {
				return "has " + quoted(n) + ", and each " + problem
			}
		}
		return ""
	}
}

// Rights are what a [[token]] may be allowed.
func Rights() []string {
	return []string{"read", "sale", "cancel", "refund", "capture", "reprint", "day", "attention", "drawer"}
}

// checkName keeps apart in the journal who did what.
func (t *Access) checkName() string {
	if slices.Contains([]string{"pos", "cashier", "manager", "technician"}, t.Name) {
		return "is what the journal calls others"
	}
	return slug(&t.Name)()
}

func (t *Access) checkRights() string {
	for _, r := range t.Rights {
		if problem := oneOf(&r, Rights()...)(); problem != "" {
			return problem
		}
	}
	return ""
}
