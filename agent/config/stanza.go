package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Stanza is the [[scanner]] as a person would write it, with what is not the default.
func (s Scanner) Stanza() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[[scanner]]\ndriver = %s\n", quoted(s.Driver))
	if s.Port != "" {
		fmt.Fprintf(&b, "port = %s\n", quoted(s.Port))
	} else {
		fmt.Fprintf(&b, "vendor = %s\nproduct = %s\n", usbNumber(s.Vendor), usbNumber(s.Product))
	}
	if s.Serial != "" {
		fmt.Fprintf(&b, "serial = %s\n", quoted(s.Serial))
	}
	return b.String()
}

// Append adds a stanza to the file that c was read from, if the file is still a
// configuration with it. The file is replaced at once, with its mode.
func (c *Config) Append(stanza string) error {
	file := c.doc.file
	text, problem := contents(file)
	if problem != nil {
		return problem
	}
	text = append(append(text, '\n'), stanza...)
	if _, errs := parse(file, text); len(errs) > 0 {
		return fmt.Errorf("with it the configuration would be wrong, and was left as it is: %w", errs[0])
	}
	about, err := os.Stat(file)
	if err != nil {
		return err
	}
	fresh, err := os.CreateTemp(filepath.Dir(file), ".tillpay-*.toml")
	if err != nil {
		return err
	}
	defer os.Remove(fresh.Name()) // gone already, once it has the file's name
	_, err = fresh.Write(text)
	err = errors.Join(err, fresh.Chmod(about.Mode().Perm()), sameOwner(fresh, about), fresh.Sync(), fresh.Close())
	if err != nil {
		return err
	}
	return os.Rename(fresh.Name(), file)
}
