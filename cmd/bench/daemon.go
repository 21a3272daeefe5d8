package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tillpay/channels/sandbox"
)

// daemon is a program that answers on a port: the agent, or its floor.
type daemon struct {
	file  string
	args  []string
	probe string       // answers 200 once it is ready
	fresh func() error // takes away what earlier starts left; nil: nothing
}

// newAgent is the built product with the sandbox's till in dir, and more at the
// end of its configuration. No platform listens: an idle till asks none.
func newAgent(built, dir, more string) (daemon, error) {
	file, err := install(built, dir)
	if err != nil {
		return daemon{}, fmt.Errorf("%w (make build makes it)", err)
	}
	box, err := sandbox.New(sandbox.Config{Now: time.Now})
	if err != nil {
		return daemon{}, err
	}
	if err := box.WriteTill(dir, "https://127.0.0.1:9"); err != nil {
		return daemon{}, err
	}
	addr, err := freeAddress()
	if err != nil {
		return daemon{}, err
	}
	config := filepath.Join(dir, "tillpay.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		return daemon{}, err
	}
	if err := os.WriteFile(config, []byte(strings.Replace(string(text), "127.0.0.1:7313", addr, 1)+more), 0o644); err != nil {
		return daemon{}, err
	}
	return daemon{
		file: file, args: []string{"run", "--config", config}, probe: "http://" + addr + "/healthz",
		fresh: func() error {
			return errors.Join(os.RemoveAll(filepath.Join(dir, "data")), os.RemoveAll(filepath.Join(dir, "pos.token")))
		},
	}, nil
}

// install copies a program into dir as a package's installer does, block after
// block. A file that was written at once, as by the linker, lies in memory in
// larger pieces, and its process then seems to hold more of it: 3 MiB of 15, on
// the kernel that this was seen on. The floor is installed alike.
func install(built, dir string) (file string, err error) {
	from, err := os.Open(built)
	if err != nil {
		return "", err
	}
	defer from.Close()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file = filepath.Join(dir, "installed")
	to, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	if err != nil {
		return "", err
	}
	type plain struct{ io.Writer } // no shortcuts through the kernel
	_, err = io.CopyBuffer(plain{to}, struct{ io.Reader }{from}, make([]byte, 32<<10))
	return file, errors.Join(err, to.Close())
}

// newFloor builds the floor as the product is built.
func newFloor(ctx context.Context, dir string) (daemon, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return daemon{}, err
	}
	built := filepath.Join(dir, "floor")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", built, "tillpay/cmd/bench/floor")
	if out, err := build.CombinedOutput(); err != nil {
		return daemon{}, fmt.Errorf("build the floor: %w: %s", err, out)
	}
	file, err := install(built, dir)
	if err != nil {
		return daemon{}, err
	}
	addr, err := freeAddress()
	if err != nil {
		return daemon{}, err
	}
	db := filepath.Join(dir, "hello.db")
	return daemon{
		file: file, args: []string{"-addr", addr, "-db", db}, probe: "http://" + addr + "/",
		fresh: func() error {
			for _, end := range []string{"", "-wal", "-shm"} {
				if err := os.RemoveAll(db + end); err != nil {
					return err
				}
			}
			return nil
		},
	}, nil
}

func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return ln.Addr().String(), ln.Close()
}

// process is a running daemon.
type process struct {
	cmd   *exec.Cmd
	ready time.Duration // from exec to its first answer
}

// start runs d and waits for its first answer.
func (d daemon) start(ctx context.Context) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, d.file, d.args...)}
	bound(p.cmd)
	var said strings.Builder
	p.cmd.Stderr = &said // read once it ended
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for time.Since(began) < 20*time.Second {
		resp, err := client.Get(d.probe)
		if err == nil {
			p.ready = time.Since(began)
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return p, nil
			}
		}
		time.Sleep(200 * time.Microsecond)
	}
	return nil, errors.Join(fmt.Errorf("%s does not answer: %s", filepath.Base(d.file), said.String()), p.stop())
}

// stop ends the daemon as a service manager does, and by force if it does not go.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	hard := time.AfterFunc(5*time.Second, func() { p.cmd.Process.Kill() })
	defer hard.Stop()
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) { // how it ended is not what is measured
		return err
	}
	return nil
}

// memory is the resident set in MiB.
func (p *process) memory() (float64, error) {
	kib, err := procNumber(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid), "VmRSS:")
	return float64(kib) / 1024, err
}

// wakeups is how often the process's threads have gone to sleep so far.
func (p *process) wakeups() (int64, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	var all int64
	for _, t := range tasks {
		n, err := procNumber(t, "voluntary_ctxt_switches:")
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

func procNumber(file, key string) (int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) > 1 && words[0] == key {
			return strconv.ParseInt(words[1], 10, 64)
		}
	}
	return 0, errors.Join(lines.Err(), fmt.Errorf("%s: no %s", file, key))
}
