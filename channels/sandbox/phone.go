package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Phone is the customer's: it shows fresh codes, and asks for a PIN when a
// platform wants one. Orders paid with its codes wait for it; codes that it did
// not show act by the table alone.
type Phone struct {
	s     *Sandbox
	shown []*shownCode
}

// shownCode is a code on the phone's display, and the order that it became.
type shownCode struct {
	digits string
	at     time.Time
	order  *order
	huifu  *huifuOrder
}

// PaymentCode is what the phone shows. Its digits are secret for a minute.
type PaymentCode struct {
	Code      string    `json:"code"`
	Wallet    string    `json:"wallet"`
	Behaviour string    `json:"behaviour"` // its name in the table
	ShownAt   time.Time `json:"shown_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Question is what the phone asks its owner.
type Question struct {
	OutTradeNo  string    `json:"out_trade_no"`
	Amount      int64     `json:"amount"`
	Currency    string    `json:"currency"`
	Merchant    string    `json:"merchant"`
	Description string    `json:"description"`
	AskedAt     time.Time `json:"asked_at"`
}

// Errors of the phone.
var (
	ErrNoQuestion = errors.New("phone: nothing is being asked")
	ErrPIN        = errors.New("phone: a PIN has six digits")
	ErrDigits     = errors.New("phone: the last digits of a code are two digits, or none for any that pay at once")
	ErrWallet     = errors.New("phone: no such wallet")
)

// maxShown is how many codes the phone remembers.
const maxShown = 1000

// wallets are the prefixes of each wallet's codes; §15.5.
var wallets = map[string][]string{
	"wechat":    {"10", "11", "12", "13", "14"},
	"wechat-hk": {"15"},
	"alipay":    {"25", "26", "27", "28", "29", "30"},
	"unionpay":  {"621", "622", "623", "624", "625", "626", "627", "628"}, // 19 digits
}

func newPhone(s *Sandbox) *Phone { return &Phone{s: s} }

// Show puts a fresh code on the display. lastTwo chooses the behaviour; empty
// is one that pays at once.
func (p *Phone) Show(wallet, lastTwo string) (PaymentCode, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	prefixes, ok := wallets[wallet]
	if !ok {
		return PaymentCode{}, fmt.Errorf("%w: %q", ErrWallet, wallet)
	}
	if lastTwo == "" {
		lastTwo = "00"
	}
	if len(lastTwo) != 2 || strings.Trim(lastTwo, "0123456789") != "" {
		return PaymentCode{}, fmt.Errorf("%w: %q", ErrDigits, lastTwo)
	}
	digits, err := p.fresh(prefixes, lastTwo)
	if err != nil {
		return PaymentCode{}, err
	}
	now := p.s.cfg.Now()
	if len(p.shown) >= maxShown {
		p.shown = slices.Delete(p.shown, 0, maxShown/2)
	}
	p.shown = append(p.shown, &shownCode{digits: digits, at: now})
	b := p.s.wechat.behaviour(digits)
	return PaymentCode{Code: digits, Wallet: wallet, Behaviour: b.Name,
		ShownAt: now, ExpiresAt: now.Add(p.s.cfg.CodeLife)}, nil
}

// fresh draws the fourteen digits between prefix and lastTwo until nobody has
// seen the code before.
func (p *Phone) fresh(prefixes []string, lastTwo string) (string, error) {
	for {
		n, err := rand.Int(p.s.cfg.Rand, big.NewInt(int64(len(prefixes))*1e14))
		if err != nil {
			return "", fmt.Errorf("phone: draw a code: %w", err)
		}
		prefix := prefixes[n.Int64()/1e14]
		digits := fmt.Sprintf("%s%014d%s", prefix, n.Int64()%1e14, lastTwo)
		if p.find(digits) == nil && !p.s.seen(digits) {
			return digits, nil
		}
	}
}

// seen says that a platform has met the code.
func (s *Sandbox) seen(digits string) bool {
	return s.wechat.codes[digits] != nil || s.deposit.codes[digits] != nil || s.fubei.codes[digits] != nil ||
		s.huishouqian.codes[digits] != nil || s.huifu.codes[digits] != nil
}

func (p *Phone) find(digits string) *shownCode {
	i := slices.IndexFunc(p.shown, func(c *shownCode) bool { return c.digits == digits })
	if i < 0 {
		return nil
	}
	return p.shown[i]
}

// Pending is the question on the display: of several, the one asked first.
func (p *Phone) Pending() (Question, bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	a, ok := p.asking()
	return a.question, ok
}

// asked is a question on the display, and what an answer does to its order.
type asked struct {
	question Question
	decide   func(state string, now time.Time)
}

// asking takes each platform's first question and of them the first.
func (p *Phone) asking() (asked, bool) {
	now := p.s.cfg.Now()
	var all []asked
	if o := p.pending(); o != nil {
		all = append(all, asked{o.question(), o.decide})
	}
	if o := p.s.deposit.pending(now); o != nil {
		all = append(all, asked{o.question(), o.decide})
	}
	if o := p.s.fubei.pending(now); o != nil {
		all = append(all, asked{o.question(), o.decide})
	}
	if o := p.s.huishouqian.pending(now); o != nil {
		all = append(all, asked{o.question(), o.answered})
	}
	if o := p.s.huifu.pending(now); o != nil {
		all = append(all, asked{o.question(), o.answered})
	}
	if len(all) == 0 {
		return asked{}, false
	}
	return slices.MinFunc(all, func(a, b asked) int { return a.question.AskedAt.Compare(b.question.AskedAt) }), true
}

func (p *Phone) pending() *order {
	now := p.s.cfg.Now()
	p.s.wechat.arrive(now)
	for _, c := range p.shown {
		if c.order == nil {
			continue
		}
		if c.order.settle(now); c.order.state == userPaying {
			return c.order
		}
	}
	return nil
}

// Confirm answers the pending question with a PIN: any six digits are right.
func (p *Phone) Confirm(pin string) error {
	if len(pin) != 6 || strings.Trim(pin, "0123456789") != "" {
		return ErrPIN
	}
	return p.decide(success)
}

// Reject answers the pending question with no. The order stays unpaid until
// somebody revokes it or the platform closes it (§6: NOTPAY).
func (p *Phone) Reject() error { return p.decide(notPay) }

func (p *Phone) decide(state string) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	a, ok := p.asking()
	if !ok {
		return ErrNoQuestion
	}
	a.decide(state, p.s.cfg.Now())
	return nil
}

// Last is the order that was begun last with this phone, of all platforms.
func (p *Phone) Last() (Order, bool) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	now := p.s.cfg.Now()
	p.s.wechat.arrive(now)
	var last *order
	for _, c := range p.shown {
		if c.order != nil && (last == nil || c.order.seq > last.seq) {
			last = c.order
		}
	}
	var newest Order
	if last != nil {
		last.settle(now)
		newest = last.entry()
	}
	if o := p.s.deposit.last(newest.CreatedAt, now); o != nil {
		newest = o.entry()
	}
	if o := p.s.fubei.last(newest.CreatedAt, now); o != nil {
		newest = o.entry()
	}
	if o := p.s.huishouqian.last(newest.CreatedAt, now); o != nil {
		newest = o.entry()
	}
	if o := p.s.huifu.last(newest.CreatedAt, now); o != nil {
		newest = o.entry()
	}
	return newest, newest.OutTradeNo != ""
}
