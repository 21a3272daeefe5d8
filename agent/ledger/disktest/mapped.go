//go:build unix

package disktest

/*
#include <stdlib.h>
#include "vfs.h"
*/
import "C"

import (
	"errors"
	"sync"
	"unsafe"
)

// Mapped gives SQLite a second VFS, by the name that it answers: one whose files
// are mapped into this process's memory, so that no call of SQLite's enters the
// system. It is for simulations, which make millions of commits: on files that
// live in memory half of a commit's time is the system's calls. No other process
// may open such a file meanwhile.
func Mapped() (string, error) { return mapped() }

var mapped = sync.OnceValues(func() (string, error) {
	if C.disktest_map() != 0 {
		return "", errors.New("disktest: SQLite takes no VFS")
	}
	return "mapped", nil
})

// Kill lets nothing more reach the mapped files in dir that are open now, as if
// their process had died: what SQLite does to tidy up fails, and whoever opens
// them once all are closed finds what was written until then.
func Kill(dir string) {
	prefix := C.CString(dir + "/")
	defer C.free(unsafe.Pointer(prefix))
	C.disktest_kill(prefix)
}
