package wechatglobal

import (
	"slices"
	"strings"
	"time"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// currencies is §16: the parameter page's list and the settlement list's own.
var currencies = strings.Fields("CNY HKD GBP USD JPY CAD AUD EUR NZD KRW THB SGD RUB CHF SEK " +
	"DKK NOK AED TRY MOP TWD CZK MYR PHP IDR MNT QAR HUF KHR ISK PLN RON VND KZT AZN KGS FJD AMD")

func accepts(currency string) bool { return slices.Contains(currencies, currency) }

// advised is R3 and quick R1.5 of performance.md §6: seconds after the end of
// the Pay's exchange.
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
	const year = 365 * 24 * time.Hour
	return channels.Sheet{
		Driver:     "wechat-global",
		Wallets:    []string{"wechat"},
		Currencies: slices.Clone(currencies),
		Presented:  true,
		Undo: []channels.Undo{{
			How: channels.ByRevoke, MinAge: c.minAge,
			// The same Beijing day is at most this long. A revoke behind
			// midnight is refused as too late, and the refund is next.
			Window: 24 * time.Hour,
			Source: "wechat-global.md §7, §18 no. 3: 15 s after the pay call, same Beijing day (support page; the API page says 7 days)",
		}, {
			How: channels.ByRefund, Window: year,
			Source: "wechat-global.md §8.1: 365 days",
		}},
		UnsignedDecline: true,
		RefundWindow:    year,
		RefundGap:       time.Minute,
		MaxRefunds:      50,
		Timing: channels.Timing{
			Advised:       slices.Clone(advised),
			Quick:         slices.Clone(quick),
			Deadline:      45 * time.Second,
			LateLooks:     seconds(30, 120),
			NotFoundProof: 30 * time.Second,
			LateNotFound:  120 * time.Second,
			CodeLife:      60 * time.Second,
			Source: "schedules: performance.md §6 (R3, R1.5; the platform advises 3-5 s apart); deadline: wechat-global.md §15.1, " +
				"the platform closes an unpaid order at 45 s; late looks: §3.2 step 7; not found: §6; code life: §15.5",
		},
		Texts: channels.Texts{OrderNo: 32, Description: 127, Attach: 127, AttachName: "attach"}, // §5.1
		Limits: channels.Limits{Query: 300, Undo: 30, Refund: 150, RefundQuery: 300,
			Source: "wechat-global.md §17: the lower figure where pages differ"},
		Statement:      true,
		StatementToday: wire.Local(c.cfg.Endpoint),
		Proof: "RSA signature over every answer by a platform certificate, and the answer's own order number, merchant numbers, " +
			"amount and currency (wechat-global.md §3.2, §5.2); a refusal may come unsigned",
		UndoProof: "a query that shows REVOKED, CLOSED, PAYERROR or REFUND; the revoke's own 204 proves nothing (§7)",
	}
}
