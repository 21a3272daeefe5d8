package sandbox

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// document is one <xml> with one level of children (§3), in their order.
type depositDoc []depositElement

type depositElement struct{ name, value string }

// get is the value of a child, or nothing.
func (d depositDoc) get(name string) string {
	for _, e := range d {
		if e.name == name {
			return e.value
		}
	}
	return ""
}

func (d depositDoc) has(name string) bool {
	for _, e := range d {
		if e.name == name {
			return true
		}
	}
	return false
}

// set replaces a child that is there.
func (d depositDoc) set(name, value string) {
	for i := range d {
		if d[i].name == name {
			d[i].value = value
		}
	}
}

// with adds children, names and values in turn; an empty value is left out (§3).
func (d depositDoc) with(pairs ...string) depositDoc {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			d = append(d, depositElement{pairs[i], pairs[i+1]})
		}
	}
	return d
}

// Bounds of §3.
const (
	maxDepositBody     = 64 << 10
	maxDepositElements = 200
)

// parseDeposit reads a request, strictly: one root of this name, one level
// below it, no name twice, and nothing in it but elements and text. A till that
// writes anything else has no reason to.
func parseDeposit(body []byte, root string) (depositDoc, error) {
	switch {
	case len(body) > maxDepositBody:
		return nil, errors.New("more than 64 KiB")
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return nil, errors.New("a byte order mark")
	case bytes.Contains(body, []byte("<!DOCTYPE")), bytes.Contains(body, []byte("<!ENTITY")):
		return nil, errors.New("a document type") // CVE-2018-13439
	}
	p := &depositParser{root: root, seen: map[string]bool{}, dec: xml.NewDecoder(bytes.NewReader(body))}
	for {
		token, err := p.dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not XML: %w", err)
		}
		if err := p.take(token); err != nil {
			return nil, err
		}
	}
	if !p.ended {
		return nil, errors.New("no root element")
	}
	return p.doc, nil
}

type depositParser struct {
	dec   *xml.Decoder
	root  string
	doc   depositDoc
	seen  map[string]bool
	depth int
	ended bool
	begun bool // anything came yet
}

func (p *depositParser) take(token xml.Token) error {
	first := !p.begun
	p.begun = true
	switch t := token.(type) {
	case xml.StartElement:
		return p.start(t)
	case xml.EndElement:
		p.depth--
		p.ended = p.depth == 0
		return nil
	case xml.CharData:
		if p.depth == 2 {
			p.doc[len(p.doc)-1].value += string(t)
			return nil
		}
		if len(bytes.TrimSpace(t)) > 0 {
			return errors.New("text outside of the elements")
		}
		return nil
	case xml.ProcInst:
		if first && t.Target == "xml" {
			return nil
		}
	}
	return fmt.Errorf("a %T in the document", token)
}

func (p *depositParser) start(t xml.StartElement) error {
	name := t.Name.Local
	p.depth++
	switch {
	case p.ended:
		return errors.New("two roots")
	case t.Name.Space != "" || len(t.Attr) > 0:
		return fmt.Errorf("<%s> has a name space or attributes", name)
	case p.depth == 1:
		if name != p.root {
			return fmt.Errorf("the root is not <%s>", p.root)
		}
		return nil
	case p.depth > 2:
		return fmt.Errorf("<%s> inside of another", name)
	case p.seen[name]:
		return fmt.Errorf("<%s> twice", name)
	case len(p.doc) >= maxDepositElements:
		return errors.New("more than 200 elements")
	}
	p.seen[name] = true
	p.doc = append(p.doc, depositElement{name: name})
	return nil
}

// encode writes a document as the seed's sample replies are written: texts in
// CDATA, amounts and counts bare.
func (d depositDoc) encode(root string) []byte {
	var b bytes.Buffer
	b.WriteString("<" + root + ">")
	for _, e := range d {
		b.WriteString("<" + e.name + ">")
		if root == "xml" && (strings.HasSuffix(e.name, "_fee") || strings.HasSuffix(e.name, "_count")) {
			xml.EscapeText(&b, []byte(e.value))
		} else {
			b.WriteString("<![CDATA[" + strings.ReplaceAll(e.value, "]]>", "]]]]><![CDATA[>") + "]]>")
		}
		b.WriteString("</" + e.name + ">")
	}
	b.WriteString("</" + root + ">")
	return b.Bytes()
}
