package httpapi

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"unicode/utf8"

	"tillpay/agent"
)

// FuzzBody: no body breaks the reader; what it takes is what it says, under the
// very names that it has, and reads back the same.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"reference":"x","amount":1,"currency":"HKD"}`, `{"items":[{"name":"a","quantity":1,"price":1}],"options":{"a":[{"b":null}]}}`,
		`{"amount":1e2}`, `{"Amount":1}`, `{"a":1,"a":2}`, `[[[[`, `{"options":{"\ud800":1}}`, "{\"reference\":\"\xff\"}", `null`, `{} {}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var n agent.NewSale
		err := parse(body, &n)
		if err != nil {
			var p *problem
			if !errors.As(err, &p) || p.Status < 400 || p.Status > 499 || codes[p.Code].status != p.Status {
				t.Fatalf("%v", err)
			}
			return
		}
		var raw map[string]json.RawMessage
		if !utf8.Valid(body) || json.Unmarshal(body, &raw) != nil {
			t.Fatal("taken, and is no JSON object")
		}
		for name := range raw {
			if _, ok := members(reflect.TypeOf(n))[name]; !ok {
				t.Fatalf("taken with %q", name)
			}
		}
		b, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var again agent.NewSale
		if err := parse(b, &again); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	})
}
