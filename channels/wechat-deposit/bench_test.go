package wechatdeposit

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

func benched(b *testing.B) *Channel {
	c, _ := channel(b, 200, "")
	w, err := wire.New(wire.Config{Endpoint: "https://platform.invalid", Transport: canned(hmacOf(paid())), Now: at(testTime)})
	if err != nil {
		b.Fatal(err)
	}
	c.open = w
	return c
}

// BenchmarkPay is everything the driver does for one Pay but the network and
// the platform's own work: build, sign, encode, wire, parse, verify, compare.
func BenchmarkPay(b *testing.B) {
	c := benched(b)
	for b.Loop() {
		if r := c.Pay(context.Background(), testPayment); r.Outcome != channels.Paid {
			b.Fatalf("%+v", r)
		}
	}
}

// BenchmarkPayBeyondSign is BenchmarkPay less the request's HMAC: what the
// driver adds to its floor.
func BenchmarkPayBeyondSign(b *testing.B) {
	c := benched(b)
	e, err := c.payment(testPayment)
	if err != nil {
		b.Fatal(err)
	}
	c.sealed(e, hmacSHA256, nonce())
	var bare, whole time.Duration
	for b.Loop() {
		t0 := time.Now()
		c.key.sign(e, hmacSHA256)
		t1 := time.Now()
		if r := c.Pay(context.Background(), testPayment); r.Outcome != channels.Paid {
			b.Fatalf("%+v", r)
		}
		bare, whole = bare+t1.Sub(t0), whole+time.Since(t1)
	}
	b.ReportMetric(float64((whole-bare).Microseconds())/float64(b.N), "added-us/op")
}

func BenchmarkParse(b *testing.B) {
	body := []byte(read(b, "w3.xml"))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := parse(body, "xml"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParts is a Pay's work, part by part.
func BenchmarkParts(b *testing.B) {
	c := benched(b)
	e, err := c.payment(testPayment)
	if err != nil {
		b.Fatal(err)
	}
	c.sealed(e, hmacSHA256, nonce())
	body := []byte(hmacOf(paid()))
	b.Run("sign", func(b *testing.B) {
		for b.Loop() {
			c.key.sign(e, hmacSHA256)
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			e, err := c.payment(testPayment)
			if err != nil || len(e.encode()) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if a := c.prove(pay, hmacSHA256, 200, body); a.proof != proven {
				b.Fatal(a.flaw)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		a := c.prove(pay, hmacSHA256, 200, body)
		for b.Loop() {
			if r := c.understandPay(a, testPayment); r.Outcome != channels.Paid {
				b.Fatalf("%+v", r)
			}
		}
	})
}
