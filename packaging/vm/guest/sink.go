package main

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// sink is the inside of a USB printer: it keeps every byte, answers each DLE EOT
// with the byte in the file NAME.status (hex; "mute": no answer at all), and GS r
// when it has taken what came before.
//
// It asks for bytes again and again rather than wait for them: Linux's printer
// gadget (f_printer.c) makes its buffers ready only when it is asked, and forgets
// whoever began to wait before the host had enumerated it, or before a replug.
func sink(args []string) error {
	f := flag.NewFlagSet("sink", flag.ContinueOnError)
	name := f.String("name", "", "the gadget")
	dir := f.String("dir", "/run", "where NAME.bin and NAME.status are")
	if err := f.Parse(args); err != nil {
		return err
	}
	dev, err := unix.Open(node(filepath.Join(configfs, *name)), unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	paper, err := os.OpenFile(filepath.Join(*dir, *name+".bin"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	buf := make([]byte, 8192)
	for {
		n, err := unix.Read(dev, buf)
		if n <= 0 { // nothing sent, unplugged, or not enumerated yet
			if err != nil && err != unix.EAGAIN && err != unix.ENODEV && err != unix.EINTR {
				return err
			}
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if _, err := paper.Write(buf[:n]); err != nil {
			return err
		}
		if err := say(dev, answers(buf[:n], filepath.Join(*dir, *name+".status"))); err != nil {
			fmt.Fprintln(os.Stderr, "guest: sink:", err)
		}
	}
}

// say hands an answer to the host, which may not listen: then it is lost, as a
// printer's own buffer would lose it.
func say(dev int, answer []byte) error {
	for range 200 {
		if len(answer) == 0 {
			return nil
		}
		n, err := unix.Write(dev, answer)
		switch {
		case n > 0:
			answer = answer[n:]
		case err == unix.EAGAIN || err == unix.EINTR:
			time.Sleep(5 * time.Millisecond)
		default:
			return err
		}
	}
	return fmt.Errorf("%d bytes of an answer found no listener", len(answer))
}

// answers has one byte for each DLE EOT n and GS r n among the bytes.
func answers(b []byte, file string) (all []byte) {
	status := []byte{0x12} // nothing is wrong
	if text, err := os.ReadFile(file); err == nil {
		status, err = hex.DecodeString(strings.TrimSpace(string(text)))
		if err != nil {
			return nil // mute
		}
	}
	for i := 0; i+2 < len(b); i++ {
		switch {
		case b[i] == 0x10 && b[i+1] == 0x04:
			all = append(all, status...)
		case b[i] == 0x1d && b[i+1] == 'r': // its bits 4 and 7 are always 0
			all = append(all, 0x00)
		}
	}
	return all
}
