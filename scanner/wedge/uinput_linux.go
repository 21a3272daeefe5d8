package wedge

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// linux/uinput.h and linux/input.h.
const (
	uiSetEvent  = 1<<30 | 4<<16 | 'U'<<8 | 100 // _IOW('U', 100, int)
	uiSetKey    = 1<<30 | 4<<16 | 'U'<<8 | 101
	uiDevSetup  = 1<<30 | unsafe.Sizeof(setup{})<<16 | 'U'<<8 | 3
	uiDevCreate = 'U'<<8 | 1
	evSync      = 0
	evKey       = 1
	busVirtual  = 6
)

type setup struct {
	bus, vendor, product, version uint16
	name                          [80]byte
	effects                       uint32
}

type uinput struct{ *os.File }

func open() (device, error) {
	const node = "/dev/uinput"
	f, err := os.OpenFile(node, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf(`wedge: %s is not ours to open: add a udev rule: KERNEL=="uinput", SUBSYSTEM=="misc", GROUP="tillpay", MODE="0660", OPTIONS+="static_node=uinput"`, node)
	} else if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("wedge: %s is not there: load the kernel module uinput", node)
	} else if err != nil {
		return nil, fmt.Errorf("wedge: %w", err)
	}
	about := setup{bus: busVirtual, vendor: 1, product: 1, version: 1}
	copy(about.name[:], "tillpay virtual keyboard")
	set := func(request, value uintptr) {
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), request, value); errno != 0 && err == nil {
			err = errno
		}
	}
	set(uiSetEvent, evKey)
	set(uiSetKey, keyShift)
	for _, key := range keyOf {
		if key != 0 {
			set(uiSetKey, uintptr(key))
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), uiDevSetup, uintptr(unsafe.Pointer(&about))); errno != 0 && err == nil {
		err = errno
	}
	set(uiDevCreate, 0)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("wedge: %s: %w", node, err), f.Close())
	}
	return uinput{f}, nil
}

// pause is between two reports, as a scanner has it. The kernel keeps 64 events for
// each reader of a keyboard (evdev.c), which are 16 keys, and drops the text of one
// that is given more before it could look.
const pause = time.Millisecond

// press sends every key down and up again, each with its report.
func (u uinput) press(strokes []stroke) error {
	for _, s := range strokes {
		for _, value := range []int32{1, 0} {
			if _, err := u.Write(report(s, value)); err != nil {
				return err
			}
			time.Sleep(pause)
		}
	}
	return nil
}

func report(s stroke, value int32) []byte {
	var b bytes.Buffer
	event := func(kind, code uint16, value int32) {
		b.Write(make([]byte, unsafe.Sizeof(unix.Timeval{}))) // the kernel sets the time
		for _, v := range []any{kind, code, value} {
			_ = binary.Write(&b, binary.NativeEndian, v) // a buffer takes everything
		}
	}
	if s.shift {
		event(evKey, keyShift, value)
	}
	event(evKey, s.key, value)
	event(evSync, 0, 0)
	return b.Bytes()
}
