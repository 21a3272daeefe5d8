package httpapi

import (
	"net/http"
	"strings"
)

// fence refuses what a stranger's web page could send, before anything else is
// looked at: a Host that is not ours (DNS rebinding), an Origin that is not
// ours, a request that the browser says comes from elsewhere.
func (a *API) fence(r *http.Request) error {
	// A target with an authority of its own outranks the Host line: Go has put
	// it into r.Host, so it is told by the target's form.
	if !a.hosts[r.Host] || !strings.HasPrefix(r.RequestURI, "/") {
		return refuse("wrong_host", "")
	}
	origins := r.Header.Values("Origin")
	for _, origin := range origins {
		host, ok := strings.CutPrefix(origin, "http://")
		if !ok || !a.hosts[host] || len(origins) > 1 {
			return refuse("foreign_origin", "")
		}
	}
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "none" && site != "same-origin" && !navigation(r) {
			return refuse("foreign_origin", "")
		}
	}
	return nil
}

// navigation tells a person who follows a link to the page, from wherever it
// was written. It shows nothing to the place it came from.
func navigation(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return r.Method == http.MethodGet && (r.URL.Path == "/" || r.URL.Path == "/open") &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && (dest == "" || dest == "document")
}

// own tells a request of our own page from one that another page let the
// browser make with our cookie.
func own(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.Header.Get("Origin") == "" || r.Header.Get("Origin") == "http://"+r.Host
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		return origin == "http://"+r.Host
	}
	return r.Header.Get("Sec-Fetch-Site") == "same-origin"
}
