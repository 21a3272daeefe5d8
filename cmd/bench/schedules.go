package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// schedules compares how soon tills know of a customer's confirmation. It is a
// simulation, so its rows are the same in every run.
func schedules(_ context.Context, b *bench) error {
	base := models()[0]
	fates := map[int]fate{}
	all := everySchedule()
	for i, s := range all {
		fates[i] = play(base, s)
	}
	r3, quick, ten, five := fates[0], fates[1], fates[2], fates[3]
	b.atMost("confirmed to known, R3 against a query each 5 s, mean", "s", ordersPlayed, five.mean, r3.mean, 0.65)
	b.atMost("confirmed to known, R1.5 against a query each 5 s, mean", "s", ordersPlayed, five.mean, quick.mean, 0.42)
	b.atMost("confirmed to known, R1.5 against a query each 10 s, mean", "s", ordersPlayed, ten.mean, quick.mean, 0.20)
	b.limit("the least time between two queries of R3", "s below 3", 0, (3*time.Second - all[0].gap()).Seconds(), 0)
	b.note("confirmed to known: simulated, base model, seed %d; all models and schedules: docs/query-schedules.md.", seed)
	return nil
}

// schedulePage is docs/query-schedules.md.
func schedulePage() []byte {
	var p bytes.Buffer
	fmt.Fprintf(&p, `# How soon a till knows that the customer has confirmed

Written by `+"`go run ./cmd/bench -doc docs/query-schedules.md`"+`; do not edit. It is a **simulation**, not a
measurement: %d orders a line with a fixed seed (%d), no network and no platform. A test holds this page to
what the program prints, and the program takes tillpay's schedules from the driver's own sheet.

When a platform answers USERPAYING, the customer is typing a PIN or looking at the phone, and the till has to
ask. Asked seldom, the cashier waits; asked often, the platform's rate limit is eaten; given up early, a
customer who did pay is told that it failed.

No public data tells when customers confirm a payment code. Three models bracket what is known of PINs and
fingerprints at the till: **base** (45 %% biometric with a median of 3.5 s, 40 %% six-digit PIN with 7.5 s, 10 %%
slow with 18 s, 5 %% never), **fast** (mostly biometric, 3 %% never), **slow** (mostly PIN, a fifth with a median
of 22 s, 10 %% never). Only orders that answered USERPAYING are in them. The platform closes an unpaid order
at %g s; a query takes %g s (median), and sees a confirmation %g s after it was made.

- *delay*: from the customer's confirmation until the till knows, mean and 95th percentile, seconds.
- *queries*: asked for each order that answered USERPAYING, the never-confirmed ones included.
- *given up*: of the orders that were confirmed in time, those whose till had stopped asking before.

`, ordersPlayed, seed, closes, query, visible)
	for _, m := range models() {
		fmt.Fprintf(&p, "## %s\n\n| schedule | delay, mean | delay, p95 | queries | given up |\n| --- | --- | --- | --- | --- |\n", m.name)
		for _, s := range everySchedule() {
			o := play(m, s)
			fmt.Fprintf(&p, "| %s | %.2f | %.2f | %.2f | %.2f %% |\n", s.name, o.mean, o.p95, o.queries, o.missed)
		}
		p.WriteByte('\n')
	}
	p.WriteString("## When each asks\n\nSeconds after USERPAYING.\n\n| schedule | queries at |\n| --- | --- |\n")
	for _, s := range everySchedule() {
		var at []string
		for _, x := range s.at {
			at = append(at, strconv.FormatFloat(x, 'g', -1, 64))
		}
		fmt.Fprintf(&p, "| %s | %s |\n", s.name, strings.Join(at, ", "))
	}
	p.WriteString("\nAt 44 s tillpay asks a last time, and undoes the payment right behind that answer.\n")
	return p.Bytes()
}
