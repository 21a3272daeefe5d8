package main

import (
	"errors"
	"io"
	"net"
	"os"
)

// relay joins stdin and stdout with a TCP connection; QEMU starts one for each
// connection that the guest makes to a forwarded address.
func relay(args []string) error {
	if len(args) != 1 {
		return errors.New("relay ADDRESS")
	}
	c, err := net.Dial("tcp", args[0])
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(c, os.Stdin)
		_ = c.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, c)
	return err
}

// listen makes a far address a loopback one: a till may shorten its deadlines
// for a platform on loopback alone.
func listen(args []string) error {
	if len(args) != 2 {
		return errors.New("listen ADDRESS TO")
	}
	ln, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go join(c.(*net.TCPConn), args[1])
	}
}

func join(c *net.TCPConn, to string) {
	defer c.Close()
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		_, _ = io.Copy(far, c)
		_ = far.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(c, far)
}
