package config

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"tillpay/channels/private"
)

// Token reads the token of a program that may use the API. If there is no such
// file it makes one: 32 random bytes in hex, for its owner and group only. A
// file that others can read is refused. The error is a *Error.
func Token(path string) (string, error) {
	token, err := readToken(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return "", &Error{File: path, Problem: "no token could be made: " + err.Error()}
	}
	token = hex.EncodeToString(fresh)
	err = writeToken(path, token)
	if errors.Is(err, fs.ErrExist) { // another process was first
		return readToken(path)
	}
	if err != nil {
		return "", &Error{File: path, Problem: "the token cannot be written: " + cause(err), Mend: "give the service's user the right to write into this folder, or write the file yourself"}
	}
	return token, nil
}

func readToken(path string) (string, error) {
	f, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err != nil {
		return "", &Error{File: path, Problem: "the token cannot be read: " + cause(err), Mend: "give the service's group the right to read it (chmod 640 " + path + ")"}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", &Error{File: path, Problem: "is not a file", Mend: "name the token's file itself"}
	}
	if others := private.Exposed(path, info); others != "" {
		return "", &Error{File: path, Problem: "the token can be read or changed by others than its owner and group (" + others + ")", Mend: private.Mend(path, info)}
	}
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return "", &Error{File: path, Problem: "the token cannot be read: " + cause(err)}
	}
	token := strings.TrimSpace(string(text))
	odd := strings.ContainsFunc(token, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' })
	if len(token) < 16 || odd { // cut off by a full disk, say, or guessable
		return "", &Error{File: path, Problem: "the token is not 16 or more plain characters", Mend: "delete the file: a new one is made at the next start"}
	}
	return token, nil
}

// writeToken makes the file, durably and whole or not at all: a half one, left by
// a plug that was pulled, would keep the till from ever starting again.
func writeToken(path, token string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if left := os.Remove(f.Name()); !errors.Is(left, fs.ErrNotExist) {
			err = errors.Join(err, left)
		}
	}()
	if _, err := f.WriteString(token + "\n"); err != nil {
		return errors.Join(err, f.Close())
	}
	// For its owner and group, whatever the umask is.
	if err := errors.Join(private.Keep(f.Name(), 0o640), f.Sync(), f.Close()); err != nil {
		return err
	}
	return place(f.Name(), path)
}

// cause is why a file could not be used, without its name, which stands before.
func cause(err error) string {
	var failed *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &failed):
		return failed.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}
