package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tillpay/agent"
	"tillpay/channels/sandbox"

	"github.com/creack/pty"
)

// TestMain lets the test binary be tillpay itself, so that tests run, stop and
// kill real processes.
func TestMain(m *testing.M) {
	if os.Getenv("TILLPAY_TEST_PROCESS") == "1" {
		failingDisk(os.Getenv("TILLPAY_TEST_DISK"))
		askForNames(os.Getenv("TILLPAY_TEST_NAMES"))
		main()
	}
	flag.Set("test.parallel", "6") // they wait for processes more than they work; -parallel on the command line wins
	os.Exit(m.Run())
}

// tillpay prepares a process of the program.
func tillpay(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	if windows != "" && args[0] != "sandbox" {
		c = exec.Command("wine", append([]string{windows}, args...)...)
	}
	c.Env = append(os.Environ(), "TILLPAY_TEST_PROCESS=1", "TILLPAY_CONFIG=")
	return c
}

// windows is the program as it is built for Windows; where it is named, it is the
// till in wine's hands, and only the platform is a process of this system. Wine 8
// never ends a read of a serial port that has a time-out: codes come from the POS.
var windows = os.Getenv("TILLPAY_TEST_WINDOWS")

// process is one that runs until the test ends or kills it.
type process struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	log strings.Builder
}

func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// start runs a command and waits until it says something that matches; the
// match's first group is the answer.
func start(t *testing.T, says string, args ...string) (*process, string) {
	t.Helper()
	return startIn(t, nil, says, args...)
}

// startIn is start with more in its environment: what of its world may fail.
func startIn(t *testing.T, env []string, says string, args ...string) (*process, string) {
	t.Helper()
	p := &process{cmd: tillpay(t, args...)}
	p.cmd.Env = append(p.cmd.Env, env...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	lines := bufio.NewScanner(io.TeeReader(out, p))
	for lines.Scan() {
		if m := regexp.MustCompile(says).FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(p, out) }()
			return p, m[len(m)-1]
		}
	}
	t.Fatalf("tillpay %v ended: %s", args, p.said())
	return nil, ""
}

// kill is the plug: no signal that a program could handle.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// counter is a whole checkout: the platform and the agent as processes, a
// pseudo-terminal as the scanner, a TCP listener as the printer.
type counter struct {
	t       *testing.T
	dir     string
	data    string // empty: the configuration's own
	env     []string
	config  string
	control string
	gun     *os.File
	agent   *process
	opened  string // the sale that was opened last
	box     *process

	mu    sync.Mutex
	paper strings.Builder
}

func openCounter(t *testing.T) *counter {
	t.Helper()
	return openCounterOn(t, "")
}

// openCounterOn is openCounter with a data folder of the test's, whose disk may fail.
func openCounterOn(t *testing.T, data string) *counter {
	t.Helper()
	c := &counter{t: t, dir: t.TempDir(), data: data, env: []string{"TILLPAY_TEST_DISK=" + data}}
	var err error
	var tty *os.File
	if c.gun, tty, err = pty.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.gun.Close(); tty.Close() })
	c.box, c.control = start(t, `control API on (\S+)`, "sandbox", "-dir", c.dir, "-listen", "127.0.0.1:0", "-control", "127.0.0.1:0", "-min-revoke-age", "1s")
	c.config = filepath.Join(c.dir, "tillpay.toml")
	b, err := os.ReadFile(c.config)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		`"127.0.0.1:7313"`, `"`+port()+`"`,
		`driver = "file"`, `driver = "network"`,
		`path = "receipts.bin"`, `address = "`+c.printer()+`"`,
		`min_revoke_age = "15s"`, `min_revoke_age = "1s"`,
	).Replace(string(b)) + "\n[payment]\ndeadline = \"5s\"\n"
	if windows == "" {
		text += "\n[[scanner]]\ndriver = \"serial\"\nport = \"" + tty.Name() + "\"\n"
	}
	if data != "" {
		text = regexp.MustCompile(`(?m)^dir = .*$`).ReplaceAllLiteralString(text, `dir = "`+data+`"`)
	}
	if err := os.WriteFile(c.config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	c.run()
	return c
}

// run starts the agent and waits for its scanner.
func (c *counter) run() {
	c.t.Helper()
	c.agent, _ = startIn(c.t, c.env, `is ready`, "run", "-config", c.config)
	if windows == "" {
		c.await("the scanner", func() bool { return strings.Contains(c.agent.said(), "status=ready") })
	}
}

// reconfigure starts the agent anew with another configuration.
func (c *counter) reconfigure(change func(text string) string) {
	c.t.Helper()
	c.agent.kill()
	text, err := os.ReadFile(c.config)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(c.config, []byte(change(string(text))), 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.run()
}

// ports are given out in order, from below those that systems give to whoever asks
// for any: between two starts of a till nobody else comes by its own.
var ports atomic.Int64

// port is an address of this machine's for one till.
func port() string {
	for {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+(int64(os.Getpid())*100+ports.Add(1))%12000)
		if ln, err := net.Listen("tcp", addr); err == nil {
			ln.Close()
			return addr
		}
	}
}

// endpoint is where the platform of a configuration is.
var endpoint = regexp.MustCompile(`endpoint = "https://([^"]+)"`)

// printer keeps what arrives on a port, as paper would.
func (c *counter) printer() string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			b, _ := io.ReadAll(conn)
			conn.Close()
			c.mu.Lock()
			c.paper.Write(b)
			c.mu.Unlock()
		}
	}()
	return ln.Addr().String()
}

func (c *counter) printed() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paper.String()
}

// await waits for what another process does; its bound is generous, since a
// machine may be busy, and is no measure of speed.
func (c *counter) await(what string, done func() bool) {
	c.t.Helper()
	for range 2400 {
		if done() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	c.t.Fatalf("waited for %s in vain; the agent said:\n%s", what, c.agent.said())
}

// command runs a command against the agent and answers what it printed and its
// exit code.
func (c *counter) command(args ...string) (string, int) {
	cmd := tillpay(c.t, append(args, "-config", c.config)...)
	out, err := cmd.CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		c.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// open makes a sale and answers its id.
func (c *counter) open(reference string) string {
	c.t.Helper()
	var s agent.Sale
	c.call(http.MethodPost, "/v1/sales", agent.NewSale{Reference: reference, Amount: 8800, Currency: "HKD", Description: "tea"}, &s)
	c.opened = s.ID
	return s.ID
}

// pay opens a sale and scans a code that ends in digits.
func (c *counter) pay(reference, digits string) string {
	c.t.Helper()
	id := c.open(reference)
	c.await("the sale to be armed", func() bool { return c.sale(id).Armed })
	c.scan(digits)
	return id
}

// scan types a code on the pseudo-terminal. Each is another customer's.
func (c *counter) scan(digits string) {
	c.t.Helper()
	code := fmt.Sprintf("13465072086%05d%s", codes.Add(1), digits)
	if windows != "" {
		c.call(http.MethodPost, "/v1/sales/"+c.opened+"/scan", map[string]string{"code": code}, new(agent.Sale))
		return
	}
	if _, err := c.gun.WriteString(code + "\r"); err != nil {
		c.t.Fatal(err)
	}
}

// page signs a page in, and answers a call of that page's.
func (c *counter) page() func(path string) int {
	c.t.Helper()
	out, _ := c.command("page")
	link, err := url.Parse(regexp.MustCompile(`http://\S+`).FindString(out))
	if err != nil {
		c.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	get := func(path string) int {
		to, err := link.Parse(path)
		if err != nil {
			c.t.Fatal(err)
		}
		r, err := client.Do(&http.Request{Method: http.MethodGet, URL: to, Header: http.Header{"Sec-Fetch-Site": {"same-origin"}}})
		if err != nil {
			c.t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	if status := get(""); status != http.StatusOK {
		c.t.Fatalf("%s: %d", out, status)
	}
	return get
}

func (c *counter) call(method, path string, body, into any) {
	c.t.Helper()
	client, err := clientFlags{config: &c.config}.open()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := client.call(context.Background(), method, path, body, into); err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
}

func (c *counter) sale(id string) agent.Sale {
	c.t.Helper()
	var s agent.Sale
	c.call(http.MethodGet, "/v1/sales/"+id, nil, &s)
	return s
}

// becomes waits for a sale's state, and for its first payment's where one is named.
func (c *counter) becomes(id, state, payment string) agent.Sale {
	c.t.Helper()
	var s agent.Sale
	c.await("sale "+state+" "+payment, func() bool {
		s = c.sale(id)
		return s.State == state && (payment == "" || len(s.Payments) > 0 && s.Payments[0].State == payment)
	})
	return s
}

// books asks the sandbox, which is not the agent's to tell.
func (c *counter) books() sandbox.Books {
	c.t.Helper()
	r, err := http.Get(c.control + "/v1/books")
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Body.Close()
	var b sandbox.Books
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		c.t.Fatal(err)
	}
	return b
}
