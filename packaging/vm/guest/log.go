package main

import (
	"bufio"
	"flag"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// log follows the agent's log until a line of it matches, and prints that line's own
// time in ms since 1970: what was said before -since does not count.
func log(args []string) error {
	f := flag.NewFlagSet("log", flag.ContinueOnError)
	match := f.String("match", "", "a regular expression")
	since := f.Int64("since", 0, "ms since 1970")
	limit := f.Duration("for", time.Minute, "how long it is waited for")
	if err := f.Parse(args); err != nil {
		return err
	}
	want, err := regexp.Compile(*match)
	if err != nil {
		return err
	}
	c := exec.Command("journalctl", "-u", "tillpay", "-o", "cat", "--no-pager", "-n", "all", "-f")
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return err
	}
	tooLate := time.AfterFunc(*limit, func() { _ = c.Process.Kill() })
	defer func() { tooLate.Stop(); _ = c.Process.Kill(); _ = c.Wait() }()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		stamp, ok := strings.CutPrefix(lines.Text(), "time=")
		stamp, _, _ = strings.Cut(stamp, " ")
		if !ok || !want.MatchString(lines.Text()) {
			continue
		}
		if at, err := time.Parse(time.RFC3339, stamp); err == nil && at.UnixMilli() >= *since {
			fmt.Println(at.UnixMilli())
			return nil
		}
	}
	return fmt.Errorf("no line %q after %v", *match, *limit)
}
