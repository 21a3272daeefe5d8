package httpapi

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"tillpay/channels"
)

// CallbacksConfig is what Callbacks are made of.
type CallbacksConfig struct {
	Channels map[string]channels.Notifiee // by name
	// Hint is told of each callback that proved itself; known is false where the
	// till has nothing under way by that name.
	Hint func(ctx context.Context, channel string, n channels.Notice) (known bool, err error)
	Log  *slog.Logger
	Now  func() time.Time
}

// Callbacks answers platforms that call back: POST /v1/notify/{channel}, and
// nothing else. Anybody in the world may ask; what does not prove itself to its
// channel's driver is refused, and what does is a hint.
type Callbacks struct {
	CallbacksConfig
	sources *buckets

	mu     sync.Mutex
	rates  map[string]*bucket // by channel
	silent time.Time          // until then a flood is not logged again
	turned int                // away, since the last line
}

const (
	callbackPath = "/v1/notify/"
	// callbackTime is for a driver, which may fetch a certificate: Huifu, the most
	// impatient platform, waits 5 s for its answer (huifu.md §9).
	callbackTime = 4 * time.Second
	// A shop has a payment in some seconds, and each brings a callback or three;
	// after an outage of a platform they come in a heap.
	sourceGap, sourceBurst   = 100 * time.Millisecond, 60
	channelGap, channelBurst = 50 * time.Millisecond, 120
	floodLine                = time.Minute // between two lines about a flood
)

// NewCallbacks makes the handler. It does no I/O.
func NewCallbacks(c CallbacksConfig) *Callbacks {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	b := &Callbacks{CallbacksConfig: c, sources: newBuckets(sourceGap, sourceBurst), rates: map[string]*bucket{}}
	for name := range c.Channels {
		b.rates[name] = &bucket{gap: channelGap, burst: channelBurst}
	}
	return b
}

func (c *Callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
		g.enter()
	}
	defer c.rescue(w, r)
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	deadlines := http.NewResponseController(w) // real time: these are the kernel's
	deadlines.SetWriteDeadline(time.Now().Add(answerTime))
	if r.ContentLength != 0 {
		deadlines.SetReadDeadline(time.Now().Add(bodyTime))
	}
	if !c.sources.take(sourceOf(r.RemoteAddr), c.Now()) {
		c.turnAway(w, r, "")
		return
	}
	name, notifiee := c.named(r.URL.Path)
	switch {
	case notifiee == nil:
		c.leave(w, r, http.StatusNotFound)
	case r.Method != http.MethodPost:
		h.Set("Allow", http.MethodPost)
		c.leave(w, r, http.StatusMethodNotAllowed)
	case !c.take(name):
		c.turnAway(w, r, name)
	default:
		c.serve(w, r, name, notifiee)
	}
}

// named is the channel that a path asks for.
func (c *Callbacks) named(path string) (string, channels.Notifiee) {
	name, ok := strings.CutPrefix(path, callbackPath)
	if !ok {
		return "", nil
	}
	return name, c.Channels[name]
}

func (c *Callbacks) take(channel string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rates[channel].take(c.Now())
}

// serve reads one callback and answers it in its platform's words.
func (c *Callbacks) serve(w http.ResponseWriter, r *http.Request, name string, notifiee channels.Notifiee) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		c.unread(w, r, name, err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), callbackTime)
	defer cancel()
	n, err := notifiee.Notified(ctx, r.Header, body)
	if err != nil {
		c.refused(r, name, n.Status, err)
		c.answer(w, n)
		return
	}
	known, err := c.Hint(context.WithoutCancel(ctx), name, n)
	if err != nil { // the platform will call again
		c.Log.Warn("callback not followed", "channel", name, "out_trade_no", n.OutTradeNo, "refund_no", n.RefundNo, "error", err)
		c.leave(w, r, http.StatusServiceUnavailable)
		return
	}
	c.Log.Info("callback", "channel", name, "out_trade_no", n.OutTradeNo, "refund_no", n.RefundNo, "id", n.ID, "asked_about", known)
	c.answer(w, n)
}

// unread answers a body that did not come, or not whole.
func (c *Callbacks) unread(w http.ResponseWriter, r *http.Request, name string, err error) {
	status, why := http.StatusBadRequest, "the body broke off"
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		status, why = http.StatusRequestEntityTooLarge, "the body is larger than 64 KiB"
	case errors.Is(err, os.ErrDeadlineExceeded):
		status, why = http.StatusRequestTimeout, "the body came too slowly"
	}
	c.refused(r, name, status, errors.New(why))
	c.leave(w, r, status)
}

// refused leaves the line that support looks for. The body is never in it, and
// the rate bounds how many there are.
func (c *Callbacks) refused(r *http.Request, name string, status int, why error) {
	c.Log.Warn("callback refused", "channel", name, "why", why.Error(), "status", status, "from", r.RemoteAddr)
}

// turnAway answers a flood: nothing is read, nothing is verified, and a line is
// written now and then.
func (c *Callbacks) turnAway(w http.ResponseWriter, r *http.Request, name string) {
	c.mu.Lock()
	c.turned++
	now, turned := c.Now(), c.turned
	say := !now.Before(c.silent)
	if say {
		c.silent, c.turned = now.Add(floodLine), 0
	}
	c.mu.Unlock()
	if say {
		c.Log.Warn("callback refused", "channel", name, "why", "too many", "status", http.StatusTooManyRequests, "from", r.RemoteAddr, "turned_away", turned)
	}
	w.Header().Set("Retry-After", "10")
	c.leave(w, r, http.StatusTooManyRequests)
}

// leave answers no platform's words. http.Server reads what is left of a small
// body and keeps the connection, which is cheaper than the next one's handshake.
func (c *Callbacks) leave(w http.ResponseWriter, r *http.Request, status int) {
	if r.ContentLength < 0 || r.ContentLength > maxBody {
		w.Header().Set("Connection", "close")
	}
	unhurried(w)
	w.WriteHeader(status)
}

func (c *Callbacks) answer(w http.ResponseWriter, n channels.Notice) {
	if n.AnswerType != "" {
		w.Header().Set("Content-Type", n.AnswerType)
	}
	unhurried(w)
	w.WriteHeader(n.Status)
	_, _ = w.Write(n.Answer) // who went away calls again
}

// rescue keeps one callback from taking the till along.
func (c *Callbacks) rescue(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		c.Log.Error("callback failed in the program", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
		unhurried(w)
		w.WriteHeader(http.StatusInternalServerError)
	}
}
