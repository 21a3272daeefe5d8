package channels_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parsers is everything that reads what somebody else wrote: what it is, and the
// fuzz target that it is tried by. A driver that reads another thing needs a line.
var parsers = []struct{ folder, reads, target string }{
	{".", "key files", "FuzzKeyFiles"},
	{"wire", "JSON", "FuzzParseObject"},
	{"wechat-global", "answers", "FuzzTrade"},
	{"wechat-global", "platform certificates, sealed", "FuzzCertificates"},
	{"wechat-global", "certificates, of files and unsealed", "FuzzCertificateFiles"},
	{"wechat-global", "callbacks", "FuzzNotice"},
	{"wechat-global", "options", "FuzzOptions"},
	{"wechat-global", "statements", "FuzzStatementLines"},
	{"wechat-deposit", "XML", "FuzzParse"},
	{"wechat-deposit", "answers", "FuzzUnderstand"},
	{"wechat-deposit", "callbacks", "FuzzNotified"},
	{"wechat-deposit", "what a refund's callback seals", "FuzzOpenInfo"},
	{"wechat-deposit", "options and payers", "FuzzOptions"},
	{"huifu", "envelopes and their signature", "FuzzEnvelope"},
	{"huifu", "answers, a bill's place among them", "FuzzAnswer"},
	{"huifu", "callbacks", "FuzzNotice"},
	{"huifu", "options and payers", "FuzzOptions"},
	{"huifu", "bills", "FuzzLines"},
	{"huifu", "amounts and days", "FuzzNumbers"},
	{"huishouqian", "envelopes and their signature", "FuzzReply"},
	{"huishouqian", "answers: their result", "FuzzResult"},
	{"huishouqian", "callbacks", "FuzzNotice"},
	{"huishouqian", "options and payers", "FuzzOptions"},
	{"huishouqian", "statements", "FuzzStatementRows"},
	{"huishouqian", "their lines", "FuzzStatementLines"},
	{"fubei", "answers", "FuzzAnswer"},
	{"fubei", "amounts", "FuzzFen"},
	{"fubei", "callbacks", "FuzzNotice"},
	{"fubei", "options and payers", "FuzzOptions"},
	{"fubei", "statements", "FuzzStatement"},
}

// Each of them has its target, and a saved corpus; and each driver has one of its
// answers, callbacks and options.
func TestEveryParserIsFuzzed(t *testing.T) {
	text := map[string]string{}
	reads := map[string]string{}
	for _, p := range parsers {
		reads[p.folder] += p.reads + " "
		if _, read := text[p.folder]; !read {
			files, err := filepath.Glob(filepath.Join(p.folder, "*_test.go"))
			if err != nil || len(files) == 0 {
				t.Fatal(p.folder, err)
			}
			for _, f := range files {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				text[p.folder] += string(b)
			}
		}
		if !strings.Contains(text[p.folder], "\nfunc "+p.target+"(f *testing.F)") {
			t.Errorf("%s: %s: there is no %s", p.folder, p.reads, p.target)
		}
		if corpus, err := os.ReadDir(filepath.Join(p.folder, "testdata", "fuzz", p.target)); err != nil || len(corpus) == 0 {
			t.Errorf("%s: %s: %s has no saved corpus", p.folder, p.reads, p.target)
		}
	}
	drivers, err := filepath.Glob("*/sheet.go")
	if err != nil || len(drivers) < 5 {
		t.Fatal(drivers, err)
	}
	for _, file := range drivers {
		folder := filepath.Dir(file)
		for _, want := range []string{"answers", "callbacks", "options"} {
			if !strings.Contains(reads[folder], want) {
				t.Errorf("%s: its %s are not in the list", folder, want)
			}
		}
	}
}
