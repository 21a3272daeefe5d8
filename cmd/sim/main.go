// Command sim proves that the simulator beside it can find bugs. It plants each
// bug of testdata/mutants into a copy of the sources, builds the simulator over
// that copy, and lets it play until a check fails. A bug that the simulator does
// not find, or whose patch no longer fits, fails the run.
//
// The simulator itself is this package's test, TestSimulation: it needs a bubble
// of virtual time, which only tests have. See docs/simulator.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	p := prover{}
	flag.StringVar(&p.dir, "mutants", "cmd/sim/testdata/mutants", "folder of patches")
	flag.StringVar(&p.only, "only", "", "plant only the bugs whose name has this in it")
	flag.BoolVar(&p.red, "red", false, "show all that the simulator says of a planted bug, and fail with it")
	flag.IntVar(&p.sales, "sales", 6000, "sales that a bug may survive before it counts as missed")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "sim:", err)
		os.Exit(1)
	}
}

// prover plants bugs, one after another.
type prover struct {
	dir, only string
	red       bool
	sales     int
	root      string // of the module
	work      string // a folder to build in
}

// run plants every bug and says how many were caught.
func (p *prover) run(ctx context.Context) (err error) {
	if p.root, err = os.Getwd(); err != nil {
		return err
	}
	patches, err := filepath.Glob(filepath.Join(p.dir, "*.patch"))
	if err != nil || len(patches) == 0 {
		return fmt.Errorf("no patches in %s: run it from the module's root", p.dir)
	}
	if p.work, err = os.MkdirTemp("", "tillpay-mutants"); err != nil {
		return err
	}
	defer os.RemoveAll(p.work)
	// The unharmed till first: where it fails, nothing below would prove anything.
	fmt.Println("no bug planted")
	healthy, err := p.play(ctx, "", p.sales/100)
	if err != nil {
		return err
	}
	if healthy.caught {
		return fmt.Errorf("the simulator fails without a planted bug:\n%s", healthy.output)
	}
	caught, planted := 0, 0
	var missed []string
	for _, patch := range patches {
		name := strings.TrimSuffix(filepath.Base(patch), ".patch")
		if !strings.Contains(name, p.only) {
			continue
		}
		planted++
		ok, err := p.plant(ctx, patch, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if ok {
			caught++
		} else {
			missed = append(missed, name)
		}
	}
	fmt.Printf("%d of %d caught\n", caught, planted)
	if len(missed) > 0 {
		return fmt.Errorf("the simulator does not see: %s", strings.Join(missed, ", "))
	}
	if planted == 0 {
		return fmt.Errorf("no bug in %s has %q in its name", p.dir, p.only)
	}
	if p.red {
		return errors.New("the till was broken, and the simulator is red")
	}
	return nil
}

// plant builds the simulator with one bug in it, and tells whether it was caught.
func (p *prover) plant(ctx context.Context, patch, name string) (bool, error) {
	begin := time.Now()
	text, err := os.ReadFile(patch)
	if err != nil {
		return false, err
	}
	why, _, _ := strings.Cut(string(text), "\n")
	fmt.Printf("%s: %s\n", name, why)
	overlay, err := p.overlay(ctx, patch, string(text))
	if err != nil {
		return false, err
	}
	v, err := p.play(ctx, overlay, p.sales)
	if err != nil {
		return false, err
	}
	if p.red {
		fmt.Println(v.output)
	}
	if !v.caught {
		fmt.Printf("  MISSED: %d sales, and every check holds (%v)\n", p.sales, time.Since(begin).Round(time.Second))
		return false, nil
	}
	fmt.Printf("  caught after %s sales, seed %s (%v): %s\n", v.sales, v.seed, time.Since(begin).Round(time.Second), v.why)
	return true, nil
}

// patched names the files that a patch changes.
var patched = regexp.MustCompile(`(?m)^\+\+\+ b/(\S+)`)

// overlay applies a patch to a copy of the files that it names, and tells the
// compiler to take those: the sources themselves stay as they are.
func (p *prover) overlay(ctx context.Context, patch, text string) (string, error) {
	tree := filepath.Join(p.work, "tree")
	if err := os.RemoveAll(tree); err != nil {
		return "", err
	}
	replace := map[string]string{}
	for _, m := range patched.FindAllStringSubmatch(text, -1) {
		from, to := filepath.Join(p.root, m[1]), filepath.Join(tree, m[1])
		source, err := os.ReadFile(from)
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(to, source, 0o644); err != nil {
			return "", err
		}
		replace[from] = to
	}
	if len(replace) == 0 {
		return "", errors.New("the patch changes no file")
	}
	patch, err := filepath.Abs(patch)
	if err != nil {
		return "", err
	}
	apply := exec.CommandContext(ctx, "git", "apply", patch)
	apply.Dir = tree
	apply.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+p.work)
	if out, err := apply.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the patch no longer fits: mend it, or take it out: %w\n%s", err, out)
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(p.work, "overlay.json")
	return file, os.WriteFile(file, b, 0o644)
}

// finding is what a simulation ended with.
type finding struct {
	caught           bool
	sales, seed, why string
	output           string
}

var (
	reported = regexp.MustCompile(`seed=(\d+) commit=\S+ after (\d+) sales\n.*\n\s*(.*)`)
	panicked = regexp.MustCompile(`panic: (?:seed=(\d+): )?(.*)`)
)

// play builds the simulator, with an overlay if there is one, and lets it run.
func (p *prover) play(ctx context.Context, overlay string, sales int) (finding, error) {
	binary := filepath.Join(p.work, "sim.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay="+overlay, "-o", binary, "./cmd/sim")
	build.Dir = p.root
	if out, err := build.CombinedOutput(); err != nil {
		return finding{}, fmt.Errorf("does not build: %w\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, binary, "-test.run=^TestSimulation$", "-test.timeout=9m", "-failures=1", "-world=30", "-rsa=0.6", "-trouble=3", fmt.Sprint("-sales=", sales))
	run.Dir = filepath.Join(p.root, "cmd", "sim")
	out, err := run.CombinedOutput()
	v := finding{output: string(out)}
	var exit *exec.ExitError
	switch {
	case err == nil:
		return v, nil
	case !errors.As(err, &exit):
		return v, err
	}
	if m := reported.FindStringSubmatch(v.output); m != nil {
		v.caught, v.seed, v.sales, v.why = true, m[1], m[2], m[3]
		return v, nil
	}
	if m := panicked.FindStringSubmatch(v.output); m != nil && !strings.Contains(m[2], "timed out") {
		v.caught, v.seed, v.sales, v.why = true, m[1], "some", m[2]
		return v, nil
	}
	return v, fmt.Errorf("the simulation ended without a verdict: %w\n%s", err, v.output)
}
