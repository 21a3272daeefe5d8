package config

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// reader fills a Config from a document, and collects what is wrong.
type reader struct {
	doc  *document
	errs []*Error
}

// wrong notes a problem with the value of a key.
func (r *reader) wrong(key, problem, mend string) {
	e := &Error{File: r.doc.file, Line: r.doc.line(key), Key: key, Problem: problem, Mend: mend}
	if v, ok := r.doc.value(key); ok {
		e.Value = shown(key[len(parent(key)):], v)
	}
	r.errs = append(r.errs, e)
}

// wrongAt tells whether the value of key was found wrong already.
func (r *reader) wrongAt(key string) bool {
	return slices.ContainsFunc(r.errs, func(e *Error) bool { return e.Key == key })
}

func (r *reader) config(c *Config) {
	tables := c.tables()
	for _, t := range tables {
		r.table(t, r.single(t.at))
	}
	for _, at := range r.list("scanner") {
		s := defaultScanner()
		r.table(table{at, s.fields()}, r.doc.table(at))
		c.Scanners = append(c.Scanners, s)
	}
	for _, at := range r.list("channel") {
		c.Channels = append(c.Channels, r.channel(at))
	}
	for _, at := range r.list("code") {
		var row Code
		r.table(table{at, row.fields()}, r.doc.table(at))
		c.Codes = append(c.Codes, row)
	}
	for _, at := range r.list("token") {
		var t Access
		r.table(table{at, t.fields()}, r.doc.table(at))
		c.Tokens = append(c.Tokens, t)
	}
	for _, at := range r.list("slip") {
		var slip Slip
		r.table(table{at, slip.fields()}, r.doc.table(at))
		c.Slips = append(c.Slips, slip)
	}
	r.route(c)

	known := []string{"route"}
	for _, t := range append(tables, lists()...) {
		known = append(known, t.at)
	}
	for _, name := range slices.Sorted(maps.Keys(r.doc.tree)) {
		if !slices.Contains(known, name) {
			r.unknown(join("", name), name, known)
		}
	}
}

// table reads the keys of one table, given as the file has it.
func (r *reader) table(t table, given map[string]any) {
	known := make([]string, len(t.fields))
	for i, f := range t.fields {
		known[i] = f.key
		r.field(t.at, f, given)
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(known, key) {
			r.unknown(join(t.at, key), key, known)
		}
	}
}

func (r *reader) field(at string, f field, given map[string]any) {
	key := join(at, f.key)
	v, ok := given[f.key]
	if !ok {
		if f.need {
			r.wrong(key, "is missing", f.mend)
		}
		return
	}
	problem := assign(f.into, v)
	if problem == "" && f.check != nil {
		problem = f.check()
	}
	if problem != "" {
		r.wrong(key, problem, f.mend)
	}
}

// unknown notes a key that nothing knows, and what was probably meant. The
// value is not shown: nobody knows what it is.
func (r *reader) unknown(path, key string, known []string) {
	mend := "take it out"
	if near := nearest(key, known); near != "" {
		mend = "did you mean " + near + "?"
	} else if at := elsewhere(key); at != "" {
		mend = "it belongs in " + at
	} else if len(known) <= 16 {
		mend = "known here: " + strings.Join(known, ", ")
	}
	r.errs = append(r.errs, &Error{File: r.doc.file, Line: r.doc.line(path), Key: path, Problem: "unknown key", Mend: mend})
}

// elsewhere is the one table that knows the key.
func elsewhere(key string) string {
	found := ""
	search := func(tables []table, open, end string) {
		for _, t := range tables {
			if slices.ContainsFunc(t.fields, func(f field) bool { return f.key == key }) {
				if found != "" {
					found = " "
					continue
				}
				found = open + t.at + end
			}
		}
	}
	search(Default().tables(), "[", "]")
	search(lists(), "[[", "]]")
	return strings.TrimSpace(found)
}

// single returns the table that the file has once.
func (r *reader) single(name string) map[string]any {
	v, ok := r.doc.tree[name]
	if !ok {
		return nil
	}
	t, ok := v.(map[string]any)
	if !ok {
		r.errs = append(r.errs, &Error{File: r.doc.file, Line: r.doc.line(name), Key: name,
			Problem: "must be one table", Mend: "write it once, under [" + name + "]"})
	}
	return t
}

// list returns the paths of the items of a list of tables.
func (r *reader) list(name string) []string {
	v, ok := r.doc.tree[name]
	if !ok {
		return nil
	}
	items, ok := v.([]any)
	var paths []string
	for i, it := range items {
		if _, isTable := it.(map[string]any); !isTable {
			ok = false
			continue
		}
		paths = append(paths, item(name, i))
	}
	if !ok {
		r.errs = append(r.errs, &Error{File: r.doc.file, Line: r.doc.line(name), Key: name,
			Problem: "must be a list of tables", Mend: "write each under [[" + name + "]]"})
		return nil
	}
	return paths
}

// assign puts a value of the file where it belongs, or says what it must be.
func assign(into, v any) (problem string) {
	ok := false
	switch into := into.(type) {
	case *string:
		*into, ok = take(*into, v)
		problem = "must be text in quotes"
	case *bool:
		*into, ok = take(*into, v)
		problem = "must be true or false"
	case *int:
		var n int64
		n, ok = v.(int64)
		ok = ok && n >= math.MinInt32 && n <= math.MaxInt32
		if ok {
			*into = int(n)
		}
		problem = "must be a whole number"
	case *uint16:
		var n int64
		n, ok = v.(int64)
		ok = ok && n >= 1 && n <= math.MaxUint16
		if ok {
			*into = uint16(n)
		}
		problem = "must be a whole number of 0x0001 to 0xffff"
	case *time.Duration:
		*into, ok = duration(*into, v)
		problem = "must be a duration in quotes, such as \"45s\""
	case *[]string:
		*into, ok = texts(v)
		problem = "must be a list of texts in quotes"
	}
	if ok {
		return ""
	}
	return problem
}

func take[T any](old T, v any) (T, bool) {
	if t, ok := v.(T); ok {
		return t, true
	}
	return old, false
}

// duration takes Go's durations, and 0 without a unit.
func duration(old time.Duration, v any) (time.Duration, bool) {
	if n, ok := v.(int64); ok && n == 0 {
		return 0, true
	}
	s, ok := v.(string)
	if !ok {
		return old, false
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return old, false
	}
	return d, true
}

func texts(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	all := make([]string, len(list))
	for i, e := range list {
		if all[i], ok = e.(string); !ok {
			return nil, false
		}
	}
	return all, true
}
