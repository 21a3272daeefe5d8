// Package private keeps files to those who own them, on every system: keys, tokens
// and the ledger. Unix has modes for that, Windows access control lists.
package private

import "io/fs"

// Keep gives a file or folder that is there to its owner; mode says what else its
// group may do on Unix. On Windows its owner, the system and the administrators
// may use it, whatever its folder passes on, and what is made in a folder follows.
func Keep(path string, mode fs.FileMode) error { return keep(path, mode) }

// Exposed tells in words who may use a file beside its owner, or "" where nobody
// can: people outside its group, or a group that may change it (a folder's group
// may). info is of path.
func Exposed(path string, info fs.FileInfo) string { return exposed(path, info) }

// Mend is the command that makes path private.
func Mend(path string, info fs.FileInfo) string { return mend(path, info) }
