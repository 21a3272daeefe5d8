package httpapi

import (
	"net/http"
	"time"

	"tillpay/agent"
)

// devices is what is plugged in and what is configured. None is opened for it.
func (a *API) devices(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	all, err := a.Till.Devices()
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Devices []agent.Plugged `json:"devices"`
	}{all})
}

// learn waits until a device says something, and answers which it was.
func (a *API) learn(w http.ResponseWriter, r *http.Request) error {
	q, err := query(r, "wait")
	if err != nil {
		return err
	}
	wait := 20 * time.Second
	if text := q.Get("wait"); text != "" {
		if wait, err = time.ParseDuration(text); err != nil || wait <= 0 {
			return refuseField("invalid_parameter", "wait", "must be a time such as 20s")
		}
	}
	if err := decode(w, r, &struct{}{}, mayBeEmpty); err != nil {
		return err
	}
	patient(w)
	ctx, stop := a.untilStopped(r.Context())
	defer stop()
	seen, blind, err := a.Till.Learn(ctx, min(wait, longestWait))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Seen  *agent.Learnt   `json:"seen"`
		Blind []agent.Plugged `json:"not_watched"`
	}{seen, blind})
}
