//go:build !unix

package usb

import "io/fs"

// owner knows nothing here: COM ports have no groups.
func owner(string) (fs.FileMode, string, bool) { return 0, "", false }
