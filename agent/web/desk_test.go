//go:build browser

package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tillpay/agent/web/webtest"
)

func TestDesk(t *testing.T) {
	b := webtest.NewBrowser(t)
	t.Run("refund", func(t *testing.T) { refunding(t, b) })
	t.Run("deposit", func(t *testing.T) { theDeposit(t, b) })
	t.Run("order", func(t *testing.T) { theOrder(t, b) })
	t.Run("attention", func(t *testing.T) { theAttention(t, b) })
	t.Run("cashier", func(t *testing.T) { theCashiersRights(t, b) })
	t.Run("sign out", func(t *testing.T) { signingOut(t, b) })
	t.Run("devices", func(t *testing.T) { theDevices(t, b) })
	t.Run("sheets", func(t *testing.T) { theSheets(t, b) })
	for _, language := range []string{"en", "zh-HK", "zh-CN"} {
		t.Run("sizes "+language, func(t *testing.T) { deskSizes(t, b, language) })
	}
}

// paidSale brings a paid sale of HKD 88.00 onto the stage.
func paidSale(t *testing.T, b *webtest.Browser, language string, width, height int64, set func(*fakeAgent)) (*fakeAgent, *webtest.Page) {
	a := newFakeAgent(t, false, language)
	if set != nil {
		set(a)
	}
	p := b.Open(t, a.url, width, height)
	p.WaitTone("key")
	p.Type("8800\r")
	p.WaitTone("scan")
	a.becomes(paid())
	p.WaitTone("paid")
	time.Sleep(500 * time.Millisecond) // in which keys may still mean the state before
	return a, p
}

// A refund is keyed, looked at again, and sent under one reference however often
// it is tried; each refund shows how far it is.
func refunding(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, nil)
	p.Type("r")
	p.Wait(`document.querySelector('[data-form="refund"]') !== null`)
	p.WaitText("#form-means", "Up to HKD 88.00")
	p.Type("9900\r")
	p.WaitText("#form-wrong", "HKD 88.00 at most")
	p.Type("\b\b\b\b")
	p.Type("500")
	p.WaitText("#form-figure", "HKD 5.00")
	p.WaitText("#form-means", "HKD 83.00 stays with the shop")
	p.Type("\r")
	p.WaitText("#form-wrong", "Say why")
	p.Click(`[data-reason]`)
	shown(p, "refund-1-keyed")
	p.Type("\r")
	p.WaitText("#form-review", "HKD 5.00 goes back")
	shown(p, "refund-2-review")
	if got := a.called("POST /v1/sales/sale1/refunds"); len(got) != 0 {
		t.Fatalf("sent before it was looked at: %q", got)
	}
	a.mu.Lock()
	a.problem = object{"status": 422, "code": "refund_too_large", "detail": "The refund is larger than what is left."}
	a.mu.Unlock()
	p.Click(`[data-do="go"]`)
	p.WaitText("#form-wrong", "larger than what is left")
	p.Click(`[data-do="go"]`)
	p.Wait(`document.querySelector("dialog") === null`)
	got := a.called("POST /v1/sales/sale1/refunds")
	if len(got) != 2 || got[0] != got[1] || !strings.Contains(got[0], `"amount":500`) || !strings.Contains(got[0], `"reason":"Goods returned"`) {
		t.Fatalf("sent %q", got)
	}
	a.becomes(object{"refunded_amount": 500, "refunds": []object{
		{"refund_no": "1", "amount": 500, "state": "done"}, {"refund_no": "2", "amount": 300, "state": "accepted"}, {"refund_no": "3", "amount": 100, "state": "refused"}}})
	p.WaitText(".facts", "HKD 5.00 · given back")
	p.WaitText(".facts", "HKD 3.00 · on its way")
	shown(p, "refund-3-told")
	p.Type("r")
	p.WaitText("#form-means", "Up to HKD 80.00") // less what is on its way, and not what was refused
	p.Click(`[data-do="all"]`)
	p.WaitText("#form-figure", "HKD 80.00")
	p.Type("\x1b")
	p.Wait(`document.querySelector("dialog") === null`)
	// A scanner's code that lands in the form is no amount.
	p.Type("r")
	p.Wait(`document.querySelector('[data-form="refund"]') !== null`)
	p.Type(secret + "\r")
	p.WaitText(".notice", "finished")
	if got := p.Text("#form-figure"); got != "HKD 0.00" {
		t.Errorf("a scanned code became the amount %s", got)
	}
}

func heldDeposit(days float64) object {
	return object{"kind": "deposit", "state": "held", "armed": false, "action": "done", "receipt": "printed", "payments": payment("paid", ""),
		"refunds": []object{}, "refunded_amount": 0, "returns_at": time.Now().Add(time.Duration(days * 24 * float64(time.Hour))).Format(time.RFC3339)}
}

// A deposit is opened on the pad, captured in part with what goes back said, or
// released behind a question.
func theDeposit(t *testing.T, b *webtest.Browser) {
	a := newFakeAgent(t, false, "en")
	a.channels = []object{global, vault}
	p := b.Open(t, a.url, 1280, 800)
	p.WaitTone("key")
	p.Type("20000")
	p.WaitText("#keyed", "200.00")
	p.Type("d")
	p.Wait(`document.querySelector('[data-do="deposit"]').getAttribute("aria-checked") === "true"`)
	p.WaitText(".charge", "Hold deposit")
	shown(p, "deposit-1-keyed")
	p.Type("\r")
	p.WaitTone("scan")
	if got := a.called("POST /v1/sales "); len(got) != 1 || !strings.Contains(got[0], `"kind":"deposit"`) {
		t.Fatalf("opened with %q", got)
	}
	a.becomes(heldDeposit(12.5))
	p.WaitTone("held")
	p.WaitText(".facts", "in 12 days")
	shown(p, "deposit-2-held")
	a.becomes(heldDeposit(3.5))
	p.WaitText(`[data-fact="soon"]`, "in 3 days")
	time.Sleep(500 * time.Millisecond)
	p.Type("c")
	p.Wait(`document.querySelector('[data-form="capture"]') !== null`)
	p.Type("14000")
	p.WaitText("#form-means", "HKD 60.00 goes back to the customer")
	shown(p, "deposit-3-capture")
	p.Type("\r")
	p.WaitText("#form-review", "The shop gets HKD 140.00, and HKD 60.00 goes back")
	shown(p, "deposit-4-review")
	p.Type("\r")
	p.Wait(`document.querySelector("dialog") === null`)
	if got := a.called("POST /v1/sales/sale1/capture"); len(got) != 1 || !strings.HasSuffix(got[0], `{"amount":14000}`) {
		t.Fatalf("captured with %q", got)
	}
	a.becomes(object{"settlement": object{"kind": "capture", "amount": 14000, "state": "asked"}})
	p.WaitTone("wait")
	if p.Text(`[data-do="capture"]`) != "" {
		t.Error("captured twice over")
	}
	a.becomes(object{"settlement": object{"kind": "capture", "amount": 14000, "state": "refused"}})
	p.WaitTone("held")
	time.Sleep(500 * time.Millisecond)
	p.Type("r")
	p.WaitText("dialog", "Give the whole deposit back?")
	shown(p, "deposit-5-release")
	p.Type("\r") // the safe answer has the focus
	p.Wait(`document.querySelector("dialog") === null`)
	if got := a.called("POST /v1/sales/sale1/release"); len(got) != 0 {
		t.Fatal("released without a yes")
	}
	p.Click(`[data-do="release"]`)
	p.Click(`[data-do="confirm"]`)
	a.await(t, "POST /v1/sales/sale1/release", 1)
}

// An order for an app asks for what its platform wants, and a code that the
// customer scans is drawn with the time that is left.
func theOrder(t *testing.T, b *webtest.Browser) {
	a := newFakeAgent(t, false, "en")
	a.channels = []object{global, mainland, vault}
	p := b.Open(t, a.url, 1280, 800)
	p.WaitTone("key")
	p.Type("8800\r")
	p.WaitTone("scan")
	time.Sleep(500 * time.Millisecond)
	p.Click(`[data-do="order"]`)
	p.Wait(`document.querySelector('[data-form="order"]') !== null`)
	if got := webtest.Eval[int](p, `document.querySelectorAll('.order-field').length`); got != 3 {
		t.Errorf("%d fields", got)
	}
	p.Type("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
	shown(p, "order-1-fields")
	a.mu.Lock()
	a.problem = object{"status": 422, "code": "invalid_value", "detail": "payer openid: is not one of this shop's"}
	a.mu.Unlock()
	p.Type("\r")
	p.WaitText(".form-wrong", "is not one of this shop's")
	p.Type("\r")
	p.Wait(`document.querySelector("dialog") === null`)
	if got := a.called("POST /v1/sales/sale1/prepare"); len(got) != 2 || !strings.HasSuffix(got[1], `{"channel":"huifu","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}`) {
		t.Fatalf("prepared with %q", got)
	}
	order := func(scan string) object {
		o := payment("paying", "")[0]
		o["prepared"], o["deadline_at"] = true, time.Now().Add(4*time.Minute+30*time.Second).Format(time.RFC3339Nano)
		if scan != "" {
			o["scan_text"] = scan
		}
		return object{"state": "paying", "armed": false, "action": "ask_customer", "payments": []object{o}}
	}
	a.becomes(order(""))
	p.WaitTone("ask")
	p.WaitText(".word", "Paid in the app")
	p.WaitText(".ring-number", "4:")
	shown(p, "order-2-app")
	a.becomes(order("https://pay.example.com/checkout?order=20261130&sk=AbCdEfGh123456789"))
	p.WaitText(".word", "Show this code")
	p.Wait(`document.querySelector("#code path").getAttribute("d").length > 1000`)
	p.WaitText(".shown", "left")
	shown(p, "order-3-code")
	p.Type("p")
	a.await(t, "POST /v1/sales/sale1/print-order", 1)
	time.Sleep(500 * time.Millisecond)
	p.Type("\x1b")
	p.Wait(`document.querySelector("dialog[open]") !== null`)
	p.Click(`[data-do="confirm"]`)
	a.await(t, "POST /v1/sales/sale1/cancel", 1)
	a.becomes(object{"state": "open", "armed": true, "action": "rescan", "payments": payment("revoked", "deadline")})
	p.WaitTone("declined")
	if p.Text("#code") != "" || webtest.Eval[bool](p, `document.querySelector("#code") !== null`) {
		t.Error("the code of an order that is over is still shown")
	}
}

func matters() []object {
	now := time.Now().Add(-20 * time.Minute).Format(time.RFC3339)
	return []object{
		{"id": "a1", "kind": "payment", "number": "2026112800010000112345678907", "sale": "sale1", "amount": 8800, "currency": "HKD", "raised_at": now,
			"message":  "Nobody knows for sure whether the customer was charged, and the platform no longer takes this payment back. Find out, and say what is true.",
			"platform": object{"answered": true, "outcome": "revoked", "message": "The platform says: revoked, nothing stays charged. It is safe to try again."},
			"choices": []object{{"choice": "paid", "message": "The customer was charged: the sale is paid", "standing": "contradicted"},
				{"choice": "revoked", "message": "The customer was not charged, or has the money back", "standing": "open"},
				{"choice": "undo_again", "message": "Try again to take it back", "standing": "contradicted"}}},
		{"id": "a2", "kind": "refund", "number": "2026112800010000112345670007", "sale": "sale1", "amount": 500, "currency": "HKD", "raised_at": now,
			"message":  "The refund cannot reach the customer: the account or card takes no money. Give it back in another way, or ask again once that is mended.",
			"platform": object{"answered": false, "message": "No answer: there is no connection to the platform."},
			"choices": []object{{"choice": "given_back", "message": "The customer has the money back", "standing": "confirm"},
				{"choice": "again", "message": "Ask the platform again", "standing": "open"},
				{"choice": "not_given_back", "message": "It was not given back: strike this refund out", "standing": "confirm"}}},
		{"id": "a3", "kind": "receipt", "number": "sale/1/0", "sale": "sale1", "amount": 8800, "currency": "HKD", "raised_at": now,
			"message": "Nobody knows whether this slip came out of the printer: the receipt. Look for it.",
			"choices": []object{{"choice": "came_out", "message": "It came out", "standing": "open"}, {"choice": "print_again", "message": "Print it again, marked as a copy", "standing": "open"}}},
	}
}

// The list says what happened and what the platform says; a choice wants its
// reason, and one that the platform does not bear out a tick as well.
func theAttention(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, func(a *fakeAgent) { a.matters = matters() })
	a.setStatus("attention", 3)
	p.WaitText(".menu", "3 for the manager")
	shown(p, "attention-0-bar")
	untouched(t, a, p, `[data-sale="sale1"].day-row`, "GET /v1/status", func() { a.tell("status", object{}) })
	p.Click(`[data-do="attention"]`)
	p.WaitText(`[data-matter="a1"]`, "The platform says: revoked")
	shown(p, "attention-1-list")
	if !webtest.Eval[bool](p, `document.querySelector('[data-matter="a1"] [data-choice="paid"]').disabled`) {
		t.Error("what the platform proves wrong can be chosen")
	}
	p.Click(`[data-matter="a2"] [data-choice="given_back"]`)
	p.Wait(`document.activeElement.id === "note"`)
	p.Type("gave 5 in cash")
	p.Type("\r")
	p.WaitText(`[data-matter="a2"] .form-wrong`, "Tick the box")
	if got := a.called("POST /v1/attention"); len(got) != 0 {
		t.Fatalf("decided %q", got)
	}
	p.Click("#sure")
	p.Click("#by")
	p.Type("Chan")
	shown(p, "attention-2-decide")
	a.mu.Lock()
	a.problem = object{"status": 409, "code": "platform_contradicts", "detail": "The platform proves otherwise. The platform says: the refund is under way."}
	a.mu.Unlock()
	p.Click(`[data-do="decide"]`)
	p.WaitText(`[data-matter="a2"] .form-wrong`, "under way")
	p.Click(`[data-do="decide"]`)
	p.Wait(`document.querySelector('[data-matter="a2"]') === null`)
	if got := a.called("POST /v1/attention/a2/resolve"); len(got) != 2 ||
		!strings.HasSuffix(got[1], `{"choice":"given_back","note":"gave 5 in cash","by":"Chan","confirm":true}`) {
		t.Fatalf("decided %q", got)
	}
	p.Click(`[data-matter="a3"] [data-choice="came_out"]`)
	p.Wait(`document.querySelector("#by").value === "Chan"`)
	p.Type("\r")
	p.WaitText(`[data-matter="a3"] .form-wrong`, "Say why")
	p.Click(`[data-matter="a3"] [data-do="back"]`)
	p.Wait(`document.querySelector('[data-matter="a3"] [data-choice]') !== null`)
	a.await(t, "GET /v1/attention", 3) // opened, decided, back
	untouched(t, a, p, `[data-matter="a1"] [data-choice="revoked"]`, "GET /v1/attention", func() { a.tell("attention", object{}) })
	p.Click(`[data-matter="a1"] [data-do="sale"]`)
	p.Wait(`document.querySelector("dialog") === null`)
	p.WaitTone("paid")
	a.mu.Lock()
	a.matters = nil
	a.mu.Unlock()
	a.setStatus("attention", 0)
	p.Wait(`document.querySelector('.menu [data-do="attention"]').dataset.ok === "true"`)
}

// A manager signs out, on a second thought, and the page shows nothing of the shop's.
func signingOut(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	p.Click(`[data-do="leave"]`)
	p.Click(`dialog [data-do="keep"]`)
	p.Wait(`document.querySelector("dialog") === null`)
	if len(a.called("POST /v1/session/end")) != 0 {
		t.Error("signed out without a yes")
	}
	p.Click(`[data-do="leave"]`)
	p.Click(`dialog [data-do="confirm"]`)
	p.WaitTone("signin")
	shown(p, "signed-out")
}

// A cashier's page shows what a cashier may do, and says whom to ask for the rest.
func theCashiersRights(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, func(a *fakeAgent) { a.role = "cashier" })
	p.WaitText(".ask-manager", "ask the manager")
	shown(p, "cashier-1-paid")
	for _, name := range []string{"refund", "reprint", "attention", "reconcile", "devices", "leave"} {
		if webtest.Eval[bool](p, `[...document.querySelectorAll('[data-do="`+name+`"]')].some((el) => el.offsetParent)`) {
			t.Errorf("a cashier's page offers %s", name)
		}
	}
	p.Type("rp")
	time.Sleep(200 * time.Millisecond)
	if webtest.Eval[bool](p, `document.querySelector("dialog") !== null`) || len(a.called("POST /v1/sales/sale1/reprint")) != 0 {
		t.Error("a key does what no button offers")
	}
	a.setStatus("attention", 2)
	p.WaitText(".lamps", "2 for the manager")
	a.becomes(object{"receipt": "unknown"})
	p.WaitText(".paper-state", "ask the manager")
	a.becomes(heldDeposit(3.5))
	p.WaitTone("held")
	p.WaitText(".ask-manager", "ask the manager")
	shown(p, "cashier-2-held")
}

func theSheets(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	a.mu.Lock()
	a.channels = []object{global, mainland, vault}
	a.compared = object{"date": "2026-11-29", "channels": []object{
		{"channel": "wechat", "matched": 41, "only_here": 0, "only_there": 1, "different": 1, "rows": []object{
			{"result": "different", "kind": "payment", "out_trade_no": "2026112900010000112345678907", "here": object{"amount": 8800, "currency": "HKD", "state": "paid"},
				"there": object{"amount": 880, "currency": "HKD", "state": "SUCCESS"}, "message": "The amounts differ. Call support before anything is refunded."},
			{"result": "only_there", "kind": "refund", "refund_no": "console-1", "here": nil, "there": object{"amount": 800, "currency": "HKD", "state": "SUCCESS"},
				"message": "Given back outside this till, for instance in the platform's console. Ask who did it, and do not refund that amount here again."},
			{"result": "matched", "kind": "payment", "out_trade_no": "1", "here": object{"amount": 1, "currency": "HKD"}, "there": object{"amount": 1, "currency": "HKD"}, "message": "Nothing to do."}}},
		{"channel": "huifu", "matched": 3, "only_here": 0, "only_there": 0, "different": 0, "rows": []object{}}},
		"without": []object{{"channel": "deposits", "code": "no_statement", "message": "This platform gives no statement that can be compared. Compare the day's totals with its console."}}}
	a.mu.Unlock()
	p.Click(`[data-do="channels"]`)
	p.WaitText(`[data-channel="huifu"]`, "Orders paid in an app")
	shown(p, "channels")
	p.Type("\x1b")
	p.Wait(`document.querySelector("dialog") === null`)
	p.Click(`[data-do="reconcile"]`)
	p.Wait(`document.querySelector("#reconcile-day").value !== ""`)
	p.Click(`[data-do="compare"]`)
	p.WaitText(`[data-channel="wechat"]`, "Given back outside this till")
	if got := webtest.Eval[int](p, `document.querySelectorAll('[data-channel="wechat"] tbody tr').length`); got != 2 {
		t.Errorf("%d rows: what agrees is only counted", got)
	}
	shown(p, "reconcile")
}

const someStanza = "[[scanner]]\ndriver = \"hid\"\nvendor = 0x0c2e\nproduct = 0x0b61\nserial = \"K1\"\n"

func plugged() []object {
	return []object{
		{"vendor": "0x0c2e", "product": "0x0b61", "serial": "K1", "maker": "Honeywell", "model": "Vuquest", "mode": "keyboard", "place": "1-1"},
		{"vendor": "0x1eab", "product": "0x1d10", "maker": "Newland", "model": "FM430", "mode": "in use", "place": "1-2", "name": "hid 1eab:1d10", "status": "ready"},
		{"name": "hid 1234:5678", "status": "no_permission", "detail": "/dev/bus/usb/001/007 is crw-rw-r--, group root: add a udev rule: SUBSYSTEM==\"usb\", ATTR{idVendor}==\"1234\""},
		{"name": "tm-t82", "status": "ready"},
	}
}

// The technician's sheet finds the scanner among several devices: a keyboard is
// refused in words and listened past, what is scanned starts nothing, and the
// lines for the configuration are shown.
func theDevices(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	a.mu.Lock()
	a.devices = plugged()
	a.mu.Unlock()
	p.Click(`[data-do="devices"]`)
	p.WaitText(`[data-device="hid 1eab:1d10"] .device-state`, "Works")
	p.WaitText(`[data-device="hid 1234:5678"]`, "add a udev rule")
	p.WaitText(`[data-device="0x0c2e:0x0b61 K1"]`, "Not set up")
	shown(p, "devices-1-list")
	p.Click(`[data-do="learn"]`)
	p.WaitText(`[data-learn="wait"]`, "Scan the barcode")
	keyboard := object{"vendor": "0x046d", "product": "0xc31c", "maker": "Logitech", "model": "Keyboard K120", "mode": "keyboard", "place": "1-4", "kind": "goods",
		"text": "4006381333931", "refused": "typed_by_hand", "message": "This was typed by hand: it is a keyboard, not a scanner."}
	blind := object{"vendor": "0x1234", "product": "0x5678", "mode": "keyboard", "place": "1-5", "detail": "/dev/input/event7 may not be read"}
	a.learns <- object{"seen": keyboard, "not_watched": []object{blind}}
	p.WaitText(`[data-learn="refused"]`, "keyboard, not a scanner")
	p.WaitText(`[data-blind="1-5"]`, "event7")
	shown(p, "devices-2-refused")
	a.learns <- object{"seen": nil, "not_watched": []object{}}
	p.WaitText(`[data-learn="wait"]`, "Scan the barcode")
	p.Type(secret + "\r") // the scanner types into the page too
	time.Sleep(200 * time.Millisecond)
	gun := object{"vendor": "0x0c2e", "product": "0x0b61", "serial": "K1", "maker": "Honeywell", "model": "Vuquest", "mode": "keyboard", "place": "1-1", "kind": "payment_code",
		"message": "This is a scanner. Put it into the configuration and restart the agent.", "stanza": someStanza}
	a.learns <- object{"seen": gun, "not_watched": []object{}}
	p.WaitText(`[data-learn="found"]`, "This is a scanner")
	if got := p.Text(".stanza"); got != strings.TrimSpace(someStanza) && got != someStanza {
		t.Errorf("the stanza is shown as %q", got)
	}
	if got := p.Text("body"); strings.Contains(got, secret) || strings.Contains(got, "finished") {
		t.Error("what was scanned to be learnt became a payment's, or is shown")
	}
	inside(t, p, ".panel")
	shown(p, "devices-3-found")
	if n := len(a.called("POST /v1/devices/learn")); n != 3 {
		t.Errorf("asked %d times", n)
	}
	p.Click(`[data-do="learn"]`) // and closed while it listens
	p.WaitText(`[data-learn="wait"]`, "Scan the barcode")
	p.Type("\x1b")
	p.Wait(`document.querySelector("dialog") === null`)
	p.Type("8800\r")
	p.WaitTone("scan")
	p.Type(secret + "\r")
	a.await(t, "POST /v1/sales/sale1/scan", 1)
}

// Nothing is cut off or overflows, on the smallest screens and in every language.
func deskSizes(t *testing.T, b *webtest.Browser, language string) {
	for _, size := range []struct{ width, height int64 }{{1280, 800}, {1024, 768}, {800, 600}} {
		at := fmt.Sprintf("%s-%d", language, size.width)
		a, p := paidSale(t, b, language, size.width, size.height, func(a *fakeAgent) {
			a.channels, a.matters, a.devices = []object{global, mainland, vault}, matters(), plugged()
		})
		a.setStatus("attention", 3)
		a.becomes(object{"refunded_amount": 500, "refunds": []object{{"refund_no": "1", "amount": 500, "state": "done"}, {"refund_no": "2", "amount": 300, "state": "accepted"}}})
		p.Wait(`document.querySelectorAll(".facts li").length === 2`)
		fits(t, p)
		shown(p, at+"-1-refunded")
		p.Type("r")
		p.Wait(`document.querySelector('[data-form="refund"]') !== null`)
		p.Type("9900")
		inside(t, p, ".form")
		shown(p, at+"-2-refund")
		p.Type("\x1b")
		p.Wait(`document.querySelector("dialog") === null`)
		a.becomes(heldDeposit(3.5))
		p.WaitTone("held")
		fits(t, p)
		shown(p, at+"-3-held")
		p.Click(`[data-do="attention"]`)
		p.Wait(`document.querySelector('[data-matter="a3"]') !== null`)
		p.Click(`[data-matter="a2"] [data-choice="given_back"]`)
		inside(t, p, ".panel")
		shown(p, at+"-4-attention")
		p.Type("\x1b")
		p.Wait(`document.querySelector("dialog") === null`)
		p.Click(`[data-do="devices"]`)
		p.Wait(`document.querySelector('[data-state="no_permission"]') !== null`)
		p.Click(`[data-do="learn"]`)
		a.learns <- object{"seen": object{"vendor": "0x0c2e", "product": "0x0b61", "serial": "K1", "mode": "keyboard", "place": "1-1", "kind": "goods", "text": "4006381333931",
			"message": "This is a scanner.", "stanza": someStanza}, "not_watched": []object{}}
		p.Wait(`document.querySelector(".stanza") !== null`)
		inside(t, p, ".panel")
		shown(p, at+"-4-devices")
		p.Type("\x1b")
		p.Wait(`document.querySelector("dialog") === null`)
		time.Sleep(500 * time.Millisecond)
		p.Type("\r")
		p.WaitTone("key")
		fits(t, p)
		p.Type("8800\r")
		p.WaitTone("scan")
		fits(t, p)
		shown(p, at+"-5-scan")
		o := payment("paying", "")[0]
		o["prepared"], o["scan_text"] = true, "https://pay.example.com/checkout?order=20261130&sk=AbCdEfGh123456789"
		a.becomes(object{"state": "paying", "armed": false, "action": "ask_customer", "payments": []object{o}})
		p.Wait(`document.querySelector("#code") !== null`)
		fits(t, p)
		shown(p, at+"-6-code")
	}
}

// inside checks that an open dialog lies in the window, and that nothing in it is
// wider than it.
func inside(t *testing.T, p *webtest.Page, selector string) {
	t.Helper()
	out := webtest.Eval[string](p, `(() => {
		const box = document.querySelector("dialog`+selector+`");
		const r = box.getBoundingClientRect();
		if (r.left < 0 || r.top < 0 || r.right > innerWidth || r.bottom > innerHeight) return "the dialog leaves the window";
		for (const el of box.querySelectorAll("*")) {
			const e = el.getBoundingClientRect();
			if (e.width && (e.left < r.left - 1 || e.right > r.right + 1)) return el.tagName + "." + el.className + " leaves the dialog: " + el.textContent;
			if (el.matches("button, h2, p, output") && el.scrollWidth > el.clientWidth + 2) return el.className + " overflows: " + el.textContent;
		}
		return "";
	})()`)
	if out != "" {
		t.Error(out)
	}
}
