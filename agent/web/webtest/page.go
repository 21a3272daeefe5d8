//go:build browser

// Package webtest opens the till's pages in a real browser, as a cashier does:
// keys and clicks in, words and colours out. It is built for tests only, with
// the tag browser; the environment variable CHROMIUM names another browser.
package webtest

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Browser is one running browser; each Page in it is a tab.
type Browser struct {
	ctx context.Context
}

// NewBrowser starts a browser with a fresh profile, and stops it with the test.
func NewBrowser(t *testing.T) *Browser {
	t.Helper()
	profile, err := os.MkdirTemp("", "tillpay-browser-") // not t.TempDir: a dying browser may still write
	if err != nil {
		t.Fatal(err)
	}
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(cmp.Or(os.Getenv("CHROMIUM"), "/usr/bin/chromium")),
		chromedp.WSURLReadTimeout(time.Minute), chromedp.UserDataDir(profile), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
	}
	for _, name := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(name, true))
	}
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		closeBrowser()
		stop()
		os.RemoveAll(profile)
	})
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("browser: %v", err)
	}
	return &Browser{ctx}
}

// Page is one open page.
type Page struct {
	t   *testing.T
	ctx context.Context

	keyed time.Time // when the next key may be pressed

	mu       sync.Mutex
	failures []string
}

// Open opens url in a tab of the given size. What the page complains about in
// its console (an exception, a breach of its own policy) fails the test at its end,
// save failed loads, which tests of a lost connection cause on purpose.
func (b *Browser) Open(t *testing.T, url string, width, height int64) *Page {
	t.Helper()
	ctx, closeTab := chromedp.NewContext(b.ctx)
	p := &Page{t: t, ctx: ctx}
	var listening sync.WaitGroup
	messages := chromedp.Console(ctx)
	listening.Go(func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			p.complaint(m)
		}
	})
	t.Cleanup(func() {
		closeTab()
		listening.Wait()
		for _, f := range p.failures {
			t.Errorf("browser console: %s", f)
		}
	})
	p.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(url))
	return p
}

func (p *Page) complaint(m chromedp.ConsoleMessage) {
	if m.Source == "network" || (m.Type != "error" && !m.IsException()) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = append(p.failures, m.Text)
}

// within bounds one step, so that a page that never gets there fails by name.
func (p *Page) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, time.Minute)
}

func (p *Page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// Type presses keys as a keyboard does, wherever the focus is, a millisecond apart.
func (p *Page) Type(keys string) {
	p.t.Helper()
	p.answered()
	p.TypePaced(keys, time.Millisecond)
}

// answered waits for what the page has asked its agent: a person is slower than
// that, also where the machine is so busy that a test is not.
func (p *Page) answered() {
	p.t.Helper()
	p.Wait(`document.querySelector('[aria-busy="true"]') === null`)
}

// TypePaced is Type with another pace, and it waits for nothing. Each key carries
// its time, as a real one does from the kernel: a page tells a scanner by them, and
// a machine that is busy would make a person of it.
func (p *Page) TypePaced(keys string, pace time.Duration) {
	p.t.Helper()
	if now := time.Now(); now.After(p.keyed) {
		p.keyed = now
	}
	for _, key := range keys {
		time.Sleep(time.Until(p.keyed)) // the page waits by its own clock between two slow ones
		p.do(press(key, func(e *input.DispatchKeyEventParams) {
			e.Timestamp = input.TimeSinceEpoch(float64(p.keyed.UnixMicro()) / 1e6)
		}))
		p.keyed = p.keyed.Add(pace)
	}
}

// press is one key, down and up, with its character in the same event, as the
// system sends it: a page that stops the key stops what the key would do.
func press(key rune, set func(*input.DispatchKeyEventParams)) chromedp.Action[chromedp.Void] {
	var events []*input.DispatchKeyEventParams
	for _, e := range kb.Encode(key) {
		if e.Type == kb.KeyChar {
			events[len(events)-1].Text = e.Text
			continue
		}
		events = append(events, e)
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, e := range events {
			set(e)
			if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *e); err != nil {
				return err
			}
		}
		return nil
	})
}

// Held is a key that is held down until it has repeated for a while.
func (p *Page) Held(key rune) {
	p.t.Helper()
	for n := range 20 {
		again := n > 0
		p.do(press(key, func(e *input.DispatchKeyEventParams) { e.AutoRepeat = &again }))
		time.Sleep(30 * time.Millisecond) // by the page's own clock
	}
}

// Click clicks the first element that matches a CSS selector. A page that draws
// itself anew just then takes the element away before it is clicked; its
// successor is clicked instead.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.answered()
	ctx, cancel := p.within()
	defer cancel()
	for {
		err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector)))
		if gone := (*cdproto.Error)(nil); errors.As(err, &gone) && strings.Contains(gone.Message, "node with given id") {
			continue
		}
		if err != nil {
			p.t.Fatalf("clicking on %s: %v", selector, err)
		}
		return
	}
}

// Wait waits until a JavaScript expression is true.
func (p *Page) Wait(expression string) {
	p.t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		p.t.Fatalf("waiting for %s: %v\nthe stage says %q", expression, err, p.Text("#stage"))
	}
}

// WaitTone waits until the stage shows one kind of state: key, scan, ask, wait,
// paid, held, declined, back, cancelled, refunded, manager, offline or signin.
func (p *Page) WaitTone(tone string) {
	p.t.Helper()
	p.Wait(`document.getElementById("stage")?.dataset.tone === "` + tone + `"`)
}

// WaitText waits until the visible text of an element holds a piece of text.
func (p *Page) WaitText(selector, text string) {
	p.t.Helper()
	p.Wait(`(document.querySelector(` + quoted(selector) + `)?.innerText ?? "").includes(` + quoted(text) + `)`)
}

// Text is the visible text of an element, empty where there is none.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return Eval[string](p, `document.querySelector(`+quoted(selector)+`)?.innerText ?? ""`)
}

// Everything is all that the page holds, shown or not: markup, fields' values,
// shadow roots. What must be secret must not be in it.
func (p *Page) Everything() string {
	p.t.Helper()
	return Eval[string](p, `(function all(root) {
		let text = root.innerHTML;
		for (const el of root.querySelectorAll("*")) {
			if ("value" in el) text += "\n" + el.value;
			if (el.shadowRoot) text += "\n" + all(el.shadowRoot);
		}
		return text;
	})(document.documentElement)`)
}

// Eval evaluates JavaScript in the page.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Screenshot writes name.png into the folder that SCREENSHOTS names; without it,
// it does nothing.
func (p *Page) Screenshot(name string) {
	p.t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := p.within()
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
