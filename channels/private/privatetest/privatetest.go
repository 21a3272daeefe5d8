// Package privatetest opens files to everybody, and looks whether they are.
package privatetest

import (
	"os"
	"testing"

	"tillpay/channels/private"
)

// Expose lets everybody read a file or enter a folder.
func Expose(t testing.TB, path string) {
	t.Helper()
	if err := expose(path); err != nil {
		t.Fatal(err)
	}
}

// Check fails where somebody beside its owner can use a file or folder.
func Check(t testing.TB, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Error(err)
		return
	}
	if others := private.Exposed(path, info); others != "" {
		t.Errorf("%s is open to %s", path, others)
	}
	if mode := info.Mode().Perm(); modes && mode&0o077 != 0 {
		t.Errorf("%s is %v", path, mode)
	}
}
