package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one line of the table. A row without a bar is for information.
type row struct {
	Case  string  `json:"case"`
	Unit  string  `json:"unit"`
	N     int     `json:"n,omitempty"`
	Floor float64 `json:"floor,omitempty"` // 0: there is none
	Ours  float64 `json:"ours"`
	Ratio float64 `json:"ratio,omitempty"`
	Bar   string  `json:"bar,omitempty"`
	OK    bool    `json:"ok"`
}

// report is what a run found.
type report struct {
	rows  []row
	notes []string // printed under the table: how a row was made
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// atMost adds ours against a floor: the ratio may be most.
func (r *report) atMost(name, unit string, n int, floor, ours, most float64) {
	ratio := ours / floor
	r.rows = append(r.rows, row{name, unit, n, floor, ours, ratio, fmt.Sprintf("<= %g x", most), ratio <= most})
}

// atLeast adds a rate against a floor: ours must be least times as high.
func (r *report) atLeast(name, unit string, n int, floor, ours, least float64) {
	ratio := ours / floor
	r.rows = append(r.rows, row{name, unit, n, floor, ours, ratio, fmt.Sprintf(">= %g x", least), ratio >= least})
}

// faster adds ours against what others do: theirs must take least times as long.
func (r *report) faster(name, unit string, n int, theirs, ours, least float64) {
	ratio := theirs / ours
	r.rows = append(r.rows, row{name, unit, n, theirs, ours, ratio, fmt.Sprintf(">= %g x faster", least), ratio >= least})
}

// limit adds a number that may be most by itself.
func (r *report) limit(name, unit string, n int, ours, most float64) {
	r.rows = append(r.rows, row{Case: name, Unit: unit, N: n, Ours: ours, Bar: fmt.Sprintf("<= %g %s", most, unit), OK: ours <= most})
}

// exactly adds a number that must be want.
func (r *report) exactly(name, unit string, n int, ours, want float64) {
	r.rows = append(r.rows, row{Case: name, Unit: unit, N: n, Ours: ours, Bar: fmt.Sprintf("= %g", want), OK: ours == want})
}

// tell adds a row without a bar; floor may be 0.
func (r *report) tell(name, unit string, n int, floor, ours float64) {
	o := row{Case: name, Unit: unit, N: n, Floor: floor, Ours: ours, OK: true}
	if floor > 0 {
		o.Ratio = ours / floor
	}
	r.rows = append(r.rows, o)
}

func (r *report) table(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "case\tn\tfloor\tours\tratio\tbar\t\t")
	missed := 0
	for _, o := range r.rows {
		verdict := "ok"
		switch {
		case o.Bar == "":
			verdict = ""
		case !o.OK:
			verdict = "MISS"
			missed++
		}
		floor, ratio, n := "", "", ""
		if o.Floor != 0 {
			floor, ratio = number(o.Floor)+" "+o.Unit, number(o.Ratio)
		}
		if o.N > 0 {
			n = fmt.Sprint(o.N)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", o.Case, n, floor, number(o.Ours)+" "+o.Unit, ratio, o.Bar, verdict)
	}
	w.Flush()
	fmt.Fprintf(out, "%d missed\n", missed)
	for _, n := range r.notes {
		fmt.Fprintln(out, "-", n)
	}
}

// number writes three digits that mean something.
func number(v float64) string {
	switch a := math.Abs(v); {
	case v == math.Trunc(v) && a < 1e6, a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// save writes the rows as JSON lines.
func (r *report) save(name string) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	enc := json.NewEncoder(f)
	for _, o := range r.rows {
		if err := enc.Encode(o); err != nil {
			return err
		}
	}
	return nil
}

// samples are durations of one kind of work.
type samples []time.Duration

// at is the q-quantile, in unit.
func (s samples) at(q float64, unit time.Duration) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	i := max(0, int(math.Ceil(q*float64(len(sorted))))-1)
	return float64(sorted[i]) / float64(unit)
}

func (s samples) p50(unit time.Duration) float64 { return s.at(0.5, unit) }
func (s samples) p99(unit time.Duration) float64 { return s.at(0.99, unit) }

// median is the middle of what f finds in all.
func median[T any](all []T, f func(T) float64) float64 {
	var found []float64
	for _, x := range all {
		found = append(found, f(x))
	}
	slices.Sort(found)
	return found[len(found)/2]
}
