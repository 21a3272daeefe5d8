//go:build vm && linux

package vm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// counter is a checkout: a machine with tillpay installed as a technician would,
// and around it, outside, the platforms and a printer on the network. It asks
// the platforms' own books and reads the paper, never the agent alone.
type counter struct {
	*testing.T
	m       *Machine
	control string // of the sandbox
	port    string // of the platforms, on both sides' loopback
	codes   int
	torn    int // pieces of codes that an emulated scanner tore
	token   string
	text    *os.File // the run's transcript

	mu    sync.Mutex
	paper bytes.Buffer // of the network printer
}

// agent is the binary that is tested: what make build made.
func agent(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", "tillpay"))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("%v: make build first", err)
	}
	return path
}

// openCounter installs the agent with more added to its configuration; printer
// is the text of its [printer].
func openCounter(t *testing.T, printer, more string) *counter {
	t.Helper()
	c := &counter{T: t, text: keep(t)}
	box := t.TempDir()
	platform := c.platforms(box)
	_, c.port, _ = net.SplitHostPort(platform)
	c.m = start(t, map[string]string{"10.0.2.100:9100": c.printer(), "10.0.2.101:443": platform})
	c.network()
	c.install(box, printer, more)
	return c
}

// platforms starts the sandbox, whose folder is also a till's configuration.
func (c *counter) platforms(dir string) (address string) {
	c.Helper()
	box := exec.Command(agent(c.T), "sandbox", "-dir", dir, "-listen", "127.0.0.1:0", "-control", "127.0.0.1:0", "-min-revoke-age", "1s")
	box.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it must not outlive a test that was cut short
	out, err := box.StdoutPipe()
	if err == nil {
		err = box.Start()
	}
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = box.Process.Kill(); _ = box.Wait() })
	said := regexp.MustCompile(`answer on https://(\S+), the control API on (\S+)`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := said.FindStringSubmatch(lines.Text()); m != nil {
			c.control = m[2]
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return m[1]
		}
	}
	c.Fatal("the sandbox does not start")
	return ""
}

// printer is a network printer that answers for its status: nothing is wrong.
func (c *counter) printer() (address string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go c.print(conn)
		}
	}()
	return ln.Addr().String()
}

func (c *counter) print(conn net.Conn) {
	defer conn.Close()
	buf := make([]byte, 8192)
	for {
		n, err := conn.Read(buf)
		c.mu.Lock()
		c.paper.Write(buf[:n])
		c.mu.Unlock()
		for i := 0; i+2 < n; i++ {
			switch {
			case buf[i] == 0x10 && buf[i+1] == 0x04:
				_, _ = conn.Write([]byte{0x12})
			case buf[i] == 0x1d && buf[i+1] == 'r':
				_, _ = conn.Write([]byte{0})
			}
		}
		if err != nil {
			return
		}
	}
}

func (c *counter) printed() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paper.String()
}

// network leads the platforms' port in the guest to the platforms: on loopback
// in both places, so that the till may use deadlines fit for a test.
func (c *counter) network() {
	c.Helper()
	c.run("systemd-run -q --unit=platforms guest listen 127.0.0.1:" + c.port + " 10.0.2.101:443")
}

// install does what a package will do: a user, the program, the service, the
// rules for devices, and the configuration that the technician wrote.
func (c *counter) install(box, printer, more string) {
	c.Helper()
	text, err := os.ReadFile(filepath.Join(box, "tillpay.toml"))
	if err != nil {
		c.Fatal(err)
	}
	config := regexp.MustCompile(`(?s)\[printer\].*?\n\n`).ReplaceAllString(string(text), "[printer]\n"+printer+"\n\n")
	config = strings.NewReplacer(`dir = "data"`, `dir = "/var/lib/tillpay"`, `token_file = "pos.token"`, `token_file = "/var/lib/tillpay/pos.token"`,
		`min_revoke_age = "15s"`, `min_revoke_age = "1s"`).Replace(config) + more
	c.put(agent(c.T), "/usr/bin/tillpay")
	c.put(filepath.Join("..", "systemd", "tillpay.service"), "/etc/systemd/system/tillpay.service")
	if rules, err := filepath.Glob(filepath.Join("..", "udev", "*.rules")); err == nil {
		for _, r := range rules {
			c.put(r, "/etc/udev/rules.d/"+filepath.Base(r))
		}
	}
	keys, err := filepath.Glob(filepath.Join(box, "keys", "*"))
	if err != nil {
		c.Fatal(err)
	}
	for _, k := range keys {
		c.put(k, "/etc/tillpay/keys/"+filepath.Base(k))
	}
	if err := c.m.Put(c.Context(), "/etc/tillpay/tillpay.toml", []byte(config), 0o640); err != nil {
		c.Fatal(err)
	}
	c.run(`adduser --system --group --home /var/lib/tillpay --no-create-home tillpay >/dev/null
chown -R root:tillpay /etc/tillpay; chmod 0750 /etc/tillpay /etc/tillpay/keys; chown tillpay /etc/tillpay/keys/*
udevadm control --reload; udevadm trigger --subsystem-match=usb --subsystem-match=usbmisc --subsystem-match=tty --subsystem-match=hidraw --subsystem-match=input; udevadm settle -t 60 || true
systemctl daemon-reload
sync # as dpkg and rpm do: a pulled plug must not find half a program
systemctl enable -q --now tillpay`)
	c.ready()
}

// ready waits for the agent, and opens a door to it: a program that is started in the
// emulated machine for each question would take longer than the answer.
func (c *counter) ready() {
	c.Helper()
	c.run("systemctl is-active -q door || systemd-run -q --unit=door guest listen :7071 127.0.0.1:7313")
	c.await("the agent", func() bool {
		status, _, err := c.ask(http.MethodGet, "/healthz", nil)
		return err == nil && status == http.StatusOK
	})
	token, err := c.m.Get(c.Context(), "/var/lib/tillpay/pos.token")
	if err != nil {
		c.Fatal(err)
	}
	c.token = strings.TrimSpace(string(token))
}

func (c *counter) put(local, remote string) {
	c.Helper()
	if err := c.m.PutFile(c.Context(), local, remote); err != nil {
		c.Fatal(err)
	}
}

// run runs a script in the guest that must succeed.
func (c *counter) run(script string) string {
	c.Helper()
	out, err := c.m.Run(c.Context(), 2*time.Minute, script)
	if err != nil {
		c.Fatalf("%v\n%s", err, c.log())
	}
	return out
}

// log is the service's, for a failed test.
func (c *counter) log() string {
	out, _ := c.m.Run(c.Context(), guestTime, "journalctl -u tillpay --no-pager -o cat | tail -60")
	return out
}

// await waits for what the guest does; its bound is generous, since emulation is slow.
func (c *counter) await(what string, done func() bool) {
	c.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if done() {
			return
		}
	}
	c.Fatalf("waited for %s in vain; the agent said:\n%s", what, c.log())
}

// call asks the agent's API as the POS does.
func (c *counter) call(method, path string, body any, into any) {
	c.Helper()
	var data []byte
	var err error
	if body != nil {
		if data, err = json.Marshal(body); err != nil {
			c.Fatal(err)
		}
	}
	status, answer, err := c.ask(method, path, data)
	if err == nil && status >= 300 {
		err = fmt.Errorf("status %d", status)
	}
	if err == nil {
		err = json.Unmarshal(answer, into)
	}
	if err != nil {
		c.Fatalf("%s %s: %v: %s\n%s", method, path, err, answer, c.log())
	}
}

// ask is one exchange with the agent.
func (c *counter) ask(method, path string, body []byte) (status int, answer []byte, err error) {
	ctx, stop := context.WithTimeout(c.Context(), guestTime)
	defer stop()
	q, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("http://127.0.0.1:%d%s", c.m.door, path), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	q.Host = "127.0.0.1:7313" // what the agent is called where it is
	q.Close = true            // a pulled plug leaves no connection behind
	q.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	answer, err = io.ReadAll(a.Body)
	return a.StatusCode, answer, err
}

// sale is what the API says of one.
type sale struct {
	ID, Reference, State, Receipt string
	Armed                         bool
	Payments                      []struct {
		OutTradeNo string `json:"out_trade_no"`
		State      string
	}
}

func (c *counter) sale(id string) (s sale) {
	c.Helper()
	c.call(http.MethodGet, "/v1/sales/"+id, nil, &s)
	return s
}

// open makes a sale and waits until the scanner is armed for it, and the platform
// answers: an emulated network may be too slow for the till to call it one.
func (c *counter) open(reference string) (s sale) {
	c.Helper()
	c.call(http.MethodPost, "/v1/sales", map[string]any{"reference": reference, "amount": 8800, "currency": "HKD", "description": "凍檸茶"}, &s)
	c.await("the sale to be armed, online", func() bool {
		var status struct{ Network string }
		c.call(http.MethodGet, "/v1/status", nil, &status)
		return status.Network == "online" && c.sale(s.ID).Armed
	})
	return s
}

// becomes waits for a sale's state and its last payment's.
func (c *counter) becomes(id, state, payment string) (s sale) {
	c.Helper()
	c.await(id+" to be "+state+", its payment "+payment, func() bool {
		s = c.sale(id)
		return s.State == state && len(s.Payments) > 0 && s.Payments[len(s.Payments)-1].State == payment
	})
	return s
}

// code is a customer's; its last two digits choose what happens.
func (c *counter) code(digits string) string {
	c.codes++
	return fmt.Sprintf("13465072086%05d%s", c.codes, digits)
}

// asked opens a sale, scans a customer's code and waits until the customer is asked
// for a PIN, who takes the time until entersPIN.
func (c *counter) asked(reference, gun, suffix string) (s sale) {
	c.Helper()
	var shown struct{ Code string }
	c.sandbox("/v1/phone/codes", `{"digits":"01"}`, &shown)
	s = c.open(reference)
	c.scan(gun, shown.Code+suffix)
	return c.becomes(s.ID, "paying", "paying")
}

func (c *counter) entersPIN() { c.Helper(); c.sandbox("/v1/phone/confirm", `{"pin":"123456"}`, nil) }

// sandbox asks the platforms' control API.
func (c *counter) sandbox(path, body string, into any) {
	c.Helper()
	r, err := http.Post(c.control+path, "application/json", strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err == nil && into != nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil || r.StatusCode >= 300 {
		c.Fatalf("%s: %v %d %s", path, err, r.StatusCode, b)
	}
}

// charged is what the customers of a sale's payments are out of pocket, by the
// platform's books, and how often it was asked to charge them.
func (c *counter) charged(s sale) (amount int64, pays int) {
	c.Helper()
	r, err := http.Get(c.control + "/v1/books")
	if err != nil {
		c.Fatal(err)
	}
	defer r.Body.Close()
	var books struct {
		Orders []struct {
			OutTradeNo string `json:"out_trade_no"`
			Charged    int64
		}
		Requests []struct {
			OutTradeNo string `json:"out_trade_no"`
			Call       string
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&books); err != nil {
		c.Fatal(err)
	}
	for _, p := range s.Payments {
		for _, o := range books.Orders {
			if o.OutTradeNo == p.OutTradeNo {
				amount += o.Charged
			}
		}
		for _, q := range books.Requests {
			if q.OutTradeNo == p.OutTradeNo && q.Call == "pay" {
				pays++
			}
		}
	}
	return amount, pays
}
