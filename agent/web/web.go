// Package web is the page that people at the till look at: plain HTML, CSS and
// JavaScript modules inside the binary, nothing fetched from elsewhere.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed static
var static embed.FS

// policy lets a page load from the agent alone. Nothing inline runs, so text
// that came from a POS or a platform can never become a program here.
const policy = "default-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// types names what the page is made of. The system's own table is not asked:
// on Windows any program may have changed it, and a module served as text/plain
// does not run.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

type file struct {
	contentType string
	read        func() (body []byte, tag string) // once, when first asked for: a start does not wait for it
}

// Handler serves the cashier's page at "/" and its files under "/assets/". With
// demo the page at "/" has a phone, a scanner and switches for trouble beside
// it. It asks for no sign-in: the page itself holds nothing secret, and what it
// shows comes from the API, which does ask.
func Handler(demo bool) http.Handler {
	files := load(demo)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		f, ok := files[r.URL.Path]
		switch {
		case !ok:
			w.Header().Set("Cache-Control", "no-store")
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		default:
			body, tag := f.read()
			w.Header().Set("Content-Type", f.contentType)
			w.Header().Set("ETag", tag)
			// Asked for again each time, and answered 304: after an update no till
			// runs yesterday's page against today's API.
			w.Header().Set("Cache-Control", "no-cache")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		}
	})
}

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// load puts every embedded file into a table by URL path. The demo's files are
// not there at all on a real till.
func load(demo bool) map[string]file {
	files := map[string]file{}
	err := fs.WalkDir(static, "static/assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if entry.Name() == "demo" && !demo {
				return fs.SkipDir
			}
			return nil
		}
		files[strings.TrimPrefix(name, "static")] = open(name)
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program: a missing one cannot be built
	}
	files["/"] = open("static/cashier.html")
	if demo {
		files["/"] = open("static/demo.html")
	}
	return files
}

func open(name string) file {
	kind, ok := types[path.Ext(name)]
	if !ok {
		panic("web: no content type for " + name)
	}
	return file{kind, sync.OnceValues(func() (body []byte, tag string) {
		body, err := static.ReadFile(name)
		if err != nil {
			panic(err) // as above
		}
		sum := sha256.Sum256(body)
		return body, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	})}
}
