package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// hsqDepth bounds the nesting of a document: the seed's deepest has three.
const hsqDepth = 8

// parseHuishouqian reads a JSON object strictly: no name twice, nothing after
// it, and no text that is not UTF-8.
func parseHuishouqian(text string) (map[string]any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("not UTF-8")
	}
	if !json.Valid([]byte(text)) {
		return nil, errors.New("not JSON")
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := hsqValue(dec, 0)
	if err != nil {
		return nil, err
	}
	doc, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("more than one document")
	}
	return doc, nil
}

func hsqValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, errors.New("not JSON")
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return token, nil
	}
	if depth >= hsqDepth {
		return nil, errors.New("nested too deeply")
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := hsqValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	doc := map[string]any{}
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errors.New("not JSON")
		}
		if _, twice := doc[name]; twice {
			return nil, fmt.Errorf("%s is given twice", clip(name))
		}
		if doc[name], err = hsqValue(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = dec.Token()
	return doc, err
}

// hsqText is a member that is text; anything else is none.
func hsqText(doc map[string]any, name string) string {
	s, _ := doc[name].(string)
	return s
}
