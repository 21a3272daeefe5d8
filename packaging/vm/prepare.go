//go:build linux

package vm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Prepare makes the machine's image, or finds that it was made, in a folder
// named by what it is made from under cache; src is this package's folder. It
// answers the image's folder and the guest program as it is now: a machine gets
// it when it starts, so a new one needs no new image.
func Prepare(ctx context.Context, src, cache string) (image, guest string, err error) {
	if src, err = filepath.Abs(src); err != nil {
		return "", "", fmt.Errorf("vm: prepare: %w", err)
	}
	key, err := fingerprint(src)
	if err != nil {
		return "", "", err
	}
	image = filepath.Join(cache, key)
	if err := os.MkdirAll(image, 0o755); err != nil {
		return "", "", fmt.Errorf("vm: prepare: %w", err)
	}
	guest = filepath.Join(image, "guest")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", guest, "./guest")
	build.Dir = src
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // one static file
	if out, err := build.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("vm: prepare: %w: %s", err, out)
	}
	if _, err := os.Stat(filepath.Join(image, state)); err == nil {
		return image, guest, nil
	}
	if _, err := os.Stat(filepath.Join(image, baseDisk)); err != nil { // the last file that prepare.sh makes
		out, err := exec.CommandContext(ctx, filepath.Join(src, "prepare.sh"), image, guest).CombinedOutput()
		if err != nil {
			return "", "", fmt.Errorf("vm: prepare: %w: %s", err, out)
		}
	}
	m := &Machine{Image: image, Dir: image, Guest: guest}
	if err := m.save(ctx); err != nil {
		return "", "", errors.Join(err, m.PullPlug())
	}
	return image, guest, nil
}

// fingerprint names what an image is made from: the disk's recipe, the hands in
// it, and the hardware and warming of its saved state.
func fingerprint(src string) (string, error) {
	h := sha256.New()
	for _, f := range []string{"guest/serve.go", "prepare.sh"} {
		b, err := os.ReadFile(filepath.Join(src, f))
		if err != nil {
			return "", fmt.Errorf("vm: prepare: %w", err)
		}
		fmt.Fprintf(h, "%s %d\n%s", f, len(b), b)
	}
	fmt.Fprintf(h, "%q\n%s", hardware, warm)
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// warm pages in what every test uses, before the state is saved.
const warm = `systemctl is-system-running --wait || true
guest gadget add -name warm -kind keyboard >/dev/null
guest gadget rm -name warm
modprobe -a usblp cdc_acm ftdi_sio usbhid hid_generic evdev uinput
systemctl daemon-reload
sync
echo 3 >/proc/sys/vm/drop_caches`

// save boots once and keeps the running state, whose disk is bootDisk.
func (m *Machine) save(ctx context.Context) error {
	if err := m.overlay(ctx, baseDisk); err != nil {
		return err
	}
	if err := m.Boot(ctx); err != nil {
		return err
	}
	if _, err := m.Run(ctx, 10*time.Minute, warm); err != nil {
		return err
	}
	err := m.qmp(func(q *qmp) error {
		if _, err := q.do("stop", nil); err != nil {
			return err
		}
		if _, err := q.do("migrate-set-parameters", map[string]any{"max-bandwidth": int64(8 << 30)}); err != nil {
			return err
		}
		if _, err := q.do("migrate", map[string]any{"uri": "exec:cat > '" + m.own(state+".part") + "'"}); err != nil {
			return err
		}
		return m.until(ctx, func() error {
			answer, err := q.do("query-migrate", nil)
			if err != nil {
				return err
			}
			if status := string(field(answer, "status")); status != `"completed"` {
				return fmt.Errorf("vm: saving the state: %s", status)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	// The disk must be whole before the plug is pulled: quit flushes it.
	if err := m.qmp(func(q *qmp) error { _, err := q.do("quit", nil); return err }); err != nil {
		return err
	}
	<-m.died
	m.qemu = nil
	if err := os.Rename(m.own("disk.qcow2"), m.own(bootDisk)); err != nil {
		return fmt.Errorf("vm: prepare: %w", err)
	}
	if err := os.Rename(m.own(state+".part"), m.own(state)); err != nil {
		return fmt.Errorf("vm: prepare: %w", err)
	}
	return nil
}
