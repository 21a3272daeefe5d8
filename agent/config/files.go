package config

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"tillpay/channels/private"
	"tillpay/printer/raster"
)

// CheckFiles returns what is wrong with the files that the configuration
// names: keys and certificates that are not there, or that others can read.
// Token files may be missing: they are made at first start.
func (c *Config) CheckFiles() []*Error {
	var errs []*Error
	look := func(key, name string, made bool) {
		if e := c.checkFile(key, name, made); e != nil {
			errs = append(errs, e)
		}
	}
	look("api.token_file", c.API.TokenFile, true)
	for i, t := range c.Tokens {
		look(join(item("token", i), "file"), t.File, true)
	}
	look("printer.logo", c.Printer.Logo, false)
	look("notify.certificate_file", c.Notify.CertificateFile, false)
	look("notify.key_file", c.Notify.KeyFile, false)
	for _, ch := range c.Channels {
		for _, key := range slices.Sorted(maps.Keys(ch.keys)) {
			if name, ok := ch.keys[key].(string); ok && strings.HasSuffix(key, "_file") {
				look(join(ch.at, key), name, false)
			}
		}
	}
	if e := c.checkLogo(); e != nil && len(errs) == 0 {
		errs = append(errs, e)
	}
	return sorted(errs)
}

// checkLogo tries to draw it.
func (c *Config) checkLogo() *Error {
	if c.Printer.Logo == "" {
		return nil
	}
	file, err := os.ReadFile(c.Path(c.Printer.Logo))
	if err == nil {
		_, err = raster.Logo(file, 384)
	}
	if err == nil {
		return nil
	}
	return &Error{File: c.doc.file, Line: c.doc.line("printer.logo"), Key: "printer.logo", Value: shown("_file", c.Printer.Logo),
		Problem: "cannot be drawn (" + strings.TrimPrefix(err.Error(), "raster: ") + ")", Mend: "save it as a PNG file"}
}

// checkFile looks at one file. made says that it may be missing.
func (c *Config) checkFile(key, name string, made bool) *Error {
	if name == "" {
		return nil
	}
	e := &Error{File: c.doc.file, Line: c.doc.line(key), Key: key, Value: shown("_file", name)}
	path := c.Path(name)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if made {
			return nil
		}
		e.Problem, e.Mend = "there is no such file", "put it there, or correct the name"
	case errors.Is(err, fs.ErrPermission):
		e.Problem, e.Mend = "may not be looked at by this user", "run as the user of the service or as an administrator"
	case err != nil:
		e.Problem, e.Mend = "is not a file's name", "put the secret into a file, and write the file's name here"
	case !info.Mode().IsRegular():
		e.Problem, e.Mend = "is not a file", "name the file itself"
	case (made || secretFile(key, name)) && private.Exposed(path, info) != "":
		e.Problem, e.Mend = "can be read or changed by others than its owner and group ("+private.Exposed(path, info)+")", private.Mend(path, info)
	default:
		return nil
	}
	return e
}

// secretFile tells by its key, or its extension, whether a file is a secret.
// Certificates and public keys are for everybody.
func secretFile(key, name string) bool {
	key = strings.ToLower(key[len(parent(key)):])
	name = strings.ToLower(name)
	if strings.HasSuffix(name, ".p12") || strings.HasSuffix(name, ".pfx") {
		return true
	}
	if strings.Contains(key, "public") || strings.Contains(key, "certificate") {
		return false
	}
	for _, word := range []string{"key", "secret", "password", "token"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}
