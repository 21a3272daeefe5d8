package wire

import (
	"crypto/x509"
	"io"
	"net/url"
	"os"

	"tillpay/channels"
)

// Common is the part of a driver's settings that is about the way to its platform.
type Common struct {
	Endpoint string
	Backups  []string
	CAFile   string
}

// Configure checks the common settings and makes a Config of them. A problem
// is a *channels.SettingError.
func Configure(s channels.Settings, c Common) (Config, error) {
	cfg := Config{
		Endpoint: c.Endpoint, Backups: c.Backups,
		Version: s.Env.Version, Now: s.Env.Now, Log: s.Env.Log, Transport: s.Env.Transport,
	}
	if err := CheckEndpoint("endpoint", c.Endpoint); err != nil {
		return cfg, err
	}
	for _, b := range c.Backups {
		if err := CheckEndpoint("backup_endpoints", b); err != nil {
			return cfg, err
		}
	}
	if c.CAFile == "" {
		return cfg, nil
	}
	var err error
	cfg.MoreRoots, err = extraRoots(s, c.CAFile)
	return cfg, err
}

// CheckEndpoint insists on https, and on scheme and host alone.
func CheckEndpoint(key, value string) error {
	if _, err := parseHost(value); err == nil {
		return nil
	}
	problem := "is not scheme and host"
	if u, err := url.Parse(value); err == nil && u.Scheme == "http" {
		problem = "is not https"
	}
	if u, err := url.Parse(value); err == nil && u.User != nil {
		value = "" // it may hold a password
	}
	return &channels.SettingError{Key: key, Value: value, Problem: problem,
		Mend: "write it as https://host, without a path"}
}

// extraRoots is the content of a PEM file with a root certificate.
func extraRoots(s channels.Settings, name string) ([]byte, error) {
	bad := func(problem string) error {
		return &channels.SettingError{Key: "ca_file", Value: name, Problem: problem,
			Mend: "name a PEM file with the root certificate"}
	}
	path := name
	if s.Path != nil {
		path = s.Path(name)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, bad("cannot be opened")
	}
	defer f.Close()
	pem, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, bad("cannot be read")
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, bad("holds no certificate")
	}
	return pem, nil
}
