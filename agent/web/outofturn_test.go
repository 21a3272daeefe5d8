//go:build browser

package web

import (
	"strings"
	"testing"
	"time"

	"tillpay/agent/web/webtest"
)

// What comes early, late, twice or not at all between the page and its agent.
func TestOutOfTurn(t *testing.T) {
	b := webtest.NewBrowser(t)
	t.Run("two sales", func(t *testing.T) { twoSales(t, b) })
	t.Run("network", func(t *testing.T) { armedByTheNetwork(t, b) })
	t.Run("a held code", func(t *testing.T) { aHeldCode(t, b) })
	t.Run("a code over the answer", func(t *testing.T) { aCodeOverTheAnswer(t, b) })
	t.Run("a code without Enter", func(t *testing.T) { aCodeWithoutEnter(t, b) })
	t.Run("the manager's word", func(t *testing.T) { theManagersWord(t, b) })
	t.Run("a receipt's question", func(t *testing.T) { aReceiptsQuestion(t, b) })
	t.Run("a lost answer", func(t *testing.T) { aLostAnswer(t, b) })
	t.Run("a refund's second look", func(t *testing.T) { aRefundsSecondLook(t, b) })
	t.Run("a lost refund", func(t *testing.T) { aLostRefund(t, b) })
	t.Run("a press", func(t *testing.T) { aPress(t, b) })
}

// The scanner is for the newest sale: the stage of an older one says so, and when
// the newest is paid it does not ask for the same customer's code again unseen.
func twoSales(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	p.Type("500\r")
	p.WaitTone("scan")
	a.turns(0, object{"armed": false})
	a.elsewhere(700)
	p.WaitText("#sentence", "another one has the scanner")
	p.WaitText("#amount", "HKD 5.00")
	p.Click(`[data-do="new"]`) // on to the other one
	p.WaitText("#amount", "HKD 7.00")
	a.turns(0, object{"armed": true})
	a.becomes(paid())
	p.WaitTone("paid")
	time.Sleep(500 * time.Millisecond)
	p.WaitTone("paid")
	p.Type("\r")
	p.WaitText("#amount", "HKD 5.00") // it has the scanner again, and is not forgotten
	p.WaitTone("scan")
}

func armedByTheNetwork(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	p.Type("500\r")
	p.WaitTone("scan")
	a.turns(0, object{"armed": false, "action": "other_method", "message": "No connection. Take cash."})
	a.setStatus("network", "offline")
	p.WaitTone("offline")
	p.WaitText("#sentence", "Take cash")
	if got := p.Text(".actions"); strings.Contains(got, "New sale") {
		t.Errorf("a sale that will have the scanner can be left open: %q", got)
	}
	a.turns(0, object{"armed": true, "action": "scan", "message": ""})
	a.setStatus("network", "online")
	p.WaitTone("scan")
	p.Type(secret + "\r")
	a.await(t, "POST /v1/sales/sale1/scan", 1)
}

// A code that waits for its amount goes with its customer.
func aHeldCode(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	held := func() {
		p.Type(secret + "\r")
		p.WaitText(".notice", "Enter the amount to use it")
	}
	cancelled := func() {
		a.becomes(object{"state": "cancelled"})
		p.WaitTone("cancelled")
		time.Sleep(500 * time.Millisecond) // in which Enter may still mean the state before
		p.Type("\r")
		p.WaitTone("key")
	}
	held()
	p.Type("\x1b")
	p.WaitText(".notice", "no longer fresh")
	p.Type("500\r")
	p.WaitTone("scan")
	cancelled()
	held()
	a.elsewhere(700)
	p.WaitTone("scan")
	p.WaitText(".notice", "no longer fresh")
	cancelled()
	held()
	a.mu.Lock()
	a.problem = object{"status": 409, "code": "storage", "detail": "The disk is full."}
	a.mu.Unlock()
	p.Type("900\r")
	p.WaitText(".notice", "The disk is full")
	p.Type("\r")
	p.WaitTone("scan")
	p.Click(`[data-do="cancel"]`)
	a.await(t, "POST /v1/sales/sale3/cancel", 1)
	for _, call := range a.called("POST") {
		if strings.Contains(call, "/scan") {
			t.Errorf("a code that was held for somebody else: %s", call)
		}
	}
}

// press is a scanner in the page itself: keys that come in one go.
const press = `window.press = (keys) => { for (const key of keys) document.activeElement.dispatchEvent(
	new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); };`

// Half of the code is typed before the agent's answer turns the page, half behind it.
func aCodeOverTheAnswer(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	webtest.Eval[bool](p, press+`
		const text = Response.prototype.text;
		Response.prototype.text = async function () {
			const said = await text.call(this);
			if (said.includes('"sale1"') && !window.pressed) { window.pressed = true; press([..."`+secret[:9]+`"]); }
			return said;
		};
		new MutationObserver((_, watch) => {
			if (document.querySelector("#stage").dataset.tone !== "scan") return;
			watch.disconnect();
			press([..."`+secret[9:]+`", "Enter"]);
		}).observe(document.querySelector("#stage"), { attributes: true }); true`)
	p.Type("500\r")
	a.await(t, "POST /v1/sales/sale1/scan", 1)
	if got := a.called("POST /v1/sales/sale1/scan"); len(got) != 1 || !strings.Contains(got[0], secret) {
		t.Errorf("sent %q", got)
	}
}

// A scanner may end a code with Tab, or with nothing.
func aCodeWithoutEnter(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	p.Type("500\r")
	p.WaitTone("scan")
	p.Type(secret)
	a.await(t, "POST /v1/sales/sale1/scan", 1)
	p.Type(secret + "\t")
	a.await(t, "POST /v1/sales/sale1/scan", 2)
	for _, call := range a.called("POST /v1/sales/sale1/scan") {
		if !strings.Contains(call, `"`+secret+`"`) {
			t.Errorf("sent %s", call)
		}
	}
}

// What a manager decided reaches the stage, though the sale was over for the page;
// an answer from before does not come back.
func theManagersWord(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, nil)
	a.becomes(object{"state": "attention", "action": "call_manager"})
	p.WaitTone("manager")
	a.becomes(object{"state": "open", "armed": true, "action": "scan", "payments": []object{}})
	p.WaitTone("scan")
	p.Wait(`document.querySelector('.day-row[data-sale="sale1"]').dataset.state === "open"`)
	a.becomes(paid())
	p.WaitTone("paid")
	a.mu.Lock()
	old := object{}
	for k, v := range a.sales[0] {
		old[k] = v
	}
	old["version"], old["state"], old["armed"] = 2, "open", true
	a.send("/v1/events", "sale", old)
	a.mu.Unlock()
	a.becomes(object{"refunded_amount": 500})
	p.WaitText(".note", "HKD 5.00")
	p.WaitTone("paid")
}

// What a platform says of an old receipt is not said over the next customer's sale.
func aReceiptsQuestion(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, nil)
	a.tell("scan", object{"kind": "order_number", "text": "2026072800010000112345678907", "sale": "sale1"})
	p.WaitText(".notice", "receipt")
	p.Type("\r")
	p.WaitTone("key")
	p.Type("500\r")
	p.WaitTone("scan")
	p.Click(`[data-do="cancel"]`) // any call empties the notice
	a.await(t, "POST /v1/sales/sale2/cancel", 1)
	a.lookup <- object{"verified": true, "message": "The platform says: paid."}
	a.await(t, "GET /v1/lookup", 1)
	time.Sleep(300 * time.Millisecond)
	if got := p.Text(".notice"); got != "" {
		t.Errorf("over another sale: %q", got)
	}
}

// A sale whose answer was lost is found by its event, and the next customer's sale
// of the same amount is another one.
func aLostAnswer(t *testing.T, b *webtest.Browser) {
	a, p := opened(t, b, "en")
	a.mu.Lock()
	a.lose = true
	a.mu.Unlock()
	p.Type("500\r")
	a.await(t, "POST /v1/sales ", 1)
	a.becomes(object{})
	p.WaitTone("scan")
	a.becomes(paid())
	p.WaitTone("paid")
	time.Sleep(500 * time.Millisecond)
	p.Type("\r")
	p.WaitTone("key")
	p.WaitText("#keyed", "0.00")
	p.Type("500\r")
	p.WaitTone("scan")
	if got := a.called("POST /v1/sales "); len(got) != 2 || got[0] == got[1] {
		t.Errorf("two customers' sales are %q", got)
	}
}

// What was looked at is what is done, and a key that is held down does not look.
func aRefundsSecondLook(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, nil)
	p.Type("r")
	p.Wait(`document.querySelector('[data-form="refund"]') !== null`)
	p.Type("500")
	p.WaitText("#form-figure", "HKD 5.00")
	p.Click("[data-reason]")
	p.Held('\r')
	p.WaitText("#form-review", "HKD 5.00")
	p.Type("\b\b\b")
	p.WaitText("#form-review", "HKD 5.00")
	if got := a.called("POST"); len(got) != 1 { // the sale
		t.Fatalf("a held key gave money back: %q", got)
	}
	p.TypePaced(secret+"\r", 100*time.Millisecond) // a slow scanner
	p.WaitText("#form-review", "HKD 5.00")
	p.Click(`[data-do="go"]`)
	a.await(t, "POST /v1/sales/sale1/refunds", 1)
	if got := a.called("POST /v1/sales/sale1/refunds"); !strings.Contains(got[0], `"amount":500,`) {
		t.Errorf("gave back %q", got)
	}
}

// A refund whose answer was lost is asked for again under its reference, also from
// a form that was closed and opened again; the next one is another one.
func aLostRefund(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, nil)
	refund := func(wrong string) {
		p.Type("r")
		p.Wait(`document.querySelector('[data-form="refund"]') !== null`)
		p.Type("500")
		p.WaitText("#form-figure", "HKD 5.00")
		p.Click("[data-reason]")
		p.Click(`[data-do="go"]`)
		p.WaitText("#form-review", "HKD 5.00")
		time.Sleep(500 * time.Millisecond) // in which a second press may still be the first one's
		p.Click(`[data-do="go"]`)
		if wrong != "" {
			p.WaitText("#form-wrong", wrong)
			p.Type("\x1b")
		}
		p.Wait(`document.querySelector("dialog") === null`)
	}
	a.mu.Lock()
	a.lose = true
	a.mu.Unlock()
	refund("understand")
	refund("")
	refund("")
	got := a.called("POST /v1/sales/sale1/refunds")
	if len(got) != 3 || got[0] != got[1] || got[1] == got[2] {
		t.Errorf("asked for %q", got)
	}
}

// News that change nothing about a button leave it in its place.
func aPress(t *testing.T, b *webtest.Browser) {
	a, p := paidSale(t, b, "en", 1280, 800, nil)
	a.becomes(object{"receipt": "queued"})
	p.WaitText(".paper-state", "Printing")
	webtest.Eval[bool](p, `(window.held = document.querySelector('.actions [data-do="new"]')).focus() ?? true`)
	a.becomes(object{"receipt": "printed", "refunded_amount": 100})
	p.WaitText(".note", "HKD 1.00")
	if !webtest.Eval[bool](p, `held.isConnected && document.activeElement === held`) {
		t.Error("the button for the next sale was swapped under a finger")
	}
}

// untouched checks that news leave a button in its place, which a finger may be on
// and which has the focus.
func untouched(t *testing.T, a *fakeAgent, p *webtest.Page, button, call string, news func()) {
	t.Helper()
	webtest.Eval[bool](p, `(window.held = document.querySelector(`+"`"+button+"`"+`)).focus() ?? true`)
	before := len(a.called(call))
	news()
	a.await(t, call, before+1)
	time.Sleep(200 * time.Millisecond) // a page that draws nothing shows no sign of having drawn
	if !webtest.Eval[bool](p, `held.isConnected && document.activeElement === held`) {
		t.Errorf("news took %s away from under a finger", button)
	}
}
