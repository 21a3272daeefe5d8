//go:build !windows

package private

import (
	"io/fs"
	"os"
)

func keep(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }

func exposed(_ string, info fs.FileInfo) string {
	others := fs.FileMode(0o037)
	if info.IsDir() {
		others = 0o007
	}
	if mode := info.Mode().Perm(); mode&others != 0 {
		return mode.String()
	}
	return ""
}

func mend(path string, info fs.FileInfo) string {
	if info.IsDir() {
		return "chmod 700 " + path
	}
	return "chmod 640 " + path
}
