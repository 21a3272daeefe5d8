//go:build browser

package web

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/agent/web/webtest"

	"github.com/boombuler/barcode/code128"
	"rsc.io/qr"
)

const secret = "134567890123456789" // what a customer's phone shows

// payment is one of a sale's, in a state, with 45 s to go.
func payment(state, reason string) []object {
	now := time.Now()
	return []object{{"out_trade_no": "2026072800010000112345678907", "channel": "wechat", "wallet": "wechat", "code_last4": "6789",
		"state": state, "reason": reason, "submitted_at": now.Add(-8 * time.Second).Format(time.RFC3339Nano),
		"deadline_at": now.Add(37 * time.Second).Format(time.RFC3339Nano)}}
}

func paid() object {
	return object{"state": "paid", "armed": false, "action": "done", "captured": 8800, "receipt": "printed", "payments": payment("paid", "")}
}

// shown lets transitions and the paper's slide end before a picture is taken; where
// none is, only the moment in which keys may still mean the state before.
func shown(p *webtest.Page, name string) {
	if os.Getenv("SCREENSHOTS") == "" {
		time.Sleep(500 * time.Millisecond)
		return
	}
	time.Sleep(1300 * time.Millisecond)
	p.Screenshot(name)
}

func opened(t *testing.T, b *webtest.Browser, language string) (*fakeAgent, *webtest.Page) {
	a := newFakeAgent(t, false, language)
	p := b.Open(t, a.url, 1280, 800)
	p.WaitTone("key")
	return a, p
}

func TestCashier(t *testing.T) {
	b := webtest.NewBrowser(t)
	for _, language := range []string{"en", "zh-HK", "zh-CN"} {
		t.Run(language, func(t *testing.T) { aSaleInEveryState(t, b, language) })
	}
	t.Run("wedge", func(t *testing.T) { theWedge(t, b) })
	t.Run("slow wedge", func(t *testing.T) { theSlowWedge(t, b) })
	t.Run("quick wedge", func(t *testing.T) { theQuickWedge(t, b) })
	t.Run("cancel", func(t *testing.T) { cancelling(t, b) })
	t.Run("connection", func(t *testing.T) { theConnection(t, b) })
	t.Run("resume", func(t *testing.T) { resuming(t, b) })
	t.Run("sizes", func(t *testing.T) { sizes(t, b) })
	t.Run("demo", func(t *testing.T) { theDemo(t, b) })
	t.Run("codes", func(t *testing.T) { theCodes(t, b) })
}

func aSaleInEveryState(t *testing.T, b *webtest.Browser, language string) {
	a, p := opened(t, b, language)
	p.Screenshot(language + "-1-idle")
	p.Type("8800")
	p.WaitText("#keyed", "88.00")
	p.Screenshot(language + "-2-amount")
	p.Type("\r")
	p.WaitTone("scan")
	if got := a.called("POST /v1/sales "); len(got) != 1 || !strings.Contains(got[0], `"amount":8800,"currency":"HKD"`) ||
		!strings.Contains(got[0], `"reference":"page-`) {
		t.Fatalf("opened with %q", got)
	}
	p.WaitText("#amount", "HKD 88.00")
	shown(p, language+"-3-scan")

	a.becomes(object{"state": "paying", "armed": false, "action": "ask_customer", "payments": payment("paying", "")})
	p.WaitTone("ask")
	p.WaitText(".ring-number", "3")
	shown(p, language+"-4-ask")
	p.Type("c")
	a.await(t, "POST /v1/sales/sale1/check", 1)

	a.becomes(object{"state": "open", "armed": true, "action": "rescan", "payments": payment("declined", "insufficient_funds")})
	p.WaitTone("declined")
	shown(p, language+"-5-declined")

	a.becomes(object{"state": "open", "armed": false, "action": "wait", "payments": payment("revoking", "deadline")})
	p.WaitTone("back")
	shown(p, language+"-6-back")

	a.becomes(paid())
	p.WaitTone("paid")
	p.Wait(`document.querySelector(".sheet").shadowRoot.textContent.includes("Milk tea")`)
	shown(p, language+"-7-paid")
	p.Type("\r")
	p.WaitTone("key")

	a.setStatus("network", "offline")
	p.WaitTone("offline")
	shown(p, language+"-8-offline")
	a.setStatus("network", "online")
	p.WaitTone("key")
	a.becomes(object{"state": "attention", "action": "call_manager", "receipt": "unknown"})
	p.Click(`[data-sale="sale1"].day-row`)
	p.WaitTone("manager")
	shown(p, language+"-9-manager")
}

func theWedge(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	p.Type(secret + "\r") // before its amount
	p.WaitText(".notice", "Enter the amount")
	if got := p.Text("#keyed"); got != "0.00" {
		t.Errorf("a scanned code became the amount %s", got)
	}
	p.Click("#description")
	p.Type("tea " + secret + "\r") // into a text
	p.WaitText(".notice", "Enter the amount")
	if got := len(a.called("POST")); got != 0 {
		t.Fatalf("%d calls before there is an amount", got)
	}
	p.Type("42") // a person's digits do go into the text
	p.Wait(`document.querySelector("#description").value === "tea 42"`)
	for _, key := range []string{"8", "00"} {
		p.Click(`[data-key="` + key + `"]`)
	}
	if strings.Contains(p.Everything(), secret[4:14]) {
		t.Fatal("the held code is in the page")
	}
	p.Type("\r")
	p.WaitTone("scan")
	p.Wait(`document.querySelector("#wedge").value === ""`)
	a.await(t, "POST /v1/sales/sale1/scan", 1) // the field is emptied before the call arrives
	if got := a.called("POST /v1/sales/sale1/scan"); len(got) != 1 || !strings.Contains(got[0], secret) {
		t.Fatalf("the held code was sent as %q", got)
	}

	p.Type(secret[:12])
	p.Wait(`document.querySelector("#wedge").value === "*".repeat(12)`)
	if strings.Contains(p.Everything(), secret[4:12]) {
		t.Error("half a code is in the page")
	}
	p.Screenshot("wedge")
	p.Type(secret[12:] + "\r")
	p.Wait(`document.querySelector("#wedge").value === ""`)
	a.await(t, "POST /v1/sales/sale1/scan", 2)
	if got := a.called("POST /v1/sales/sale1/scan"); len(got) != 2 || !strings.HasSuffix(got[1], `{"code":"`+secret+`"}`) {
		t.Fatalf("sent %q", got)
	}

	a.becomes(object{"state": "paying", "armed": false, "action": "ask_customer", "payments": payment("paying", "")})
	p.WaitTone("ask")
	p.Type(secret + "\r")
	p.WaitText(".notice", "Do not scan again")
	a.becomes(paid())
	p.WaitTone("paid")
	time.Sleep(500 * time.Millisecond)
	p.Type(secret + "\r") // must neither start a sale nor be one, however slowly it comes
	p.Wait(`!/^$|Do not scan again/.test(document.querySelector(".notice").innerText)`)
	if got := p.Text("#keyed"); got != "" && got != "0.00" {
		t.Errorf("a scanned code became the amount %s", got)
	}
	if got := len(a.called("POST /v1/sales/sale1/scan")); got != 2 {
		t.Errorf("%d scans sent, want 2", got)
	}
	if everything := p.Everything(); strings.Contains(everything, secret[4:14]) {
		t.Error("the code is in the page")
	}
}

// A scanner as slow as a fast typist is told by how much it types.
func theSlowWedge(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	p.Type("5")
	p.WaitText("#keyed", "0.05")
	time.Sleep(400 * time.Millisecond)
	p.TypePaced(secret+"\r", 100*time.Millisecond)
	p.WaitText(".notice", "Enter the amount")
	p.WaitText("#keyed", "0.00")
	if got := a.called("POST"); len(got) != 0 {
		t.Errorf("a slow code did %q", got)
	}

	p.Type("500\r") // the held code is its, and the next one comes when it is paid
	a.await(t, "POST /v1/sales/sale1/scan", 1)
	a.becomes(paid())
	p.WaitTone("paid")
	p.TypePaced(secret+"\r", 100*time.Millisecond)
	p.WaitText(".notice", "Enter the amount")
	p.WaitText("#keyed", "0.00")
	p.Type("700\r")
	a.await(t, "POST /v1/sales/sale2/scan", 1)
	if got := a.called("POST /v1/sales/sale2/scan"); !strings.Contains(strings.Join(got, ""), secret) {
		t.Errorf("a slow code was sent as %q", got)
	}
}

// A code that comes between Enter and the agent's answer is that sale's.
func theQuickWedge(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	slow := make(chan bool)
	answer := sync.OnceFunc(func() { close(slow) })
	t.Cleanup(answer)
	a.mu.Lock()
	a.slow = slow
	a.mu.Unlock()
	p.Type("500\r")
	p.TypePaced(secret+"\r", time.Millisecond)
	p.WaitText(".notice", "Enter the amount to use it")
	answer()
	a.await(t, "POST /v1/sales/sale1/scan", 1)
	a.becomes(paid())
	p.WaitTone("paid")
	time.Sleep(500 * time.Millisecond)
	p.Type("700\r")
	p.WaitTone("scan")
	p.Wait(`document.querySelector('[aria-busy="true"]') === null`)
	if got := a.called("POST /v1/sales/sale2/scan"); len(got) != 0 {
		t.Errorf("the next customer's sale was paid with %q", got)
	}
}

func cancelling(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	p.Type("500\r")
	p.WaitTone("scan")
	a.becomes(object{"state": "paying", "armed": false, "action": "ask_customer", "payments": payment("paying", "")})
	p.WaitTone("ask")
	time.Sleep(500 * time.Millisecond)
	p.Type("\x1b")
	p.Wait(`document.querySelector("dialog[open]") !== null`)
	p.Screenshot("cancel-dialog")
	p.Type("\r") // the safe answer has the focus
	p.Wait(`document.querySelector("dialog") === null`)
	if got := len(a.called("POST /v1/sales/sale1/cancel")); got != 0 {
		t.Fatal("cancelled without a yes")
	}
	p.Click(`[data-do="stop"]`)
	p.Click(`[data-do="confirm"]`)
	p.Wait(`document.querySelector("dialog") === null`)
	a.becomes(object{"state": "cancelled", "action": "wait", "payments": payment("revoking", "cashier_cancelled")})
	p.WaitTone("back")
	if got := len(a.called("POST /v1/sales/sale1/cancel")); got != 1 {
		t.Errorf("cancelled %d times, want 1", got)
	}
	a.becomes(object{"action": "done", "payments": payment("revoked", "cashier_cancelled")})
	p.WaitTone("cancelled")
}

func theConnection(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	a.setStatus("devices", []object{{"name": "gun", "kind": "scanner", "status": "missing", "detail": "no such port"}})
	p.WaitText(".lamps", "Scanner not found")
	p.Screenshot("lamp")
	a.mu.Lock()
	a.send("/v1/events", "scan", object{"kind": "goods"})
	a.mu.Unlock()
	p.WaitText(".notice", "goods barcode")
	a.mu.Lock()
	a.send("/v1/events", "scan", object{"kind": "payment_code", "device": "held code", "refused": "code_expired"})
	a.mu.Unlock()
	p.WaitText(".notice", "no longer fresh")
	p.Type("500\r")
	p.WaitTone("scan")
	a.setDown(true)
	p.WaitText(".banner", "Connection to the agent lost")
	p.Screenshot("lost")
	a.becomes(paid()) // no event: found by asking
	p.WaitTone("paid")
	a.setDown(false)
	p.Wait(`document.querySelector(".banner").hidden`)
	a.mu.Lock()
	a.signedOut = true
	a.mu.Unlock()
	p.Click(`[data-do="reprint"]`)
	p.WaitTone("signin")
	p.WaitText("#stage", "tillpay page")
	p.Screenshot("signin")
}

// A page that is opened again in the middle of a payment shows that payment,
// and one that is idle follows a sale that the POS starts.
func resuming(t *testing.T, b *webtest.Browser) {
	a, first := opened(t, b, "en")
	first.Type("500\r")
	first.WaitTone("scan")
	a.becomes(object{"state": "paying", "armed": false, "action": "ask_customer", "payments": payment("paying", "")})
	second := b.Open(t, a.url, 1280, 800)
	second.WaitTone("ask")
	a.becomes(paid())
	first.WaitTone("paid")
	second.WaitTone("paid")
	time.Sleep(500 * time.Millisecond)
	first.Type("\r")
	first.WaitTone("key")
	first.Type("1200\r")
	first.WaitTone("scan")
	a.becomes(object{})
	second.WaitTone("scan")
	second.WaitText("#amount", "HKD 12.00")
	first.Click(`[data-language="zh-CN"]`)
	first.WaitText(".word", "请扫码")
}

func sizes(t *testing.T, b *webtest.Browser) {
	for _, size := range []struct {
		name          string
		width, height int64
	}{{"1024x768", 1024, 768}, {"800x600", 800, 600}} {
		a := newFakeAgent(t, false, "en")
		p := b.Open(t, a.url, size.width, size.height)
		p.WaitTone("key")
		fits(t, p)
		p.Screenshot(size.name + "-idle")
		p.Type("123456\r")
		p.WaitTone("scan")
		a.becomes(object{"state": "paying", "armed": false, "action": "ask_customer", "payments": payment("paying", "")})
		p.WaitTone("ask")
		fits(t, p)
		shown(p, size.name+"-ask")
		a.becomes(paid())
		p.WaitTone("paid")
		fits(t, p)
		shown(p, size.name+"-paid")
	}
}

// fits checks that nothing is cut off: the page does not scroll, and every
// button and sentence of the stage lies inside it.
func fits(t *testing.T, p *webtest.Page) {
	t.Helper()
	out := webtest.Eval[string](p, `(() => {
		const doc = document.scrollingElement;
		if (doc.scrollHeight > innerHeight || doc.scrollWidth > innerWidth) return "the page scrolls";
		const stage = document.getElementById("stage").getBoundingClientRect();
		for (const el of document.querySelectorAll("#stage button, #stage .word, #stage .sentence, #stage .keyed-figure")) {
			const r = el.getBoundingClientRect();
			if (r.width && (r.left < stage.left - 1 || r.right > stage.right + 1 || r.top < stage.top - 1 || r.bottom > stage.bottom + 1))
				return el.className + " is cut off";
			if (el.scrollWidth > el.clientWidth + 2) return el.className + " overflows: " + el.textContent + " " + el.scrollWidth + ">" + el.clientWidth;
		}
		return "";
	})()`)
	if out != "" {
		t.Error(out)
	}
}

func demoState(mode string, asking any, history ...object) object {
	return object{"phone": object{"code": secret, "expires_at": time.Now().Add(41 * time.Second).Format(time.RFC3339Nano),
		"life_seconds": 60, "mode": mode, "asking": asking, "history": history},
		"faults": object{"network_down": false, "platform_busy": false, "answer_lost": false}}
}

func theDemo(t *testing.T, b *webtest.Browser) {
	for _, language := range []string{"en", "zh-HK"} {
		a := newFakeAgent(t, true, language)
		a.setDemo(demoState("instant", nil))
		p := b.Open(t, a.url, 1280, 800)
		p.WaitTone("key")
		p.WaitText("#phone-code", "1345 6789")
		fits(t, p)
		p.Screenshot("demo-" + language + "-1-idle")
		p.Type("8800\r")
		p.WaitTone("scan")
		p.Type("s")
		p.Wait(`document.querySelector(".gun.firing") !== null`)
		p.Screenshot("demo-" + language + "-2-scan")
		a.becomes(object{"state": "paying", "armed": false, "action": "ask_customer", "payments": payment("paying", "")})
		a.setDemo(demoState("pin", object{"out_trade_no": "1", "description": "Milk tea", "amount": 8800, "currency": "HKD"}))
		p.WaitTone("ask")
		for _, digit := range "123456" {
			p.Click(`[data-tap="` + string(digit) + `"]`)
		}
		fits(t, p)
		shown(p, "demo-"+language+"-3-pin")
		p.Click(`[data-tap="confirm"]`)
		line := object{"at": time.Now().Format(time.RFC3339Nano), "text_key": "paid", "amount": 8800, "currency": "HKD"}
		a.setDemo(demoState("pin", nil, line))
		a.becomes(paid())
		p.WaitTone("paid")
		shown(p, "demo-"+language+"-4-paid")
		p.WaitText(".history", "HKD 88.00")
		shown(p, "demo-"+language+"-5-after")
		if got := a.called("POST /demo/phone/confirm"); len(got) != 1 || !strings.HasSuffix(got[0], `{"pin":"123456"}`) {
			t.Errorf("confirmed with %q", got)
		}
		if got := len(a.called("POST /demo/scan")); got != 1 {
			t.Errorf("scanned %d times, want 1", got)
		}
		p.Click(`[data-fault="network_down"]`)
		p.Click(`[data-mode="poor"]`)
		a.await(t, `POST /demo/faults {"network_down":true}`, 1)
		a.await(t, `POST /demo/phone/mode {"mode":"poor"}`, 1)
	}
}

// The drawings are real codes: they equal those of known encoders.
func theCodes(t *testing.T, b *webtest.Browser) {
	a := newFakeAgent(t, true, "en")
	a.setDemo(demoState("instant", nil))
	p := b.Open(t, a.url, 1280, 800)
	texts := []string{secret, "100000000000000001", "6212345678901234567", "284212345678901234567890", "weixin://wxpay/bizpayurl?pr=AbCd123"}
	for n := 1; n <= 256; n += 17 { // every version that an address may need
		texts = append(texts, "https://x/"+strings.Repeat("a1B_", 64)[:n])
	}
	for _, text := range texts {
		want, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		var got [][]bool
		rows := webtest.Eval[string](p, `import("/assets/qr.js").then((m) => JSON.stringify(m.matrix("`+text+`")))`)
		if err := json.Unmarshal([]byte(rows), &got); err != nil {
			t.Fatal(err)
		}
		if len(got) != want.Size {
			t.Fatalf("QR of %s is %d modules wide, want %d", text, len(got), want.Size)
		}
		for y := range want.Size {
			for x := range want.Size {
				if got[y][x] != want.Black(x, y) {
					t.Fatalf("QR of %s differs at %d, %d", text, x, y)
				}
			}
		}
	}
	sameBars(t, p, secret)
}

func sameBars(t *testing.T, p *webtest.Page, digits string) {
	t.Helper()
	want, err := code128.Encode(digits)
	if err != nil {
		t.Fatal(err)
	}
	var widths []int
	text := webtest.Eval[string](p, `import("/assets/demo/code128.js").then((m) => JSON.stringify(m.widths("`+digits+`")))`)
	if err := json.Unmarshal([]byte(text), &widths); err != nil {
		t.Fatal(err)
	}
	x := 0
	for i, width := range widths {
		for range width {
			r, _, _, _ := want.At(x, 0).RGBA()
			if dark := r == 0; dark != (i%2 == 0) {
				t.Fatalf("Code 128 of %s differs at module %d", digits, x)
			}
			x++
		}
	}
	if x != want.Bounds().Dx() {
		t.Errorf("Code 128 of %s is %d modules wide, want %d", digits, x, want.Bounds().Dx())
	}
}
