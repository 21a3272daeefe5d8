package httpapi

import (
	"net/http"

	"tillpay/agent"
)

// channels is what each configured platform can and cannot do. None is asked.
func (a *API) channels(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Channels []agent.ChannelSheet `json:"channels"`
	}{a.Till.Channels()})
}
