package config

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// open waits for whoever holds the file: another start that gives it its name, or
// a virus scanner that looks at every new one.
func open(path string) (*os.File, error) {
	for tries := 0; ; tries++ {
		f, err := os.Open(path)
		if !errors.Is(err, windows.ERROR_SHARING_VIOLATION) || tries == 100 {
			return f, err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// place gives a file its name, durably, and takes nobody's. A link would not do: to
// remove its first name again is refused while somebody reads it by its second.
func place(from, to string) error {
	old, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(old, name, windows.MOVEFILE_WRITE_THROUGH); err != nil {
		return &os.LinkError{Op: "move", Old: from, New: to, Err: err}
	}
	return nil
}
