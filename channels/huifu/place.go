package huifu

import (
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"

	"tillpay/channels/wire"
)

// place is where a payment is made: risk_check_data wants an address or a
// position (§4).
type place struct{ ip, latitude, longitude string }

// position is §4's form, with signs. Only a till with such a channel compiles it.
var position = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([+-]\d{1,2}(?:\.\d{1,6})?)/([+-]\d{1,3}(?:\.\d{1,5})?)$`)
})

// place is of the settings; an address that they do not give is the one by
// which this machine reaches others.
func (c *Channel) place() (place, error) {
	p := place{ip: c.cfg.IPAddr}
	if m := position().FindStringSubmatch(c.cfg.Location); m != nil {
		p.latitude, p.longitude = m[1], m[2]
	}
	if p.ip == "" {
		p.ip = c.outward()
	}
	if p.ip == "" && p.latitude == "" {
		return p, errors.New("risk_check_data: this machine has no address: set ip_addr or location")
	}
	return p, nil
}

// risk is risk_check_data: one of its groups is enough.
func (p place) risk() string {
	if p.ip != "" {
		return string(wire.Encode(struct {
			IP string `json:"ip_addr"`
		}{p.ip}))
	}
	return string(wire.Encode(struct {
		Latitude  string `json:"latitude"`
		Longitude string `json:"longitude"`
	}{p.latitude, p.longitude}))
}

// terminal is terminal_device_info (§4).
func (c *Channel) terminal(p place, code string) string {
	return string(wire.Encode(struct {
		Kind       string `json:"mer_device_type,omitempty"`
		ID         string `json:"devs_id,omitempty"`
		DeviceType string `json:"device_type"`
		IP         string `json:"device_ip,omitempty"`
		Location   string `json:"location,omitempty"`
		Random     string `json:"encrypt_rand_num,omitempty"`
		Serial     string `json:"serial_num,omitempty"`
	}{c.cfg.MerDeviceType, c.cfg.DevsID, "4", p.ip, c.cfg.Location, randomFactor(code), c.cfg.SerialNum}))
}

// randomFactor is the last six digits of a code of 19 digits: a piece of the
// payment code, and as secret (§4).
func randomFactor(code string) string {
	if len(code) != 19 || strings.ContainsFunc(code, notDigit) {
		return ""
	}
	return code[13:]
}

// outward is this machine's first IPv4 address that others may use; asking the
// kernel sends nothing.
func outward() string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	for _, a := range list {
		prefix, err := netip.ParsePrefix(a.String())
		if ip := prefix.Addr(); err == nil && ip.Is4() && ip.IsGlobalUnicast() {
			return ip.String()
		}
	}
	return ""
}
