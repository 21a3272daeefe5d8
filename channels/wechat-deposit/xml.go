package wechatdeposit

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Bounds of a document (§3).
const (
	maxDocument = 64 << 10
	maxElements = 200
)

// elements is one document: the children of its root, by name. Every child is
// kept, known or not, as every one is signed.
type elements map[string]string

// parse reads a document whose root is called root, and whose children hold
// text alone. What XML can do beyond that is refused, not skipped: it is never
// the platform's (§3; CVE-2018-13439).
func parse(data []byte, root string) (elements, error) {
	switch {
	case len(data) > maxDocument:
		return nil, errors.New("xml: is larger than 64 KiB")
	case bytes.Contains(data, []byte("<!DOCTYPE")), bytes.Contains(data, []byte("<!ENTITY")):
		return nil, errors.New("xml: holds a document type")
	}
	d := xml.NewDecoder(bytes.NewReader(data)) // strict, no entities beyond XML's five
	if err := expectRoot(d, root); err != nil {
		return nil, fmt.Errorf("xml: %w", err)
	}
	e, err := readChildren(d)
	if err != nil {
		return nil, fmt.Errorf("xml: %w", err)
	}
	if _, err := outside(d, false); err != io.EOF {
		return nil, errors.New("xml: goes on after its end")
	}
	return e, nil
}

var errForm = errors.New("is not well-formed")

func expectRoot(d *xml.Decoder, root string) error {
	t, err := outside(d, true)
	if err != nil {
		return errForm
	}
	if start, ok := t.(xml.StartElement); !ok || start.Name.Space != "" || start.Name.Local != root {
		return fmt.Errorf("its root is not <%s>", root)
	}
	return nil
}

// outside is the next token that is not white space, a comment or, where one
// may stand, the XML declaration.
func outside(d *xml.Decoder, declaration bool) (xml.Token, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.Comment:
			continue
		case xml.CharData:
			if len(bytes.TrimSpace(t)) == 0 {
				continue
			}
		case xml.ProcInst:
			if declaration && t.Target == "xml" {
				declaration = false
				continue
			}
			return nil, errors.New("holds an instruction")
		}
		return t, nil
	}
}

func readChildren(d *xml.Decoder) (elements, error) {
	e := elements{}
	for {
		t, err := outside(d, false)
		if err != nil {
			return nil, errForm
		}
		switch t := t.(type) {
		case xml.EndElement:
			return e, nil
		case xml.StartElement:
			name := t.Name.Local
			_, twice := e[name]
			switch {
			case t.Name.Space != "" || strings.ContainsFunc(name, notWord):
				return nil, errors.New("holds a name that is not the platform's")
			case twice:
				return nil, errors.New("gives an element twice")
			case len(e) == maxElements:
				return nil, errors.New("holds too many elements")
			}
			if e[name], err = readText(d); err != nil {
				return nil, err
			}
		default:
			return nil, errors.New("holds more than elements")
		}
	}
}

// readText joins the text and CDATA of one element, up to its end.
func readText(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		t, err := d.Token()
		if err != nil {
			return "", errForm
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.Comment:
		case xml.EndElement:
			return b.String(), nil
		default:
			return "", errors.New("nests too deep")
		}
	}
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

// encode writes a document. Escapes serve where the samples have CDATA, as the
// seed says; an element without value is left out (§3).
func (e elements) encode() []byte {
	var b bytes.Buffer
	b.Grow(1024)
	b.WriteString("<xml>")
	for _, name := range slices.Sorted(maps.Keys(e)) {
		if e[name] == "" {
			continue
		}
		b.WriteString("<" + name + ">")
		escapes.WriteString(&b, e[name])
		b.WriteString("</" + name + ">")
	}
	b.WriteString("</xml>")
	return b.Bytes()
}
