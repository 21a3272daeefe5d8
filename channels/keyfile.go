package channels

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"tillpay/channels/private"
)

// maxKeyFile bounds what is read as a key: the largest PEM chains are a tenth.
const maxKeyFile = 64 << 10

// ReadKeyFile reads a secret that the configuration names under key. A file
// that people outside its owner and group can read, or that its group can
// write, is refused, as is one that a group of everybody can use on Windows.
func ReadKeyFile(s Settings, key, name string) ([]byte, error) {
	if name == "" {
		return nil, &SettingError{Key: key, Problem: "is missing", Mend: "name the key file"}
	}
	path := name
	if s.Path != nil {
		path = s.Path(name)
	}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &SettingError{key, name, "there is no such file", "put the key file there, or correct the name"}
	case errors.Is(err, fs.ErrPermission):
		return nil, &SettingError{key, name, "may not be read by this user", "give the service's group the right to read it (chmod 640)"}
	case err != nil:
		return nil, &SettingError{key, name, "cannot be opened", "check the name and the file"}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, &SettingError{key, name, "is not a regular file", "name the key file itself"}
	}
	// Owner may do as he likes, the group may read, nobody else anything.
	if others := private.Exposed(path, info); others != "" {
		return nil, &SettingError{key, name, "others than its owner and group may use it (" + others + ")", private.Mend(path, info)}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	switch {
	case err != nil:
		return nil, &SettingError{key, name, "cannot be read", "check the file and its disk"}
	case len(data) > maxKeyFile:
		return nil, &SettingError{key, name, "is too large for a key", "name the key file itself"}
	case len(data) == 0:
		return nil, &SettingError{key, name, "is empty", "put the key into it"}
	}
	return data, nil
}
