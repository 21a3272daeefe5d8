package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tillpay/agent"
	"tillpay/agent/ledger"
)

// lasting is the request's context without its end: a client that hangs up must
// not stop in the middle what it began.
func lasting(r *http.Request) context.Context { return context.WithoutCancel(r.Context()) }

// openSale: the same request twice is one sale.
func (a *API) openSale(w http.ResponseWriter, r *http.Request) error {
	var n agent.NewSale
	if err := decode(w, r, &n, needed); err != nil {
		return err
	}
	v, fresh, err := a.Till.Open(lasting(r), n)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/sales/"+v.ID)
	return answer(w, created(fresh), v)
}

func created(fresh bool) int {
	if fresh {
		return http.StatusCreated
	}
	return http.StatusOK
}

// longestWait is short enough for every proxy and HTTP client on the way.
const longestWait = 60 * time.Second

func (a *API) showSale(w http.ResponseWriter, r *http.Request) error {
	q, err := query(r, "wait")
	if err != nil {
		return err
	}
	id, wait := r.PathValue("id"), time.Duration(0)
	if text := q.Get("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait < 0 {
			return refuseField("invalid_parameter", "wait", "must be a time such as 25s")
		}
	}
	patient(w)
	ctx, stop := a.untilStopped(r.Context())
	defer stop()
	seen := strings.Trim(r.Header.Get("If-None-Match"), `"`)
	v, err := a.Till.Wait(ctx, id, seen, min(wait, longestWait))
	if err != nil && ctx.Err() != nil {
		v, err = a.Till.Sale(r.Context(), id) // the till stops: the answer comes early
	}
	if err != nil {
		return err
	}
	tag, err := v.Tag()
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+tag+`"`)
	if tag == seen {
		return send(w, http.StatusNotModified, nil)
	}
	return answer(w, http.StatusOK, v)
}

// saleStates are what a listing may ask for.
var saleStates = []string{"open", "paying", "held", "paid", "cancelled", "refunded", "released", "attention"}

const (
	usualPage   = 50
	longestPage = 200
)

func (a *API) findSales(w http.ResponseWriter, r *http.Request) error {
	q, err := query(r, "day", "reference", "state", "q", "cursor", "limit")
	if err != nil {
		return err
	}
	search, err := readSearch(q)
	if err != nil {
		return err
	}
	page, err := a.Till.Find(r.Context(), search)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, page)
}

func readSearch(q url.Values) (s ledger.Search, err error) {
	s = ledger.Search{Day: q.Get("day"), Reference: q.Get("reference"), State: q.Get("state"), Text: q.Get("q"), Limit: usualPage}
	for _, name := range []string{"reference", "q"} {
		if n := utf8.RuneCountInString(q.Get(name)); n > 64 || !utf8.ValidString(q.Get(name)) {
			return s, refuseField("invalid_parameter", name, "must be at most 64 characters")
		}
	}
	if _, err := time.Parse(time.DateOnly, s.Day); err != nil && s.Day != "" {
		return s, refuseField("invalid_parameter", "day", "must be a day such as 2026-07-28")
	}
	if s.State != "" && !slices.Contains(saleStates, s.State) {
		return s, refuseField("invalid_parameter", "state", fmt.Sprintf("must be one of %v", saleStates))
	}
	if text := q.Get("limit"); text != "" {
		if s.Limit, err = strconv.Atoi(text); err != nil || s.Limit < 1 || s.Limit > longestPage {
			return s, refuseField("invalid_parameter", "limit", fmt.Sprintf("must be 1 to %d", longestPage))
		}
	}
	if cursor := q.Get("cursor"); cursor != "" {
		if s.Before, err = ledger.ParseSaleID(cursor); err != nil {
			return s, refuseField("invalid_parameter", "cursor", "must be next_cursor of the page before")
		}
	}
	return s, nil
}

func (a *API) scan(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Code string `json:"code"`
	}
	if err := decode(w, r, &body, needed); err != nil {
		return err
	}
	if body.Code == "" {
		return refuseField("invalid_value", "code", "is missing")
	}
	a.counter.Scanned(a.Till.Codes.Read(body.Code).Kind)
	v, err := a.Till.Scan(lasting(r), r.PathValue("id"), body.Code)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

// prepare answers once the platform has answered: what starts the order in the
// customer's app is in its reply.
func (a *API) prepare(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Channel string                     `json:"channel"`
		Payer   map[string]json.RawMessage `json:"payer"`
		Options map[string]json.RawMessage `json:"options"`
		Print   bool                       `json:"print"` // the code, where there is one to scan
	}
	if err := decode(w, r, &body, needed); err != nil {
		return err
	}
	patient(w)
	ctx, stop := a.untilStopped(lasting(r))
	defer stop()
	id := r.PathValue("id")
	p, err := a.Till.Prepare(ctx, id, agent.NewOrder{Channel: body.Channel, Payer: body.Payer, Options: body.Options})
	if err != nil {
		return err
	}
	if body.Print && p.Payment.ScanText != "" {
		if err := a.Till.PrintOrder(lasting(r), id, a.name(r)); err != nil { // the order stands, and can be shown
			a.Log.Warn("order not printed", "sale", id, "error", err)
		}
	}
	return answer(w, http.StatusCreated, p)
}

func (a *API) cancel(w http.ResponseWriter, r *http.Request) error {
	if err := decode(w, r, &struct{}{}, mayBeEmpty); err != nil {
		return err
	}
	v, err := a.Till.Cancel(lasting(r), r.PathValue("id"), a.name(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

func (a *API) check(w http.ResponseWriter, r *http.Request) error {
	if err := decode(w, r, &struct{}{}, mayBeEmpty); err != nil {
		return err
	}
	v, err := a.Till.Check(lasting(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

// refund: the same request twice is one refund. The answer is the sale with it.
func (a *API) refund(w http.ResponseWriter, r *http.Request) error {
	var n agent.NewRefund
	if err := decode(w, r, &n, needed); err != nil {
		return err
	}
	v, fresh, err := a.Till.Refund(lasting(r), r.PathValue("id"), n, a.name(r))
	if err != nil {
		return err
	}
	return answer(w, created(fresh), v)
}
