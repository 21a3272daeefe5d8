//go:build linux

package main

import (
	"bytes"
	"errors"
	"net"
	"regexp"
)

// openPaper listens as a network printer does, until ln is closed.
func openPaper() (*paper, net.Listener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	p := &paper{}
	go func() {
		for {
			conn, err := ln.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				go p.take(conn)
			}
		}
	}()
	return p, ln, nil
}

// questions are DLE EOT 1 to 4, and GS r 1 with which a job ends.
var questions = regexp.MustCompile(`\x10\x04[\x01-\x04]|\x1dr\x01`)

// take prints what one connection brings: all of it when the job ended, or as
// much as came when its sender died.
func (p *paper) take(conn net.Conn) {
	defer conn.Close()
	var job []byte
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		asked := len(questions.FindAllIndex(job, -1))
		job = append(job, buf[:n]...)
		for _, q := range questions.FindAll(job, -1)[asked:] {
			answer := byte(0x12) // well
			if q[0] == 0x1d {
				answer = 0
			}
			_, _ = conn.Write([]byte{answer})
		}
		if err != nil {
			break
		}
	}
	if slip := questions.ReplaceAll(job, nil); len(bytes.TrimSpace(slip)) > 0 {
		p.mu.Lock()
		p.slips = append(p.slips, string(slip))
		p.mu.Unlock()
	}
}
