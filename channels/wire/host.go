package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// host is one address of the platform.
type host struct {
	name string // as in the Host header
	dns  string // for TLS
	port string
}

func (h host) addr() string { return net.JoinHostPort(h.dns, h.port) }

func parseHost(endpoint string) (host, error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return host{}, errors.New("endpoint: not a URL")
	case u.Scheme != "https":
		return host{}, fmt.Errorf("endpoint: %q is not https", u.Scheme)
	case u.Hostname() == "":
		return host{}, errors.New("endpoint: has no host")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/"):
		return host{}, errors.New("endpoint: is more than scheme and host")
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return host{name: u.Host, dns: u.Hostname(), port: port}, nil
}

// Local tells whether an endpoint is on this machine, as a sandbox's.
func Local(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && Loopback(u.Hostname())
}

// Loopback tells whether a host name or address is this machine's own.
func Loopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.Unmap().IsLoopback()
}

// order is the hosts to try: the one that worked last, for a while, then the
// others as configured.
func (c *Client) order() []int {
	c.mu.Lock()
	first := c.preferred
	if first != 0 && !c.now().Before(c.preferTill) {
		c.preferred, first = 0, 0
	}
	c.mu.Unlock()
	order := make([]int, 1, len(c.hosts))
	order[0] = first
	for i := range c.hosts {
		if i != first {
			order = append(order, i)
		}
	}
	return order
}

// prefer remembers the host that worked. A backup keeps the first place for
// preferFor from when it took it, so that the nearest host gets its turn again.
func (c *Client) prefer(i int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.preferred != i {
		c.preferred, c.preferTill = i, c.now().Add(preferFor)
	}
}
