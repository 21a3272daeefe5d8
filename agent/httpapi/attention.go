package httpapi

import (
	"net/http"
	"slices"
	"strings"

	"tillpay/agent"
)

// attention is what needs a person, each with what its platform says now. It
// takes as long as the slowest platform, within bounds.
func (a *API) attention(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	patient(w)
	all, err := a.Till.Attention(r.Context(), a.language(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Matters []*agent.Matter `json:"matters"`
	}{all})
}

// resolve: the same choice twice is one decision.
func (a *API) resolve(w http.ResponseWriter, r *http.Request) error {
	var body agent.Resolution
	if err := decode(w, r, &body, needed); err != nil {
		return err
	}
	patient(w)
	m, err := a.Till.Resolve(lasting(r), r.PathValue("id"), body, a.name(r), a.language(r))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, m)
}

// language is the first of the till's languages that the caller asks for, or the
// till's own.
func (a *API) language(r *http.Request) string {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		if slices.Contains([]string{"en", "zh-CN", "zh-HK"}, tag) {
			return tag
		}
	}
	return a.Till.Language
}
