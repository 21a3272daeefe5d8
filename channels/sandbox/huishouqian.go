package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// huishouqian is the platform of one address and many methods. § in the
// huishouqian files is channels/huishouqian.md; "seed" is the vendor's page of
// the mini program, which wins where the two disagree; hsq is its short name.
// The sandbox's mutex guards all of it.
type huishouqian struct {
	s     *Sandbox
	names map[string]*hsqMerchant // by merchantNo
	rows  map[string]Behaviour    // by the last two digits of a code

	seq     int // of orders and refunds: their numbers grow
	list    []*hsqOrder
	byNo    map[string]*hsqOrder  // see hsqKey
	refunds map[string]*hsqRefund // likewise: a transNo is used once, by either
	byToken map[string]*hsqOrder  // of prepared orders: what their qrCode holds
	codes   map[string]*hsqCode
	files   map[string]hsqFile // statements, by the secret in their address
	late    lateCalls[hsqDraft]
	old     oldReplies
}

// hsqPath is the gateway (§1), and hsqFiles where statements are fetched.
const (
	hsqPath  = "/api/acquiring"
	hsqFiles = "/api/acquiring-files/"
)

func hsqOwns(uri string) bool {
	path, _, _ := strings.Cut(uri, "?")
	return path == hsqPath || strings.HasPrefix(path, hsqFiles)
}

func newHuishouqian(s *Sandbox) (*huishouqian, error) {
	h := &huishouqian{
		s: s, names: map[string]*hsqMerchant{}, rows: map[string]Behaviour{},
		byNo: map[string]*hsqOrder{}, refunds: map[string]*hsqRefund{}, byToken: map[string]*hsqOrder{},
		codes: map[string]*hsqCode{}, files: map[string]hsqFile{},
	}
	for _, b := range HuishouqianBehaviours() {
		h.rows[b.Digits] = b
	}
	accounts, err := hsqAccounts(s.keys, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		h.names[a.MchID] = &hsqMerchant{a, &s.keys.hsqMerchant.PublicKey}
	}
	s.accts = append(s.accts, accounts...)
	return h, nil
}

// hsqMethod is a row of §5.
type hsqMethod struct {
	name    string
	call    Call
	fields  func() []hsqField
	prepare func(*huishouqian, *hsqCall) (hsqPlan, *hsqRefusal)
}

// methods is §5, with the close that nobody has found (§8) only where
// Config.HuishouqianClose names it.
func (h *huishouqian) methods() []hsqMethod {
	methods := []hsqMethod{
		{"POLYMERIZE_BE_SWEPTN", Pay, hsqPayFields, (*huishouqian).preparePay},
		{"POLYMERIZE_MAIN_SWEPTN", Prepare, hsqPrepareFields, (*huishouqian).prepareOrder},
		{"POLYMERIZE_QUERY", Query, hsqQueryFields, (*huishouqian).prepareQuery},
		{"POLYMERIZE_REFUND", RefundCreate, hsqRefundFields, (*huishouqian).prepareRefund},
		{"POLYMERIZE_REFUND_QUERY", RefundQuery, hsqRefundQueryFields, (*huishouqian).prepareRefundQuery},
		{"QUERY_TRADE_FILE", StatementFile, hsqFileFields, (*huishouqian).prepareFile},
	}
	if name := h.s.cfg.HuishouqianClose; name != "" {
		methods = append(methods, hsqMethod{name, Close, hsqCloseFields, (*huishouqian).prepareClose})
	}
	return methods
}

// hsqCall is an exchange on its way through the checks.
type hsqCall struct {
	*exchange
	envelope map[string]string
	method   *hsqMethod
	who      *hsqMerchant // proven by the signature
	doc      map[string]any
	memo     hsqMemo
}

// get is a member of signContent; the tables let no top level through but text.
func (c *hsqCall) get(name string) string { return hsqText(c.doc, name) }

// hsqPlan is a call that passed every check of form. book does it, at the time
// given: the time of arrival.
type hsqPlan struct {
	book func(now time.Time) hsqDraft
}

// answer is one exchange from its first byte to its last.
func (h *huishouqian) answer(x *exchange) reply {
	h.arrive(x.at)
	entry := Request{Method: x.method, Path: x.uri, At: x.at, Outcome: Answered}
	if strings.HasPrefix(x.uri, hsqFiles) {
		r := h.download(x, &entry)
		h.s.log.add(entry)
		return r
	}
	c := &hsqCall{exchange: x}
	draft, hit := h.process(c, &entry)
	r := h.deliver(draft, c, hit, &entry)
	h.s.log.add(entry)
	return r
}

// process does what a call asks, unless a fault is in the way.
func (h *huishouqian) process(c *hsqCall, entry *Request) (hsqDraft, *Fault) {
	bad := h.admit(c)
	var p hsqPlan
	if bad == nil && h.s.faults.on.PlatformBusy {
		entry.Call, entry.OutTradeNo = c.method.call, clip(c.get("transNo"))
		return hsqBusy().draft(), nil
	}
	if bad == nil {
		p, bad = c.method.prepare(h, c)
	}
	var hit *Fault
	if c.method != nil {
		entry.Call, entry.OutTradeNo = c.method.call, h.orderOf(c)
		hit = h.s.faults.take(entry.Call, entry.OutTradeNo)
	}
	if hit == nil && entry.Call == Pay && h.s.faults.on.AnswerLost {
		hit = &Fault{What: DropAfter}
	}
	switch {
	case bad != nil:
		entry.Outcome = NotAccepted
		return bad.draft(), hit
	case hit != nil && hit.What == Late:
		h.late.put(c.at, hit, *entry, p.book)
		return hsqDraft{status: http.StatusOK}, hit
	case hit != nil && hit.before():
		return hsqDraft{status: http.StatusOK}, hit
	}
	return p.book(c.at), hit
}

// orderOf is the payment that a call is about: refunds belong to theirs.
func (h *huishouqian) orderOf(c *hsqCall) string {
	if no := c.get("origTransNo"); no != "" {
		return clip(no)
	}
	if c.method.call == RefundQuery && c.who != nil {
		if r := h.refunds[hsqKey(c.who, c.get("transNo"))]; r != nil {
			return r.o.no
		}
	}
	return clip(c.get("transNo"))
}

// arrive does the requests that were still under way and are due.
func (h *huishouqian) arrive(now time.Time) { h.late.arrive(now, &h.s.log) }

// orders copies the books.
func (h *huishouqian) orders(now time.Time) []Order {
	h.arrive(now)
	return copies(h.list, now)
}

// nextID makes a platform number of 32 digits, as the seed's sample has them.
func (h *huishouqian) nextID(kind string, now time.Time) string {
	h.seq++
	return fmt.Sprintf("%s%s%010d", kind, now.In(beijing).Format(hsqTime), h.seq)
}

// hsqKey: a transNo is used once a merchant (seed: 唯一不重复).
func hsqKey(who *hsqMerchant, no string) string { return who.MchID + "/" + no }

func (h *huishouqian) taken(who *hsqMerchant, no string) bool {
	key := hsqKey(who, no)
	return h.byNo[key] != nil || h.refunds[key] != nil
}

func (h *huishouqian) find(who *hsqMerchant, no string, now time.Time) *hsqOrder {
	o := h.byNo[hsqKey(who, no)]
	if o != nil {
		o.settle(now)
	}
	return o
}
