package transport

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// fileMode lets the group read slips, and nobody else: they name customers' orders.
const fileMode = 0o640

// filePrinter keeps slips in a file, or each in a file of its own in a folder.
type filePrinter struct {
	name, path string
	now        func() time.Time
	turn       turn
}

func openFile(c Config) (Printer, error) {
	if c.Path == "" {
		return nil, errors.New(`printer.path: missing: set it to a file, or to a folder for a file per slip (path = "slips")`)
	}
	return &filePrinter{name: c.name(c.Path), path: c.Path, now: time.Now, turn: newTurn()}, nil
}

func (p *filePrinter) Name() string { return p.name }

// Print is Printed when the slip is on the disk: written and synced.
func (p *filePrinter) Print(ctx context.Context, slip []byte) (Result, error) {
	if err := p.turn.take(ctx); err != nil {
		return NotPrinted, err
	}
	defer p.turn.give()
	f, err := p.create()
	if err != nil {
		return NotPrinted, fmt.Errorf("printer: %w", err)
	}
	n, err := f.Write(slip)
	if err == nil && isRegular(f) {
		err = f.Sync() // pipes and devices cannot
	}
	if err = errors.Join(err, f.Close()); err == nil {
		return Printed, nil
	}
	if n == 0 {
		return NotPrinted, fmt.Errorf("printer: %w", err)
	}
	return Unknown, fmt.Errorf("printer: %w", err)
}

func (p *filePrinter) create() (*os.File, error) {
	info, err := os.Stat(p.path)
	if err != nil || !info.IsDir() {
		return os.OpenFile(p.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	}
	at := p.now().UTC()
	for { // names sort by time; a clock that stands still moves on by a nanosecond
		name := filepath.Join(p.path, "slip-"+at.Format("20060102-150405.000000000")+".escpos")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
		at = at.Add(1)
	}
}

// Status looks for what Print would need and writes nothing.
func (p *filePrinter) Status(context.Context) (State, error) {
	_, err := os.Stat(p.path)
	if errors.Is(err, os.ErrNotExist) {
		var info os.FileInfo
		info, err = os.Stat(filepath.Dir(p.path)) // Print makes the file
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is not a folder", filepath.Dir(p.path))
		}
	}
	if err != nil {
		return State{Missing, "The file for slips cannot be reached: " + err.Error()}, fmt.Errorf("printer: %w", err)
	}
	return State{Ready, "Slips go to " + p.path + "."}, nil
}

func isRegular(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}
