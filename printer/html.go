package printer

import (
	_ "embed"
	"strconv"
	"strings"
)

// PaperCSS is the style sheet for what HTML makes. It is apart so that a page
// with a strict content policy can serve it as a file.
//
//go:embed paper.css
var PaperCSS string

// HTML draws a document as a fragment: one article of class "paper", texts
// escaped, symbols as SVG, no script, no style attribute, nothing fetched.
func HTML(doc Document) string {
	var b strings.Builder
	b.WriteString(`<article class="paper paper-` + strconv.Itoa(doc.Columns) + `"`)
	if doc.Language != "" {
		b.WriteString(` lang="` + escapeHTML(doc.Language) + `"`)
	}
	b.WriteString(">\n")
	for _, e := range doc.Elements {
		writeHTML(&b, e)
	}
	b.WriteString("</article>\n")
	return b.String()
}

// escapeHTML is html.EscapeString without that package's table of all entities, which
// is as large as this one.
var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace

func writeHTML(b *strings.Builder, e Element) {
	switch e.Kind {
	case Line:
		b.WriteString(`<p class="paper-line` + styleClasses(e) + `">` + escapeHTML(e.Text) + "</p>\n")
	case Pair:
		b.WriteString(`<p class="paper-pair` + styleClasses(e) + `"><span>` + escapeHTML(e.Text) +
			"</span> <span>" + escapeHTML(e.Right) + "</span></p>\n")
	case Rule:
		b.WriteString(`<hr class="paper-rule">` + "\n")
	case Symbol:
		b.WriteString(`<div class="paper-symbol paper-` + string(e.Barcode) + `">` + svg(e) + "</div>\n")
	case Image:
		b.WriteString(`<div class="paper-image">` + drawing(e.Picture, "logo", 0, 0, 1) + "</div>\n")
	case Feed:
		for range e.Lines {
			b.WriteString(`<div class="paper-feed"></div>` + "\n")
		}
	case Cut: // the article's own lower edge
	}
}

func styleClasses(e Element) string {
	classes := ""
	if e.Style&Bold != 0 {
		classes += " paper-bold"
	}
	switch e.Style & (Wide | Tall) {
	case Wide:
		classes += " paper-wide"
	case Tall:
		classes += " paper-tall"
	case Wide | Tall:
		classes += " paper-large"
	}
	switch e.Align {
	case Center:
		classes += " paper-center"
	case Right:
		classes += " paper-right"
	}
	return classes
}
