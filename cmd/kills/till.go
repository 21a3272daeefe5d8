//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// till is one agent's folder with the process that works in it. Whoever looks
// after it starts it again when it ended, as a service manager does.
type till struct {
	street *street
	dir    string
	config string
	api    string
	secret atomic.Value // the API's token, once there is one
	paper  *paper
	roll   net.Listener
	log    *diary

	mu      sync.Mutex
	running *exec.Cmd
	ended   chan struct{} // of running
	started time.Time
	deaths  int
	starts  []time.Duration // after a death, from exec to "is ready"
	calls   []call          // of the traced process
	stdin   io.WriteCloser
}

// diary keeps the end of what the agents of one till log.
type diary struct {
	mu  sync.Mutex
	buf []byte
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const most = 1 << 20
	if d.buf = append(d.buf, b...); len(d.buf) > most {
		d.buf = slices.Clone(d.buf[len(d.buf)-most/2:])
	}
	return len(b), nil
}

func (d *diary) tail(n int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.buf[max(0, len(d.buf)-n):])
}

// open furnishes a till: the sandbox's configuration with an address, a printer
// and a short deadline of its own.
func (s *street) open() (*till, error) {
	n := s.tills.Add(1)
	t := &till{street: s, dir: filepath.Join(s.dir, fmt.Sprintf("till-%d", n)), log: &diary{}}
	from := filepath.Join(s.dir, "sandbox")
	if err := os.CopyFS(filepath.Join(t.dir, "keys"), os.DirFS(filepath.Join(from, "keys"))); err != nil {
		return nil, err
	}
	for _, dir := range []string{"", "keys"} {
		if err := os.Chmod(filepath.Join(t.dir, dir), 0o700); err != nil {
			return nil, err
		}
	}
	keys, err := filepath.Glob(filepath.Join(t.dir, "keys", "*"))
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if err := os.Chmod(k, 0o600); err != nil {
			return nil, err
		}
	}
	if t.paper, t.roll, err = openPaper(); err != nil {
		return nil, err
	}
	if t.api, err = s.address(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(from, "tillpay.toml"))
	if err != nil {
		return nil, err
	}
	t.config = filepath.Join(t.dir, "tillpay.toml")
	config := strings.NewReplacer(
		`"T01"`, strconv.Quote(fmt.Sprintf("K%04d", n)),
		`"127.0.0.1:7313"`, strconv.Quote(t.api),
		`driver = "file"`, `driver = "network"`,
		`path = "receipts.bin"`, `address = `+strconv.Quote(t.roll.Addr().String()),
		`min_revoke_age = "15s"`, `min_revoke_age = "1s"`,
	).Replace(string(text)) + "\n[payment]\ndeadline = \"5s\"\n"
	return t, os.WriteFile(t.config, []byte(config), 0o600)
}

// token is what the agent wrote for the POS.
func (t *till) token() string {
	if token, ok := t.secret.Load().(string); ok {
		return token
	}
	b, err := os.ReadFile(filepath.Join(t.dir, "pos.token"))
	if err == nil {
		t.secret.Store(strings.TrimSpace(string(b)))
	}
	return strings.TrimSpace(string(b))
}

// address is a free one that stays this till's while it is dead: no outgoing
// connection is ever given a port below the system's ephemeral ones.
func (s *street) address() (string, error) {
	for {
		port := firstPort + s.ports.Add(1)
		if port >= 32768 {
			return "", errors.New("no free port is left for a till")
		}
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if ln, err := net.Listen("tcp", addr); err == nil {
			return addr, ln.Close()
		}
	}
}

const firstPort = 20000

var isReady = regexp.MustCompile(`is ready`)

// start runs the agent and returns once it is ready; kill, if not nil, is run
// under the tracer. An agent that the tracer killed before it was ready is no error.
func (t *till) start(ctx context.Context, kill *moment, wait bool) error {
	args := []string{t.street.agent, "run", "--config", t.config}
	var extra *os.File
	if kill != nil {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		traced := []string{self, tracerWord, "-at", strconv.Itoa(kill.call)}
		if kill.after {
			traced = append(traced, "-after")
		}
		if wait {
			traced = append(traced, "-wait")
		}
		args = append(append(traced, "--"), args...)
	}
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c.Stderr = t.log
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	var counted *os.File
	if kill != nil {
		if counted, extra, err = os.Pipe(); err != nil {
			return err
		}
		c.ExtraFiles = []*os.File{extra}
		if t.stdin, err = c.StdinPipe(); err != nil {
			return err
		}
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		return err
	}
	var list sync.WaitGroup
	if counted != nil {
		extra.Close()
		list.Go(func() { t.list(counted) })
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	t.mu.Lock()
	t.running, t.ended, t.started = c, ended, began
	t.mu.Unlock()
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if isReady.Match(lines.Bytes()) {
				t.mu.Lock()
				if t.deaths > 0 {
					t.starts = append(t.starts, time.Since(began))
				}
				t.mu.Unlock()
				close(ready)
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		list.Wait()
		_ = c.Wait()
		close(ended)
	}()
	select {
	case <-ready:
		return nil
	case <-ended:
		if code := c.ProcessState.ExitCode(); code != -1 && code != 128+int(syscall.SIGKILL) {
			return fmt.Errorf("the agent did not start (exit code %d): %s", code, t.log.tail(2000))
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// list takes in what the tracer tells.
func (t *till) list(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var c call
		if json.NewDecoder(bytes.NewReader(lines.Bytes())).Decode(&c) == nil {
			t.mu.Lock()
			t.calls = append(t.calls, c)
			t.mu.Unlock()
		}
	}
}

// kill is SIGKILL to whatever runs, and answers once it is gone.
func (t *till) kill() {
	t.mu.Lock()
	c, ended := t.running, t.ended
	t.mu.Unlock()
	_ = c.Process.Kill()
	<-ended
	t.died()
}

func (t *till) died() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deaths++
}

// keep starts the agent again whenever it ended, until ctx does. The first error
// of a start ends it.
func (t *till) keep(ctx context.Context) error {
	for {
		t.mu.Lock()
		ended := t.ended
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-ended:
			t.died()
		}
		if err := t.start(ctx, nil, false); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// close ends the till for good, gently.
func (t *till) close() {
	t.mu.Lock()
	c, ended := t.running, t.ended
	t.mu.Unlock()
	_ = c.Process.Signal(syscall.SIGTERM)
	hard := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
	<-ended
	hard.Stop()
	t.roll.Close()
}
