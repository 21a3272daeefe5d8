package huishouqian

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

type canned string

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(c)))}, nil
}

func cannedChannel(b *testing.B) (*Channel, string) {
	v := vectors(b)
	c, _ := newChannel(b, nil)
	w, err := wire.New(wire.Config{Endpoint: "https://platform.invalid", Transport: canned(v.vector(b, "hsq-resp-success").Body)})
	if err != nil {
		b.Fatal(err)
	}
	c.wire = w
	return c, v.vector(b, "hsq-be-swept-wechat").ToSign
}

// BenchmarkSign is the floor of a Pay: the bare signature over its text.
func BenchmarkSign(b *testing.B) {
	c, text := cannedChannel(b)
	for b.Loop() {
		if _, err := c.signer.sign(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPay is everything the driver does for one Pay but the network and
// the platform's own work.
func BenchmarkPay(b *testing.B) {
	c, _ := cannedChannel(b)
	for b.Loop() {
		if r := c.Pay(context.Background(), testPayment); r.Outcome != channels.Paid {
			b.Fatalf("%+v", r)
		}
	}
}

// BenchmarkPayBeyondSign is BenchmarkPay less the request's signature.
func BenchmarkPayBeyondSign(b *testing.B) {
	c, text := cannedChannel(b)
	var bare, whole time.Duration
	for b.Loop() {
		t0 := time.Now()
		if _, err := c.signer.sign(text); err != nil {
			b.Fatal(err)
		}
		t1 := time.Now()
		if r := c.Pay(context.Background(), testPayment); r.Outcome != channels.Paid {
			b.Fatalf("%+v", r)
		}
		bare, whole = bare+t1.Sub(t0), whole+time.Since(t1)
	}
	b.ReportMetric(float64((whole-bare).Microseconds())/float64(b.N), "added-us/op")
}

// BenchmarkParts is a Pay's work beside its signature, part by part.
func BenchmarkParts(b *testing.B) {
	c, _ := cannedChannel(b)
	v := vectors(b)
	resp := &wire.Response{Status: 200, Header: http.Header{}, Body: []byte(v.vector(b, "hsq-resp-success").Body)}
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			q, err := c.payCall(testPayment)
			if err != nil || len(envelope{signContent: q.content.text()}.form("")) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if a := c.prove(resp, testTime); a.proof != proven {
				b.Fatal(a.code)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		a := c.prove(resp, testTime)
		for b.Loop() {
			if r := c.understandPay(a, testOrder, false); r.Outcome != channels.Paid {
				b.Fatalf("%+v", r)
			}
		}
	})
}
