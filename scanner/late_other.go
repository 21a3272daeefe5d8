//go:build !windows

package scanner

import "time"

// late is more than a machine with nothing better to do needs to wake.
const late = 5 * time.Millisecond
