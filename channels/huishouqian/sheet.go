package huishouqian

import (
	"slices"
	"time"

	"tillpay/channels"
)

// advised is R3 and quick R1.5 of performance.md §6: seconds after the end of
// the Pay's exchange. The platform publishes none of its own.
var (
	advised = seconds(3.5, 6.5, 9.5, 12.5, 15.5, 18.5, 21.5, 24.5, 27.5, 31, 34.75, 39, 44)
	quick   = seconds(3.25, 4.75, 6.25, 7.75, 9.5, 11.25, 13.25, 15.25, 17.5, 20, 23, 26.25, 29.75, 33.75, 38.5, 44)
)

func seconds(list ...float64) []time.Duration {
	ds := make([]time.Duration, len(list))
	for i, s := range list {
		ds[i] = time.Duration(s * float64(time.Second))
	}
	return ds
}

// Sheet is what this account can do.
func (c *Channel) Sheet() channels.Sheet {
	return channels.Sheet{
		Driver:     "huishouqian",
		Wallets:    c.served(),
		Currencies: []string{"CNY"},
		Presented:  len(c.payTypes) > 0,
		Prepared:   true,
		Undo:       c.undo(),
		// Never of what nobody signed: of refusals that are signed, yet name no
		// order, while confirm_refusal is on.
		UnsignedDecline: c.confirmRefusal,
		RefundWindow:    c.refundWindow,
		Timing: channels.Timing{
			Advised:       slices.Clone(advised),
			Quick:         slices.Clone(quick),
			Deadline:      45 * time.Second,
			LateLooks:     seconds(30, 120),
			NotFoundProof: c.notFound,
			LateNotFound:  120 * time.Second,
			CodeLife:      60 * time.Second,
			Source: "schedules: performance.md §6 (R3, R1.5); deadline: the till's own, as no limit is published; " +
				"not found: huishouqian.md §8, the platform refuses a requestDate older than 10 minutes (not_found_after); late looks: §11, confirm_refusal",
		},
		MostAmount:     maxFen,
		Texts:          channels.Texts{OrderNo: 64, Description: c.GoodsInfoMax, Attach: 128, AttachName: "extend"}, // seed; goods_info_max
		Limits:         channels.Limits{Source: "none is published (seed: 200012 says too fast)"},
		Statement:      true,
		StatementToday: c.local,
		Proof: "RSA signature over the result by the platform's certificate and the merchant's sign key, and the result's own order number and " +
			"amount (huishouqian.md §3, §11); refusals count only when signed",
		UndoProof: "a query that shows FAIL or REVOKED, or that finds no such order " + c.notFound.String() + " after the Pay; " +
			"of a refund the refund query's SUCCESS, as the order itself may go on showing SUCCESS (§8)",
	}
}

func (c *Channel) undo() []channels.Undo {
	refund := channels.Undo{
		How: channels.ByRefund, Window: c.refundWindow,
		Source: "huishouqian.md §8: no revoke is published; an unpaid order ends by its timeExpire, " + c.expireAfter.String() + " after the Pay and " +
			c.grace.String() + " of grace, a paid one is refunded in whole; window ASSUMED (refund_days)",
	}
	if !c.closes {
		return []channels.Undo{refund}
	}
	return []channels.Undo{{How: channels.ByClose, Source: "huishouqian.md §8: ASSUMED, close_method = " + c.CloseMethod}, refund}
}
