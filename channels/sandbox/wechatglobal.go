package sandbox

import (
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// wechatGlobal is WeChat Pay Global, APIv3. § is channels/wechat-global.md.
// The sandbox's mutex guards all of it.
type wechatGlobal struct {
	s     *Sandbox
	certs []*platformCertificate // published; the last is the newest
	with  *platformCertificate   // signs
	spare []*rsa.PrivateKey      // not published yet
	names map[string]*merchant   // by the number that signs
	rows  map[string]Behaviour   // by the last two digits of a code

	seq    int // of orders and refunds: their numbers grow
	list   []*order
	byNo   map[string]*order // see orderKey
	byID   map[string]*order
	codes  map[string]*codeUse
	nonces map[string]time.Time
	late   lateCalls[draft]
	old    oldReplies
}

// merchant is an account and the key of its API certificate.
type merchant struct {
	Account
	public *rsa.PublicKey
}

// beijing is the zone of the platform's days and times.
var beijing = time.FixedZone("UTC+8", 8*60*60)

func newWechatGlobal(s *Sandbox) (*wechatGlobal, error) {
	w := &wechatGlobal{
		s: s, spare: slices.Clone(s.keys.platform), names: map[string]*merchant{},
		byNo: map[string]*order{}, byID: map[string]*order{},
		codes: map[string]*codeUse{}, nonces: map[string]time.Time{}, rows: map[string]Behaviour{},
	}
	for _, b := range wechatBehaviours() {
		w.rows[b.Digits] = b
	}
	accounts, err := wechatAccounts(s.keys)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		key := s.keys.institution
		if a.Mode == Direct {
			key = s.keys.direct
		}
		w.names[a.caller()] = &merchant{a, &key.PublicKey}
	}
	return w, w.rotate()
}

// call is an exchange that found its endpoint.
type call struct {
	*exchange
	end    *endpoint
	number string     // the one in the path, unescaped
	query  url.Values // checked by the endpoint
	who    *merchant  // proven by the signature
}

// plan is a call that passed every check of form. book does it, at the time
// given: the time of arrival.
type plan struct {
	orderNo string
	book    func(now time.Time) draft
}

// endpoint is a row of §4.
type endpoint struct {
	method  string
	path    string // {} is a number
	call    Call
	prepare func(*wechatGlobal, *call) (plan, *refusal)
}

// endpoints is §4 as far as the sandbox goes.
func endpoints() []endpoint {
	return []endpoint{
		{"POST", "/v3/global/micropay/transactions/pay", Pay, (*wechatGlobal).preparePay},
		{"GET", "/v3/global/transactions/id/{}", Query, (*wechatGlobal).prepareQueryID},
		{"GET", "/v3/global/transactions/out-trade-no/{}", Query, (*wechatGlobal).prepareQueryNo},
		{"POST", "/v3/global/micropay/transactions/id/{}/reverse", Revoke, (*wechatGlobal).prepareRevokeID},
		{"POST", "/v3/global/micropay/transactions/out-trade-no/{}/reverse", Revoke, (*wechatGlobal).prepareRevokeNo},
		{"POST", "/v3/global/refunds", RefundCreate, (*wechatGlobal).prepareRefund},
		{"GET", "/v3/global/refunds/out-refund-no/{}", RefundQuery, (*wechatGlobal).prepareRefundQueryNo},
		{"GET", "/v3/global/refunds/id/{}", RefundQuery, (*wechatGlobal).prepareRefundQueryID},
		{"GET", "/v3/global/refunds", RefundQuery, (*wechatGlobal).prepareRefundList},
		{"GET", "/v3/global/refund/recharge-balance", Balance, (*wechatGlobal).prepareBalance},
		{"GET", "/v3/global/refund/partner/recharge-balance/sub-mchid/{}", Balance, (*wechatGlobal).prepareSubBalance},
		{"GET", "/v3/global/statements", StatementFile, (*wechatGlobal).prepareStatement},
		{"GET", "/v3/global/certificates", Certificates, (*wechatGlobal).prepareCertificates},
	}
}

// answer is one exchange from its first byte to its last.
func (w *wechatGlobal) answer(x *exchange) reply {
	w.arrive(x.at)
	entry := Request{Method: x.method, Path: x.uri, At: x.at, Outcome: Answered}
	d, hit := w.process(x, &entry)
	r := w.deliver(d, x, hit, &entry)
	w.s.log.add(entry)
	return r
}

// process does what a call asks, unless a fault is in the way.
func (w *wechatGlobal) process(x *exchange, entry *Request) (draft, *Fault) {
	c, bad := w.route(x)
	if bad != nil {
		entry.Outcome = NotAccepted
		return bad.draft(), nil
	}
	entry.Call = c.end.call
	if w.s.faults.on.PlatformBusy {
		return refuse("SYSTEM_ERROR", "the platform is busy").draft(), nil
	}
	p, bad := w.prepare(c)
	entry.OutTradeNo = p.orderNo
	hit := w.s.faults.take(c.end.call, p.orderNo)
	if hit == nil && c.end.call == Pay && w.s.faults.on.AnswerLost {
		hit = &Fault{What: DropAfter}
	}
	switch {
	case bad != nil:
		entry.Outcome = NotAccepted
		return bad.draft(), hit
	case hit != nil && hit.What == Late:
		w.late.put(x.at, hit, *entry, p.book)
		return draft{}, hit
	case hit != nil && hit.before():
		return draft{}, hit
	}
	return p.book(x.at), hit
}

// route finds the endpoint. Escapes in the path stay in what was signed, and
// are undone for the number alone (§3.1, vector G5).
func (w *wechatGlobal) route(x *exchange) (*call, *refusal) {
	path, query, asked := strings.Cut(x.uri, "?")
	for _, end := range endpoints() {
		number, ok := match(end.path, path)
		if !ok || end.method != x.method {
			continue
		}
		values, err := url.ParseQuery(query)
		if err != nil || asked && query == "" {
			return nil, refuseQuery("", query, "not a query string")
		}
		return &call{exchange: x, end: &end, number: number, query: values}, nil
	}
	return nil, refuse("NOT_FOUND", "no such call: "+x.method+" "+clip(path))
}

func match(pattern, path string) (number string, ok bool) {
	before, after, has := strings.Cut(pattern, "{}")
	if !has {
		return "", pattern == path
	}
	rest, ok := strings.CutPrefix(path, before)
	if !ok {
		return "", false
	}
	if rest, ok = strings.CutSuffix(rest, after); !ok || rest == "" || strings.Contains(rest, "/") {
		return "", false
	}
	number, err := url.PathUnescape(rest)
	return number, err == nil
}

// prepare holds a call against every rule of form: who, proof, shape.
func (w *wechatGlobal) prepare(c *call) (plan, *refusal) {
	if bad := checkHeaders(c.exchange); bad != nil {
		return plan{}, bad
	}
	who, bad := w.authenticate(c.exchange)
	if bad != nil {
		return plan{}, bad
	}
	c.who = who
	return c.end.prepare(w, c)
}

// checkHeaders demands those of §2.3.
func checkHeaders(x *exchange) *refusal {
	accepts := strings.Join(x.header.Values("Accept"), ",")
	agent := x.header.Get("User-Agent")
	kind, _, _ := strings.Cut(x.header.Get("Content-Type"), ";")
	switch {
	case !strings.Contains(accepts, "application/json") && !strings.Contains(accepts, "*/*"):
		return refuse("INVALID_REQUEST", "the header Accept must allow application/json")
	case agent == "" || strings.HasPrefix(agent, "Go-http-client/"):
		// Some meaningful text, which a library's own name is not.
		return refuse("INVALID_REQUEST", "the header User-Agent must say who calls")
	case len(x.body) > maxBody:
		return refuse("INVALID_REQUEST", "the body is too large")
	case x.method == http.MethodPost && !strings.EqualFold(strings.TrimSpace(kind), "application/json"):
		return refuse("INVALID_REQUEST", "the header Content-Type must be application/json")
	case x.method == http.MethodGet && len(x.body) > 0:
		return refuse("INVALID_REQUEST", "a GET has no body")
	}
	return nil
}

// arrive does the requests that were still under way and are due.
func (w *wechatGlobal) arrive(now time.Time) { w.late.arrive(now, &w.s.log) }

// orders copies the books.
func (w *wechatGlobal) orders(now time.Time) []Order {
	w.arrive(now)
	return copies(w.list, now)
}

// nextID makes a platform number of 28 digits that tells its day and kind.
func (w *wechatGlobal) nextID(kind string, now time.Time) string {
	w.seq++
	return fmt.Sprintf("%s%s%016d", kind, now.In(beijing).Format("20060102"), w.seq)
}
