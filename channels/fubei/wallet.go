package fubei

import (
	"errors"
	"strings"

	"tillpay/channels"
)

// type of a presented code (§5). J's comment that calls 1 Alipay is wrong.
const (
	typeWechat = 1
	typeAlipay = 2
)

// wallets is which codes go under which type (§5, of D). The till has told the
// wallet from the code already; this maps it, by prefix alone, so that a till
// whose table of codes was extended is not contradicted.
var wallets = []struct {
	prefixes []string
	kind     int64 // 0: the setting type_unionpay
}{
	{[]string{"10", "11", "12", "13", "14", "15", "16"}, typeWechat},
	{[]string{"25", "26", "27", "28", "29", "30"}, typeAlipay},
	{[]string{unionpayPrefix}, 0},
}

const unionpayPrefix = "62"

var errCode = errors.New("auth_code: is not a code that the platform can take")

// presented checks a code's form and tells its type. No error shows a digit.
func (c *Channel) presented(code channels.Code) (auth string, kind int64, err error) {
	auth = strings.TrimSpace(code.Reveal())
	if len(auth) < 16 || len(auth) > 24 || !digits(auth) {
		return "", 0, errCode
	}
	for _, w := range wallets {
		for _, p := range w.prefixes {
			if !strings.HasPrefix(auth, p) {
				continue
			}
			if kind = w.kind; kind == 0 {
				kind = c.cfg.TypeUnionpay
			}
			if kind == 0 && !c.set.gen.two {
				return "", 0, errors.New("auth_code: UnionPay codes are switched off (type_unionpay)")
			}
			return auth, kind, nil
		}
	}
	return "", 0, errCode
}
