package channeltest

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// SeedField is one field of the page that a driver was made from.
type SeedField struct {
	Name  string // as the page writes it; with dots where it stands in another
	Limit string // its length or range
	From  string // sent: where its value comes from. Read: what becomes of it
	// Max, of a text that a sale gives: so many characters are taken, and one more
	// is refused.
	Max int
	// Other, of a field that is read: another value than Seed.Answer's own. What
	// the driver says must change with it.
	Other string
}

// Seed is every field of that page. Nothing in it is left out: a field that the
// driver neither sends nor reads has no place in Sent or Read, and so none in the
// page of the docs.
type Seed struct {
	Page       string // the docs' page, from the test's folder
	Sent, Read []SeedField
	// Orders makes full orders and answers every field as it left, by name.
	Orders func(t *testing.T) map[string]string
	// Check is what the driver says of a text that a sale gives under a name.
	Check func(name, value string) error
	// Answer is all that the driver says to an answer that has the field name, with
	// another value unless that is empty.
	Answer func(t *testing.T, name, value string) any
}

var writePages = flag.Bool("seed", false, "write the seeds' fields into the docs' pages")

// Run holds the driver and its page against the seed.
func (s Seed) Run(t *testing.T) {
	t.Run("sent", s.sent)
	t.Run("limits", s.limits)
	t.Run("read", s.read)
	t.Run("documented", s.documented)
}

func (s Seed) sent(t *testing.T) {
	left := s.Orders(t)
	for _, f := range s.Sent {
		if left[f.Name] == "" {
			t.Errorf("%s did not leave; what left is %v", f.Name, left)
		}
	}
}

func (s Seed) limits(t *testing.T) {
	for _, f := range s.Sent {
		if f.Max == 0 {
			continue
		}
		if err := s.Check(f.Name, strings.Repeat("7", f.Max)); err != nil {
			t.Errorf("%s of %d characters: %v", f.Name, f.Max, err)
		}
		if err := s.Check(f.Name, strings.Repeat("7", f.Max+1)); err == nil {
			t.Errorf("%s of %d characters is taken", f.Name, f.Max+1)
		}
		if !strings.Contains(f.Limit, fmt.Sprint(f.Max)) {
			t.Errorf("%s: the limit %q is not %d", f.Name, f.Limit, f.Max)
		}
	}
}

func (s Seed) read(t *testing.T) {
	for _, f := range s.Read {
		if reflect.DeepEqual(s.Answer(t, f.Name, ""), s.Answer(t, f.Name, f.Other)) {
			t.Errorf("%s may say what it likes: the driver does not read it", f.Name)
		}
	}
}

// seedHeading is above the tables that documented writes.
const seedHeading = "## The seed's fields\n"

func (s Seed) documented(t *testing.T) {
	page, err := os.ReadFile(s.Page)
	if err != nil {
		t.Fatal(err)
	}
	want := s.tables()
	if *writePages {
		before, after, found := strings.Cut(string(page), seedHeading)
		if !found {
			t.Fatalf("%s has no heading %q", s.Page, seedHeading)
		}
		if i := strings.Index(after, "\n## "); i >= 0 {
			after = after[i:]
		} else {
			after = ""
		}
		if err := os.WriteFile(s.Page, []byte(before+want+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !strings.Contains(string(page), want) {
		t.Errorf("%s differs from the test's tables: run it with -seed, and read what it wrote", s.Page)
	}
}

func (s Seed) tables() string {
	var b strings.Builder
	b.WriteString(seedHeading)
	for _, part := range []struct {
		title  string
		fields []SeedField
	}{{"sent | limit | from", s.Sent}, {"read | limit | becomes", s.Read}} {
		b.WriteString("\n| " + part.title + " |\n| --- | --- | --- |\n")
		for _, f := range part.fields {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, f.Limit, f.From)
		}
	}
	return b.String()
}

// Fields writes every member of an object into into, by its name and with dots
// by those above it; a text that is an object or a list of them is gone into.
func Fields(into map[string]string, prefix string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			Fields(into, prefix+name+".", inner)
		}
	case []any:
		for _, inner := range v {
			Fields(into, prefix, inner)
		}
	case string:
		var inner any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
			Fields(into, prefix, inner)
		}
	}
	if name := strings.TrimSuffix(prefix, "."); name != "" {
		into[name] = fmt.Sprint(v)
	}
}

// Given is payer or options of an order: names, and the JSON of their values.
func Given(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}
