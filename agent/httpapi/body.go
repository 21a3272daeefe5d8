package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// emptiness says whether a call has fields that must be there.
type emptiness bool

const (
	needed     emptiness = false
	mayBeEmpty emptiness = true
)

// maxDepth is more than any body needs; a platform's options nest three deep.
const maxDepth = 16

// decode reads r's body into a struct, strictly: a name that is misspelt must
// not cost money silently.
func decode(w http.ResponseWriter, r *http.Request, into any, empty emptiness) error {
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return refuse("too_large", fmt.Sprintf("a body has at most %d bytes", maxBody))
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close")
		return refuse("slow_request", fmt.Sprintf("a body comes within %s", bodyTime))
	case err != nil:
		return refuse("invalid_body", "the body broke off")
	}
	http.NewResponseController(w).SetReadDeadline(time.Time{}) // or it would end a call that takes longer
	if len(body) == 0 && empty == mayBeEmpty {
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset, ok := params["charset"]; err != nil || kind != "application/json" || ok && !strings.EqualFold(charset, "utf-8") {
		return refuse("unsupported_media_type", "send Content-Type: application/json")
	}
	return parse(body, into)
}

// parse is decode without HTTP.
func parse(body []byte, into any) error {
	if !utf8.Valid(body) {
		return refuse("invalid_body", "the body is not UTF-8")
	}
	s := strict{json.NewDecoder(bytes.NewReader(body))}
	s.UseNumber()
	if err := s.value(reflect.TypeOf(into).Elem(), "", 0); err != nil {
		return err
	}
	if s.More() {
		return refuse("invalid_body", "something follows the JSON object")
	}
	err := json.Unmarshal(body, into)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return wrongType(wrong.Field, wrong.Type)
	}
	return notJSON(err)
}

// strict walks a body along the type that it is for, and refuses what
// encoding/json lets pass: names in another case, names twice, null.
type strict struct{ *json.Decoder }

// value checks one value for type t; nil takes anything.
func (s strict) value(t reflect.Type, at string, depth int) error {
	if depth > maxDepth {
		return refuse("too_deep", fmt.Sprintf("at most %d levels are taken", maxDepth))
	}
	token, err := s.Token()
	if err != nil {
		return notJSON(err)
	}
	if token == nil && t != nil {
		return wrongType(at, t)
	}
	switch token {
	case json.Delim('{'):
		return s.object(t, at, depth)
	case json.Delim('['):
		for i := 0; s.More(); i++ {
			if err := s.value(element(t), fmt.Sprintf("%s[%d]", at, i), depth+1); err != nil {
				return err
			}
		}
		_, err = s.Token()
		return notJSON(err)
	}
	if depth == 0 {
		return wrongType(at, t)
	}
	return nil
}

func (s strict) object(t reflect.Type, at string, depth int) error {
	known := members(t)
	seen := map[string]bool{}
	for s.More() {
		token, err := s.Token()
		if err != nil {
			return notJSON(err)
		}
		name, ok := token.(string)
		if !ok {
			return refuse("invalid_body", "a member's name is no string")
		}
		path := strings.TrimPrefix(at+"."+name, ".")
		member, ok := known[name]
		if known != nil && !ok {
			return refuseField("unknown_field", path, "this call has no such member")
		}
		if seen[name] {
			return refuseField("duplicate_field", path, "the member is there twice")
		}
		seen[name] = true
		if err := s.value(member, path, depth+1); err != nil {
			return err
		}
	}
	_, err := s.Token()
	return notJSON(err)
}

// members are a struct's JSON names with their types; nil for what is no struct.
func members(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	all := map[string]reflect.Type{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		all[name] = f.Type
	}
	return all
}

// element is what a list of type t holds. Raw JSON is no list: it holds anything.
func element(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() != reflect.Slice || t == reflect.TypeFor[json.RawMessage]() {
		return nil
	}
	return t.Elem()
}

// wrongType says what is expected, and never what came: it may be a code.
func wrongType(field string, t reflect.Type) *problem {
	expected := "an object"
	switch t.Kind() {
	case reflect.String:
		expected = "a string"
	case reflect.Int, reflect.Int64:
		expected = "a whole number within 64 bits"
	case reflect.Bool:
		expected = "true or false"
	case reflect.Slice:
		expected = "a list"
	}
	if field == "" {
		return refuse("invalid_body", "the body must be "+expected)
	}
	return refuseField("wrong_type", field, "must be "+expected)
}

// notJSON says where a body stops being JSON, without its characters.
func notJSON(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return refuse("invalid_body", fmt.Sprintf("the body is not JSON at byte %d", syntax.Offset))
	}
	return refuse("invalid_body", "the body is not JSON, or breaks off")
}
