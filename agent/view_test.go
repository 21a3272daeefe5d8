package agent

import "testing"

// An earlier try that needs a person does not hide the one that is being paid with.
func TestOpenState(t *testing.T) {
	for want, states := range map[string][]string{
		"open":      {"declined", "revoking", "revoked"},
		"paying":    {"attention", "paying"},
		"attention": {"declined", "attention"},
	} {
		var payments []Payment
		for _, s := range states {
			payments = append(payments, Payment{State: s})
		}
		if got := openState(payments); got != want {
			t.Errorf("with %v it is %s, not %s", states, got, want)
		}
	}
}
