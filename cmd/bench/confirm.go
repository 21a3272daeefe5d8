package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"tillpay/agent/payment"
	wechatglobal "tillpay/channels/wechat-global"
)

// part of a mixture of customers: how many, and the log-normal time after which
// they confirm. A median of 0 never does.
type part struct{ weight, median, sigma float64 }

// model is when customers confirm, counted from the answer USERPAYING. No public
// data on payment codes was found; the three bracket what is known of PINs and
// fingerprints at the till.
type model struct {
	name  string
	parts []part
}

func models() []model {
	return []model{
		{"base", []part{{.45, 3.5, .50}, {.40, 7.5, .45}, {.10, 18, .6}, {.05, 0, 0}}},
		{"fast", []part{{.70, 3.0, .45}, {.22, 6.5, .45}, {.05, 15, .6}, {.03, 0, 0}}},
		{"slow", []part{{.15, 4.0, .50}, {.55, 9.0, .50}, {.20, 22, .6}, {.10, 0, 0}}},
	}
}

func (m model) confirm(r *rand.Rand) float64 {
	u := r.Float64()
	for _, p := range m.parts {
		if u < p.weight {
			if p.median == 0 {
				return math.Inf(1)
			}
			return p.median * math.Exp(p.sigma*r.NormFloat64())
		}
		u -= p.weight
	}
	return math.Inf(1)
}

// schedule is the seconds after USERPAYING at which a till asks; behind the last
// one it gives up.
type schedule struct {
	name string
	at   []float64
}

// everySchedule is ours, as the till is built with them, and those of samples.
func everySchedule() []schedule {
	sheet := (&wechatglobal.Channel{}).Sheet() // data: it needs no account
	product := func(name, setting string) schedule {
		s := schedule{name: name}
		for _, age := range payment.NewPlan(sheet, setting, sheet.Timing.Deadline).Schedule {
			s.at = append(s.at, age.Seconds())
		}
		return s
	}
	each := func(name string, gap float64, n int) schedule {
		s := schedule{name: name}
		for i := range n {
			s.at = append(s.at, gap*float64(i+1))
		}
		return s
	}
	return []schedule{
		product(`R3, tillpay's default (schedule = "advised")`, "advised"),
		product(`R1.5 (schedule = "quick")`, "quick"),
		each("sample: 10 queries, 10 s apart", 10, 10),
		each("sample: 10 queries, 5 s apart", 5, 10),
		each("sample: 10 queries, 2 s apart", 2, 10),
		{"back-off: after 1, 2, 4, 8, 16 s, and at 44 s", []float64{1, 3, 7, 15, 31, 44}},
	}
}

// The world of the simulation; seconds.
const (
	seed         = 1
	ordersPlayed = 200_000
	closes       = 45.0 // the platform closes an unpaid order at this age
	asked        = 0.6  // its age when USERPAYING came back
	query        = 0.12 // the median time that one query takes
	querySigma   = 0.4
	visible      = 0.05 // from the confirmation until a query sees it
)

// fate is what a schedule makes of a model's customers.
type fate struct {
	mean, p95 float64 // seconds from confirmed to known
	queries   float64 // an order
	missed    float64 // % of the confirmed that the till had given up
}

// play runs a schedule over a model. The same seed gives the same fate.
func play(m model, s schedule) fate {
	r := rand.New(rand.NewPCG(seed, 7))
	var o fate
	delays := make([]float64, 0, ordersPlayed)
	confirmed := 0
	for range ordersPlayed {
		at := m.confirm(r)
		if at > closes-asked {
			at = math.Inf(1) // too late: the order is closed
		}
		delay, queries, known := follow(at, s, r)
		o.queries += float64(queries)
		if known {
			delays = append(delays, delay)
		}
		if !math.IsInf(at, 1) {
			confirmed++
		}
	}
	slices.Sort(delays)
	for _, d := range delays {
		o.mean += d
	}
	o.mean /= float64(len(delays))
	o.p95 = delays[int(0.95*float64(len(delays)-1))]
	o.queries /= ordersPlayed
	o.missed = 100 * float64(confirmed-len(delays)) / float64(confirmed)
	return o
}

// follow asks about one order until it is known to be paid or given up.
func follow(confirmed float64, s schedule, r *rand.Rand) (delay float64, queries int, known bool) {
	free := 0.0 // one query at a time
	for _, at := range s.at {
		sent := max(at, free)
		took := query * math.Exp(querySigma*r.NormFloat64())
		free = sent + took
		queries++
		if confirmed+visible <= sent+took/2 {
			return free - confirmed, queries, true
		}
	}
	return 0, queries, false
}

// gap is the least time between two queries of a schedule.
func (s schedule) gap() time.Duration {
	least := math.Inf(1)
	for i := 1; i < len(s.at); i++ {
		least = min(least, s.at[i]-s.at[i-1])
	}
	return time.Duration(least * float64(time.Second))
}
