package transport

import "context"

// noPrinter is a till without one: nothing fails, and nothing claims to print.
type noPrinter struct{ name string }

func openNone(c Config) (Printer, error) { return noPrinter{c.name("none")}, nil }

func (p noPrinter) Name() string { return p.name }

func (noPrinter) Print(context.Context, []byte) (Result, error) { return None, nil }

func (noPrinter) Status(context.Context) (State, error) {
	return State{NoPrinter, "This till has no printer (printer.driver = \"none\")."}, nil
}
