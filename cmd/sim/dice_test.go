package main

import "time"

// dice is a source of chance that belongs to one question: its draws depend on
// the world's seed and on what is asked about, never on who asked first. So the
// order in which goroutines happen to run cannot change what happens.
type dice struct{ state uint64 }

// topic is what a draw is about.
type topic uint64

const (
	aboutWorld topic = iota
	aboutSale
	aboutCustomer
	aboutExchange
	aboutPaper
	aboutChaos
	aboutOrder
)

// mix is splitmix64's finalizer: every bit of x moves every bit of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func throw(seed uint64, about topic, keys ...int) *dice {
	h := mix(seed ^ mix(uint64(about)))
	for _, k := range keys {
		h = mix(h ^ uint64(k))
	}
	return &dice{h}
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	return mix(d.state)
}

// chance is true p times of one.
func (d *dice) chance(p float64) bool { return float64(d.next()>>11)/(1<<53) < p }

// pick is 0 to n-1.
func (d *dice) pick(n int) int { return int(d.next() % uint64(n)) }

// between is a time in from … to, to the nanosecond: two things that happen at
// the same instant are the exception, and what runs then is one cascade.
func (d *dice) between(from, to time.Duration) time.Duration {
	return from + time.Duration(d.next()%uint64(to-from))
}

// weighted picks an index by weight.
func (d *dice) weighted(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := d.pick(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return 0
}
