package httpapi

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"tillpay/agent/ledger"
	"tillpay/printer"
)

// reprint owes a copy. With its number it may be asked for again safely.
func (a *API) reprint(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Copy int    `json:"copy"`
		User string `json:"user"`
	}
	if err := decode(w, r, &body, mayBeEmpty); err != nil {
		return err
	}
	if body.Copy < 0 {
		return refuseField("invalid_value", "copy", "must be 1 or more; leave it out for the next copy")
	}
	who, err := a.user(r, body.User)
	if err != nil {
		return err
	}
	v, err := a.Till.Reprint(lasting(r), r.PathValue("id"), body.Copy, who)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

// printOrder owes a slip with the code of an order that is still to be paid.
func (a *API) printOrder(w http.ResponseWriter, r *http.Request) error {
	if err := decode(w, r, &struct{}{}, mayBeEmpty); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := a.Till.PrintOrder(lasting(r), id, a.name(r)); err != nil {
		return err
	}
	v, err := a.Till.Sale(r.Context(), id)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

// receipt shows the paper as text, or as a fragment of HTML that paper.css dresses.
func (a *API) receipt(w http.ResponseWriter, r *http.Request) error {
	q, err := query(r, "format")
	if err != nil {
		return err
	}
	format := q.Get("format")
	switch format {
	case "":
		if preferHTML(r.Header.Get("Accept")) {
			format = "html"
		}
	case "html", "text":
	default:
		return refuseField("invalid_parameter", "format", "must be text or html")
	}
	doc, err := a.Till.Paper(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Vary", "Accept")
	if format == "html" {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
		return send(w, http.StatusOK, []byte(printer.HTML(doc)))
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	return send(w, http.StatusOK, []byte(printer.Text(doc, doc.Columns)))
}

// preferHTML tells whether an Accept line names HTML, and not text before it.
func preferHTML(accept string) bool {
	weight := map[string]float64{}
	for part := range strings.SplitSeq(accept, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		weight[kind] = 1
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			weight[kind] = q
		}
	}
	return weight["text/html"] > 0 && weight["text/html"] >= weight["text/plain"]
}

func (a *API) paperStyle(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	return send(w, http.StatusOK, []byte(printer.PaperCSS))
}

// journal is all that ever happened to one sale.
func (a *API) journal(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	entries, err := a.Till.History(r.Context(), id)
	if err != nil {
		return err
	}
	if len(entries) == 0 { // a sale begins with an entry
		return ledger.ErrNotFound
	}
	for i := range entries {
		entries[i].At = entries[i].At.UTC()
	}
	return answer(w, http.StatusOK, struct {
		Entries []ledger.Entry `json:"entries"`
	}{entries})
}
