package httpapi

import "net/http"

// capture: the same amount twice is one capture. It goes on after this answer.
func (a *API) capture(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Amount int64 `json:"amount"`
	}
	if err := decode(w, r, &body, needed); err != nil {
		return err
	}
	v, err := a.Till.Capture(lasting(r), r.PathValue("id"), body.Amount, a.name(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

// release: twice is one release. It goes on after this answer.
func (a *API) release(w http.ResponseWriter, r *http.Request) error {
	if err := decode(w, r, &struct{}{}, mayBeEmpty); err != nil {
		return err
	}
	v, err := a.Till.Release(lasting(r), r.PathValue("id"), a.name(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}
