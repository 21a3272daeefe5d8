package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the house: which room may lean on which. A room that is not here
// may not exist.
var mayImport = map[string][]string{
	"cmd":      {"agent", "scanner", "printer", "channels", "queue", "cmd"},
	"agent":    {"agent", "scanner", "printer", "channels", "queue"},
	"scanner":  {"scanner"},
	"printer":  {"printer"},
	"channels": {"channels"},
	"queue":    {"queue"},
	// packaging holds no part of the program: it may not lean on any. Its tests read
	// paper with the printer's reader.
	"packaging": {"packaging"},
}

func TestImportsRunOneWay(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		if d.IsDir() && rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		checkImports(t, file, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkImports(t *testing.T, file, rel string) {
	room, _, _ := strings.Cut(rel, "/")
	allowed, ok := mayImport[room]
	if !ok {
		t.Errorf("%s: %q is no room of the house", rel, room)
		return
	}
	if room == "packaging" && strings.HasSuffix(rel, "_test.go") {
		allowed = append(slices.Clone(allowed), "printer")
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Errorf("%s: %v", rel, err)
		return
	}
	for _, i := range f.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil || !strings.HasPrefix(name, "tillpay/") {
			continue
		}
		to := strings.Split(strings.TrimPrefix(name, "tillpay/"), "/")
		if !slices.Contains(allowed, to[0]) {
			t.Errorf("%s imports %s: %s may not lean on %s", rel, name, room, to[0])
		}
		if room == "channels" && !strings.HasSuffix(rel, "_test.go") {
			checkChannelImport(t, rel, name)
		}
		if strings.HasSuffix(name, "test") && !strings.HasSuffix(rel, "_test.go") && !strings.HasSuffix(path.Dir(rel), "test") {
			t.Errorf("%s imports %s, which is for tests", rel, name)
		}
	}
}

// checkChannelImport keeps sandbox and drivers strangers to each other, and
// drivers to one another: two that share code share its mistakes. The suite does
// not know the sandbox either; sandboxtest brings the two together.
func checkChannelImport(t *testing.T, rel, name string) {
	from := strings.Split(rel, "/")[1]
	to := path.Base(strings.TrimPrefix(name, "tillpay/channels/"))
	if strings.HasSuffix(from, ".go") || to == "channels" || to == "wire" || to == "private" || from == to {
		return
	}
	if from == "sandbox" || to == "sandbox" && from != "sandboxtest" || !strings.HasSuffix(from, "test") {
		t.Errorf("%s imports %s: %s and %s must not know each other", rel, name, from, to)
	}
}

// Every module that is linked into the binary is in the list of licences, at
// its version, and the list has no others.
func TestThirdPartyListIsWhole(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" {
			linked[line] = true
		}
	}
	b, err := os.ReadFile(filepath.Join("..", "..", "THIRD_PARTY.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.Contains(line, "---") || strings.TrimSpace(cells[1]) == "module" {
			continue
		}
		name := strings.TrimSpace(cells[1]) + " " + strings.TrimSpace(cells[2])
		if !linked[name] {
			t.Errorf("THIRD_PARTY.md lists %s, which is not linked", name)
		}
		delete(linked, name)
	}
	for name := range linked {
		t.Errorf("THIRD_PARTY.md lacks %s", name)
	}
}
