package httpapi

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// onPort is a porch on a real port, behind TLS or not.
func onPort(t *testing.T, secure bool) (p *porch, addr string, client *http.Client, stop func()) {
	t.Helper()
	p = newPorch()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var cfg *tls.Config
	client = &http.Client{Transport: &http.Transport{}}
	if secure {
		lend := httptest.NewUnstartedServer(nil) // for its certificate
		lend.StartTLS()
		cfg = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: lend.TLS.Certificates}
		roots := x509.NewCertPool()
		roots.AddCert(lend.Certificate())
		lend.Close()
		client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}, ForceAttemptHTTP2: true}
	}
	stop = background(t, func(ctx context.Context) error { return ServeCallbacks(ctx, ln, cfg, p.Callbacks) })
	t.Cleanup(func() { client.CloseIdleConnections(); stop() })
	return p, ln.Addr().String(), client, stop
}

func post(t *testing.T, client *http.Client, url, body string) (int, string) {
	t.Helper()
	r, err := client.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestCallbackOverTLS(t *testing.T) {
	p, addr, client, stop := onPort(t, true)
	for range 3 {
		if status, body := post(t, client, "https://"+addr+"/v1/notify/huifu", "good"); status != 200 || body != "RECV_0001" {
			t.Error(status, body)
		}
	}
	if len(p.hints) != 3 {
		t.Error(p.hints)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /v1/notify/huifu HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ngood"); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, "400") || len(p.hints) != 3 {
		t.Errorf("without TLS: %q, %v", line, p.hints)
	}
	stop() // with a connection open, and in time
}

// Who opens connections and says nothing keeps no platform out.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	for _, secure := range []bool{true, false} {
		_, addr, client, _ := onPort(t, secure)
		url := "http://" + addr
		if secure {
			url = "https://" + addr
		}
		promptly(t, headerTime, func() time.Duration {
			client.CloseIdleConnections()
			for range callbackConnections + 10 {
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
			}
			begun := time.Now()
			if status, _ := post(t, client, url+"/v1/notify/huifu", "good"); status != 200 {
				t.Error(secure, status)
			}
			return time.Since(begun)
		})
	}
}

// A body that does not come is not waited for, and is told.
func TestHalfACallback(t *testing.T) {
	t.Parallel()
	p, addr, _, _ := onPort(t, false)
	for end, want := range map[string]int{"stop": 408, "close": 400} {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST /v1/notify/huifu HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\ngood"); err != nil {
			t.Fatal(err)
		}
		if end == "close" {
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		}
		if got := statusLine(t, conn); got != want {
			t.Errorf("%s: %d", end, got)
		}
	}
	if len(p.hints) != 0 || p.platform.seen != 0 {
		t.Error("half a callback was taken")
	}
	for _, line := range []string{"the body came too slowly", "the body broke off"} {
		if !strings.Contains(p.log.String(), line) {
			t.Errorf("no line says %q:\n%s", line, p.log)
		}
	}
}
