package httpapi

import (
	"net/http"
	"time"
)

const (
	cookieName  = "tillpay_session"
	sessionLife = 12 * time.Hour // a long shift
)

// caller is who asks.
type caller struct {
	name   string // as the journal shows it: pos, another token's name, cashier or manager
	rights right
}

// caller tells who sent r: the holder of the token, or a page that was signed
// in. A token that is wrong is not mended by a cookie.
func (a *API) caller(r *http.Request) (caller, error) {
	if lines := r.Header.Values("Authorization"); len(lines) > 0 {
		if len(lines) == 1 {
			if who, ok := a.holder(lines[0]); ok {
				return who, nil
			}
		}
		return caller{}, refuse("no_token", "")
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return caller{}, refuse("no_token", "")
	}
	role, ok := a.sessions.valid(cookie.Value)
	if !ok {
		return caller{}, refuse("no_token", "")
	}
	if !own(r) {
		return caller{}, refuse("foreign_origin", "")
	}
	return caller{string(role), roles[role]}, nil
}

// name of the caller for the journal; the route has let it through already.
func (a *API) name(r *http.Request) string {
	who, _ := a.caller(r)
	return who.name
}

// forbidden says to a person at the page who may, and to a program what to send.
func (a *API) forbidden(r *http.Request, needs right) error {
	if roles[Manager]&needs != needs {
		return refuse("forbidden", "")
	}
	p := refuse("forbidden", askManager[a.language(r)])
	p.Action = "call_manager"
	return p
}

var askManager = map[string]string{
	"en":    "Only the manager may do this: ask the manager.",
	"zh-CN": "此操作需要店长权限，请找店长。",
	"zh-HK": "此操作需要店長權限，請找店長。",
}

// session tells a page whose it is, and what it may do.
func (a *API) session(w http.ResponseWriter, r *http.Request) error {
	if _, err := query(r); err != nil {
		return err
	}
	who, err := a.caller(r)
	if err != nil {
		return err
	}
	session := struct {
		Role string   `json:"role"`
		May  []string `json:"may"`
	}{who.name, []string{}}
	if _, page := roles[Role(who.name)]; !page {
		session.Role = "pos" // a program, whatever it is called
	}
	for _, n := range names {
		if who.rights&n.right != 0 {
			session.May = append(session.May, n.name)
		}
	}
	return answer(w, http.StatusOK, session)
}

// endSession signs a page out. A program has its token and no session: nothing ends.
func (a *API) endSession(w http.ResponseWriter, r *http.Request) error {
	if err := decode(w, r, &struct{}{}, mayBeEmpty); err != nil {
		return err
	}
	if len(r.Header.Values("Authorization")) == 0 {
		a.forget(r)
		http.SetCookie(w, sessionCookie("", -1))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// forget ends the session that r comes with.
func (a *API) forget(r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		a.sessions.spend(cookie.Value)
	}
}

// sessionCookie is not Secure: there is no TLS on loopback, and not every browser
// counts a loopback address as secure.
func sessionCookie(session string, age int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: session, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

// Link is a link that opens the page signed in as role, once, within ten minutes.
// Without randomness it opens the page and signs nobody in.
func (a *API) Link(role Role) string {
	ticket, err := a.tickets.issue(role)
	if err != nil {
		a.Log.Error("no link could be made", "error", err)
		return a.origin + "/"
	}
	return a.origin + "/open?ticket=" + ticket
}

func (a *API) pageLink(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Role Role `json:"role"`
	}
	if err := decode(w, r, &body, mayBeEmpty); err != nil {
		return err
	}
	if body.Role == "" {
		body.Role = Cashier
	}
	if roles[body.Role] == 0 {
		return refuseField("invalid_value", "role", "must be cashier or manager")
	}
	return answer(w, http.StatusOK, struct {
		URL string `json:"url"`
	}{a.Link(body.Role)})
}

// open spends a ticket for a session. A HEAD, as link checkers send, spends none.
func (a *API) open(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead {
		w.Header().Set("Allow", http.MethodGet)
		return refuse("method_not_allowed", "this path takes GET")
	}
	role, ok := a.tickets.spend(r.URL.Query().Get("ticket"))
	if !ok {
		return a.usedLink(w)
	}
	session, err := a.sessions.issue(role)
	if err != nil {
		return err
	}
	a.forget(r) // the browser has one at a time: nobody may use what nobody has
	http.SetCookie(w, sessionCookie(session, int(sessionLife.Seconds())))
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}

// usedLink says, in each language's own words, how to get a link that works.
var usedLink = map[string]string{
	"en":    "This link was used. Run <code>tillpay page</code> for a new one.",
	"zh-CN": "此链接已失效。请运行 <code>tillpay page</code> 获取新链接。",
	"zh-HK": "此連結已失效。請執行 <code>tillpay page</code> 取得新連結。",
}

func (a *API) usedLink(w http.ResponseWriter) error {
	language := a.Till.Language
	words, ok := usedLink[language]
	if !ok {
		language, words = "en", usedLink["en"]
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	w.WriteHeader(http.StatusGone)
	_, err := w.Write([]byte(`<!doctype html><html lang="` + language + `"><meta charset="utf-8"><title>tillpay</title><p>` + words + "</p></html>\n"))
	return dropped(err)
}
