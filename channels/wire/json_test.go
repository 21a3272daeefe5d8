package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestParseObject(t *testing.T) {
	for _, bad := range []string{
		``, ` `, `null`, `1`, `"a"`, `[]`, `[{}]`, `{`, `{}}`, `{} {}`, `{}x`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":01}`,
		`{"a":1,"a":1}`, `{"a":{"b":1,"b":2}}`, `{"a":[{"b":null,"b":2}]}`, `{"a":1,"\u0061":2}`, `{"a":NaN}`,
		"{\"a\":\"\xff\"}", strings.Repeat(`{"a":`, 17) + `1` + strings.Repeat(`}`, 17), `<html></html>`,
	} {
		if o, err := ParseObject([]byte(bad)); err == nil {
			t.Errorf("%s: %v", bad, o)
		}
	}
	o, err := ParseObject([]byte(`{"id":"x","ID":"y","n":7,"text":"7","frac":7.0,"exp":7e1,"big":9223372036854775808,"min":-9223372036854775808,
		"nil":null,"o":{"p":{"q":1}},"list":[{"a":1},2,{"a":3}],"empty":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	if o.Text("id") != "x" || o.Text("none", "id") != "x" || o.Text("n") != "" || o.Has("nil") || o.Text("nil") != "" {
		t.Error("texts")
	}
	for name, want := range map[string]bool{"n": true, "text": false, "frac": false, "exp": false, "big": false, "min": true, "none": false, "nil": false} {
		if _, ok := o.Int(name); ok != want {
			t.Errorf("Int(%s) = %v", name, ok)
		}
	}
	if n, ok := o.Object("o").Object("p").Int("q"); n != 1 || !ok {
		t.Error("objects")
	}
	if o.Object("none").Object("of").Text("these") != "" || o.Object("list") != nil {
		t.Error("absent objects")
	}
	if len(o.Objects("list")) != 2 || len(o.Objects("o")) != 1 || o.Objects("n") != nil || o.Objects("empty") != nil {
		t.Error("arrays")
	}
}

func FuzzParseObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1}`, `{"a":1,"a":2}`, `{"a":[{"b":null},[[]]]}`, `{"code":"SYSTEM_ERROR","message":"x"}`, "{\"\xff\":1}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := ParseObject(data)
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		var plain map[string]any
		if err := d.Decode(&plain); err != nil || !reflect.DeepEqual(without(plain), any(o)) {
			t.Errorf("%s: %v, by encoding/json %v, %v", data, o, plain, err)
		}
		o.Int("a")
		o.Text("a")
		for _, e := range o.Objects("a") {
			e.Has("b")
		}
	})
}

// without is a value of encoding/json's as ParseObject has it: null members are absent.
func without(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := Object{}
		for name, inner := range v {
			if inner != nil {
				o[name] = without(inner)
			}
		}
		return o
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, without(e))
		}
		return list
	}
	return v
}

func BenchmarkParseObject(b *testing.B) {
	data := []byte(`{"success":true,"result":"{\"transNo\":\"T01-20261122-000001\",\"orderAmt\":\"1\",\"orderStatus\":\"SUCCESS\"}","errorCode":null,"n":[1,2,{"a":"b"}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseObject(data); err != nil {
			b.Fatal(err)
		}
	}
}
