// Command tillpay is the payment agent of a till.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// version is set by the build.
var version = "dev"

// Exit codes, a promise to scripts.
const (
	exitDone    = 0
	exitFailed  = 1 // refused or failed
	exitUsage   = 2
	exitNoAgent = 3 // the agent does not answer
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := dispatch(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

func (t terminal) printf(format string, args ...any) { fmt.Fprintf(t.out, format, args...) }

// command is one subcommand: its name, its arguments, a line of help, and what
// it does.
type command struct {
	name, args, help string
	run              func(ctx context.Context, t terminal, args []string) error
}

// commands in the order of the help: the till, the sandbox, then sales.
func commands() []command {
	return []command{
		{"run", "", "work as the till's agent, until stopped", runRun},
		{"demo", "", "try it: no hardware, no account; prints the page's address", runDemo},
		{"sandbox", "", "simulate the payment platforms, for a POS developer", runSandbox},
		{"pay", "AMOUNT", "open a sale and follow it to its end", runPay},
		{"prepare", "SALE CHANNEL", "create an order that the customer pays in an app, and print what starts it there", runPrepare},
		{"sales", "", "list sales", runSales},
		{"show", "SALE|NUMBER|channel NAME", "show a sale, by any number that it goes by, or what a channel can do", runShow},
		{"cancel", "SALE", "stop a sale and undo what is in flight", runCancel},
		{"refund", "SALE [AMOUNT]", "give money back: all that is left, or AMOUNT", runRefund},
		{"capture", "SALE AMOUNT", "settle a held deposit: AMOUNT is the shop's, the rest goes back", runCapture},
		{"release", "SALE", "give a held deposit back, nothing charged", runRelease},
		{"reprint", "SALE", "print a copy of a receipt", runReprint},
		{"attention", "[resolve ID CHOICE]", "list what needs a person, or settle it", runAttention},
		{"page", "", "print a one-time link that opens the page signed in", runPage},
		{"day", "[DATE]", "what a day took and gave back, by channel and currency (default: today)", runDay},
		{"drawer", "--reason WHY", "open the cash drawer; the reason is journaled", runDrawer},
		{"receipt", "preview", "draw a slip without a printer: text, HTML or PNG", runReceipt},
		{"reconcile", "", "compare a day with the platforms' statements, to the cent", runReconcile},
		{"verify", "", "prove the journal's chain and the books' sums, also offline and on a copy", runVerify},
		{"devices", "[learn|restore]", "list scanners and USB printers and how they fare; learn: see which one scans", runDevices},
		{"backup", "FOLDER|FILE", "copy the ledger while sales go on, and prove the copy", runBackup},
		{"journal", "export", "the journal as JSON lines, each with its hash", runJournal},
		{"doctor", "", "check everything that a sale will need, and say what mends what is wrong", runDoctor},
		{"config", "check|init|show", "check, begin or show the configuration", runConfig},
		{"version", "", "print the version", runVersion},
	}
}

// usageError is wrong use of a command: exit code 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// errNoAgent: nobody answers on the agent's address.
var errNoAgent = errors.New("the agent does not answer")

func dispatch(ctx context.Context, args []string, t terminal) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		help(t.out)
		if len(args) == 0 {
			return exitUsage
		}
		return exitDone
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, t, args[1:])
		var usage usageError
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return exitDone
		case errors.As(err, &usage):
			fmt.Fprintf(t.err, "tillpay %s: %v\nusage: tillpay %s\n", c.name, err, strings.TrimSpace(c.name+" [flags] "+c.args))
			return exitUsage
		case errors.Is(err, errNoAgent):
			fmt.Fprintf(t.err, "tillpay %s: %v\n", c.name, err)
			return exitNoAgent
		}
		fmt.Fprintf(t.err, "tillpay %s: %v\n", c.name, err)
		return exitFailed
	}
	fmt.Fprintf(t.err, "tillpay: there is no command %q; tillpay help lists them\n", args[0])
	return exitUsage
}

func help(w io.Writer) {
	fmt.Fprintf(w, "tillpay takes payment codes at a till, and never loses a cent.\n\nusage: tillpay COMMAND [flags] [arguments]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-26s %s\n", strings.TrimSpace(c.name+" "+c.args), c.help)
	}
	fmt.Fprintf(w, "\ntillpay COMMAND -h lists a command's flags.\nexit codes: 0 done, 1 refused or failed, 2 wrong use, 3 the agent does not answer\n")
}

// parse reads a command's flags and wants between least and most arguments
// behind them. Flags may also stand behind arguments.
func parse(f *flag.FlagSet, t terminal, args []string, least, most int) ([]string, error) {
	f.SetOutput(io.Discard)
	var rest []string
	for {
		if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
			f.SetOutput(t.out)
			fmt.Fprintf(t.out, "flags of tillpay %s:\n", f.Name())
			f.PrintDefaults()
			return nil, err
		} else if err != nil {
			return nil, usageError{err.Error()}
		}
		if f.NArg() == 0 {
			break
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
	if len(rest) < least || len(rest) > most {
		return nil, usageError{fmt.Sprintf("%d arguments were given, not %d to %d", len(rest), least, most)}
	}
	return rest, nil
}

func runVersion(_ context.Context, t terminal, args []string) error {
	f := flag.NewFlagSet("version", flag.ContinueOnError)
	asJSON := f.Bool("json", false, "print JSON")
	if _, err := parse(f, t, args, 0, 0); err != nil {
		return err
	}
	if *asJSON {
		return printJSON(t.out, map[string]string{"version": version})
	}
	t.printf("tillpay %s\n", version)
	return nil
}
