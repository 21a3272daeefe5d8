package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contract is openapi.json, read strictly: a member that it does not name is a
// fault of one of the two.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	held   *sync.Map // what was held against it already: a thousand tries at once get one answer
}

func document(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readContract(t *testing.T) contract {
	t.Helper()
	var raw map[string]any
	if err := json.Unmarshal(document(t), &raw); err != nil {
		t.Fatal(err)
	}
	closed(raw)
	b, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(b)
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil // the test's port is another
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return contract{doc, router, new(sync.Map)}
}

// closed forbids members that a schema does not name.
func closed(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"].(map[string]any); ok && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closed(x)
		}
	case []any:
		for _, x := range v {
			closed(x)
		}
	}
}

// check holds an answer, and a request that was taken, against the contract.
func (c contract) check(t *testing.T, method, path, body string, a answered) {
	t.Helper()
	kind, _, _ := strings.Cut(a.Header.Get("Content-Type"), ";")
	if _, held := c.held.LoadOrStore([...]string{method, path, body, a.Status, kind, a.text}, true); held {
		return
	}
	r, err := http.NewRequest(method, "http://till"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = a.Request.Header
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		if strings.HasPrefix(path, "/v1/") && kind != "application/problem+json" {
			t.Errorf("%s %s is not in the contract and answers %s", method, path, kind)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	in.Options.ExcludeResponseBody = kind == "text/html" || kind == "text/event-stream" // any text will do
	if a.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			t.Errorf("%s %s was taken against the contract: %v", method, path, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.StatusCode, Header: a.Header,
		Body: io.NopCloser(bytes.NewReader([]byte(a.text))), Options: in.Options}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		t.Errorf("%s %s answered %d against the contract: %v\n%s", method, path, a.StatusCode, err, a.text)
	}
}

func TestContractIsValidWithItsExamples(t *testing.T) {
	c := readContract(t)
	if !c.doc.IsOpenAPI31OrLater() {
		t.Error("not OpenAPI 3.1")
	}
	if err := c.doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
}

// The table of calls and the document say the same, save the page's own files.
func TestContractHasEveryCall(t *testing.T) {
	c := readContract(t)
	pages := []string{"GET /{$}", "GET /assets/", "GET /assets/paper.css", "GET /favicon.ico", "/demo/"}
	var served, described []string
	for _, r := range (&API{Config: Config{Demo: http.NotFoundHandler(), Page: http.NotFoundHandler()}}).table() {
		if !slices.Contains(pages, r.String()) {
			served = append(served, r.String())
			op := c.doc.Paths.Find(r.pattern).GetOperation(r.method)
			if open := op.Security != nil && len(*op.Security) == 0; open != (r.needs == public) {
				t.Errorf("%s: the contract asks for another token", r)
			}
		}
	}
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if !slices.Equal(served, described) {
		t.Errorf("served:\n%s\ndescribed:\n%s", strings.Join(served, "\n"), strings.Join(described, "\n"))
	}
}

// Every code is in the document, with an example that is what the table says.
func TestContractHasEveryCode(t *testing.T) {
	c := readContract(t)
	listed := c.doc.Components.Schemas["ProblemCode"].Value.AnyOf[0].Value.Enum
	if len(listed) != len(codes) {
		t.Errorf("%d codes are listed, %d exist", len(listed), len(codes))
	}
	shown := map[string]bool{}
	for _, r := range c.doc.Components.Responses {
		if content := r.Value.Content.Get("application/problem+json"); content != nil {
			for name := range content.Examples {
				shown[name] = true
			}
		}
	}
	for code, is := range codes {
		if !slices.Contains(listed, any(code)) || !shown[code] {
			t.Errorf("%s is not listed, or no response shows it", code)
		}
		example, ok := c.doc.Components.Examples[code]
		if !ok {
			t.Errorf("%s has no example", code)
			continue
		}
		v := example.Value.Value.(map[string]any)
		if v["code"] != code || v["title"] != is.title || v["status"] != float64(is.status) {
			t.Errorf("%s: the example is %v", code, v)
		}
	}
}
