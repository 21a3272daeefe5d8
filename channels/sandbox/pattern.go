package sandbox

import (
	"regexp"
	"sync"
)

// pattern is a regular expression that is compiled when it is first used: the
// sandbox is part of the agent, and no till waits for it at its start.
type pattern struct {
	expression string
	once       sync.Once
	compiled   *regexp.Regexp
}

func (p *pattern) MatchString(s string) bool {
	p.once.Do(func() { p.compiled = regexp.MustCompile(p.expression) })
	return p.compiled.MatchString(s)
}
