package fubei

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// BenchmarkSign is the floor of a Pay: the bare signature.
func BenchmarkSign(b *testing.B) {
	v := vectors(b)["fubei-swipe"]
	fields := v.envelope().fields()
	for b.Loop() {
		if sign(fields, v.Secret) != v.Sign {
			b.Fatal("wrong")
		}
	}
}

// BenchmarkPay is everything the driver does for one Pay but the network and
// the platform's own work: body, signature, wire, parse, compare.
func BenchmarkPay(b *testing.B) {
	p := &mute{body: done(state("SUCCESS"))}
	c, err := open(settingsOf(config(), secrets(b), channels.Env{Now: func() time.Time { return testNow }, Transport: p}))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r := c.Pay(context.Background(), testPayment); r.Outcome != channels.Paid {
			b.Fatalf("%+v", r)
		}
	}
}

// BenchmarkNotice is a callback, read and verified.
func BenchmarkNotice(b *testing.B) {
	c, _ := newChannel(b, always(500, ""))
	body := []byte(vectors(b)["fubei-notify-v2-pay"].Form)
	for b.Loop() {
		if _, err := c.Notified(context.Background(), nil, body); err != nil {
			b.Fatal(err)
		}
	}
}

// mute answers without looking.
type mute struct{ body string }

func (m *mute) RoundTrip(*http.Request) (*http.Response, error) {
	return reply(http.StatusOK, m.body), nil
}

// BenchmarkParts is a Pay's work beside its signature, part by part. No reply is
// signed: what proves one is in its decoding.
func BenchmarkParts(b *testing.B) {
	c, _ := newChannel(b, always(500, ""))
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			biz, err := c.payBody(testPayment)
			if err != nil || len(envelope{biz: string(biz)}.body("")) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		resp := &wire.Response{Status: 200, Header: http.Header{}, Body: []byte(done(state("SUCCESS")))}
		for b.Loop() {
			if r := c.understandPay(readAnswer(resp), testPayment); r.Outcome != channels.Paid {
				b.Fatalf("%+v", r)
			}
		}
	})
}
