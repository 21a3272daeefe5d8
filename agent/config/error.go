package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tillpay/channels"
)

// Error is one thing that is wrong with the configuration, or with a file that
// it names. Its text is one line: where, what, and what to do.
type Error struct {
	File    string
	Line    int    // from 1; 0 where a line makes no sense
	Key     string // payment.deadline, channel[1].sp_mchid; empty: the file itself
	Value   string // as TOML; empty for what may be a secret
	Problem string
	Mend    string
}

func (e *Error) Error() string {
	var s strings.Builder
	s.WriteString(e.File + ":")
	if e.Line > 0 {
		s.WriteString(strconv.Itoa(e.Line) + ":")
	}
	s.WriteString(" ")
	if e.Key != "" {
		s.WriteString(e.Key)
		if e.Value != "" {
			s.WriteString(" = " + e.Value)
		}
		s.WriteString(": ")
	}
	s.WriteString(e.Problem)
	if e.Mend != "" {
		s.WriteString(": " + e.Mend)
	}
	return s.String()
}

// sorted puts errors into the order of the file.
func sorted(errs []*Error) []*Error {
	slices.SortStableFunc(errs, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	return errs
}

// Locate adds file and line to what a driver found wrong with its channel.
func (c *Config) Locate(channel string, wrong *channels.SettingError) *Error {
	at := "channel"
	for i, ch := range c.Channels {
		if ch.Name == channel {
			at = item("channel", i)
		}
	}
	e := &Error{File: c.doc.file, Key: at + "." + wrong.Key, Problem: wrong.Problem, Mend: wrong.Mend}
	e.Line = c.doc.line(e.Key)
	if v, ok := c.doc.value(e.Key); ok {
		if wrong.Value != "" {
			e.Value = shown(wrong.Key, v)
		}
	} else if wrong.Value != "" && !secret(wrong.Key) {
		e.Value = literal(wrong.Value)
	}
	return e
}
