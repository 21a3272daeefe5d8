//go:build linux

// Command kills ends the built agent with SIGKILL at every call by which it
// stores or sends something during a sale, and at random moments under load,
// lets it start again, and has the outcome judged by what can be seen from
// outside: the API's answers, the paper, and the platform's own books. It shares
// no code with the agent.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == tracerWord {
		os.Exit(tracerMain(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "kills:", err)
		os.Exit(1)
	}
}

// options of one run.
type options struct {
	agent   string
	random  int
	stories string
	seed    uint64
	every   bool
	history int
	keep    bool
}

// errViolated: the till broke a promise; the report says which.
var errViolated = errors.New("promises were broken")

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flag.NewFlagSet("kills", flag.ContinueOnError)
	var o options
	f.StringVar(&o.agent, "agent", "bin/tillpay", "the built agent")
	f.IntVar(&o.random, "n", 2000, "how many kills at random moments under load; 0: none")
	f.StringVar(&o.stories, "stories", "all", "which `stories` meet a kill at every call: all, none, or names with commas")
	f.BoolVar(&o.every, "every", false, "also each of the like calls, one behind the other, by which write-ahead log and reserve first grow")
	f.IntVar(&o.history, "history", 1_000_000, "how many paid sales a till has whose recovery is measured; 0: none")
	f.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the random moments and of what the customers do")
	f.BoolVar(&o.keep, "keep", false, "leave the tills' folders behind")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.agent, err = filepath.Abs(o.agent); err != nil {
		return err
	}
	if _, err := os.Stat(o.agent); err != nil {
		return fmt.Errorf("%w (make build makes it)", err)
	}
	dir, err := os.MkdirTemp("", "tillpay-kills-")
	if err != nil {
		return err
	}
	if o.keep {
		fmt.Fprintln(out, "folders:", dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	s, err := openStreet(ctx, o.agent, dir)
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Fprintf(out, "kills: seed %d\n", o.seed)
	violations := 0
	for _, story := range chosen(o.stories) {
		r, err := s.killAtEveryCall(ctx, story, o.every)
		if err != nil {
			return fmt.Errorf("%s: %w", story.name, err)
		}
		violations += r.print(out)
	}
	if o.random > 0 {
		r, err := s.killUnderLoad(ctx, o.random, o.seed)
		if err != nil {
			return fmt.Errorf("under load: %w", err)
		}
		violations += r.print(out)
	}
	if o.history > 0 {
		r, err := s.recoverWith(ctx, o.history)
		if err != nil {
			return fmt.Errorf("recovery: %w", err)
		}
		violations += r.print(out)
	}
	fmt.Fprintf(out, "violations: %d\n", violations)
	if violations > 0 {
		return errViolated
	}
	return nil
}

func chosen(names string) []story {
	var all []story
	for _, s := range stories {
		if names == "all" || names != "none" && strings.Contains(","+names+",", ","+s.name+",") {
			all = append(all, s)
		}
	}
	return all
}
