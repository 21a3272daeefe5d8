package httpapi

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// Clients who connect and say nothing, one byte, half a head, or a head whose body
// never comes keep nobody out: two thousand of them, who know no token.
func TestSilentClientsKeepNobodyOut(t *testing.T) {
	d := openDesk(t, setup{})
	says := []string{
		"", "G", "GET /v1/status HTTP/1.1\r\nHost: ",
		"POST /v1/sales HTTP/1.1\r\nHost: " + d.Addr + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
	}
	for i := range 2000 {
		conn, err := net.Dial("tcp", d.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, says[i%len(says)])
	}
	for i := range 20 {
		d.sale(fmt.Sprint("r", i))
	}
}

// Whoever has had answers is the last to leave, and who is being served stays.
func TestWhoLeavesTheRoom(t *testing.T) {
	m := newRoom(nil, 3)
	now := time.Now()
	busy := &guest{room: m, busy: true, since: now}
	old := &guest{room: m, served: true, since: now.Add(-time.Hour)}
	silent := &guest{room: m, since: now}
	for _, g := range []*guest{busy, old, silent} {
		if out, ok := m.admit(g); out != nil || !ok {
			t.Fatal("there was room")
		}
	}
	next := &guest{room: m, since: now}
	if out, _ := m.admit(next); out != silent {
		t.Error("not the silent one")
	}
	next.busy = true
	if out, _ := m.admit(&guest{room: m, busy: true}); out != old {
		t.Error("not the idle one")
	}
	if out, ok := m.admit(&guest{room: m}); out != nil || ok {
		t.Error("all are busy")
	}
}

func TestLongHeaderIsRefused(t *testing.T) {
	d := openDesk(t, setup{})
	for _, c := range []struct{ length, status int }{{6 << 10, 200}, {9 << 10, 431}} {
		request := fmt.Sprintf("GET /healthz HTTP/1.1\r\nHost: %s\r\nX: %0*d\r\n\r\n", d.Addr, c.length, 0)
		if got := d.raw(t, request); got != c.status {
			t.Errorf("%d bytes: %d", c.length, got)
		}
	}
}

// A connection that is kept serves call after call, however long one took.
func TestKeptConnection(t *testing.T) {
	t.Parallel()
	d := openDesk(t, setup{})
	path := d.sale("r1")
	conn, err := net.Dial("tcp", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, target := range []string{path, path + "?wait=1s", path + "/journal", path + "?wait=1s", path} {
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", target, d.Addr, goodToken)
		resp, err := http.ReadResponse(in, nil)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(target, err)
		}
		if _, err := in.Discard(int(resp.ContentLength)); err != nil {
			t.Fatal(err)
		}
	}
}
