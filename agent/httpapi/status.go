package httpapi

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"net/http"

	"tillpay/agent"
)

// packed is openapi.json, 0.1 MB smaller. After a change of that file: go generate.
//
//go:generate gzip -9 -n -k -f openapi.json
//go:embed openapi.json.gz
var packed []byte

// document describes this API; a test holds it against every answer.
func (a *API) document(w http.ResponseWriter, _ *http.Request) error {
	text, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	document, err := io.ReadAll(text)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	return send(w, http.StatusOK, document)
}

func (a *API) status(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	return answer(w, http.StatusOK, a.Till.Status(r.Context()))
}

// health is for a watchdog: whether the till can take money, not whether a
// platform or a printer is there.
func (a *API) health(w http.ResponseWriter, _ *http.Request) error {
	if err := a.Till.DB.Err(); err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Status string `json:"status"`
	}{"ok"})
}

// lookup is the dispute desk: any number, the sale behind it, and what its
// platform says now.
func (a *API) lookup(w http.ResponseWriter, r *http.Request) error {
	q, err := query(r, "number")
	if err != nil {
		return err
	}
	number := q.Get("number")
	if number == "" || len(number) > 128 {
		return refuseField("invalid_parameter", "number", "must be the number on a slip, or the POS's reference")
	}
	patient(w)
	sale, live, err := a.Till.Lookup(r.Context(), number)
	if sale == nil {
		return err
	}
	if err != nil { // what the till knows is worth more than no answer
		a.Log.Warn("platform not asked", "sale", sale.ID, "error", err)
	}
	return answer(w, http.StatusOK, struct {
		Sale *agent.Sale `json:"sale"`
		Live *agent.Live `json:"live"`
	}{sale, live})
}

func (a *API) noIcon(w http.ResponseWriter, _ *http.Request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// demo has streams of its own.
func (a *API) demo(w http.ResponseWriter, r *http.Request) error {
	patient(w)
	ctx, stop := a.untilStopped(r.Context())
	defer stop()
	a.Demo.ServeHTTP(w, r.WithContext(ctx))
	return nil
}
