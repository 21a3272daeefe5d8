package wechatdeposit

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]elements{
		"<xml></xml>":                               {},
		"<xml/>":                                    {},
		" \n<xml>\n <a>1</a>\n</xml>\n":             {"a": "1"},
		"<xml><a> 1 </a><b></b><c/></xml>":          {"a": " 1 ", "b": "", "c": ""},
		"<xml><a><![CDATA[<b>&]]></a></xml>":        {"a": "<b>&"},
		"<xml><a>x<![CDATA[y]]>z</a></xml>":         {"a": "xyz"},
		"<xml><a>x<!-- c -->y</a><!-- c --></xml>":  {"a": "xy"},
		"<xml><a>&lt;&amp;&#x4e2d;&quot;</a></xml>": {"a": `<&中"`},
		`<xml v="1"><a v="2">1</a></xml>`:           {"a": "1"},
		`<?xml version="1.0" encoding="UTF-8"?><xml><a>1</a></xml><!-- end -->`: {"a": "1"},
		"<xml><A>1</A><a>2</a><coupon_fee_0>3</coupon_fee_0></xml>":             {"A": "1", "a": "2", "coupon_fee_0": "3"},
	} {
		if got, err := parse([]byte(in), "xml"); err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	var many strings.Builder
	for i := range 201 {
		fmt.Fprintf(&many, "<a%d>1</a%d>", i, i)
	}
	for _, in := range []string{
		"", "x", "<html></html>", "<xml>", "<xml><a>1</xml>", "<xml><a>1</b></xml>", "</xml>",
		"<xml><a>1</a></xml><xml></xml>", "<xml></xml>x", "x<xml></xml>", "<xml>x<a>1</a></xml>",
		"<xml><a><b>1</b></a></xml>", "<xml><a>1</a><a>1</a></xml>", "<xml><a>1</a><a></a></xml>",
		`<!DOCTYPE xml><xml></xml>`, `<!doctype xml><xml></xml>`,
		`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>`,
		"<xml><!ENTITY e \"x\"></xml>", "<xml><!ELEMENT a></xml>", "<xml><a><!ATTLIST b></a></xml>", "<xml></xml><!ELEMENT a>",
		"<xml><a>&e;</a></xml>", "<xml><a>&nbsp;</a></xml>", "<xml><a>&#x0;</a></xml>",
		"<xml><?php x?></xml>", "<xml><a><?x y?></a></xml>", "<?x y?><xml></xml>",
		`<?xml version="1.0"?><?xml version="1.0"?><xml></xml>`,
		`<?xml version="1.0" encoding="GBK"?><xml></xml>`, `<?xml version="1.1"?><xml></xml>`,
		"<xml><a>\xff</a></xml>", "\xef\xbb\xbf<xml>", "<xml><a>\x00</a></xml>",
		`<x:xml xmlns:x="y"></x:xml>`, `<xml xmlns:x="y"><x:a>1</x:a></xml>`, `<xml xmlns="y"><a>1</a></xml>`, `<xml><a xmlns="y">1</a></xml>`,
		"<xml><名>1</名></xml>", "<xml><a.b>1</a.b></xml>",
		"<xml>" + many.String() + "</xml>",
		"<xml><a>" + strings.Repeat("x", maxDocument) + "</a></xml>",
		"<xml>" + strings.Repeat("<a>", 1000),
	} {
		if got, err := parse([]byte(in), "xml"); err == nil {
			t.Errorf("%.80s: %v", in, got)
		} else if s := err.Error(); len(s) > 80 || strings.Contains(s, "passwd") {
			t.Errorf("%.80s: error quotes it: %s", in, s)
		}
	}
}

func TestEncode(t *testing.T) {
	e := elements{"b": `{"a":"<&>]]>'"}`, "a": "1", "c": "", "d": "x\r\n\ty"}
	want := `<xml><a>1</a><b>{"a":"&lt;&amp;&gt;]]&gt;'"}</b><d>x&#xD;` + "\n\ty</d></xml>"
	if s := string(e.encode()); s != want {
		t.Errorf("encoded %s", s)
	}
	delete(e, "c")
	if got, err := parse(e.encode(), "xml"); err != nil || !maps.Equal(got, e) {
		t.Errorf("%v, %v", got, err)
	}
}
