package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"tillpay/agent"
	"tillpay/agent/ledger"
	"tillpay/agent/payment"
	"tillpay/queue"
)

// problem is an error as RFC 9457 writes it. Code is what programs branch on;
// Detail is for people.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"`
	Action string `json:"action,omitempty"` // for the cashier, as a sale has it
}

func (p *problem) Error() string { return p.Code + ": " + p.Detail }

// codes is every code that a problem may carry, with its status and title. A
// code may be added; none is renamed, and none changes its status.
var codes = map[string]struct {
	status int
	title  string
}{
	// The request as such.
	"wrong_host":             {http.StatusMisdirectedRequest, "This address is not served here"},
	"foreign_origin":         {http.StatusForbidden, "Other web pages may not use the till"},
	"no_token":               {http.StatusUnauthorized, "A token is needed"},
	"forbidden":              {http.StatusForbidden, "This caller may not do that"},
	"not_found":              {http.StatusNotFound, "Not found"},
	"method_not_allowed":     {http.StatusMethodNotAllowed, "The path does not take this method"},
	"unsupported_media_type": {http.StatusUnsupportedMediaType, "The body must be application/json"},
	"too_large":              {http.StatusRequestEntityTooLarge, "The body is too large"},
	"slow_request":           {http.StatusRequestTimeout, "The body came too slowly"},
	"invalid_body":           {http.StatusBadRequest, "The body is not usable"},
	"unknown_field":          {http.StatusBadRequest, "The body has a member that is not known"},
	"duplicate_field":        {http.StatusBadRequest, "The body has a member twice"},
	"wrong_type":             {http.StatusBadRequest, "A member has the wrong type"},
	"too_deep":               {http.StatusBadRequest, "The body is nested too deeply"},
	"invalid_parameter":      {http.StatusBadRequest, "A parameter is not usable"},
	"invalid_value":          {http.StatusUnprocessableEntity, "A value is not possible"},

	// Sales, refunds and receipts.
	"reference_conflict": {http.StatusConflict, "The reference was used for something else"},
	"sale_paid":          {http.StatusConflict, "The sale is paid"},
	"sale_not_paid":      {http.StatusUnprocessableEntity, "The sale is not paid"},
	"refund_too_large":   {http.StatusUnprocessableEntity, "The refund is larger than what is left"},
	"refund_too_late":    {http.StatusUnprocessableEntity, "The platform takes no refund any more"},
	"sale_held":          {http.StatusConflict, "The sale is a held deposit"},
	"deposit_not_held":   {http.StatusConflict, "No deposit is held"},
	"deposit_settled":    {http.StatusConflict, "The deposit was asked to end in another way"},
	"capture_too_large":  {http.StatusUnprocessableEntity, "The capture is larger than the deposit"},
	"no_receipt":         {http.StatusConflict, "There is nothing to print yet"},
	"nothing_to_scan":    {http.StatusConflict, "There is no code to scan"},
	"no_printer":         {http.StatusConflict, "The till has no printer"},
	"no_drawer":          {http.StatusConflict, "The till has no cash drawer"},
	"drawer_closed":      {http.StatusServiceUnavailable, "The drawer did not open"},

	// Scans that start no payment: agent.Refusal.
	"goods_barcode":          {http.StatusUnprocessableEntity, notTaken},
	"order_number":           {http.StatusUnprocessableEntity, notTaken},
	"half_code":              {http.StatusUnprocessableEntity, notTaken},
	"two_codes":              {http.StatusUnprocessableEntity, notTaken},
	"not_a_payment_code":     {http.StatusUnprocessableEntity, notTaken},
	"no_route":               {http.StatusUnprocessableEntity, notTaken},
	"currency_not_supported": {http.StatusUnprocessableEntity, notTaken},
	"invalid_options":        {http.StatusUnprocessableEntity, notTaken},
	"code_used":              {http.StatusUnprocessableEntity, notTaken},
	"payment_under_way":      {http.StatusUnprocessableEntity, notTaken},
	"sale_not_open":          {http.StatusUnprocessableEntity, notTaken},
	"offline":                {http.StatusUnprocessableEntity, notTaken},

	// Matters that need a person.
	"attention_closed":     {http.StatusConflict, "The matter is closed"},
	"attention_changed":    {http.StatusConflict, "The matter has changed"},
	"other_under_way":      {http.StatusConflict, "Another payment of the sale is under way"},
	"platform_contradicts": {http.StatusConflict, "The platform proves otherwise"},
	"confirmation_needed":  {http.StatusConflict, "The platform does not bear this out"},

	// Statements: agent.NoStatement.
	"not_ready":            {http.StatusConflict, "The platform's file is not ready"},
	"no_statement":         {http.StatusUnprocessableEntity, "The platform gives no statement"},
	"statement_failed":     {http.StatusBadGateway, "The platform's file could not be fetched"},
	"statement_unreadable": {http.StatusBadGateway, "The platform's file could not be read"},

	// The till itself.
	"storage":  {http.StatusServiceUnavailable, "The till cannot store payments now"},
	"internal": {http.StatusInternalServerError, "The till failed at this"},
}

const notTaken = "The code was not taken: nothing was charged"

// hints are the details of problems that need no more words than these.
var hints = map[string]string{
	"wrong_host":     "ask for 127.0.0.1, [::1] or localhost, with the port",
	"foreign_origin": "the request came from another web page, or did not prove that it comes from the till's own",
	"no_token":       "send the header Authorization: Bearer, with the token from the till's token file",
	"forbidden":      "a page may not do this: use the POS's token",
	"internal":       "nothing more is known here: the log has the cause",
}

// sentinels are the errors of the till that a client may branch on.
var sentinels = []struct {
	err          error
	code, detail string
}{
	{ledger.ErrNotFound, "not_found", "the till knows nothing under this name"},
	{ledger.ErrConflict, "reference_conflict", "this reference names something else already; use a new one"},
	{payment.ErrSaleOver, "sale_paid", "a paid sale is not cancelled but refunded"},
	{payment.ErrHeld, "sale_held", "a held deposit is not cancelled but released"},
	{payment.ErrNotHeld, "deposit_not_held", "only a deposit whose payment is paid can be captured or released, once"},
	{payment.ErrNotPaid, "sale_not_paid", "only a paid sale has money to give back"},
	{payment.ErrBusy, "payment_under_way", "a payment of this sale is under way"},
	{agent.ErrNoReceipt, "no_receipt", "the sale is not paid: there is no receipt"},
	{agent.ErrNothingToScan, "nothing_to_scan", "the sale has no order under way whose code a customer could scan"},
	{agent.ErrNoPrinter, "no_printer", "no printer is configured"},
	{agent.ErrNoDrawer, "no_drawer", "no cash drawer is configured: set printer.drawer_pin"},
	{payment.ErrDecided, "attention_changed", "what it is about has moved on: look at the list again"},
	{payment.ErrPaidOtherwise, "sale_paid", "another payment has paid this sale: this one is to be given back"},
	{queue.ErrNotParked, "attention_changed", "the job is at work again: look at the list again"},
	{ledger.ErrBroken, "storage", "the disk failed: restart tillpay to read what is on it"},
}

// refuse is a problem by its code. Without a detail the code's hint is said.
func refuse(code, detail string) *problem {
	c, ok := codes[code]
	if !ok { // a scan's refusal that is newer than the table
		c.status, c.title = http.StatusUnprocessableEntity, notTaken
	}
	if detail == "" {
		detail = hints[code]
	}
	return &problem{Type: "about:blank", Title: c.title, Status: c.status, Code: code, Detail: detail}
}

// refuseField is a problem with one member or parameter.
func refuseField(code, field, detail string) *problem {
	p := refuse(code, detail)
	p.Field = field
	return p
}

// understand is the one place where an error becomes what a client sees. known
// is false for what only the log may tell.
func understand(err error) (p *problem, known bool) {
	var invalid *agent.Invalid
	var refusal *agent.Refusal
	var much *payment.RefundTooMuch
	var late *payment.RefundTooLate
	var more *payment.CaptureTooMuch
	var settled *payment.Settled
	var without *agent.NoStatement
	var closed *agent.MatterClosed
	var shut *agent.DrawerClosed
	var unproven *agent.Unproven
	var other *agent.OtherUnderWay
	switch {
	case errors.As(err, &p):
		return p, true
	case errors.As(err, &invalid):
		return refuseField("invalid_value", invalid.Field, invalid.Problem), true
	case errors.As(err, &refusal):
		p = refuse(refusal.Code, refusal.Message)
		p.Action = refusal.Action
		return p, true
	case errors.As(err, &much):
		return refuseField("refund_too_large", "amount", trim(much)), true
	case errors.As(err, &late):
		return refuse("refund_too_late", trim(late)), true
	case errors.As(err, &more):
		return refuseField("capture_too_large", "amount", trim(more)), true
	case errors.As(err, &settled):
		return refuse("deposit_settled", trim(settled)), true
	case errors.As(err, &without):
		return refuse(without.Code, without.Problem), true
	case errors.As(err, &shut):
		return refuse("drawer_closed", shut.Message), true
	case errors.As(err, &closed):
		return refuse("attention_closed", trim(closed)), true
	case errors.As(err, &unproven) && unproven.Standing == agent.StandsConfirm:
		return refuse("confirmation_needed", unproven.Message), true
	case errors.As(err, &unproven):
		return refuse("platform_contradicts", unproven.Message), true
	case errors.As(err, &other):
		return refuse("other_under_way", other.Message), true
	case ledger.Full(err):
		return refuse("storage", "the disk is full: make room on it"), true
	}
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return refuse(s.code, s.detail), s.code != "storage"
		}
	}
	return refuse("internal", ""), false
}

// trim takes the package's name off an error's words.
func trim(err error) string {
	_, words, _ := strings.Cut(err.Error(), ": ")
	return words
}

// fail answers an error, and logs it if its client cannot help it.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody is there any more
	}
	p, known := understand(err)
	if !known {
		a.Log.Error("request failed", "method", r.Method, "route", r.Pattern, "error", err)
	}
	a.answerProblem(w, p)
}

// turnAway fails a request whose body nobody reads. The connection ends with it:
// http.Server would wait for the body before it lets the answer go.
func (a *API) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
	}
	a.fail(w, r, err)
	if g, ok := r.Context().Value(guestKey{}).(*guest); ok {
		g.refused()
	}
}

func (a *API) answerProblem(w http.ResponseWriter, p *problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="tillpay"`)
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and a number
	}
	_ = send(w, p.Status, append(body, '\n'))
}
