package httpapi

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// drawer opens the cash drawer, now or not at all.
func (a *API) drawer(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Reason string `json:"reason"`
		User   string `json:"user"`
	}
	if err := decode(w, r, &body, needed); err != nil {
		return err
	}
	who, err := a.user(r, body.User)
	if err != nil {
		return err
	}
	v, err := a.Till.OpenDrawer(lasting(r), body.Reason, who)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

// printDay owes the report of a day on paper.
func (a *API) printDay(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		User string `json:"user"`
	}
	if err := decode(w, r, &body, mayBeEmpty); err != nil {
		return err
	}
	who, err := a.user(r, body.User)
	if err != nil {
		return err
	}
	v, err := a.Till.PrintDay(lasting(r), r.PathValue("date"), who)
	if err != nil {
		return wrongDate(err)
	}
	return answer(w, http.StatusOK, v)
}

// user is who asks, as it is printed and journaled: whom the body names, else the
// caller.
func (a *API) user(r *http.Request, named string) (string, error) {
	if utf8.RuneCountInString(named) > 32 || strings.ContainsFunc(named, unicode.IsControl) {
		return "", refuseField("invalid_value", "user", "must be at most 32 plain characters")
	}
	if named == "" {
		named = a.name(r)
	}
	return named, nil
}
