package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// huifu is Huifu Dougong (汇付斗拱), V2, V3 and V4. § is channels/huifu.md; A is
// the seed page that the dossier names. The sandbox's mutex guards all of it.
type huifu struct {
	s    *Sandbox
	sys  map[string]*huifuSystem  // callers, by sys_id
	rows map[string]huifuRow      // by the last two digits of a code
	ends map[string]huifuEndpoint // by path

	seq     int // of orders, refunds and closes: their numbers grow
	list    []*huifuOrder
	byNo    map[string]*huifuOrder  // see huifuKey
	byID    map[string]*huifuOrder  // hf_seq_id, and the numbers on the customer's bill
	backs   map[string]*huifuRefund // by huifuKey, and by hf_seq_id
	codes   map[string]*huifuCode
	used    map[string]bool // req_seq_id of a merchant and day, §4
	brought map[string]bool // prepared orders whose payer brought faults
	asked   map[string]int  // statements of a merchant and day, §13
	files   map[string]huifuFile
	late    lateCalls[huifuDraft]
	old     oldReplies
	rowCap  int // lines of one statement file, §13
}

func newHuifu(s *Sandbox) *huifu {
	h := &huifu{
		s: s, sys: huifuSystems(s.keys), rows: map[string]huifuRow{}, ends: map[string]huifuEndpoint{},
		byNo: map[string]*huifuOrder{}, byID: map[string]*huifuOrder{}, backs: map[string]*huifuRefund{},
		codes: map[string]*huifuCode{}, used: map[string]bool{}, brought: map[string]bool{}, asked: map[string]int{},
		files: map[string]huifuFile{}, rowCap: huifuFileRows,
	}
	for _, row := range huifuRows() {
		h.rows[row.Digits] = row
	}
	for _, end := range huifuEndpoints() {
		h.ends[end.path] = end
	}
	return h
}

// huifuEndpoint is a row of §1: a call in one version of the interface.
type huifuEndpoint struct {
	path     string
	call     Call
	version  int
	fields   []huifuField
	numbered bool // req_date and req_seq_id are the call's own: today's, and once
	prepare  func(*huifu, *huifuCall) (huifuPlan, *huifuRefusal)
}

// huifuEndpoints is §1 as far as the sandbox goes: each is a POST without a query. Closing, statements and user
// ids are V2 alone.
func huifuEndpoints() []huifuEndpoint {
	const scan = "trade/payment/scanpay/"
	ends := []huifuEndpoint{
		{"/v2/" + scan + "close", Close, 2, huifuCloseFields(), true, (*huifu).prepareClose},
		{"/v2/" + scan + "closequery", CloseQuery, 2, huifuCloseFields(), true, (*huifu).prepareCloseQuery},
		{"/v2/trade/check/filequery", StatementFile, 2, huifuStatementFields(), true, (*huifu).prepareStatement},
		{"/v2/trade/wxusermark/query", UserID, 2, huifuWechatIDFields(), true, (*huifu).prepareWechatID},
		{"/v2/trade/payment/usermark2/query", UserID, 2, huifuUnionPayIDFields(), true, (*huifu).prepareUnionPayID},
		{"/v4/trade/payment/create", Pay, 4, huifuCreateFields(), true, (*huifu).prepareCreate},
	}
	for v := 2; v <= 4; v++ {
		at := fmt.Sprintf("/v%d/", v)
		ends = append(ends,
			huifuEndpoint{at + scan + "query", Query, v, huifuQueryFields(v), false, (*huifu).prepareQuery},
			huifuEndpoint{at + scan + "refund", RefundCreate, v, huifuRefundFields(), true, (*huifu).prepareRefund},
			huifuEndpoint{at + scan + "refundquery", RefundQuery, v, huifuRefundQueryFields(), false, (*huifu).prepareRefundQuery})
		if v < 4 {
			ends = append(ends,
				huifuEndpoint{at + "trade/payment/micropay", Pay, v, huifuMicropayFields(v), true, (*huifu).prepareMicropay},
				huifuEndpoint{at + "trade/payment/jspay", Prepare, v, huifuJspayFields(v), true, (*huifu).prepareJspay})
		}
	}
	return ends
}

// huifuOwns says whether a path is Huifu's: the other platforms of this
// listener have none below trade.
func huifuOwns(uri string) bool {
	for _, prefix := range []string{"/v2/trade/", "/v3/trade/", "/v4/trade/", huifuFilePath} {
		if strings.HasPrefix(uri, prefix) {
			return true
		}
	}
	return false
}

// huifuPlan is a call that passed every check of form. book does it, at the
// time given: the time of arrival.
type huifuPlan struct {
	orderNo string
	book    func(now time.Time) huifuDraft
}

// answer is one exchange from its first byte to its last.
func (h *huifu) answer(x *exchange) reply {
	h.arrive(x.at)
	entry := Request{Method: x.method, Path: x.uri, At: x.at, Outcome: Answered}
	d, hit := h.process(x, &entry)
	r := h.deliver(d, x.at, hit, &entry)
	h.s.log.add(entry)
	return r
}

// process does what a call asks, unless a fault is in the way.
func (h *huifu) process(x *exchange, entry *Request) (huifuDraft, *Fault) {
	if strings.HasPrefix(x.uri, huifuFilePath) {
		entry.Call = StatementDownload
		hit := h.s.faults.take(StatementDownload, "")
		if hit != nil && hit.What == Answer {
			return huifuFaultDraft(hit), hit
		}
		return h.download(x, entry), hit
	}
	end, ok := h.ends[x.uri]
	if !ok || x.method != http.MethodPost {
		entry.Outcome = NotAccepted
		return huifuDraft{status: http.StatusNotFound, media: "text/html", body: []byte(huifuNotFoundHTML)}, nil
	}
	c := &huifuCall{exchange: x, end: end}
	if entry.Call = end.call; end.call == Pay && end.version == 4 {
		entry.Call = huifuCreateCall(x.body)
	}
	if h.s.faults.on.PlatformBusy {
		return huifuGateway("20000", "服务不可用").draft(), nil
	}
	p, bad := h.prepare(c)
	entry.OutTradeNo = p.orderNo
	hit := h.s.faults.take(entry.Call, p.orderNo)
	if hit == nil && entry.Call == Pay && h.s.faults.on.AnswerLost {
		hit = &Fault{What: DropAfter}
	}
	switch {
	case bad != nil:
		entry.Outcome = NotAccepted
		return c.echoed(bad.draft()), hit
	case hit != nil && hit.What == Late:
		h.late.put(x.at, hit, *entry, p.book)
		return huifuDraft{}, hit
	case hit != nil && hit.before():
		return c.echoed(huifuFaultDraft(hit)), hit
	}
	d := p.book(x.at)
	if hit != nil && hit.What == Answer {
		d = huifuFaultDraft(hit)
	}
	return c.echoed(d), hit
}

const huifuNotFoundHTML = "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center></body></html>"

// clock is what the platform takes the time to be.
func (h *huifu) clock(now time.Time) time.Time {
	return now.Add(time.Duration(h.s.faults.on.ClockOffsetMS) * time.Millisecond)
}

// today is the only req_date that a call of its own may have (§4).
func (h *huifu) today(now time.Time) string { return huifuDay(h.clock(now)) }

// huifuDay and huifuStamp are the platform's forms of time, in Beijing (§1).
func huifuDay(t time.Time) string   { return t.In(beijing).Format("20060102") }
func huifuStamp(t time.Time) string { return t.In(beijing).Format("20060102150405") }

// arrive does the requests that were still under way and are due.
func (h *huifu) arrive(now time.Time) { h.late.arrive(now, &h.s.log) }

// orders copies the books.
func (h *huifu) orders(now time.Time) []Order {
	h.arrive(now)
	return copies(h.list, now)
}

// nextID makes an hf_seq_id of the shape that §16's vectors show.
func (h *huifu) nextID(now time.Time) string {
	h.seq++
	return fmt.Sprintf("0029000TEST%sP%016x", now.In(beijing).Format("060102150405"), h.seq)
}

// huifuKey: numbers are one merchant's own, and one day's (§4).
func huifuKey(huifuID, date, no string) string { return huifuID + "/" + date + "/" + no }
