package channels

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// Settings is one [[channel]] of the configuration.
type Settings struct {
	Name string
	Till Till
	// Decode fills a driver's configuration struct (fields tagged `toml:"…"`)
	// strictly: an unknown key is an error that names it.
	Decode func(into any) error
	// Path resolves a file name of the configuration.
	Path func(name string) string
	// CacheDir is a folder of this channel's own for what can be fetched again.
	CacheDir string
	// Env is what the program lends; its zero value serves a till.
	Env Env
}

// Env is the world as a channel sees it, so that a simulator can be one.
type Env struct {
	Now       func() time.Time  // nil: time.Now
	Log       *slog.Logger      // nil: silent
	Version   string            // of the program, for User-Agent
	Transport http.RoundTripper // in place of the network; nil on a till
}

// Till is where the payment is made.
type Till struct {
	ID           string
	StoreID      string
	StoreName    string
	StoreAddress string
}

// SettingError is one thing wrong with a channel's settings. Whoever reads the
// file adds the line.
type SettingError struct {
	Key     string // as in the file
	Value   string // as given; empty for secrets
	Problem string // what is wrong
	Mend    string // what to do
}

func (e *SettingError) Error() string {
	s := e.Key
	if e.Value != "" {
		s += fmt.Sprintf(" = %q", e.Value)
	}
	return fmt.Sprintf("%s: %s: %s", s, e.Problem, e.Mend)
}
