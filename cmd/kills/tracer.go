//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tracerWord makes this program the tracer of one agent. It is a process of its
// own because a tracer waits for whatever child moves, and other children are
// not its business. (strace can inject a SIGKILL at the n-th call too, but counts
// each thread's calls apart; a Go program moves between threads as it likes.)
const tracerWord = "trace-one"

// moment is when the agent dies: as call n, from 1, is about to be made, or right
// after it.
type moment struct {
	call  int
	after bool
}

func (m moment) String() string {
	if m.after {
		return fmt.Sprintf("after call %d", m.call)
	}
	return fmt.Sprintf("before call %d", m.call)
}

// tracerMain runs a program and counts its storing and sending calls from the
// moment that its own standard input says so. It kills at the moment that it was
// given, writes one JSON line a call to descriptor 3, and ends as the program does.
func tracerMain(args []string) int {
	f := flag.NewFlagSet(tracerWord, flag.ExitOnError)
	at := f.Int("at", 0, "the call to kill at; 0: none")
	after := f.Bool("after", false, "after the call, not before")
	wait := f.Bool("wait", false, "count only once standard input says go")
	_ = f.Parse(args)
	t := &tracer{kill: moment{*at, *after}, calls: json.NewEncoder(os.NewFile(3, "calls")), entered: map[int]bool{}}
	t.counting.Store(!*wait)
	go func() {
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		if strings.TrimSpace(line) == "go" {
			t.counting.Store(true)
		}
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	code, err := t.run(f.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "kills: tracer:", err)
		return 70
	}
	return code
}

type tracer struct {
	kill     moment
	counting atomic.Bool
	calls    *json.Encoder
	pid      int
	n        int
	entered  map[int]bool // threads inside a counted call
}

// run needs one thread for all of it: ptrace answers to the thread that attached.
func (t *tracer) run(args []string) (int, error) {
	runtime.LockOSThread()
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if err := c.Start(); err != nil {
		return 0, fmt.Errorf("ptrace is not permitted here, and nothing can be killed at a call without it: %w", err)
	}
	t.pid = c.Process.Pid
	var ws unix.WaitStatus
	if _, err := unix.Wait4(t.pid, &ws, unix.WALL, nil); err != nil {
		return 0, err
	}
	const follow = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_EXITKILL
	if err := unix.PtraceSetOptions(t.pid, follow); err != nil {
		return 0, fmt.Errorf("ptrace: %w", err)
	}
	if err := unix.PtraceSyscall(t.pid, 0); err != nil {
		return 0, fmt.Errorf("ptrace: %w", err)
	}
	for {
		tid, err := unix.Wait4(-1, &ws, unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if ws.Exited() || ws.Signaled() {
			if tid != t.pid {
				continue // a thread
			}
			if ws.Signaled() {
				return 128 + int(ws.Signal()), nil
			}
			return ws.ExitStatus(), nil
		}
		pass := 0
		switch sig := ws.StopSignal(); {
		case sig == unix.SIGTRAP|0x80:
			if err := t.stopped(tid); err != nil {
				return 0, err
			}
		case sig == unix.SIGTRAP, sig == unix.SIGSTOP: // a new thread, told by both
		default:
			pass = int(sig)
		}
		// ESRCH: it died meanwhile, which Wait4 tells next.
		if err := unix.PtraceSyscall(tid, pass); err != nil && !errors.Is(err, unix.ESRCH) {
			return 0, err
		}
	}
}

// stopped looks at a thread that is about to make a call, or has made one.
func (t *tracer) stopped(tid int) error {
	var info struct {
		op      uint8
		_       [3]uint8
		arch    uint32
		ip, sp  uint64
		nr      uint64
		args    [6]uint64
		_spare_ uint64
	}
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errors.Is(e, unix.ESRCH) {
		return nil // it is gone
	} else if e != 0 {
		return fmt.Errorf("ptrace: what the call is: %w", e)
	}
	switch info.op {
	case unix.PTRACE_SYSCALL_INFO_ENTRY:
		c, ok := describe(t.pid, info.nr, info.args)
		if !ok || !t.counting.Load() {
			return nil
		}
		t.n++
		c.N = t.n
		if err := t.calls.Encode(c); err != nil {
			return err
		}
		if t.n == t.kill.call && !t.kill.after {
			return unix.Kill(t.pid, unix.SIGKILL) // the kernel leaves the call out
		}
		t.entered[tid] = t.n == t.kill.call
	case unix.PTRACE_SYSCALL_INFO_EXIT:
		if t.entered[tid] && t.kill.after {
			return unix.Kill(t.pid, unix.SIGKILL)
		}
		delete(t.entered, tid)
	}
	return nil
}
