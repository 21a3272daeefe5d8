// Command guest runs inside the test machine: it carries out what the test
// asks, and is the hardware around the till (USB scanners and printers through
// dummy_hcd, relays to the platforms and the network printer). The same program
// is the host's end of those relays. One static binary, standard library alone.
package main

import (
	"errors"
	"fmt"
	"os"
)

var commands = map[string]func(args []string) error{
	"serve":  serve,  // the test's hands: run a script, put and get files
	"gadget": gadget, // virtual USB devices: add, unplug, plug, rm, list
	"scan":   scan,   // a gadget scanner reads a code
	"hear":   hear,   // what a keyboard types into the system
	"log":    log,    // when the agent said something
	"sink":   sink,   // what a USB printer does with what it is sent
	"relay":  relay,  // one connection between stdin/stdout and an address
	"listen": listen, // a listener, each connection relayed to an address
}

func main() {
	err := errors.New("usage: guest serve|gadget|scan|hear|log|sink|relay|listen")
	if len(os.Args) > 1 {
		if run, ok := commands[os.Args[1]]; ok {
			err = run(os.Args[2:])
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "guest:", err)
		os.Exit(1)
	}
}
