package web

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, demo bool, method, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler(demo).ServeHTTP(w, r)
	return w.Result()
}

func TestServesTypesAndHeaders(t *testing.T) {
	for target, kind := range map[string]string{
		"/":                       "text/html; charset=utf-8",
		"/assets/base.css":        "text/css; charset=utf-8",
		"/assets/till.js":         "text/javascript; charset=utf-8",
		"/assets/icons.svg":       "image/svg+xml",
		"/assets/demo/code128.js": "text/javascript; charset=utf-8",
	} {
		res := get(t, true, "GET", target)
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != kind {
			t.Errorf("%s: %d %q, want 200 %q", target, res.StatusCode, res.Header.Get("Content-Type"), kind)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
	}
}

func TestAnswersNotModified(t *testing.T) {
	tag := get(t, false, "GET", "/").Header.Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	if res := get(t, false, "GET", "/", "If-None-Match", tag); res.StatusCode != http.StatusNotModified {
		t.Errorf("with its own tag: %d, want 304", res.StatusCode)
	}
	if other := get(t, true, "GET", "/").Header.Get("ETag"); other == tag {
		t.Error("the demo page and the cashier's page share a tag")
	}
}

func TestRefusesTheRest(t *testing.T) {
	for _, c := range []struct {
		demo           bool
		method, target string
		want           int
	}{
		{false, "GET", "/assets/demo/demo.js", 404}, // no demo on a real till
		{false, "GET", "/assets/", 404},             // no listing
		{false, "GET", "/cashier.html", 404},
		{false, "GET", "/assets/../web.go", 404},
		{false, "POST", "/", 405},
		{false, "HEAD", "/", 200},
	} {
		res := get(t, c.demo, c.method, c.target)
		if res.StatusCode != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.target, res.StatusCode, c.want)
		}
		if res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s: no policy", c.method, c.target)
		}
	}
}

// everyAsset calls f with each embedded file.
func everyAsset(t *testing.T, f func(name, body string)) {
	t.Helper()
	err := fs.WalkDir(static, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := static.ReadFile(name)
		f(name, string(body))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The policy would stop these in the browser; here they are found by name.
func TestNothingInlineNothingForeign(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+="|<script(?:\s[^>]*)?>[^<]|javascript:`)
	foreign := regexp.MustCompile(`https?://[^\s'"]+`)
	everyAsset(t, func(name, body string) {
		if path.Ext(name) == ".html" || path.Ext(name) == ".svg" {
			if found := inline.FindString(body); found != "" {
				t.Errorf("%s: inline %q", name, found)
			}
		}
		for _, address := range foreign.FindAllString(body, -1) {
			if address != "http://www.w3.org/2000/svg" { // a name, never fetched
				t.Errorf("%s: %s", name, address)
			}
		}
	})
}

// Every file that a page or a module asks for is served with it.
func TestReferencesResolve(t *testing.T) {
	absolute := regexp.MustCompile(`["'](/assets/[\w./-]+)`)
	relative := regexp.MustCompile(`from '(\.[\w./-]+)'|import '(\.[\w./-]+)'`)
	everyAsset(t, func(name, body string) {
		for _, m := range absolute.FindAllStringSubmatch(body, -1) {
			if m[1] == "/assets/paper.css" { // the printer's, served beside this handler
				continue
			}
			if res := get(t, true, "GET", m[1]); res.StatusCode != 200 {
				t.Errorf("%s: %s: %d", name, m[1], res.StatusCode)
			}
		}
		for _, m := range relative.FindAllStringSubmatch(body, -1) {
			target := path.Join(path.Dir(strings.TrimPrefix(name, "static")), m[1]+m[2])
			if res := get(t, true, "GET", target); res.StatusCode != 200 {
				t.Errorf("%s: %s: %d", name, target, res.StatusCode)
			}
		}
	})
}

var catalogues = []string{"static/assets/words.js", "static/assets/desk-words.js", "static/assets/demo/demo-words.js"}

func catalogue(t *testing.T, name string) map[string][]string {
	t.Helper()
	body, err := static.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, object, _ := strings.Cut(string(body), "export default")
	var words map[string][]string
	if err := json.Unmarshal([]byte(strings.TrimRight(object, "; \n")), &words); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return words
}

func TestWordsInEveryLanguage(t *testing.T) {
	place := regexp.MustCompile(`\{\w+\}`)
	for _, name := range catalogues {
		for key, texts := range catalogue(t, name) {
			if len(texts) != 3 {
				t.Errorf("%s: %s: %d languages, want 3", name, key, len(texts))
				continue
			}
			for i, text := range texts {
				if strings.TrimSpace(text) == "" {
					t.Errorf("%s: %s: language %d is empty", name, key, i)
				}
				if got, want := len(place.FindAllString(text, -1)), len(place.FindAllString(texts[0], -1)); got != want {
					t.Errorf("%s: %s: language %d has %d places, English %d", name, key, i, got, want)
				}
			}
		}
	}
}

// A key in code is in a catalogue, and a key of a catalogue is in code: as it
// stands, or as the stem of a template such as `state.${sale.state}`.
func TestWordsAreUsedAndKnown(t *testing.T) {
	words := map[string][]string{}
	for _, name := range catalogues {
		for key, texts := range catalogue(t, name) {
			if _, twice := words[key]; twice {
				t.Errorf("%s is in two catalogues", key)
			}
			words[key] = texts
		}
	}
	asked := regexp.MustCompile(`\bt\(\s*['"]([\w.]+)['"]`)
	stem := regexp.MustCompile("`([a-z]+\\.)(?:[a-z]+)?\\$\\{")
	var code strings.Builder
	stems := map[string]bool{}
	everyAsset(t, func(name, body string) {
		if path.Ext(name) != ".js" || strings.HasSuffix(name, "words.js") {
			return
		}
		code.WriteString(body)
		for _, m := range asked.FindAllStringSubmatch(body, -1) {
			if words[m[1]] == nil {
				t.Errorf("%s: no words for %s", name, m[1])
			}
		}
		for _, m := range stem.FindAllStringSubmatch(body, -1) {
			stems[m[1]] = true
		}
	})
	for key := range words {
		first, _, _ := strings.Cut(key, ".")
		if !stems[first+"."] && !strings.Contains(code.String(), "'"+key+"'") {
			t.Errorf("%s is never used", key)
		}
	}
}
