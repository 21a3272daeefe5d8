package printer

import (
	"strconv"
	"strings"
	"time"
)

// Options is what a layout depends on besides the receipt.
type Options struct {
	Columns int     // 32 for 58 mm paper, 48 for 80 mm; 0 is 48, less than 24 is 24
	Barcode Barcode // how the order number is drawn; QR where empty or Code128 is too wide

	Templates *Templates // what the shop changed; nil: nothing
}

// Layout makes the slip of a receipt. It is pure; texts are made safe here, so
// that no renderer has to trust what a POS sent.
func Layout(r Receipt, o Options) Document {
	if o.Columns == 0 {
		o.Columns = 48
	}
	s := slip{
		r: &r, w: wordsFor(r.Language), t: o.Templates.For(r.Kind), columns: max(o.Columns, 24),
		elements: make([]Element, 0, 32+2*len(r.Items)),
	}
	s.title()
	s.shop()
	s.occasion()
	if !s.hides("items") {
		s.goods()
	}
	s.money()
	s.numbers()
	s.symbol(o.Barcode)
	s.goodbye()
	return Document{Columns: s.columns, Language: r.Language, Elements: s.elements}
}

// slip is a document in the making; its methods follow the paper downwards.
type slip struct {
	r        *Receipt
	w        *words
	t        Template
	columns  int
	elements []Element
}

// title says what the slip is, in its very first line, unless it is the
// original of a plain sale; then who reprinted it, and what the customer must know.
func (s *slip) title() {
	title, notes, orders := s.kind()
	if s.r.ForShop {
		title = strings.TrimSuffix(s.w.ShopCopy+" - "+title, " - ")
		notes = nil // they speak to the customer
	}
	if s.r.Copy > 0 {
		copies := s.w.Copy + " " + strconv.Itoa(s.r.Copy)
		if title == "" {
			title = copies
		} else {
			title = copies + " - " + title
		}
	}
	if title == "" {
		return
	}
	s.heading(title, 1) // on one line: the first says it all
	if s.r.Copy > 0 {
		s.copyNote()
	}
	if orders {
		for _, o := range s.w.AttentionOrders {
			s.heading(o, 2)
		}
	}
	for _, n := range notes {
		s.text(n, 0, Center)
	}
	s.feed()
}

// kind is the title of a slip that is not a sale, the lines under it, and whether
// the customer is told what to do. A kind we do not know is in question too.
func (s *slip) kind() (title string, notes []string, orders bool) {
	switch s.r.Kind {
	case Sale:
		return "", nil, false
	case Deposit:
		return s.w.DepositTitle, []string{s.w.DepositNote}, false
	case Refund:
		return s.w.RefundTitle, []string{s.w.RefundNote}, false
	case Order:
		return s.w.OrderTitle, []string{s.w.OrderNote, strings.Replace(s.w.OrderUntil, "{time}", s.clock(s.r.Until), 1)}, false
	case Cancelled:
		if !s.r.PaidAt.IsZero() {
			return s.w.ReturnedTitle, []string{s.w.ReturnedNote}, false
		}
		return s.w.CancelledTitle, []string{s.w.CancelledNote}, false
	}
	return s.w.AttentionTitle, s.w.AttentionNotes[:], true
}

func (s *slip) copyNote() {
	note := s.w.CopyNote
	if s.r.CopyBy != "" {
		note = s.w.CopyNoteBy
	}
	at := ""
	if !s.r.CopyAt.IsZero() {
		at = s.clock(s.r.CopyAt)
	}
	s.text(strings.TrimSpace(strings.NewReplacer("{time}", at, "{who}", s.r.CopyBy).Replace(note)), 0, Center)
}

// shop is who sold, and the shop's own lines.
func (s *slip) shop() {
	if s.t.Logo != nil {
		s.add(Element{Kind: Image, Picture: s.t.Logo})
	}
	lead, second := s.unless("merchant", s.r.Merchant), s.unless("store", s.r.Store)
	if lead == "" {
		lead, second = second, ""
	}
	if lead != "" {
		s.heading(lead, 2)
	}
	s.text(second, Bold, Center)
	s.text(s.unless("address", s.r.Address), 0, Center)
	s.own(s.t.Header)
	s.feed()
}

// unless is the text, or nothing where the template hides the part.
func (s *slip) unless(part, text string) string {
	if s.hides(part) {
		return ""
	}
	return text
}

// occasion is when, where and by whom.
func (s *slip) occasion() {
	s.ends(s.unless("time", s.clock(s.r.At)), labelled(s.w.Till, s.unless("till", s.r.Till)))
	s.ends(labelled(s.w.Cashier, s.unless("cashier", s.r.Cashier)), labelled(s.w.Reference, s.unless("reference", s.r.Reference)))
	s.rule()
}

// money is the amount, how it was paid, and what the wallet made of it.
func (s *slip) money() {
	s.rule()
	if s.r.Deposit > s.r.Amount {
		s.ends(s.w.Held, Amount(s.r.Deposit, s.r.Currency))
		s.ends(s.w.Returned, Amount(s.r.Amount-s.r.Deposit, s.r.Currency))
	}
	s.amount()
	for _, d := range s.r.Discounts {
		name := clean(d.Name)
		if name == "" {
			name = s.w.Discount
		}
		s.ends(name, Amount(-d.Amount, s.r.Currency))
	}
	paid := s.w.wallet(s.r.Wallet)
	if s.r.CodeLast4 != "" {
		paid = strings.TrimLeft(paid+" ****"+s.r.CodeLast4, " ")
	}
	with := s.w.PaidWith
	if s.r.Kind == Deposit || s.r.Kind != Sale && s.r.PaidAt.IsZero() {
		with = s.w.Wallet // "paid with" would say that it was
	}
	s.fact(with, s.unless("wallet", paid))
	if s.r.Payer != nil && !s.hides("payer") {
		label := s.w.CustomerPaid
		if s.r.Kind == Refund {
			label = s.w.CustomerGotBack
		}
		s.fact(label, Amount(s.r.Payer.Amount, s.r.Payer.Currency))
	}
	s.fact(s.w.Rate, s.unless("rate", s.r.Exchange))
}

// amount is the one number everybody looks for: as large as the paper allows.
func (s *slip) amount() {
	label := s.w.Total
	switch s.r.Kind {
	case Sale:
	case Deposit:
		label = s.w.Held
	case Order:
		label = s.w.ToPay
	case Refund:
		label = s.w.RefundAmount
	case Cancelled:
		label = s.w.NotCharged
		if !s.r.PaidAt.IsZero() {
			label = s.w.Returned
		}
	default:
		label = s.w.InQuestion
	}
	s.large(label, clean(Amount(s.r.Amount, s.r.Currency)))
}

// large sets a label and a figure in double letters; where that is too wide, the
// figure alone, below its label. Letters that are only high read badly.
func (s *slip) large(label, sum string) {
	switch double := Bold | Tall | Wide; {
	case 2*(Columns(label)+1+Columns(sum)) <= s.columns:
		s.pair(label, sum, double)
	case 2*Columns(sum) <= s.columns:
		s.text(label, Bold, Left)
		s.text(sum, double, Right)
	default:
		s.pair(label, sum, Bold|Tall)
	}
}

// numbers are for the one who looks the sale up.
func (s *slip) numbers() {
	if !s.r.PaidAt.IsZero() && s.r.Kind != Deposit && !s.hides("paid_at") {
		s.fact(s.w.PaidAt, s.paidAt())
	}
	s.fact(s.w.PlatformNo, s.unless("platform_no", s.r.PlatformNo))
	s.fact(s.w.RefundNo, s.r.RefundNo)
	s.fact(s.w.Reason, s.r.Reason)
}

// symbol draws our order number, and writes it out below: a scanner may fail.
func (s *slip) symbol(b Barcode) {
	no := clean(s.r.OrderNo)
	if s.r.Kind == Order { // one code only: another would be scanned by mistake
		s.feed()
		s.add(Element{Kind: Symbol, Text: s.r.ScanText, Barcode: QR})
		s.text(s.w.OrderNo+" "+no, 0, Center)
		return
	}
	if no == "" {
		return
	}
	s.feed()
	if b != Code128 || !code128Fits(no, s.columns) {
		b = QR
	}
	if drawable(no) && !s.hides("symbol") {
		s.add(Element{Kind: Symbol, Text: no, Barcode: b})
	}
	s.text(s.w.OrderNo+" "+no, 0, Center)
	if !s.hides("symbol") {
		s.text(s.unless("scan", s.w.Scan), 0, Center)
	}
}

func (s *slip) goodbye() {
	if s.r.Kind == Sale && !s.r.ForShop && !s.hides("goodbye") {
		s.feed()
		s.text(s.w.Goodbye, 0, Center)
	}
	if len(s.t.Footer) > 0 {
		s.feed()
		s.own(s.t.Footer)
	}
	s.add(Element{Kind: Cut})
}

// clock writes a time as the shop's wall clock showed it.
func (s *slip) clock(t time.Time) string {
	if s.r.TimeZone != nil {
		t = t.In(s.r.TimeZone)
	}
	return t.Format("2006-01-02 15:04:05")
}

// paidAt leaves the day out where it stands at the head of the slip.
func (s *slip) paidAt() string {
	const day = len("2006-01-02 ")
	at, head := s.clock(s.r.PaidAt), s.clock(s.r.At)
	if at[:day] == head[:day] {
		return at[day:]
	}
	return at
}

// labelled is "label value", or nothing without a value.
func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	return label + " " + value
}
