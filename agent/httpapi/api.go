// Package httpapi is the till as other programs on the machine see it: the
// POS's API, its events, and the way into the page. It trusts nobody who merely
// reaches the port: every web page in a browser on this machine can.
package httpapi

import (
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"tillpay/agent"
)

// Config is what an API is made of.
type Config struct {
	Till  *agent.Till
	Token string // the POS's bearer token: it carries every right, unless Tokens has it too; empty: nobody has one
	// Tokens are those of further programs, and of the POS where its rights are fewer.
	Tokens []Access
	Page   http.Handler // serves "/" and "/assets/"
	Demo   http.Handler // serves "/demo/", for whoever may use the API; nil: there is no demo
	Addr   string       // host:port of the listener, as it really is
	// Sessions is the file in which the pages' sessions outlive a restart; empty: they end with the process.
	Sessions string

	Log    *slog.Logger
	Now    func() time.Time
	Random io.Reader
}

// API answers requests. It is an http.Handler; Serve gives it its limits.
type API struct {
	Config
	hosts    map[string]bool // the only Host lines that are answered
	origin   string          // of links
	tokens   []holder        // none is known as it is
	tickets  *vouchers
	sessions *vouchers
	counter  *agent.Counter
	routes   []route
	mux      *http.ServeMux
}

// New makes an API. It reads the sessions' file, and does no other I/O.
func New(c Config) *API {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Page == nil {
		c.Page = http.NotFoundHandler()
	}
	a := &API{Config: c, tokens: holders(c), counter: c.Till.Counter(), mux: http.NewServeMux()}
	a.tickets = &vouchers{life: 10 * time.Minute, most: 32, now: c.Now, random: c.Random}
	a.sessions = &vouchers{life: sessionLife, most: 64, now: c.Now, random: c.Random, file: c.Sessions, log: c.Log}
	if err := a.sessions.restore(); err != nil {
		c.Log.Warn("the pages' sessions could not be read", "error", err)
	}
	a.hosts, a.origin = addresses(c.Addr)
	a.routes = a.table()
	for _, route := range a.routes {
		a.mux.Handle(route.String(), a.guard(route))
	}
	return a
}

// addresses are the names under which a listener on addr is asked for, and the
// origin of links to it.
func addresses(addr string) (hosts map[string]bool, origin string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, ""
	}
	hosts = map[string]bool{}
	for _, name := range []string{"127.0.0.1", "::1", "localhost"} {
		hosts[net.JoinHostPort(name, port)] = true
	}
	if host != "::1" {
		host = "127.0.0.1"
	}
	return hosts, "http://" + net.JoinHostPort(host, port)
}

// bodyTime is how long a client may take over a body, and over taking an answer.
const (
	bodyTime   = 5 * time.Second
	answerTime = 10 * time.Second
)

// maxBody is far above the longest sale (500 items of 256 characters are not
// expected; 64 KiB are about 400 usual ones).
const maxBody = 64 << 10

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t := &tracked{ResponseWriter: w}
	defer a.rescue(t, r)
	if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
		g.enter()
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")

	deadlines := http.NewResponseController(w) // real time: these are the kernel's
	deadlines.SetWriteDeadline(time.Now().Add(answerTime))
	if r.ContentLength != 0 {
		deadlines.SetReadDeadline(time.Now().Add(bodyTime))
		r.Body = http.MaxBytesReader(t, r.Body, maxBody)
	}
	err := a.fence(r)
	if err == nil {
		err = a.routed(t, r)
	}
	if err != nil {
		a.turnAway(t, r, err)
		return
	}
	a.mux.ServeHTTP(t, r)
}

// rescue turns a panic into an answer: one request must not take the till along.
func (a *API) rescue(w *tracked, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler {
		panic(p)
	}
	a.Log.Error("request failed in the program", "method", r.Method, "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
	if w.wrote {
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	a.answerProblem(w, refuse("internal", ""))
}

// tracked knows whether an answer has begun.
type tracked struct {
	http.ResponseWriter
	wrote bool
}

func (t *tracked) WriteHeader(status int) {
	t.wrote = true
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracked) Write(b []byte) (int, error) {
	t.wrote = true
	return t.ResponseWriter.Write(b)
}

// Flush is for handlers that ask for it the old way.
func (t *tracked) Flush() { _ = http.NewResponseController(t.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (t *tracked) Unwrap() http.ResponseWriter { return t.ResponseWriter }
