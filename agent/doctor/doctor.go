// Package doctor is the technician's checks. Each looks at one thing, changes
// nothing that matters, and says what it found and what mends it. A new check is
// one function and one line in Checks.
package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"tillpay/agent"
	"tillpay/agent/config"
	"tillpay/channels"
)

// Level is how bad a finding is.
type Level string

const (
	OK      Level = "ok"
	Warning Level = "warning" // works, and will not for ever, or could not be proven
	Broken  Level = "broken"
)

// Finding is what a check found of one thing.
type Finding struct {
	What  string `json:"what"` // ledger, channel huifu, scanner …
	Level Level  `json:"level"`
	Found string `json:"found"`
	Mend  string `json:"mend,omitempty"`
}

// Patient is what the checks look at.
type Patient struct {
	File   string
	Config *config.Config  // nil where the file cannot be used: Wrong says why
	Wrong  []*config.Error // of the file, and of the files that it names
	// Open makes a channel as the agent does, with nothing sent.
	Open func(config.Channel) (channels.Channel, error)
	// Running asks the agent how everything is; an error if none answers.
	Running func(context.Context) (*agent.Status, error)
	Now     func() time.Time

	opened []opened
}

// opened is a channel of the configuration; nil where it could not be made.
type opened struct {
	name    string
	channel channels.Channel
}

// Check looks at one thing.
type Check func(ctx context.Context, p *Patient) []Finding

// Checks are all of them, in the order in which a technician needs them.
func Checks() []Check {
	return []Check{Configuration, DataFolder, Ledger, Channels, Credentials, Certificates, Clock, CallbackCertificate, Running}
}

// Examine runs checks. What cannot be looked at without a configuration is not.
func Examine(ctx context.Context, p *Patient, checks []Check) Report {
	var r Report
	for _, check := range checks {
		for _, f := range check(ctx, p) {
			r.Findings = append(r.Findings, f)
			switch f.Level {
			case OK:
				r.OK++
			case Warning:
				r.Warnings++
			default:
				r.Broken++
			}
		}
	}
	return r
}

// Report is what was found.
type Report struct {
	OK       int       `json:"ok"`
	Warnings int       `json:"warnings"`
	Broken   int       `json:"broken"`
	Findings []Finding `json:"findings"`
}

// Write prints a report for people.
func (r Report) Write(w io.Writer) error {
	width := 0
	for _, f := range r.Findings {
		width = max(width, len(f.What))
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(w, "%-8s %-*s  %s\n", f.Level, width, f.What, f.Found); err != nil {
			return err
		}
		if f.Mend != "" {
			if _, err := fmt.Fprintf(w, "%-8s %-*s  → %s\n", "", width, "", f.Mend); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "\n%d ok, %d to look at, %d broken\n", r.OK, r.Warnings, r.Broken)
	return err
}

func ok(what, format string, args ...any) Finding {
	return Finding{What: what, Level: OK, Found: fmt.Sprintf(format, args...)}
}

func warn(what, mend, format string, args ...any) Finding {
	return Finding{what, Warning, fmt.Sprintf(format, args...), mend}
}

func broken(what, mend, format string, args ...any) Finding {
	return Finding{what, Broken, fmt.Sprintf(format, args...), mend}
}

// Configuration is the file, and the files that it names.
func Configuration(_ context.Context, p *Patient) []Finding {
	var all []Finding
	for _, e := range p.Wrong {
		place := e.File
		if e.Line > 0 {
			place = fmt.Sprintf("%s:%d", place, e.Line)
		}
		all = append(all, broken("configuration", e.Mend, "%s: %s", place, strings.TrimSpace(e.Key+" "+e.Problem)))
	}
	if len(all) > 0 || p.Config == nil {
		return all
	}
	return []Finding{ok("configuration", "%s: %d channels, %d scanners, printer %s", p.File, len(p.Config.Channels), len(p.Config.Scanners), p.Config.Printer.Driver)}
}
