package config

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// maxSize bounds the file: a real one has 4 kB.
const maxSize = 1 << 20

// document is a TOML file: its values, and the line of every key.
type document struct {
	file  string
	dir   string // absolute
	tree  map[string]any
	lines map[string]int
}

// contents reads a file, and says in words why it cannot.
func contents(path string) ([]byte, *Error) {
	e := &Error{File: path}
	f, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.Problem, e.Mend = "there is no such file", "write one with 'tillpay config init', or name another with --config"
		return nil, e
	case errors.Is(err, os.ErrPermission):
		e.Problem, e.Mend = "may not be read by this user", "run as the user of the service or as an administrator"
		return nil, e
	case err != nil:
		e.Problem = err.Error()
		return nil, e
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		e.Problem = "cannot be read: " + err.Error()
		return nil, e
	}
	return text, nil
}

// newDocument parses a file's text.
func newDocument(file string, text []byte) (*document, *Error) {
	e := &Error{File: file, Line: 1}
	if len(text) > maxSize {
		e.Problem, e.Mend = "is larger than 1 MB", "name the configuration, not another file"
		return nil, e
	}
	// Windows editors write these.
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		e.Problem, e.Mend = "is UTF-16", "save it as UTF-8"
		return nil, e
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))

	d := &document{file: file, dir: filepath.Dir(file), tree: map[string]any{}, lines: map[string]int{}}
	if dir, err := filepath.Abs(d.dir); err == nil {
		d.dir = dir
	}
	if err := toml.Unmarshal(text, &d.tree); err != nil {
		return nil, syntax(file, err)
	}
	d.index(text)
	return d, nil
}

// syntax says what is not TOML. The library's message never quotes more than a
// character of the file; its long form, with the lines around, would.
func syntax(file string, err error) *Error {
	said, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "toml: "), ": strconv.") // which quotes the number
	e := &Error{File: file, Line: 1, Problem: "is not TOML: " + said, Mend: "correct this line"}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		e.Line, _ = wrong.Position()
	}
	if strings.Contains(e.Problem, "escape") {
		e.Mend = `write \\ for \, or put the text in 'single quotes'`
	}
	return e
}

// path resolves a file name of the configuration.
func (d *document) path(name string) string {
	if d == nil || name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(d.dir, name)
}

// line is the line of a key, else of the nearest table around it, else 1.
func (d *document) line(key string) int {
	for key != "" {
		if n := max(d.lines[key], d.lines[item(key, 0)]); n > 0 {
			return n
		}
		key = parent(key)
	}
	return 1
}

// has tells whether the file itself gives the key.
func (d *document) has(key string) bool { return d.lines[key] > 0 }

// value returns what the file gives for a key of a table or of a list's table.
func (d *document) value(key string) (any, bool) {
	table, name := parent(key), key[len(parent(key)):]
	name = strings.TrimPrefix(name, ".")
	t := d.table(table)
	v, ok := t[name]
	return v, ok
}

// table returns [name], or the item of [[name]] where path is name[1]; nil if
// there is none.
func (d *document) table(path string) map[string]any {
	name, rest, listed := strings.Cut(path, "[")
	if !listed {
		t, _ := d.tree[name].(map[string]any)
		return t
	}
	n, err := strconv.Atoi(strings.TrimSuffix(rest, "]"))
	list, _ := d.tree[name].([]any)
	if err != nil || n < 0 || n >= len(list) {
		return nil
	}
	t, _ := list[n].(map[string]any)
	return t
}

// index notes the line of every key. The document is valid: it was decoded.
func (d *document) index(text []byte) {
	x := indexer{lines: d.lines, items: map[string]int{}}
	for i, c := range text {
		if c == '\n' {
			x.ends = append(x.ends, i)
		}
	}
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Table:
			table = x.header(e, false)
		case unstable.ArrayTable:
			table = x.header(e, true)
		case unstable.KeyValue:
			x.keyValue(table, e)
		}
	}
}

// indexer walks the parser's tree. The tree gives offsets, ends makes lines.
type indexer struct {
	lines map[string]int
	items map[string]int // how many [[…]] of each came so far
	ends  []int          // where the lines end
}

func (x *indexer) note(path string, n *unstable.Node) {
	if x.lines[path] == 0 {
		x.lines[path] = 1 + sort.SearchInts(x.ends, int(n.Raw.Offset))
	}
}

// header notes [a.b] or [[a.b]] and returns its path, in which each list on
// the way stands for its newest item.
func (x *indexer) header(e *unstable.Node, list bool) string {
	path := ""
	for it := e.Key(); it.Next(); {
		n := it.Node()
		path = join(path, string(n.Data))
		last := it.IsLast()
		if last && list {
			x.items[path]++
		}
		if count := x.items[path]; count > 0 {
			path = item(path, count-1)
		}
		x.note(path, n)
	}
	return path
}

func (x *indexer) keyValue(table string, e *unstable.Node) {
	path := table
	for it := e.Key(); it.Next(); {
		path = join(path, string(it.Node().Data))
		x.note(path, it.Node())
	}
	x.value(path, e.Value())
}

func (x *indexer) value(path string, v *unstable.Node) {
	switch v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				x.keyValue(path, it.Node())
			}
		}
	case unstable.Array:
		n := 0
		for it := v.Children(); it.Next(); {
			if it.Node().Kind != unstable.Comment {
				x.value(item(path, n), it.Node())
				n++
			}
		}
	}
}
