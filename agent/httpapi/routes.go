package httpapi

import (
	"net/http"
	"path"
	"strings"
)

// right is what a caller must be allowed. Rights are bits: a caller has a set.
type right uint16

const (
	read   right = 1 << iota // look at sales, events, status, metrics
	charge                   // open, scan and check sales
	refund                   // give money back
	print                    // print a copy
	links                    // make links that sign a page in
	play                     // the demo's phone and scanner
	settle                   // capture and release deposits
	audit                    // compare the books with the platforms'
	attend                   // see and settle what needs a person
	kick                     // open the cash drawer
	equip                    // see which device scans, to set it up
	stop                     // cancel sales
)

const (
	public   right = 0 // no token is asked
	everyone       = read | charge | refund | print | links | play | settle | audit | attend | kick | equip | stop
)

// names of rights, as GET /v1/session tells them.
var names = []struct {
	right right
	name  string
}{
	{read, "read"}, {charge, "charge"}, {refund, "refund"}, {print, "print"}, {links, "links"}, {play, "play"},
	{settle, "settle"}, {audit, "audit"}, {attend, "attend"}, {kick, "kick"}, {equip, "equip"}, {stop, "cancel"},
}

// Role is whose page it is. It decides what the page's session may do.
type Role string

// Roles of pages. Money that goes back, deposits, copies, the platforms' books
// and what needs a person are the manager's.
const (
	Cashier Role = "cashier"
	Manager Role = "manager"
)

// roles of pages, with their rights.
var roles = map[Role]right{
	Cashier: read | charge | stop | play,
	Manager: read | charge | stop | refund | print | play | settle | audit | attend | kick | equip,
}

// route is one call: what a client writes, what it must be allowed, who answers.
type route struct {
	method  string // empty: any
	pattern string
	needs   right
	serve   func(w http.ResponseWriter, r *http.Request) error
}

// String is the pattern for http.ServeMux.
func (r route) String() string { return strings.TrimSpace(r.method + " " + r.pattern) }

// table is every call there is.
func (a *API) table() []route {
	all := []route{
		{"POST", "/v1/sales", charge, a.openSale},
		{"GET", "/v1/sales", read, a.findSales},
		{"GET", "/v1/sales/{id}", read, a.showSale},
		{"POST", "/v1/sales/{id}/scan", charge, a.scan},
		{"POST", "/v1/sales/{id}/prepare", charge, a.prepare},
		{"POST", "/v1/sales/{id}/print-order", charge, a.printOrder},
		{"POST", "/v1/sales/{id}/cancel", stop, a.cancel},
		{"POST", "/v1/sales/{id}/check", charge, a.check},
		{"POST", "/v1/sales/{id}/capture", settle, a.capture},
		{"POST", "/v1/sales/{id}/release", settle, a.release},
		{"POST", "/v1/sales/{id}/refunds", refund, a.refund},
		{"POST", "/v1/sales/{id}/reprint", print, a.reprint},
		{"GET", "/v1/sales/{id}/receipt", read, a.receipt},
		{"GET", "/v1/sales/{id}/journal", read, a.journal},
		{"GET", "/v1/lookup", read, a.lookup},
		{"GET", "/v1/days/{date}", read, a.day},
		{"POST", "/v1/days/{date}/print", print, a.printDay},
		{"POST", "/v1/days/{date}/reconcile", audit, a.reconcile},
		{"POST", "/v1/drawer", kick, a.drawer},
		{"GET", "/v1/attention", attend, a.attention},
		{"POST", "/v1/attention/{id}/resolve", attend, a.resolve},
		{"GET", "/v1/events", read, a.events},
		{"GET", "/v1/status", read, a.status},
		{"GET", "/v1/session", read, a.session},
		{"POST", "/v1/session/end", read, a.endSession},
		{"GET", "/v1/channels", read, a.channels},
		{"GET", "/v1/devices", read, a.devices},
		{"POST", "/v1/devices/learn", equip, a.learn},
		{"GET", "/metrics", read, a.metrics},
		{"POST", "/v1/page-links", links, a.pageLink},

		{"GET", "/healthz", public, a.health},
		{"GET", "/openapi.json", public, a.document},
		{"GET", "/open", public, a.open},
		{"GET", "/{$}", public, handler(a.Page)},
		{"GET", "/assets/", public, handler(a.Page)},
		{"GET", "/assets/paper.css", public, a.paperStyle},
		{"GET", "/favicon.ico", public, a.noIcon},
	}
	if a.Demo != nil {
		all = append(all, route{"", "/demo/", play, a.demo})
	}
	return all
}

func handler(h http.Handler) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		h.ServeHTTP(w, r)
		return nil
	}
}

// guard lets a request through to its call if its caller may make it.
func (a *API) guard(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := a.allow(r, route.needs)
		if err == nil && route.method == http.MethodGet && r.ContentLength != 0 {
			err = refuse("invalid_body", "a GET has no body")
		}
		if err != nil {
			a.turnAway(w, r, err)
			return
		}
		if err := route.serve(w, r); err != nil {
			a.fail(w, r, err)
		}
	})
}

// allow tells whether the caller has the right, before anything of the request
// is looked up.
func (a *API) allow(r *http.Request, needs right) error {
	if needs == public {
		return nil
	}
	who, err := a.caller(r)
	if err != nil {
		return err
	}
	if who.rights&needs != needs {
		return a.forbidden(r, needs)
	}
	return nil
}

// routed is nil if the table has r. The answers of http.ServeMux itself would be
// plain text, or redirects. Who has no token does not even learn what is there.
func (a *API) routed(w http.ResponseWriter, r *http.Request) error {
	_, pattern := a.mux.Handler(r)
	if pattern != "" && clean(r.URL.Path, pattern) {
		return nil
	}
	if _, err := a.caller(r); err != nil {
		return err
	}
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		other := *r
		other.Method = method
		if _, p := a.mux.Handler(&other); p != "" && clean(r.URL.Path, p) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return refuse("not_found", "there is no such call: /openapi.json lists them")
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return refuse("method_not_allowed", "this path takes "+strings.Join(allowed, ", "))
}

// clean tells a path that is served as it stands from one that http.ServeMux
// would redirect.
func clean(p, pattern string) bool {
	if strings.HasSuffix(pattern, p+"/") {
		return false
	}
	tidy := path.Clean(p)
	return p == tidy || p == tidy+"/"
}
