package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tillpay/channels"
)

// notifiee is a platform's half of a channel: a body that says good proves itself.
type notifiee struct{ seen int }

func (c *notifiee) Notified(ctx context.Context, h http.Header, body []byte) (channels.Notice, error) {
	c.seen++
	n := channels.Notice{Status: 401, Answer: []byte("FAIL"), AnswerType: "text/plain; charset=utf-8"}
	switch {
	case string(body) == "panic":
		panic("ouch")
	case string(body) == "slow":
		<-ctx.Done()
		return n, ctx.Err()
	case !strings.HasPrefix(string(body), "good"):
		return n, errors.New("notice: is not proven by its signature")
	}
	n.ID, n.OutTradeNo, n.RefundNo = "n1", "0001", "f1"
	n.Status, n.Answer = 200, []byte("RECV_0001")
	return n, nil
}

// porch is a callback listener's handler, and what it did.
type porch struct {
	*Callbacks
	platform *notifiee
	log      *logged
	mu       sync.Mutex
	hints    []string
	fails    error
}

func newPorch() *porch {
	p := &porch{platform: &notifiee{}, log: &logged{}}
	p.Callbacks = NewCallbacks(CallbacksConfig{
		Channels: map[string]channels.Notifiee{"huifu": p.platform, "other": &notifiee{}},
		Hint: func(_ context.Context, channel string, n channels.Notice) (bool, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.hints = append(p.hints, channel+" "+n.OutTradeNo+" "+n.RefundNo)
			return false, p.fails
		},
		Log: slog.New(slog.NewTextHandler(p.log, nil)),
	})
	return p
}

func (p *porch) call(method, path, body, from string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://anything.example"+path, strings.NewReader(body))
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

const stranger = "198.51.100.7:40000"

func TestCallbackIsAnsweredInThePlatformsWords(t *testing.T) {
	p := newPorch()
	for _, c := range []struct {
		method, path, body string
		status             int
		answer             string
	}{
		{"POST", "/v1/notify/huifu", "good", 200, "RECV_0001"},
		{"POST", "/v1/notify/huifu", "good", 200, "RECV_0001"}, // twice, and of a number that nobody has
		{"POST", "/v1/notify/huifu?x=1", "good", 200, "RECV_0001"},
		{"POST", "/v1/notify/huifu", "forged 6222021234567890", 401, "FAIL"},
		{"POST", "/v1/notify/huifu", "", 401, "FAIL"},
		{"POST", "/v1/notify/huifu", strings.Repeat("x", maxBody), 401, "FAIL"},
		{"POST", "/v1/notify/huifu", "good" + strings.Repeat("x", maxBody), 413, ""},
		{"POST", "/v1/notify/huifu", "panic", 500, ""},
		{"GET", "/v1/notify/huifu", "", 405, ""},
		{"PUT", "/v1/notify/huifu", "good", 405, ""},
		{"POST", "/v1/notify/nobody", "good", 404, ""},
		{"POST", "/v1/notify/", "good", 404, ""},
		{"POST", "/v1/notify/huifu/", "good", 404, ""},
		{"POST", "//v1/notify/huifu", "good", 404, ""},
		{"GET", "/v1/status", "", 404, ""},
		{"GET", "/", "", 404, ""},
		{"GET", "/healthz", "", 404, ""},
		{"GET", "/metrics", "", 404, ""},
		{"GET", "/openapi.json", "", 404, ""},
	} {
		w := p.call(c.method, c.path, c.body, stranger)
		if w.Code != c.status || w.Body.String() != c.answer {
			t.Errorf("%s %s %.20q: %d %q", c.method, c.path, c.body, w.Code, w.Body)
		}
	}
	if want := "huifu 0001 f1"; !slices.Equal(p.hints, []string{want, want, want}) {
		t.Error(p.hints)
	}
	log := p.log.String()
	if n := strings.Count(log, `msg="callback refused" channel=huifu`); n != 4 {
		t.Errorf("%d lines of refusals:\n%s", n, log)
	}
	for _, secret := range []string{"622202", "forged", "xxxx"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has a body's %s:\n%s", secret, log)
		}
	}
	for _, want := range []string{`why="notice: is not proven by its signature" status=401 from=198.51.100.7:40000`, `why="the body is larger than 64 KiB"`, "asked_about=false"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

// What cannot be followed is called again.
func TestCallbackThatCannotBeFollowed(t *testing.T) {
	p := newPorch()
	p.fails = errors.New("disk I/O error")
	if w := p.call("POST", "/v1/notify/huifu", "good", stranger); w.Code != 503 || w.Body.Len() != 0 {
		t.Error(w.Code, w.Body)
	}
	if !strings.Contains(p.log.String(), "disk I/O error") {
		t.Error(p.log)
	}
}

// A driver that takes long is cut off before the most impatient platform is.
func TestSlowDriverIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPorch()
		begun := time.Now()
		if w := p.call("POST", "/v1/notify/huifu", "slow", stranger); w.Code != 401 || time.Since(begun) >= 5*time.Second {
			t.Error(w.Code, time.Since(begun))
		}
	})
}

// A flood is turned away before anything is read or verified, with one line a
// minute; it neither keeps another source out for long nor another channel.
func TestFloodOfCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPorch()
		taken := 0
		for i := range 5000 {
			w := p.call("POST", "/v1/notify/huifu", "forged", fmt.Sprintf("198.51.100.7:%d", 1024+i))
			switch w.Code {
			case 401:
				taken++
			case 429:
				if w.Body.Len() != 0 || w.Header().Get("Retry-After") == "" {
					t.Fatal(w)
				}
			default:
				t.Fatal(w.Code)
			}
		}
		if taken != sourceBurst || p.platform.seen != sourceBurst {
			t.Errorf("%d taken, %d verified", taken, p.platform.seen)
		}
		if n := strings.Count(p.log.String(), "\n"); n != sourceBurst+1 {
			t.Errorf("%d lines", n)
		}
		if w := p.call("POST", "/v1/notify/huifu", "good", "203.0.113.9:1"); w.Code != 200 {
			t.Errorf("another source: %d", w.Code)
		}
		for i := range 4000 { // from everywhere: the channel has its own measure
			p.call("POST", "/v1/notify/huifu", "forged", fmt.Sprintf("10.0.%d.%d:1", i/250, i%250))
		}
		if p.platform.seen > channelBurst {
			t.Errorf("%d verified", p.platform.seen)
		}
		if w := p.call("POST", "/v1/notify/other", "good", "203.0.113.9:1"); w.Code != 200 {
			t.Errorf("another channel: %d", w.Code)
		}
		time.Sleep(floodLine)
		if w := p.call("POST", "/v1/notify/huifu", "good", stranger); w.Code != 200 {
			t.Errorf("a minute later: %d", w.Code)
		}
	})
}

func TestSources(t *testing.T) {
	for remote, want := range map[string]string{
		"198.51.100.7:1": "198.51.100.7/32", "[::ffff:198.51.100.7]:1": "198.51.100.7/32", "[2001:db8:1:2:3:4:5:6]:9": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:1": "fe80::/64", "": "invalid Prefix", "@": "invalid Prefix",
	} {
		if got := sourceOf(remote).String(); got != want {
			t.Errorf("%q: %s", remote, got)
		}
	}
	b, now := newBuckets(time.Second, 2), time.Now()
	all := 0
	for i := range 20 {
		if b.take(netip.MustParsePrefix("198.51.100.7/32"), now.Add(time.Duration(i)*100*time.Millisecond)) {
			all++
		}
	}
	if all != 3 { // two at once, and one more in the second second
		t.Errorf("%d of 20 in 2 s", all)
	}
}

// What one of a flood costs, the recorder of the test included.
func BenchmarkFlood(b *testing.B) {
	p := newPorch()
	p.Log = slog.New(slog.DiscardHandler)
	r := httptest.NewRequest("POST", "/v1/notify/huifu", io.NopCloser(strings.NewReader("forged")))
	r.RemoteAddr = stranger
	for b.Loop() {
		p.ServeHTTP(httptest.NewRecorder(), r)
	}
}
