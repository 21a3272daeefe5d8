//go:build browser

package web

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tillpay/printer"
)

// object is a JSON object: the fake says what the contract says, and shares no
// type with the agent.
type object = map[string]any

// fakeAgent plays the agent's side of the API from a script: the test says what
// a sale becomes, the page shows it.
type fakeAgent struct {
	url string

	mu        sync.Mutex
	status    object
	sales     []object // oldest first
	listeners map[chan string]string
	calls     []string // method, path and body, as they came
	signedOut bool
	down      bool // events end, and are refused
	demo      object
	role      string
	channels  []object
	matters   []object
	compared  object
	devices   []object
	learns    chan object // what the next calls to learn see
	problem   object      // what the next POST answers instead
	slow      chan bool   // POSTs are answered once it is closed
	lose      bool        // the next POST is done, and its answer lost
	lookup    chan object // what the next question about a receipt hears
}

// global is the channel of most tests; mainland one that prepares orders, and
// vault one that holds deposits.
var (
	global = object{"name": "wechat", "driver": "wechat-global", "routes": []string{"wechat"}, "wallets": []string{"wechat"}, "currencies": []string{"HKD", "USD"},
		"presented": true, "prepared": false, "capture": false, "statement": true, "payer": []object{}, "undo": []object{{"how": "revoke"}, {"how": "refund"}},
		"refund_window_seconds": 31536000}
	mainland = object{"name": "huifu", "driver": "huifu", "routes": []string{"alipay"}, "wallets": []string{"wechat", "alipay", "unionpay"}, "currencies": []string{"HKD"},
		"presented": true, "prepared": true, "capture": false, "statement": true,
		"payer": []object{{"name": "openid", "required": false}, {"name": "sub_openid", "required": false}, {"name": "sub_appid", "required": false}},
		"undo":  []object{{"how": "close"}, {"how": "refund"}}, "refund_window_seconds": 0}
	vault = object{"name": "deposits", "driver": "wechat-deposit", "routes": []string{"deposit"}, "wallets": []string{"wechat"}, "currencies": []string{"HKD"},
		"presented": true, "prepared": true, "capture": true, "statement": false, "payer": []object{{"name": "trade_type", "required": false, "values": []string{"APP", "JSAPI"}}},
		"undo": []object{{"how": "revoke"}}, "refund_window_seconds": 31536000}
)

var may = map[string][]string{
	"cashier": {"read", "charge", "play"},
	"manager": {"read", "charge", "refund", "print", "play", "settle", "audit", "attend", "equip"},
}

func newFakeAgent(t *testing.T, demo bool, language string) *fakeAgent {
	a := &fakeAgent{listeners: map[chan string]string{}, role: "manager", channels: []object{global}, devices: []object{}, learns: make(chan object, 10), lookup: make(chan object, 1), matters: []object{}, status: object{
		"till": object{"id": "T01", "store_name": "Tencent Building Branch", "currency": "HKD", "exponent": 2,
			"language": language, "time_zone": "Asia/Hong_Kong"},
		"version": "0.1.0", "demo": demo, "network": "online", "clock_offset_seconds": 0, "queue_depth": 0, "attention": 0,
		"channels": []object{{"name": "wechat", "driver": "wechat-global", "state": "ready"}},
		"devices": []object{{"name": "gun", "kind": "scanner", "status": "ready"},
			{"name": "tm-t82", "kind": "printer", "status": "ready"}},
	}}
	mux := http.NewServeMux()
	mux.Handle("/", Handler(demo))
	mux.HandleFunc("GET /assets/paper.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, printer.PaperCSS)
	})
	mux.HandleFunc("GET /v1/status", a.answer(func(*http.Request) any { return a.status }))
	mux.HandleFunc("GET /v1/session", a.answer(func(*http.Request) any { return object{"role": a.role, "may": may[a.role]} }))
	mux.HandleFunc("POST /v1/session/end", a.answer(func(*http.Request) any { a.signedOut = true; return nil }))
	mux.HandleFunc("GET /v1/channels", a.answer(func(*http.Request) any { return object{"channels": a.channels} }))
	mux.HandleFunc("GET /v1/attention", a.answer(func(*http.Request) any {
		for _, m := range a.matters { // each list has asked the platforms anew
			if platform, ok := m["platform"].(object); ok {
				platform["asked_at"] = time.Now()
			}
		}
		return object{"matters": a.matters}
	}))
	mux.HandleFunc("GET /v1/lookup", func(w http.ResponseWriter, r *http.Request) {
		select { // not under the lock: it waits
		case live := <-a.lookup:
			a.answer(func(*http.Request) any { return object{"live": live} })(w, r)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /v1/attention/{id}/resolve", a.answer(func(r *http.Request) any {
		a.matters = slices.DeleteFunc(a.matters, func(m object) bool { return m["id"] == r.PathValue("id") })
		return object{"id": r.PathValue("id")}
	}))
	mux.HandleFunc("GET /v1/devices", a.answer(func(*http.Request) any { return object{"devices": a.devices} }))
	mux.HandleFunc("POST /v1/devices/learn", func(w http.ResponseWriter, r *http.Request) {
		select { // not under the lock: it waits
		case seen := <-a.learns:
			a.answer(func(*http.Request) any { return seen })(w, r)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /v1/days/{day}/reconcile", a.answer(func(*http.Request) any { return a.compared }))
	mux.HandleFunc("GET /v1/sales", a.answer(func(*http.Request) any {
		return object{"sales": a.sales, "next_cursor": ""}
	}))
	mux.HandleFunc("POST /v1/sales", a.answer(a.open))
	mux.HandleFunc("GET /v1/sales/{id}", a.answer(func(r *http.Request) any { return a.find(r.PathValue("id")) }))
	mux.HandleFunc("GET /v1/sales/{id}/receipt", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, receipt(language)) })
	mux.HandleFunc("POST /v1/sales/{id}/{verb}", a.answer(func(r *http.Request) any { return a.find(r.PathValue("id")) }))
	mux.HandleFunc("GET /v1/events", a.events)
	mux.HandleFunc("GET /demo/state", a.answer(func(*http.Request) any { return a.demo }))
	mux.HandleFunc("GET /demo/events", a.events)
	mux.HandleFunc("POST /demo/", a.answer(func(*http.Request) any { return nil }))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() { a.setDown(true) }) // before Close, which waits for the streams
	a.url = server.URL + "/"
	return a
}

// answer records a call and writes what f says, under the lock.
func (a *fakeAgent) answer(f func(*http.Request) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		a.mu.Lock()
		if slow := a.slow; slow != nil && r.Method == http.MethodPost {
			a.mu.Unlock()
			<-slow
			a.mu.Lock()
		}
		defer a.mu.Unlock()
		a.calls = append(a.calls, r.Method+" "+r.URL.Path+" "+string(body))
		if a.signedOut {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"status":401,"code":"unauthorized","detail":"sign in"}`)
			return
		}
		if a.problem != nil && r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusConflict)
			json.NewEncoder(w).Encode(a.problem)
			a.problem = nil
			return
		}
		answer := f(r)
		if a.lose && r.Method == http.MethodPost {
			a.lose = false
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		if answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
	}
}

func (a *fakeAgent) open(r *http.Request) any {
	var sale object
	json.NewDecoder(r.Body).Decode(&sale)
	sale["id"] = fmt.Sprintf("sale%d", len(a.sales)+1)
	if sale["kind"] == nil {
		sale["kind"] = "sale"
	}
	sale["version"], sale["state"], sale["armed"], sale["receipt"] = 1, "open", true, "none"
	sale["captured"], sale["refunded_amount"] = 0, 0
	sale["payments"], sale["refunds"] = []object{}, []object{}
	sale["action"], sale["message"] = "scan", ""
	sale["created_at"] = time.Now().Format(time.RFC3339)
	a.sales = append(a.sales, sale)
	return sale
}

func (a *fakeAgent) find(id string) object {
	for _, s := range a.sales {
		if s["id"] == id {
			return s
		}
	}
	return nil
}

func (a *fakeAgent) events(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	if a.down || a.signedOut {
		a.mu.Unlock()
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	events := make(chan string, 64)
	a.listeners[events] = r.URL.Path
	a.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for event := range events {
		io.WriteString(w, event)
		w.(http.Flusher).Flush()
	}
}

func (a *fakeAgent) send(path, name string, data any) {
	text, _ := json.Marshal(data)
	for events, from := range a.listeners {
		if from == path {
			events <- fmt.Sprintf("event: %s\ndata: %s\n\n", name, text)
		}
	}
}

// becomes changes the newest sale and tells the page.
func (a *fakeAgent) becomes(change object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	sale := a.sales[len(a.sales)-1]
	sale["version"] = sale["version"].(int) + 1
	maps.Copy(sale, change)
	a.send("/v1/events", "sale", sale)
}

// turns changes what is read of a sale with no event of its own: whether it has
// the scanner follows from other sales and from the network.
func (a *fakeAgent) turns(n int, change object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(a.sales[n], change)
}

// elsewhere has the POS open a sale.
func (a *fakeAgent) elsewhere(amount int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body := fmt.Sprintf(`{"reference":"pos-%d","amount":%d,"currency":"HKD","description":"Tea"}`, amount, amount)
	sale := a.open(&http.Request{Body: io.NopCloser(strings.NewReader(body))})
	a.send("/v1/events", "sale", sale)
}

func (a *fakeAgent) setStatus(key string, value any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status[key] = value
	a.send("/v1/events", "status", object{})
}

// tell sends an event that changes nothing.
func (a *fakeAgent) tell(name string, data object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.send("/v1/events", name, data)
}

func (a *fakeAgent) setDemo(state object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.demo = state
	a.send("/demo/events", "demo", state)
}

func (a *fakeAgent) setDown(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
	for events := range a.listeners {
		if down {
			close(events)
			delete(a.listeners, events)
		}
	}
}

func (a *fakeAgent) called(prefix string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.calls), func(c string) bool { return !strings.HasPrefix(c, prefix) })
}

// await waits until a call has come n times.
func (a *fakeAgent) await(t *testing.T, prefix string, n int) {
	t.Helper()
	for range 1200 {
		if len(a.called(prefix)) == n {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s: called %d times, want %d", prefix, len(a.called(prefix)), n)
}

// receipt is drawn by the real renderer: the page must hold its widest line.
func receipt(language string) string {
	at := time.Date(2026, 7, 28, 6, 5, 32, 0, time.UTC)
	return printer.HTML(printer.Layout(printer.Receipt{
		Kind: printer.Sale, Language: language, Merchant: "Corner Tea House", Store: "Tencent Building Branch",
		Address: "12 Keji Road, Nanshan District, Shenzhen", Till: "T01", Cashier: "Amy",
		Items:    []printer.Item{{Name: "Milk tea", Quantity: 1, Price: 3800}, {Name: "菠蘿包", Quantity: 2, Price: 2500}},
		Currency: "HKD", Amount: 8800, Wallet: "wechat", CodeLast4: "6789", OrderNo: "2026072800010000112345678907",
		PlatformNo: "4200002391202607281234567890", Reference: "page-1", At: at, PaidAt: at, TimeZone: time.UTC,
	}, printer.Options{Columns: 48, Barcode: printer.QR}))
}
