package transport

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// errSpooler is what keeps this system from having a spooler.
var errSpooler error

var (
	winspool         = windows.NewLazySystemDLL("winspool.drv")
	procOpenPrinter  = winspool.NewProc("OpenPrinterW")
	procClosePrinter = winspool.NewProc("ClosePrinter")
	procGetPrinter   = winspool.NewProc("GetPrinterW")
	procStartDoc     = winspool.NewProc("StartDocPrinterW")
	procWrite        = winspool.NewProc("WritePrinter")
	procEndDoc       = winspool.NewProc("EndDocPrinter")
	procAbort        = winspool.NewProc("AbortPrinter")
	procGetJob       = winspool.NewProc("GetJobW")
)

// docInfo1 is DOC_INFO_1W; jobInfo1 is JOB_INFO_1W as far as its status, printerInfo5
// PRINTER_INFO_5W as far as its attributes.
type (
	printerInfo5 struct {
		name, port *uint16
		attributes uint32
	}
	docInfo1 struct{ document, output, datatype *uint16 }
	jobInfo1 struct {
		id                                                   uint32
		printer, machine, user, document, datatype, statusIs *uint16
		status                                               uint32
	}
)

// winSpool is a printer handle.
type winSpool struct{ handle uintptr }

func openSpool(name string) (spool, error) {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	var s winSpool
	err = call(procOpenPrinter, uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(&s.handle)), 0)
	if errors.Is(err, windows.ERROR_INVALID_PRINTER_NAME) {
		return nil, errors.New("Windows has no printer of this name: take it from the Windows printer settings, letter by letter")
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// call makes the error of a function that answers 0 for failure. What its arguments
// point to must not move meanwhile.
//
//go:uintptrescapes
func call(proc *windows.LazyProc, args ...uintptr) error {
	ok, _, err := proc.Call(args...)
	if ok != 0 {
		return nil
	}
	if errno, is := err.(syscall.Errno); is && errno == 0 {
		return syscall.EINVAL
	}
	return err
}

// Status is GetPrinter at level 6, which is the status and nothing else.
func (s *winSpool) Status() (uint32, error) {
	var status, needed uint32
	err := call(procGetPrinter, s.handle, 6, uintptr(unsafe.Pointer(&status)), unsafe.Sizeof(status), uintptr(unsafe.Pointer(&needed)))
	return status, err
}

// Attributes is GetPrinter at level 5.
func (s *winSpool) Attributes() (uint32, error) {
	buf, err := sized(func(p unsafe.Pointer, size uintptr, needed *uint32) error {
		return call(procGetPrinter, s.handle, 5, uintptr(p), size, uintptr(unsafe.Pointer(needed)))
	})
	if err != nil {
		return 0, err
	}
	return (*printerInfo5)(unsafe.Pointer(&buf[0])).attributes, nil
}

// sized has a structure filled whose texts follow it, in as much memory as it needs,
// aligned for the structure.
func sized(fill func(p unsafe.Pointer, size uintptr, needed *uint32) error) ([]uint64, error) {
	buf := make([]uint64, 512)
	var err error
	for range 2 {
		var needed uint32
		err = fill(unsafe.Pointer(&buf[0]), uintptr(8*len(buf)), &needed)
		if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) {
			break
		}
		buf = make([]uint64, needed/8+1)
	}
	return buf, err
}

// Start opens a document of the type RAW: no driver touches its bytes.
func (s *winSpool) Start(name string) (uint32, error) {
	document, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	raw, err := windows.UTF16PtrFromString("RAW")
	if err != nil {
		return 0, err
	}
	info := docInfo1{document: document, datatype: raw}
	job, _, err := procStartDoc.Call(s.handle, 1, uintptr(unsafe.Pointer(&info)))
	if job == 0 {
		return 0, err
	}
	return uint32(job), nil
}

func (s *winSpool) Write(p []byte) (int, error) {
	var n uint32
	err := call(procWrite, s.handle, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), uintptr(unsafe.Pointer(&n)))
	return int(n), err
}

func (s *winSpool) End() error { return call(procEndDoc, s.handle) }

func (s *winSpool) Abort() error { return call(procAbort, s.handle) }

// Job is GetJob at level 1. A document that left the queue is no parameter any more.
func (s *winSpool) Job(job uint32) (status uint32, there bool, err error) {
	buf, err := sized(func(p unsafe.Pointer, size uintptr, needed *uint32) error {
		return call(procGetJob, s.handle, uintptr(job), 1, uintptr(p), size, uintptr(unsafe.Pointer(needed)))
	})
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return (*jobInfo1)(unsafe.Pointer(&buf[0])).status, true, nil
}

func (s *winSpool) Close() error { return call(procClosePrinter, s.handle) }
