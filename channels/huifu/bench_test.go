package huifu

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

type canned struct{ body string }

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(c.body))}, nil
}

// benchChannel answers every call with the vectors' success.
func benchChannel(b *testing.B) (*Channel, []byte) {
	c, _ := newChannel(b, always(500, ""))
	w, err := wire.New(wire.Config{Endpoint: "https://platform.invalid", Transport: canned{vectorOf(b, "huifu-resp-success").Body}})
	if err != nil {
		b.Fatal(err)
	}
	c.wire = w
	f, err := c.payData(testPayment())
	if err != nil {
		b.Fatal(err)
	}
	return c, f.encode()
}

// BenchmarkSign is the floor of a Pay: the bare signature over its data.
func BenchmarkSign(b *testing.B) {
	c, data := benchChannel(b)
	for b.Loop() {
		if _, err := sign(c.key, data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPay is everything the driver does for one Pay but the network and
// the platform's own work: body, signature, wire, parse, verify, compare.
func BenchmarkPay(b *testing.B) {
	c, _ := benchChannel(b)
	for b.Loop() {
		if r := c.Pay(context.Background(), testPayment()); r.Outcome != channels.Paid {
			b.Fatalf("%+v", r)
		}
	}
}

// BenchmarkPayBeyondSign is BenchmarkPay less the request's signature: what
// the driver adds to its floor.
func BenchmarkPayBeyondSign(b *testing.B) {
	c, data := benchChannel(b)
	var bare, whole time.Duration
	for b.Loop() {
		t0 := time.Now()
		if _, err := sign(c.key, data); err != nil {
			b.Fatal(err)
		}
		t1 := time.Now()
		if r := c.Pay(context.Background(), testPayment()); r.Outcome != channels.Paid {
			b.Fatalf("%+v", r)
		}
		bare, whole = bare+t1.Sub(t0), whole+time.Since(t1)
	}
	b.ReportMetric(float64((whole-bare).Microseconds())/float64(b.N), "added-us/op")
}

// BenchmarkParts is a Pay's work beside its signature, part by part.
func BenchmarkParts(b *testing.B) {
	c, _ := benchChannel(b)
	resp := &wire.Response{Status: 200, Header: http.Header{}, Body: []byte(vectorOf(b, "huifu-resp-success").Body)}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			f, err := c.payData(testPayment())
			if err != nil || len(f.encode()) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if a := c.prove(resp); a.proof != proven {
				b.Fatal(a.code)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		a := c.prove(resp)
		for b.Loop() {
			if r := c.understandPay(a, testOrder(), false); r.Outcome != channels.Paid {
				b.Fatalf("%+v", r)
			}
		}
	})
}
