package huishouqian

import (
	"errors"
	"slices"
)

// Wallets whose codes have a payType of their own (§5).
const (
	wechat   = "wechat"
	alipay   = "alipay"
	unionpay = "unionpay"
)

// codeRows tell whose a payment code is: the platform asks for a payType by
// wallet, and a Payment carries the code alone. The same figures as the till's
// own table; a code of a shape that a configuration adds there says its payType
// as an option.
var codeRows = []struct {
	wallet            string
	first, last       string // of its first two digits
	shortest, longest int
}{
	{wechat, "10", "16", 18, 18},
	{alipay, "25", "30", 16, 24},
	{unionpay, "62", "62", 19, 19},
}

// payType is the trade's type for a code: the sale's own word, or its wallet's.
func (c *Channel) payType(digits, asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	for _, r := range codeRows {
		if n := len(digits); n < r.shortest || n > r.longest || digits[:2] < r.first || digits[:2] > r.last {
			continue
		}
		if t := c.payTypes[r.wallet]; t != "" {
			return t, nil
		}
		return "", errors.New("payType: codes of " + r.wallet + " are not taken here: paytype_" + r.wallet + "_barcode is empty")
	}
	return "", errors.New("payType: the code is of no wallet that the platform has a word for")
}

// serves is whether a sale may ask for a payType.
func (c *Channel) serves(payType string) bool {
	for _, t := range c.payTypes {
		if t == payType {
			return true
		}
	}
	return false
}

// served is the wallets whose codes are taken.
func (c *Channel) served() []string {
	list := []string{}
	for _, w := range []string{wechat, alipay, unionpay} {
		if c.payTypes[w] != "" {
			list = append(list, w)
		}
	}
	return slices.Clip(list)
}
