package huifu

import (
	"slices"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// advised is R3 and quick R1.5 of performance.md §6: seconds after the end of
// the Pay's exchange. Huifu itself advises every 5 s, and lets a till start
// faster (§6).
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

// refundWindow is §7: WeChat, Alipay and UnionPay alike.
const refundWindow = 360 * 24 * time.Hour

// Sheet is what this account can do.
func (c *Channel) Sheet() channels.Sheet {
	undo := []channels.Undo{{
		How: channels.ByClose, MinAge: c.ages.minClose,
		Source: "huifu.md §8: not within the order's first minute; WeChat and Alipay alone, UnionPay refuses and the refund is next",
	}, {
		How: channels.ByRefund, Window: refundWindow,
		Source: "huifu.md §7: 360 days",
	}}
	prepared := undo // these are closed whatever close_barcode says (§8)
	if !c.cfg.CloseBarcode {
		undo = undo[1:]
	}
	return channels.Sheet{
		Driver:     "huifu",
		Wallets:    []string{"wechat", "alipay", "unionpay", "ecny"},
		Currencies: []string{currency},
		Presented:  true,
		Prepared:   true,
		Payer:      []channels.Field{{Name: "openid"}, {Name: "sub_openid"}, {Name: "sub_appid"}}, // the first alone, or the others
		Undo:       undo, UndoPrepared: prepared,
		// A refusal without trans_stat is signed, and yet not relied upon: it
		// comes as unverified, so that the engine looks again (§11).
		UnsignedDecline: c.cfg.ConfirmRefusal,
		RefundWindow:    refundWindow,
		RefundDated:     true, // §7, §15.1
		Timing: channels.Timing{
			Advised:       slices.Clone(advised),
			Quick:         slices.Clone(quick),
			Deadline:      45 * time.Second,
			LateLooks:     seconds(5, 30, 120),
			NotFoundProof: c.ages.notFound,
			LateNotFound:  2 * c.ages.notFound,
			CodeLife:      60 * time.Second,
			Source: "schedules: performance.md §6 (R3, R1.5); Huifu advises 5 s, a till may start faster (huifu.md §6); deadline: design.md §8, " +
				"the order itself ends expire_after; late looks: confirm_refusal, huifu.md §11; not found: §11 not_found_after; code life: §11",
		},
		MostAmount:     maxFen,
		Texts:          channels.Texts{OrderNo: 128, Description: 127, Attach: 255, AttachName: "remark"}, // §4
		Limits:         channels.Limits{Source: "none is published (huifu.md §11: 911, 914 and 20000001 say slow down); a statement is given 3 times a day (§13)"},
		Statement:      true,
		StatementToday: wire.Local(c.cfg.Endpoint),
		Proof: "RSA signature of Huifu's key over data, in one of three readings, and the answer's own order number, day, merchant number and " +
			"amount (huifu.md §3, §10); a refusal without trans_stat counts as proven only where confirm_refusal is off",
		UndoProof: "of a closing: a query that shows F (a closing's own S proves nothing, §8), or QueryClose once the order has ended; of a refund: " +
			"a refund query that shows S, as a payment's query goes on showing S (§7)",
	}
}
