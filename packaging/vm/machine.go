//go:build linux

package vm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Machine is one machine. Its fields are set before Start.
type Machine struct {
	Image string // the folder that Prepare filled
	Dir   string // this machine's own folder: disk, sockets, logs
	Guest string // the guest program, for the host's end of the relays
	// Forward leads an address in the guest's network (10.0.2.0/24) to one here.
	Forward map[string]string

	port int // of the guest's hands, on the host's loopback
	door int // of the guest's port 7071, likewise
	qemu *exec.Cmd
	died chan error
}

// Names of the files in an image's folder.
const (
	kernel   = "vmlinux"
	initrd   = "initrd.gz"
	baseDisk = "base.qcow2"   // never booted
	bootDisk = "booted.qcow2" // of the saved state
	state    = "state"
)

// Start restores the saved machine: a fresh one, booted and idle.
func (m *Machine) Start(ctx context.Context) error {
	if err := m.overlay(ctx, bootDisk); err != nil {
		return err
	}
	if err := m.launch("-incoming", "exec:cat '"+m.image(state)+"'"); err != nil {
		return err
	}
	if err := m.resume(ctx); err != nil {
		return err
	}
	if err := m.wait(ctx); err != nil {
		return err
	}
	if err := m.PutFile(ctx, m.Guest, "/usr/local/bin/guest"); err != nil {
		return err
	}
	_, err := m.Run(ctx, guestTime, "sync") // it must be there after a pulled plug too
	return err
}

// Boot starts with the disk as it is, through firmware, kernel and systemd: what
// a till does after its plug was pulled. It takes most of a minute.
func (m *Machine) Boot(ctx context.Context) error {
	if err := m.launch(); err != nil {
		return err
	}
	return m.wait(ctx)
}

// PullPlug ends the machine at once: what its kernel had not sent to the disk is gone.
func (m *Machine) PullPlug() error {
	if m.qemu == nil {
		return nil
	}
	err := m.qemu.Process.Kill()
	<-m.died
	m.qemu = nil
	return err
}

func (m *Machine) image(name string) string { return filepath.Join(m.Image, name) }
func (m *Machine) own(name string) string   { return filepath.Join(m.Dir, name) }

// overlay begins a disk that has only what differs from one of the image's.
func (m *Machine) overlay(ctx context.Context, of string) error {
	out, err := exec.CommandContext(ctx, "qemu-img", "create", "-q", "-f", "qcow2", "-b", m.image(of), "-F", "qcow2", m.own("disk.qcow2")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("vm: disk: %w: %s", err, out)
	}
	return nil
}

// hardware is what a saved state was saved on: it must be the same when it is restored.
var hardware = []string{
	"-M", "q35,i8042=off,hpet=off", "-cpu", "max", "-accel", "tcg,tb-size=256", "-smp", "1", "-m", "768",
	"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-rtc", "base=utc",
	"-append", "console=ttyS0 root=/dev/vda rw quiet loglevel=4 mitigations=off random.trust_cpu=on audit=0 net.ifnames=0 systemd.show_status=0 panic=-1",
}

// launch starts QEMU. The built-in devices must be the same for saving and for
// restoring the state; USB devices are plugged in afterwards.
func (m *Machine) launch(more ...string) error {
	if err := freePorts(&m.port, &m.door); err != nil {
		return err
	}
	network := fmt.Sprintf("user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:%d-:7070,hostfwd=tcp:127.0.0.1:%d-:7071", m.port, m.door)
	for from, to := range m.Forward {
		network += fmt.Sprintf(",guestfwd=tcp:%s-cmd:%s relay %s", from, m.Guest, to)
	}
	log, err := os.Create(m.own("qemu.log"))
	if err != nil {
		return fmt.Errorf("vm: %w", err)
	}
	defer log.Close()
	m.qemu = exec.Command("qemu-system-x86_64", slices.Concat(hardware, []string{
		"-kernel", m.image(kernel), "-initrd", m.image(initrd),
		"-chardev", "file,id=con,path=" + m.own("console.log"), "-serial", "chardev:con",
		// writeback: a flush in the guest reaches this machine's files, and nothing else must
		"-drive", "file=" + m.own("disk.qcow2") + ",if=none,id=d0,format=qcow2,cache=writeback", "-device", "virtio-blk-pci,drive=d0",
		"-netdev", network, "-device", "virtio-net-pci,netdev=n0,romfile=",
		"-device", "virtio-rng-pci", "-device", "qemu-xhci,id=xhci,p2=8,p3=8",
		"-qmp", "unix:" + m.own("qmp.sock") + ",server=on,wait=off",
	}, more)...)
	m.qemu.Stdout, m.qemu.Stderr = log, log
	m.qemu.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	m.died = make(chan error, 1)
	if err := m.qemu.Start(); err != nil {
		m.qemu = nil
		return fmt.Errorf("vm: %w", err)
	}
	go func(c *exec.Cmd, died chan error) { died <- c.Wait(); close(died) }(m.qemu, m.died)
	return nil
}

// freePorts finds ports that nobody has.
func freePorts(ports ...*int) error {
	for _, port := range ports {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("vm: %w", err)
		}
		defer ln.Close() // once all are known
		*port = ln.Addr().(*net.TCPAddr).Port
	}
	return nil
}

// resume waits for the saved state to be loaded and lets the machine run.
func (m *Machine) resume(ctx context.Context) error {
	return m.until(ctx, func() error {
		return m.qmp(func(q *qmp) error {
			status, err := q.do("query-status", nil)
			if err != nil {
				return err
			}
			if string(field(status, "status")) == `"inmigrate"` {
				return errors.New("vm: the state is still being read")
			}
			_, err = q.do("cont", nil)
			return err
		})
	})
}

// wait returns once the guest's hands answer, and sets its clock.
func (m *Machine) wait(ctx context.Context) error {
	err := m.until(ctx, func() error {
		ask, stop := context.WithTimeout(ctx, 2*time.Second)
		defer stop()
		return m.call(ask, http.MethodGet, "/ping", nil, nil)
	})
	if err != nil {
		return fmt.Errorf("vm: the machine does not come up (see %s): %w", m.own("console.log"), err)
	}
	return m.call(ctx, http.MethodPost, "/date?t="+strconv.FormatInt(time.Now().Unix(), 10), nil, nil)
}

// until repeats try until it succeeds, the machine died or ctx is over.
func (m *Machine) until(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-m.died:
			log, _ := os.ReadFile(m.own("qemu.log"))
			return fmt.Errorf("qemu ended: %s", log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
