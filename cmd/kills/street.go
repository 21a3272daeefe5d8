//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// street is the platform's sandbox, a process that nobody kills, and the tills
// beside it.
type street struct {
	agent   string
	dir     string
	box     *exec.Cmd
	control string
	tills   atomic.Int64
	codes   atomic.Int64
	ports   atomic.Int64
	traced  chan struct{} // holds one for each agent that starts under the tracer
}

func openStreet(ctx context.Context, agent, dir string) (*street, error) {
	s := &street{agent: agent, dir: dir, traced: make(chan struct{}, runtime.NumCPU())}
	s.box = exec.CommandContext(ctx, agent, "sandbox", "-dir", filepath.Join(dir, "sandbox"), "-listen", "127.0.0.1:0", "-control", "127.0.0.1:0",
		"-min-revoke-age", "1s", "-refund-time", "1s")
	s.box.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.box.Stderr = os.Stderr
	out, err := s.box.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.box.Start(); err != nil {
		return nil, err
	}
	if s.control, err = says(out, regexp.MustCompile(`control API on (\S+)`)); err != nil {
		s.close()
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return s, nil
}

// says reads until a line matches, answers its group, and swallows the rest.
func says(out io.Reader, what *regexp.Regexp) (string, error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := what.FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return m[len(m)-1], nil
		}
	}
	return "", fmt.Errorf("it ended before it said %s", what)
}

func (s *street) close() {
	_ = s.box.Process.Kill()
	_ = s.box.Wait()
}

// code is a payment code that ends in digits, which choose what happens. Each is
// another customer's.
func (s *street) code(digits string) string {
	return fmt.Sprintf("%s%010d%s", codePrefix, s.codes.Add(1), digits)
}

const codePrefix = "134650"

// books are the platform's, as its control API tells them.
type books struct {
	Orders []struct {
		OutTradeNo string    `json:"out_trade_no"`
		State      string    `json:"state"`
		Amount     int64     `json:"amount"`
		Charged    int64     `json:"charged"`
		PaidAt     time.Time `json:"paid_at"`
		DeviceID   string    `json:"device_id"`
		Refunds    []struct {
			OutRefundNo string `json:"out_refund_no"`
			Status      string `json:"status"`
			Amount      int64  `json:"amount"`
			ByRevoke    bool   `json:"by_revoke"`
		} `json:"refunds"`
	} `json:"orders"`
	Requests []struct {
		Call       string `json:"call"`
		OutTradeNo string `json:"out_trade_no"`
	} `json:"requests"`
}

func (s *street) books(ctx context.Context) (b books, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.control+"/v1/books", nil)
	if err != nil {
		return b, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return b, err
	}
	defer resp.Body.Close()
	return b, json.NewDecoder(resp.Body).Decode(&b)
}

// paper is a receipt printer on a network: it answers the questions that such
// printers answer, and keeps each connection's slip.
type paper struct {
	mu    sync.Mutex
	slips []string
}

func (p *paper) all() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.slips...)
}
