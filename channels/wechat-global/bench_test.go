package wechatglobal

import (
	"context"
	"strings"
	"testing"
	"time"

	"tillpay/channels/wire"
)

// BenchmarkSign is the floor of a Pay: the bare signature over its body.
func BenchmarkSign(b *testing.B) {
	s := tk1(b)
	text := toSign("POST", payPath, []byte(read(b, "g3.body.json")), "1554208460", testNonce)
	for b.Loop() {
		if _, err := s.sign(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPay is everything the driver does for one Pay but the network and
// the platform's own work: body, signature, wire, parse, verify, compare.
func BenchmarkPay(b *testing.B) {
	c, p := newChannel(b, always(200, r1(b)))
	warm(b, c)
	canned := p.reply(200, r1(b)).Header
	p.answer = nil
	c.wire = cannedWire(b, canned, r1(b))
	for b.Loop() {
		if r := c.Pay(context.Background(), testPayment); r.Outcome.String() != "paid" {
			b.Fatalf("%+v", r)
		}
	}
}

// BenchmarkPayBeyondSign is BenchmarkPay less the request's signature: what
// the driver adds to its floor.
func BenchmarkPayBeyondSign(b *testing.B) {
	c, p := newChannel(b, always(200, r1(b)))
	warm(b, c)
	c.wire = cannedWire(b, p.reply(200, r1(b)).Header, r1(b))
	text := toSign("POST", payPath, []byte(read(b, "g3.body.json")), "1554208460", testNonce)
	var bare, whole time.Duration
	for b.Loop() {
		t0 := time.Now()
		if _, err := c.signer.sign(text); err != nil {
			b.Fatal(err)
		}
		t1 := time.Now()
		if r := c.Pay(context.Background(), testPayment); r.Outcome.String() != "paid" {
			b.Fatalf("%+v", r)
		}
		bare, whole = bare+t1.Sub(t0), whole+time.Since(t1)
	}
	b.ReportMetric(float64((whole-bare).Microseconds())/float64(b.N), "added-us/op")
}

func BenchmarkParse(b *testing.B) {
	body := r1(b)
	c, _ := newChannel(b, always(200, body))
	a := answer{status: 200, body: []byte(body), proof: proven}
	for b.Loop() {
		if r := c.trade(a, testOrder); r.Outcome.String() != "paid" {
			b.Fatal(strings.TrimSpace(r.Message))
		}
	}
}

// BenchmarkParts is a Pay's work beside its signature, part by part; decoding is
// BenchmarkParse.
func BenchmarkParts(b *testing.B) {
	c, p := newChannel(b, always(200, r1(b)))
	warm(b, c)
	reply := p.reply(200, r1(b))
	resp := &wire.Response{Status: 200, Header: reply.Header, Body: []byte(r1(b)), Sent: c.clock.Now(), Received: c.clock.Now()}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.payBody(testPayment); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if a := c.prove(context.Background(), resp, time.Now()); a.proof != proven {
				b.Fatal(a.status)
			}
		}
	})
}
