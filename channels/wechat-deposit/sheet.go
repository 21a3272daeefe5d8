package wechatdeposit

import (
	"slices"
	"time"

	"tillpay/channels"
)

const day = 24 * time.Hour

// advised is the pages' 5 to 10 s (§11, steps 3 and 4); quick is R1.5 of
// performance.md §6. Seconds after the end of the Pay's exchange.
var (
	advised = seconds(5, 10, 15, 20, 25, 31, 37.5, 44)
	quick   = seconds(3.25, 4.75, 6.25, 7.75, 9.5, 11.25, 13.25, 15.25, 17.5, 20, 23, 26.25, 29.75, 33.75, 38.5, 44)
)

func seconds(list ...float64) []time.Duration {
	ds := make([]time.Duration, len(list))
	for i, s := range list {
		ds[i] = time.Duration(s * float64(time.Second))
	}
	return ds
}

// Sheet is what this account can do. There is no way to undo but to reverse: a
// refund takes only what was consumed, and what cannot be reversed goes back by
// itself after 30 days. No statement is described for the family.
func (c *Channel) Sheet() channels.Sheet {
	return channels.Sheet{
		Driver:     "wechat-deposit",
		Wallets:    []string{"wechat"},
		Currencies: []string{"CNY"},
		Presented:  true,
		Prepared:   true,
		Payer:      []channels.Field{{Name: "trade_type", Values: []string{tradeAPP, tradeJSAPI}}, {Name: "openid"}, {Name: "sub_openid"}},
		Undo: []channels.Undo{{
			How: channels.ByRevoke, MinAge: c.minAge, Window: 30 * day,
			Source: "wechat-deposit.md §10.2: 15 s after the pay call; B-4: as long as the deposit is held, 30 days " +
				"(ordinary v2 reverse: 7 days). A prepared order is closed by the same call",
		}},
		UnsignedDecline: true,
		RefundWindow:    365 * day,
		MaxRefunds:      maxRefunds,
		Texts:           channels.Texts{OrderNo: 32, Description: 127, Attach: 127, AttachName: "attach"}, // seed
		Limits: channels.Limits{Refund: 150,
			Source: "wechat-deposit.md §10.3: 150 good calls a second (6 bad); the pages of the other calls give no figure"},
		Hold: 30 * day, // docs: after 30 days WeChat gives it back by itself
		Timing: channels.Timing{
			Advised:       slices.Clone(advised),
			Quick:         slices.Clone(quick),
			Deadline:      45 * time.Second,
			LateLooks:     seconds(30, 120),
			NotFoundProof: 30 * time.Second,
			LateNotFound:  120 * time.Second,
			CodeLife:      60 * time.Second,
			Source: "advised, deadline: wechat-deposit.md §11, every 5 to 10 s until 45 s; quick: performance.md §6 (R1.5); " +
				"not found: §13, 30 s; code life: §8, about 1 minute; late looks: design section 4",
		},
		Proof: "HMAC-SHA256 (of unifiedorder MD5, if set so) by the API key over every element of the answer, and the answer's own " +
			"order number, merchant numbers and amount (wechat-deposit.md §4, §5); return_code FAIL comes unsigned",
		UndoProof: "an orderquery that shows REFUND without consume_fee, REVOKED, CLOSED or PAYERROR; " +
			"the reverse's own SUCCESS proves nothing, as a number that nobody knows gets it too (§10.2)",
	}
}
