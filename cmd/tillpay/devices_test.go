package main

import (
	"testing"

	"tillpay/agent/config"
	"tillpay/printer/escpos"
	"tillpay/scanner"
	"tillpay/scanner/learn"
	"tillpay/scanner/serial"
)

// devices learn, which runs beside the agent, opens no port of the configuration's.
func TestLearnOpensNoPortOfTheAgent(t *testing.T) {
	gun, err := serial.New(serial.Config{Port: "/dev/ttyACM9"})
	if err != nil {
		t.Fatal(err)
	}
	printer, err := openPrinter(&config.Config{Printer: config.Printer{Driver: "serial", Port: "/dev/ttyUSB7"}}, escpos.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	ours := portsOf([]scanner.Scanner{gun}, printer)
	for place, want := range map[string]bool{"/dev/ttyACM9": true, "/dev/ttyUSB7": true, "/dev/ttyUSB6": false} {
		if got := ours(learn.Device{Mode: learn.Serial, Place: place}); got != want {
			t.Errorf("%s is left alone: %v", place, got)
		}
	}
	if portsOf(nil, nil)(learn.Device{Mode: learn.Serial, Place: "/dev/ttyUSB7"}) {
		t.Error("without a configuration nothing is watched")
	}
}
