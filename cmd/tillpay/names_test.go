package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"tillpay/agent"
	"tillpay/channels/sandbox"
)

// askForNames makes a process ask one server for names, where an address is given.
func askForNames(server string) {
	if server == "" {
		return
	}
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server)
	}}
}

// Response codes of RFC 1035, 4.1.1.
const (
	found    = 0
	notFound = 3
	silent   = -1 // none: the server is not there
)

// nameServer answers each question with this machine, or as it is told to.
type nameServer struct {
	conn net.PacketConn
	says atomic.Int32
}

func openNames(t *testing.T) *nameServer {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	n := &nameServer{conn: conn}
	go n.serve()
	return n
}

func (n *nameServer) serve() {
	buf := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if says := n.says.Load(); says != silent {
			_, _ = n.conn.WriteTo(reply(buf[:size], uint16(says)), from)
		}
	}
}

// reply is an answer to a DNS question (RFC 1035, section 4): an A record if it was asked for one.
func reply(asked []byte, code uint16) []byte {
	end := 12
	for asked[end] != 0 {
		end += 1 + int(asked[end])
	}
	end += 1 + 4 // the root, type and class
	b := append([]byte(nil), asked[:end]...)
	binary.BigEndian.PutUint16(b[2:], 0x8180|code) // an answer, recursion asked for and given
	copy(b[4:], []byte{0, 1, 0, 0, 0, 0, 0, 0})
	if binary.BigEndian.Uint16(asked[end-4:]) == 1 && code == found {
		b[7] = 1
		b = append(b, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1) // kept for 0 s
	}
	return b
}

// named is a relay under the certificate of a name, which leads to the platform.
func named(t *testing.T, c *counter, name, honest string) *road {
	t.Helper()
	own := platformCA(t, c.dir).issue(func(l *x509.Certificate) { l.IPAddresses, l.DNSNames = nil, []string{name} })
	r := openRoad(t, honest)
	r.leadTo(func(near net.Conn) {
		far, err := tls.Dial("tcp", honest, &tls.Config{InsecureSkipVerify: true}) // the platform on this machine
		if err != nil {
			return
		}
		defer far.Close()
		s := tls.Server(near, own)
		go func() { _, _ = io.Copy(s, far); near.Close() }()
		_, _ = io.Copy(far, s)
	})
	return r
}

// Names are not found any more, or nobody answers the question. What is connected
// goes on; when that ends too the till shows that it is offline and refuses a code,
// and it takes the order back that was under way once there are names again.
func TestNamesAreGone(t *testing.T) {
	t.Parallel()
	const name = "platform.test"
	for what, says := range map[string]int32{"not found": notFound, "no answer": silent} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c, names := openCounter(t), openNames(t)
			c.env = append(c.env, "TILLPAY_TEST_NAMES="+names.conn.LocalAddr().String())
			var r *road
			c.reconfigure(func(text string) string {
				at := endpoint.FindStringSubmatch(text)[1]
				r = named(t, c, name, at)
				_, port, _ := net.SplitHostPort(r.ln.Addr().String())
				return strings.NewReplacer(at, net.JoinHostPort(name, port), `min_revoke_age = "1s"`, `min_revoke_age = "15s"`, `deadline = "5s"`, `deadline = "15s"`).Replace(text)
			})
			under := c.pay("r-under-way", "03") // asks for a PIN, which nobody types
			c.await("the platform to ask for the PIN", func() bool { return c.sale(under).Action == "ask_customer" })
			names.says.Store(says)
			r.leadTo(r.far) // what is on it ends
			c.await("the till to show that it is offline", func() bool { return c.network() == "offline" })
			next := c.open("r-next")
			if said := c.refused("/v1/sales/"+next+"/scan", map[string]string{"code": "134650720866361300"}); !strings.Contains(said, "offline") {
				t.Errorf("a code was scanned all the same: %q", said)
			}
			names.says.Store(found)
			c.await("the till to be online again", func() bool { return c.network() == "online" })
			c.call(http.MethodPost, "/v1/sales/"+next+"/cancel", map[string]any{}, &agent.Sale{})
			number := c.becomes(under, "open", "revoked").Payments[0].OutTradeNo
			if o, _ := c.books().Order(number); o.Charged != 0 || count(c.books().Of(number), sandbox.Pay) != 1 {
				t.Errorf("the platform's books: %+v", o)
			}
		})
	}
}
