package httpapi

import (
	"net/http"

	"tillpay/agent"
)

// day answers a business day's sums.
func (a *API) day(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	v, err := a.Till.Day(r.Context(), r.PathValue("date"))
	if err != nil {
		return wrongDate(err)
	}
	return answer(w, http.StatusOK, v)
}

// reconcile answers once the platforms have given their files. It changes nothing.
func (a *API) reconcile(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Channel string `json:"channel"`
	}
	if err := decode(w, r, &body, mayBeEmpty); err != nil {
		return err
	}
	patient(w)
	v, err := a.Till.Reconcile(r.Context(), r.PathValue("date"), body.Channel)
	if err != nil {
		return wrongDate(err)
	}
	return answer(w, http.StatusOK, v)
}

// wrongDate: the date is in the path, so it is a parameter.
func wrongDate(err error) error {
	if wrong, ok := err.(*agent.Invalid); ok && wrong.Field == "date" {
		return refuseField("invalid_parameter", wrong.Field, wrong.Problem)
	}
	return err
}
