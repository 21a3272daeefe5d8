package sandbox

import (
	"fmt"
	"strings"
	"time"
)

// fubeiPlatform is the driver's name in a till's settings.
const fubeiPlatform = "fubei"

// fubei is Fubei's gateway, in both generations. § in the fubei files is
// channels/fubei.md; "seed" is the page of the mini program order, which wins
// where the two disagree. The sandbox's mutex guards all of it.
//
// Fubei signs no answer (§3): what a till can hold on to is TLS, the number that
// comes back and the amount. So the faults of the proof are here what somebody in
// between would say: a SUCCESS that does not know whose.
type fubei struct {
	s     *Sandbox
	names map[string]*fubeiCaller // by app_id or vendor_sn
	rows  map[string]Behaviour    // by the last two digits of a code

	seq    int // of orders and refunds: their numbers grow
	list   []*fubeiOrder
	byNo   map[string]*fubeiOrder // see fubeiKey
	byPre  map[string]*fubeiOrder // by prepay_id
	codes  map[string]*fubeiCode
	nonces map[string]bool
	hooks  map[*fubeiShop]fubeiHooks
	late   lateCalls[fubeiDraft]
	old    oldReplies
}

// FubeiConfig is what the dossier leaves open, for tests of both readings. The
// zero value is the reading that it takes.
type FubeiConfig struct {
	UndoTime      time.Duration // an accepted undo says REVOKING so long; zero is 3 s, §16
	PrepayLife    time.Duration // an order that is not paid ends by itself; zero is 2 h
	RefuseClose   bool          // of mini program orders, §4
	ParamsAsText  bool          // sign_params is a text and not an object, §6
	ListInObject  bool          // a statement's data is {"list": []}, §13
	StoreDiscount bool          // the shop has a discount, unless discount_switch is 0, §5
}

func newFubei(s *Sandbox) *fubei {
	f := &fubei{
		s: s, names: map[string]*fubeiCaller{}, rows: map[string]Behaviour{},
		byNo: map[string]*fubeiOrder{}, byPre: map[string]*fubeiOrder{},
		codes: map[string]*fubeiCode{}, nonces: map[string]bool{}, hooks: map[*fubeiShop]fubeiHooks{},
	}
	for _, b := range FubeiBehaviours() {
		f.rows[b.Digits] = b
	}
	accounts := fubeiAccounts(s.keys)
	shop := &fubeiShop{id: accounts[0].MerchantID, store: accounts[0].StoreID, cashier: accounts[0].CashierID}
	for _, a := range accounts {
		f.names[a.AppID+a.VendorSN] = &fubeiCaller{a, shop}
	}
	s.accts = append(s.accts, accounts...)
	return f
}

// fubeiOwns says that a path is the gateway's (§1).
func fubeiOwns(uri string) bool {
	path, _, _ := strings.Cut(uri, "?")
	return path == fubeiPath1 || strings.HasPrefix(path, fubeiPath1+"/")
}

// fubeiCall is an exchange as far as it was understood.
type fubeiCall struct {
	*exchange
	envelope fubeiForm
	end      *fubeiEndpoint
	who      *fubeiCaller // proven by the signature
	form     fubeiForm    // biz_content
}

// v2 says which generation's words the answer has.
func (c *fubeiCall) v2() bool { return c.end != nil && c.end.v2 }

// fubeiPlan is a call that passed every check of form. book does it, at the
// time given: the time of arrival.
type fubeiPlan struct {
	orderNo string
	book    func(now time.Time) fubeiDraft
}

// answer is one exchange from its first byte to its last.
func (f *fubei) answer(x *exchange) reply {
	f.arrive(x.at)
	entry := Request{Method: x.method, Path: x.uri, At: x.at, Outcome: Answered}
	c := &fubeiCall{exchange: x}
	d, hit := f.process(c, &entry)
	r := f.deliver(d, c, hit, &entry)
	f.s.log.add(entry)
	return r
}

// process does what a call asks, unless a fault is in the way.
func (f *fubei) process(c *fubeiCall, entry *Request) (fubeiDraft, *Fault) {
	var p fubeiPlan
	bad := f.admit(c)
	if c.end == nil {
		entry.Outcome = NotAccepted
		return bad.draft(c), nil
	}
	entry.Call = c.end.call
	if entry.OutTradeNo = clip(c.form.get("merchant_order_sn")); bad == nil {
		if f.s.faults.on.PlatformBusy {
			return fubeiBusy().draft(c), nil
		}
		p, bad = c.end.prepare(f, c)
	}
	if p.orderNo != "" {
		entry.OutTradeNo = p.orderNo
	}
	hit := f.s.faults.take(c.end.call, entry.OutTradeNo)
	if hit == nil && c.end.call == Pay && f.s.faults.on.AnswerLost {
		hit = &Fault{What: DropAfter}
	}
	switch {
	case bad != nil:
		entry.Outcome = NotAccepted
		return bad.draft(c), hit
	case hit != nil && hit.What == Late:
		f.late.put(c.at, hit, *entry, p.book)
		return fubeiDraft{}, hit
	case hit != nil && hit.What == Ignored:
		return c.numbersOnly(p.orderNo), hit
	case hit != nil && hit.before():
		return fubeiDraft{}, hit
	}
	return p.book(c.at), hit
}

// arrive does the requests that were still under way and are due.
func (f *fubei) arrive(now time.Time) { f.late.arrive(now, &f.s.log) }

// orders copies the books.
func (f *fubei) orders(now time.Time) []Order {
	f.arrive(now)
	return copies(f.list, now)
}

// nextID makes a platform number of 20 digits, as the seed's sample has.
func (f *fubei) nextID(now time.Time) string {
	f.seq++
	return fmt.Sprintf("%s%06d", now.In(beijing).Format(fubeiTime), f.seq%1e6)
}
