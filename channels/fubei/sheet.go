package fubei

import (
	"slices"
	"time"

	"tillpay/channels"
)

const (
	day = 24 * time.Hour
	// refundWindow and maxRefunds are §8.
	refundWindow = 90 * day
	maxRefunds   = 10
	// undoWindow is §8: an undo that is not through after a week is a person's.
	undoWindow = 7 * day
)

// advised is R3 and quick R1.5 of performance.md §6: milliseconds after the end
// of the Pay's exchange.
var (
	advised = milliseconds(3500, 6500, 9500, 12500, 15500, 18500, 21500, 24500, 27500, 31000, 34750, 39000, 44000)
	quick   = milliseconds(3250, 4750, 6250, 7750, 9500, 11250, 13250, 15250, 17500, 20000, 23000, 26250, 29750, 33750, 38500, 44000)
)

func milliseconds(list ...int64) []time.Duration {
	ds := make([]time.Duration, len(list))
	for i, ms := range list {
		ds[i] = time.Duration(ms) * time.Millisecond
	}
	return ds
}

// Sheet is what this account can do.
func (c *Channel) Sheet() channels.Sheet {
	wallets := []string{"wechat", "alipay"}
	if c.set.gen.two || c.cfg.TypeUnionpay != 0 {
		wallets = append(wallets, "unionpay")
	}
	return channels.Sheet{
		Driver:          "fubei",
		Wallets:         wallets,
		Currencies:      []string{currency},
		Presented:       true,
		Prepared:        c.set.gen.two || c.cfg.StoreID != 0,
		Undo:            c.ways(),
		UndoPrepared:    c.waysPrepared(),
		Payer:           []channels.Field{{Name: c.set.gen.payer, Required: true}},
		UnsignedDecline: !c.cfg.ConfirmRefusal,
		Unsigned:        true, // §3
		RefundWindow:    refundWindow,
		MaxRefunds:      maxRefunds,
		MostAmount:      c.mostAmount(),
		Texts:           channels.Texts{OrderNo: 32, Description: 128, Attach: 127, AttachName: "attach"}, // seed
		Limits:          channels.Limits{Source: "none is published (fubei.md §11)"},
		Timing:          c.timing(),
		Statement:       c.cfg.API == apiOne,
		Proof: "none of the platform's: it signs no reply (fubei.md §3). A reply is verified when it came over TLS from the gateway's own host " +
			"as HTTP 200 and JSON with result_code 200 and repeats our order number and the amount, and neither store nor merchant contradicts. " +
			"A reverse, a close, a prepared order and a refund in 1.0 answer numbers only: they are verified by those and say at most " +
			"that something was taken. An error, and so that an order is not found, repeats nothing and is never verified",
		UndoProof: "a query that shows REVOKED or CLOSED; the reverse's own 200 comes before anything is undone (§8), REVOKING is still going, " +
			"and a refund leaves the order SUCCESS: its proof is the refund's own query, REFUND_SUCCESS",
	}
}

// waysPrepared is how a prepared order is taken back: closed in the place of the
// reverse, which is for codes only (§8). One that cannot be closed is followed
// until it ends, and refunded should it be paid.
func (c *Channel) waysPrepared() []channels.Undo {
	ways := []channels.Undo{}
	if c.cfg.CloseMina {
		ways = append(ways, channels.Undo{How: channels.ByClose, Source: "fubei.md §8: ASSUMED that an order for a mini program can be closed (close_mina)"})
	}
	return append(ways, channels.Undo{How: channels.ByRefund, Window: undoWindow, Source: "fubei.md §8"})
}

// ways is how a presented payment is taken back.
func (c *Channel) ways() []channels.Undo {
	ways := []channels.Undo{{
		How: channels.ByRevoke, MinAge: c.set.minReverseAge, Window: day, Tries: 3,
		Source: "fubei.md §8: no age or limit is published; ASSUMED none and the same day (min_reverse_age); one that stays SUCCESS is reversed " +
			"again twice, then refunded",
	}}
	if c.cfg.ReverseThenRefund {
		ways = append(ways, channels.Undo{
			How: channels.ByRefund, Window: undoWindow,
			Source: "fubei.md §8: after a reverse that fails, a full refund (reverse_then_refund); after a week a person. Refunds are taken for 90 days",
		})
	}
	return ways
}

func (c *Channel) timing() channels.Timing {
	return channels.Timing{
		Advised:       slices.Clone(advised),
		Quick:         slices.Clone(quick),
		Deadline:      45 * time.Second,
		LateLooks:     []time.Duration{30 * time.Second, 120 * time.Second},
		NotFoundProof: c.set.notFoundAfter,
		LateNotFound:  2 * c.set.notFoundAfter,
		CodeLife:      0,
		Source: "schedules and deadline: performance.md §6 (R3, R1.5; the official demos ask 30 times, 1 s apart: fubei.md §8); " +
			"late looks: of an unsigned refusal; not found: §11, not_found_after; code life 0: §11, never resubmit",
	}
}
