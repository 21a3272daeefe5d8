package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// deposit is WeChat Pay's v2 deposits for service providers. § in the deposit
// files is channels/wechat-deposit.md; "seed" is the page of unifiedorder, which
// wins where the two disagree. The sandbox's mutex guards all of it.
type deposit struct {
	s     *Sandbox
	names map[string]*depositMerchant // by mch_id
	rows  map[string]Behaviour        // by the last two digits of a code

	seq   int // of orders and refunds: their numbers grow
	list  []*depositOrder
	byNo  map[string]*depositOrder // see depositKey
	byID  map[string]*depositOrder
	byPre map[string]*depositOrder // by prepay_id
	codes map[string]*depositCode
	late  lateCalls[depositDraft]
	old   oldReplies
}

// depositMerchant is a service provider, for one of its sub-merchants.
type depositMerchant struct{ Account }

func newDeposit(s *Sandbox) (*deposit, error) {
	d := &deposit{
		s: s, names: map[string]*depositMerchant{}, rows: map[string]Behaviour{},
		byNo: map[string]*depositOrder{}, byID: map[string]*depositOrder{}, byPre: map[string]*depositOrder{},
		codes: map[string]*depositCode{},
	}
	for _, b := range DepositBehaviours() {
		d.rows[b.Digits] = b
	}
	accounts, err := depositAccounts(s.keys, s.ca, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		d.names[a.MchID] = &depositMerchant{a}
	}
	s.accts = append(s.accts, accounts...)
	return d, nil
}

// depositEndpoint is a row of §2.
type depositEndpoint struct {
	path    string
	call    Call
	mtls    bool // the provider's client certificate is demanded
	md5     bool // MD5 is taken too
	fields  func() []depositField
	prepare func(*deposit, *depositCall) (depositPlan, *depositRefusal)
}

// depositEndpoints is §2 without facepay, which needs a face terminal.
func depositEndpoints() []depositEndpoint {
	return []depositEndpoint{
		{path: "unifiedorder", call: Prepare, md5: true, fields: depositUnifiedFields, prepare: (*deposit).prepareUnified},
		{path: "micropay", call: Pay, fields: depositMicropayFields, prepare: (*deposit).prepareMicropay},
		{path: "orderquery", call: Query, fields: depositQueryFields, prepare: (*deposit).prepareQuery},
		{path: "reverse", call: Revoke, mtls: true, fields: depositReverseFields, prepare: (*deposit).prepareReverse},
		{path: "consume", call: Capture, mtls: true, fields: depositConsumeFields, prepare: (*deposit).prepareConsume},
		{path: "refund", call: RefundCreate, mtls: true, fields: depositRefundFields, prepare: (*deposit).prepareRefund},
		{path: "refundquery", call: RefundQuery, fields: depositRefundQueryFields, prepare: (*deposit).prepareRefundQuery},
	}
}

// depositPrefix is the path of every call of the family.
const depositPrefix = "/deposit/"

// depositCall is an exchange that found its endpoint.
type depositCall struct {
	*exchange
	end  *depositEndpoint
	form depositDoc
	who  *depositMerchant // proven by the signature
	hmac bool             // the request's algorithm, and so the reply's (B-11)
}

// depositPlan is a call that passed every check of form. book does it, at the
// time given: the time of arrival.
type depositPlan struct {
	orderNo string
	book    func(now time.Time) depositDraft
}

// answer is one exchange from its first byte to its last.
func (d *deposit) answer(x *exchange) reply {
	d.arrive(x.at)
	entry := Request{Method: x.method, Path: x.uri, At: x.at, Outcome: Answered}
	c := &depositCall{exchange: x}
	if c.end = depositRoute(x.uri); c.end == nil {
		entry.Outcome, entry.Status = NotAccepted, http.StatusNotFound
		d.s.log.add(entry)
		return reply{status: http.StatusNotFound, header: http.Header{"Content-Type": {"text/plain"}},
			body: []byte("no such call\n")}
	}
	entry.Call = c.end.call
	draft, hit := d.process(c, &entry)
	r := d.deliver(draft, c, hit, &entry)
	d.s.log.add(entry)
	return r
}

func depositRoute(uri string) *depositEndpoint {
	name, _ := strings.CutPrefix(uri, depositPrefix)
	for _, end := range depositEndpoints() {
		if end.path == name {
			return &end
		}
	}
	return nil
}

// process does what a call asks, unless a fault is in the way.
func (d *deposit) process(c *depositCall, entry *Request) (depositDraft, *Fault) {
	var p depositPlan
	bad := d.admit(c)
	if bad == nil && d.s.faults.on.PlatformBusy {
		entry.OutTradeNo = c.form.get("out_trade_no")
		return refuseDeposit("SYSTEMERROR", "系统繁忙,请稍后再试").draft(c), nil
	}
	if bad == nil {
		p, bad = c.end.prepare(d, c)
	}
	if entry.OutTradeNo = p.orderNo; p.orderNo == "" {
		entry.OutTradeNo = clip(c.form.get("out_trade_no"))
	}
	hit := d.s.faults.take(c.end.call, entry.OutTradeNo)
	if hit == nil && c.end.call == Pay && d.s.faults.on.AnswerLost {
		hit = &Fault{What: DropAfter}
	}
	switch {
	case bad != nil:
		entry.Outcome = NotAccepted
		return bad.draft(c), hit
	case hit != nil && hit.What == Late:
		d.late.put(c.at, hit, *entry, p.book)
		return depositDraft{}, hit
	case hit != nil && hit.What == Recall:
		return c.done().with("recall", "Y"), hit
	case hit != nil && hit.before():
		return depositDraft{}, hit
	}
	return p.book(c.at), hit
}

// arrive does the requests that were still under way and are due.
func (d *deposit) arrive(now time.Time) { d.late.arrive(now, &d.s.log) }

// orders copies the books.
func (d *deposit) orders(now time.Time) []Order {
	d.arrive(now)
	return copies(d.list, now)
}

// nextID makes a platform number of 28 digits that tells its day and kind.
func (d *deposit) nextID(kind string, now time.Time) string {
	d.seq++
	return fmt.Sprintf("%s%s%016d", kind, now.In(beijing).Format("20060102"), d.seq)
}
