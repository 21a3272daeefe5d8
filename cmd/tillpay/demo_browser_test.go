//go:build browser

package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"tillpay/agent/web/webtest"
)

// startDemo runs the real demo and answers its page's one-time link.
func startDemo(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- dispatch(ctx, []string{"demo", "-listen", "127.0.0.1:0"}, terminal{strings.NewReader(""), write, os.Stderr})
		write.Close()
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != exitDone {
			t.Errorf("demo ended with %d", code)
		}
	})
	lines := bufio.NewScanner(read)
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+/open\?ticket=\S+`)
	for lines.Scan() {
		if found := link.FindString(lines.Text()); found != "" {
			go func() { _, _ = io.Copy(io.Discard, read) }()
			return found
		}
	}
	t.Fatal("the demo printed no address")
	return ""
}

// A newcomer's first minutes: a payment, a PIN, and the network pulled while the
// customer is asked. Everything behind the page is the real thing.
func TestDemoInABrowser(t *testing.T) {
	p := webtest.NewBrowser(t).Open(t, startDemo(t), 1280, 800)
	p.WaitTone("key")
	p.Screenshot("demo-1-idle")

	p.Click(`[data-mode="instant"]`)
	p.Type("8800\r")
	p.WaitTone("scan")
	p.Type("s")
	p.WaitTone("paid")
	p.Wait(`document.querySelector("#stage").innerText.length > 0`)
	time.Sleep(1500 * time.Millisecond) // the paper slides out; for the picture only
	p.Screenshot("demo-2-paid")
	// The demo's page is the manager's: money goes back, in part.
	p.Type("r")
	p.Wait(`document.querySelector('[data-form="refund"]') !== null`)
	p.Type("500")
	p.WaitText("#form-figure", "HKD 5.00")
	p.Click(`[data-reason]`)
	p.Click(`[data-do="go"]`)
	p.WaitText("#form-review", "HKD 5.00 goes back")
	time.Sleep(500 * time.Millisecond) // in which a second press may still be the first one's
	p.Click(`[data-do="go"]`)
	p.WaitText(".facts", "HKD 5.00")
	p.Screenshot("demo-2-refunded")

	time.Sleep(500 * time.Millisecond) // and again
	p.Type("\r")
	p.WaitTone("key")
	p.Click(`[data-mode="pin"]`)
	p.Type("1234\r")
	p.WaitTone("scan")
	p.Type("s")
	p.WaitTone("ask")
	p.Wait(`document.querySelector('[data-tap="confirm"]') !== null`)
	p.Screenshot("demo-3-pin")
	for _, digit := range "123456" {
		p.Click(`[data-tap="` + string(digit) + `"]`)
	}
	p.Click(`[data-tap="confirm"]`)
	p.WaitTone("paid")
	time.Sleep(1500 * time.Millisecond)
	p.Screenshot("demo-4-paid")

	p.Type("\r")
	p.WaitTone("key")
	p.Type("5000\r")
	p.WaitTone("scan")
	p.Type("s")
	p.WaitTone("ask")
	p.Click(`[data-fault="network_down"]`)
	for range 3 { // the deadline is 15 s away, and the pages' waits are 15 s long
		if webtest.Eval[string](p, `document.getElementById("stage").dataset.tone`) != "ask" {
			break
		}
		time.Sleep(6 * time.Second)
	}
	p.Screenshot("demo-5-down")
	p.Click(`[data-fault="network_down"]`)
	p.WaitText("#stage", "nothing stays charged")
	p.Screenshot("demo-6-back")
	if all := p.Everything(); strings.Contains(all, "auth_code") {
		t.Error("the page holds a payment code")
	}
}
