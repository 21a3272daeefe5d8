package printer

import (
	"fmt"
	"slices"
	"strings"
)

// Template is what a shop may change about a slip: lines of its own, its logo, and
// which of the usual parts are left out. What a slip is, its amount and its order
// number always stand on it.
type Template struct {
	Logo   *Picture
	Header []string // below the shop's address; see Check for what a line may hold
	Footer []string // at the end
	Hide   []string // of Parts
}

// Templates are the templates by kind of slip; a kind that is not here has Default.
type Templates struct {
	Default Template
	Kinds   map[Kind]Template
}

// For is the template of a kind of slip. The usual footer is for a customer whose
// sale went well: the other slips have one only where they have their own.
func (t *Templates) For(k Kind) Template {
	if t == nil {
		return Template{}
	}
	if own, ok := t.Kinds[k]; ok {
		return own
	}
	d := t.Default
	if !Thanks(k) {
		d.Footer = nil
	}
	return d
}

// Thanks tells the slips that end as a receipt does.
func Thanks(k Kind) bool { return k == Sale || k == Deposit || k == Refund }

// Kinds are all slips, as templates name them.
func Kinds() []Kind { return []Kind{Sale, Refund, Cancelled, Deposit, Order, Attention, Day} }

// Parts are what a template may hide.
func Parts() []string {
	return []string{"merchant", "store", "address", "time", "till", "cashier", "reference", "items", "wallet", "payer", "rate",
		"paid_at", "platform_no", "symbol", "scan", "goodbye"}
}

// fields are what stands in braces in a line of a template.
var fields = map[string]func(*slip) string{
	"merchant":    func(s *slip) string { return s.r.Merchant },
	"store":       func(s *slip) string { return s.r.Store },
	"address":     func(s *slip) string { return s.r.Address },
	"till":        func(s *slip) string { return s.r.Till },
	"cashier":     func(s *slip) string { return s.r.Cashier },
	"reference":   func(s *slip) string { return s.r.Reference },
	"description": func(s *slip) string { return s.r.Description },
	"amount":      func(s *slip) string { return Amount(s.r.Amount, s.r.Currency) },
	"wallet":      func(s *slip) string { return s.w.wallet(s.r.Wallet) },
	"order_no":    func(s *slip) string { return s.r.OrderNo },
	"platform_no": func(s *slip) string { return s.r.PlatformNo },
	"refund_no":   func(s *slip) string { return s.r.RefundNo },
	"date":        func(s *slip) string { return s.clock(s.r.At)[:len("2006-01-02")] },
	"time":        func(s *slip) string { return s.clock(s.r.At)[len("2006-01-02 "):] },
}

// Fields are the names that a line may have in braces.
func Fields() []string {
	var all []string
	for name := range fields {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// Check tells what is wrong with a line of a template. A line is text with fields
// in braces; it is centred, and where it begins with ^ large, with * bold, with <
// set at the left; --- is a line across the paper. A line whose fields
// are all empty is left out, its other words too.
func Check(line string) error {
	_, err := fill(line, func(name string) (string, bool) { _, ok := fields[name]; return "", ok })
	return err
}

// fill replaces the fields of a line. A doubled brace is a brace.
func fill(line string, value func(name string) (string, bool)) (string, error) {
	var b strings.Builder
	for rest := line; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			b.WriteString(rest)
			break
		}
		b.WriteString(rest[:i])
		brace := rest[i]
		rest = rest[i+1:]
		if rest != "" && rest[0] == brace {
			b.WriteByte(brace)
			rest = rest[1:]
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if brace == '}' || !closed {
			return "", fmt.Errorf("has a brace that stands alone: write {{ or }} for a brace itself")
		}
		v, known := value(name)
		if !known {
			return "", fmt.Errorf("names {%s}, and the fields are %s", name, strings.Join(Fields(), ", "))
		}
		b.WriteString(v)
		rest = after
	}
	return b.String(), nil
}

// own adds a template's lines.
func (s *slip) own(lines []string) {
	for _, line := range lines {
		if line == "---" {
			s.rule()
			continue
		}
		style, align, large := Style(0), Center, false
		for line != "" && strings.ContainsRune("^*<", rune(line[0])) {
			switch line[0] {
			case '^':
				large = true
			case '*':
				style = Bold
			case '<':
				align = Left
			}
			line = line[1:]
		}
		named, filled := 0, 0
		text, err := fill(line, func(name string) (value string, _ bool) {
			if f, ok := fields[name]; ok { // the settings were checked
				value = f(s)
			}
			named++
			if value != "" {
				filled++
			}
			return value, true
		})
		switch {
		case err != nil || named > 0 && filled == 0:
		case text == "":
			s.feed()
		case large:
			s.heading(text, 2)
		default:
			s.text(text, style, align)
		}
	}
}

// hides tells whether the template leaves a part out.
func (s *slip) hides(part string) bool { return slices.Contains(s.t.Hide, part) }
