package sandbox

import "time"

// Behaviour is what a payment code with these last two digits brings about: how
// its customer acts, and what goes wrong on the way. It is documentation too.
type Behaviour struct {
	Digits string `json:"digits"`
	Name   string `json:"name"`
	Says   string `json:"says"`

	customer customer
	declines *decline
	faults   []Fault // of this order's calls
}

// customer is the person with the phone, and the account behind it. The zero
// customer pays at once.
type customer struct {
	asked    bool          // the platform wants a PIN: USERPAYING
	queries  int           // pays as this many-th query arrives
	after    time.Duration // or so long after being asked
	atRevoke bool          // or as the first revoke arrives
	ends     string        // in the place of SUCCESS: NOTPAY (cancels) or PAYERROR (the bank does)

	coupon      bool
	extra       int64         // the order in the books is so much dearer than the one asked for
	undoAfter   time.Duration // an accepted revoke takes so long
	revokedWord bool          // a paid order that was revoked says REVOKED, not REFUND
	refundEnds  string        // in the place of SUCCESS

	consumeAfter    time.Duration // an accepted consume takes so long
	consumedRefund  bool          // a deposit consumed in part says REFUND, not SUCCESS
	indexed         bool          // refund queries answer in the indexed shape
	fubeiUndoErrors int           // so many undos end REVOKED_ERROR
	fubeiUndoneWord string        // in the place of REVOKED
	fubeiDiscount   bool          // the shop's own, unless it is switched off
	refundSoon      bool          // refunds are over at once
	initial         bool          // INIT until somebody asks
}

// decline is a refusal of the customer or of the account: the platform's code,
// and the state that the order is left in. No state means no order.
type decline struct {
	code   string
	leaves string
}

// Behaviours is the whole table. A code whose last two digits are not in it
// pays at once.
func Behaviours() []Behaviour { return append([]Behaviour(nil), wechatBehaviours()...) }
