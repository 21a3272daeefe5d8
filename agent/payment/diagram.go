package payment

import (
	"fmt"
	"strings"
)

// Diagram draws the rules as Mermaid's state diagram, for the documents: a line
// a move that changes the state, its events together.
func Diagram() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> submitting: a code is scanned\n")
	type edge struct{ from, to State }
	var order []edge
	labels := map[edge][]string{}
	for _, r := range rules {
		if r.from == r.to {
			continue
		}
		e := edge{r.from, r.to}
		if labels[e] == nil {
			order = append(order, e)
		}
		label := string(r.on)
		if r.when != always {
			label += " (" + string(r.when) + ")"
		}
		labels[e] = append(labels[e], label)
	}
	for _, e := range order {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", e.from, e.to, strings.Join(labels[e], " · "))
	}
	for _, s := range []State{Paid, Declined, Revoked} {
		fmt.Fprintf(&b, "    %s --> [*]\n", s)
	}
	return b.String()
}

// Table writes the rules as a Markdown table, in the order in which they are read.
func Table() string {
	var b strings.Builder
	b.WriteString("| in | on | when | to | then |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.from, r.on, r.when, r.to, r.do)
	}
	return b.String()
}
