// Package printer turns a Receipt into paper: one layout for all widths, and
// from it ESC/POS bytes, plain text and HTML.
package printer

import "time"

// Receipt is what a slip says, without any layout. Amounts are in the minor
// unit of Currency. Text may hold anything a POS sent; rendering makes it safe.
type Receipt struct {
	Kind     Kind
	Language string // en, zh-CN, zh-HK
	Merchant string // may be empty: then the store leads
	Store    string
	Address  string
	Till     string
	Cashier  string

	Items       []Item
	Description string // shown where there are no items
	Currency    string // ISO 4217
	Deposit     int64  // of a sale that was captured from a deposit: what was held
	Amount      int64  // paid; on a deposit slip: held; on a refund slip: given back; on an attention slip: in question
	Payer       *Paid  // what the customer's wallet paid, where it differs in currency or amount
	Wallet      string // wechat, alipay, unionpay …
	CodeLast4   string
	// OrderNo is our order number (out_trade_no): text, and a barcode or QR.
	OrderNo    string
	PlatformNo string
	RefundNo   string // refund slips
	// ScanText is what an order slip's code holds, and Until when it ends.
	ScanText  string
	Until     time.Time
	Reference string // the POS's own
	At        time.Time
	PaidAt    time.Time // zero where nothing was paid
	Reason    string    // of a refund, cancellation or attention, in the receipt's language
	// Copy is 0 on the original and n on the n-th reprint, which says so in its
	// first line, with who asked and when.
	Copy      int
	CopyBy    string
	CopyAt    time.Time
	ForShop   bool // the shop's own copy of a slip that the customer has
	TimeZone  *time.Location
	Exchange  string // "1 HKD = 0.92 CNY", where the platform told one
	Discounts []Discount
}

// Item is one line of goods.
type Item struct {
	Name     string
	Quantity int64
	Price    int64 // of one
}

// Paid is an amount in its own currency.
type Paid struct {
	Amount   int64
	Currency string
}

// Discount is one promotion that the platform applied.
type Discount struct {
	Name   string
	Amount int64
}

// Kind is what a slip is; every kind but Sale says so in its first line.
type Kind string

const (
	Sale      Kind = "sale"
	Refund    Kind = "refund"
	Cancelled Kind = "cancelled" // undone: nothing charged, or given back
	Deposit   Kind = "deposit"   // held: captured or given back later
	Order     Kind = "order"     // to be paid: a code that the customer scans
	Attention Kind = "attention" // unresolved: keep the slip, a manager will settle it
	Day       Kind = "day"       // a business day's sums: see DayReport
)

// Barcode is how the order number is drawn.
type Barcode string

const (
	QR      Barcode = "qr"
	Code128 Barcode = "code128"
)
