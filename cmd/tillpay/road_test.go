package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/channels/sandbox"
)

// onRoad is a checkout whose way to the platform the test holds.
func onRoad(t *testing.T) (*counter, *road) {
	t.Helper()
	c := openCounter(t)
	var r *road
	c.reconfigure(func(text string) string {
		at := endpoint.FindStringSubmatch(text)[1]
		r = openRoad(t, at)
		return strings.Replace(text, at, r.ln.Addr().String(), 1)
	})
	return c, r
}

// refused makes a call that should be refused, and answers with which words.
func (c *counter) refused(path string, body any) string {
	c.t.Helper()
	client, err := clientFlags{config: &c.config}.open()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := client.call(context.Background(), http.MethodPost, path, body, &agent.Sale{}); err != nil {
		return err.Error()
	}
	return ""
}

// network is what the till shows of the network.
func (c *counter) network() string {
	c.t.Helper()
	var s agent.Status
	c.call(http.MethodGet, "/v1/status", nil, &s)
	return string(s.Network)
}

// Whatever answers in the platform's place, and whenever it does: no request leaves
// to it, the till shows that it is offline and asks for no code, a code that is
// scanned all the same is refused with nothing on the wire, and the order that was
// under way is followed and taken back once the platform is there again.
func TestWhoAnswersInThePlatformsPlace(t *testing.T) {
	t.Parallel()
	redirect := "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n"
	page := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>Welcome</html>"
	for _, c := range []struct {
		name string
		peer func(*testing.T, *counter) func(*road) func(net.Conn)
	}{
		{"reset", plain(refuse)},
		{"black hole", plain(hole)},
		{"slow drip", plain(drip)},
		{"captive portal, 302", plain(portal(redirect))},
		{"captive portal, 200", plain(portal(page))},
		{"interception by another authority", func(t *testing.T, c *counter) func(*road) func(net.Conn) { return impostor(otherCA(t).issue(nil)) }},
		{"expired certificate", wrongPaper(func(l *x509.Certificate) { l.NotAfter = time.Now().Add(-time.Minute) })},
		{"certificate of another name", wrongPaper(func(l *x509.Certificate) { l.IPAddresses = []net.IP{net.IPv4(192, 0, 2, 1)} })},
		{"TLS 1.1", func(t *testing.T, c *counter) func(*road) func(net.Conn) {
			cfg := platformCA(t, c.dir).issue(nil)
			cfg.MaxVersion = tls.VersionTLS11
			return impostor(cfg)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k, road := onRoad(t)
			throughABadRoad(t, k, road, c.peer(t, k)(road))
		})
	}
}

func plain(peer func(*road) func(net.Conn)) func(*testing.T, *counter) func(*road) func(net.Conn) {
	return func(*testing.T, *counter) func(*road) func(net.Conn) { return peer }
}

// wrongPaper is the platform's own authority, and a certificate that is not right.
func wrongPaper(change func(*x509.Certificate)) func(*testing.T, *counter) func(*road) func(net.Conn) {
	return func(t *testing.T, c *counter) func(*road) func(net.Conn) {
		return impostor(platformCA(t, c.dir).issue(change))
	}
}

func throughABadRoad(t *testing.T, c *counter, r *road, peer func(net.Conn)) {
	under := c.pay("r-under-way", "03") // asks for a PIN, which nobody types
	c.await("the platform to ask for the PIN", func() bool { return c.sale(under).Action == "ask_customer" })
	before := len(c.books().Requests)
	r.leadTo(peer)
	c.await("the till to show that it is offline", func() bool { return c.network() == "offline" })
	next := c.open("r-next")
	if s := c.sale(next); s.Armed || s.Action == "scan" {
		t.Errorf("a code is asked for: armed %v, %s", s.Armed, s.Action)
	}
	if said := c.refused("/v1/sales/"+next+"/scan", map[string]string{"code": "134650720866361300"}); !strings.Contains(said, "offline") {
		t.Errorf("a code was scanned all the same: %q", said)
	}
	if s := c.sale(under); len(s.Payments) != 1 || s.Payments[0].State != "paying" && s.Payments[0].State != "revoking" {
		t.Errorf("the order that was under way: %+v", s.Payments)
	}
	if now := len(c.books().Requests); now > before+2 { // what was on the road as it was cut
		t.Errorf("%d requests reached the platform", now-before)
	}
	if heard := r.overheard(); bytes.Contains(heard, []byte("POST ")) || bytes.Contains(heard, []byte("GET ")) || bytes.Contains(heard, []byte("out_trade_no")) {
		t.Errorf("a stranger was told: %q", heard)
	}
	r.leadTo(nil)
	c.await("the till to be online again", func() bool { return c.network() == "online" })
	s := c.becomes(under, "open", "revoked")
	number := s.Payments[0].OutTradeNo
	if o, _ := c.books().Order(number); o.Charged != 0 || count(c.books().Of(number), sandbox.Pay) != 1 {
		t.Errorf("the platform's books: %+v", o)
	}
	c.becomes(next, "open", "")
	if !strings.Contains(c.agent.said(), "is=offline") {
		t.Error("the log does not say offline")
	}
}

func count(requests []sandbox.Request, call sandbox.Call) (n int) {
	for _, r := range requests {
		if r.Call == call {
			n++
		}
	}
	return n
}
