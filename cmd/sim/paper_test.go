package main

import (
	"bytes"
	"context"
	"regexp"
	"time"

	"tillpay/printer/transport"
)

// paper is the printer, and what came out of it. It reads only the bytes.
type paper struct {
	w   *world
	run *run
}

// slip is one piece of paper.
type slip struct {
	title, number, refund string
	copy                  bool
}

var (
	orderLine  = regexp.MustCompile(`Order no\. (\d{28})`)
	refundLine = regexp.MustCompile(`Refund no\.\s+(\d{28})`)
	titles     = []string{"DEPOSIT HELD", "CANCELLED - NOT CHARGED", "CANCELLED - MONEY RETURNED", "RESULT NOT KNOWN"}
)

func readSlip(b []byte) slip {
	s := slip{title: "SALE", copy: bytes.Contains(b, []byte("COPY "))}
	if m := orderLine.FindSubmatch(b); m != nil {
		s.number = string(m[1])
	}
	if m := refundLine.FindSubmatch(b); m != nil {
		s.refund, s.title = string(m[1]), "REFUND"
	}
	for _, t := range titles {
		if bytes.Contains(b, []byte(t)) {
			s.title = t
		}
	}
	return s
}

func (p *paper) Name() string { return "paper" }

func (p *paper) Status(context.Context) (transport.State, error) {
	return transport.State{Status: transport.Ready}, nil
}

func (p *paper) Print(ctx context.Context, b []byte) (transport.Result, error) {
	w := p.w
	if p.run.dead() {
		return transport.Unknown, errDead
	}
	s := readSlip(b)
	who, ok := w.name(s.number)
	if !ok {
		w.fail("a slip without an order number that we know: %q", b)
	}
	d := throw(w.seed, aboutPaper, who.sale, who.try, who.order, w.exchange(who, kind("print "+s.title)))
	takes := d.between(20*time.Millisecond, 300*time.Millisecond)
	var f fault
	if w.troubled() && d.chance(0.03) {
		f = []fault{paperOut, paperOut, paperUnknown, paperUnknown, paperSlow, crashPaper}[d.pick(6)]
		w.met(who.sale, f)
	}
	if f == paperSlow {
		takes = d.between(time.Second, 9*time.Second)
	}
	landed := d.chance(0.5) // of what nobody knows
	if f != paperOut && (f != paperUnknown && f != crashPaper || landed) {
		w.printed(p.run, who, s)
	}
	if f == crashPaper {
		time.AfterFunc(takes/2, func() { p.run.crash(f) })
	}
	if err := wait(ctx, p.run, takes, nil); err != nil {
		return transport.Unknown, err
	}
	switch f {
	case paperOut:
		return transport.NotPrinted, &transport.StateError{State: transport.State{Status: transport.PaperOut, Detail: "no paper"}}
	case paperUnknown:
		return transport.Unknown, nil
	}
	return transport.Printed, nil
}
