package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// answer writes v as JSON. Its client has a while to take it, however long the
// call was.
func answer(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return send(w, status, append(body, '\n'))
}

func send(w http.ResponseWriter, status int, body []byte) error {
	unhurried(w)
	w.WriteHeader(status)
	_, err := w.Write(body)
	return dropped(err)
}

// unhurried gives a client the whole time to take what is answered now, however
// long the call was.
func unhurried(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime))
}

// dropped forgets that a client went away before its answer: nobody can be told.
func dropped(error) error { return nil }

// patient takes the deadline off an answer that may wait long before it begins.
func patient(w http.ResponseWriter) {
	http.NewResponseController(w).SetWriteDeadline(time.Time{})
}

// query reads r's parameters, and refuses one that the call does not have: a
// misspelt filter would find everything.
func query(r *http.Request, known ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse("invalid_parameter", "the query cannot be read")
	}
	for name, values := range q {
		if !slices.Contains(known, name) {
			return nil, refuseField("invalid_parameter", name, "this call has no such parameter")
		}
		if len(values) > 1 {
			return nil, refuseField("invalid_parameter", name, "the parameter is there twice")
		}
	}
	return q, nil
}
