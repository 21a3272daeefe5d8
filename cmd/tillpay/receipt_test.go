package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPreview draws every kind of slip in every form, as a shop's own settings make it.
func TestPreview(t *testing.T) {
	file := sandboxTill(t)
	dir := filepath.Dir(file)
	var logo bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 120, 40))
	img.SetGray(5, 5, color.Gray{255})
	if err := png.Encode(&logo, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "logo.png"), logo.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	own := strings.Replace(string(b), "[printer]", "[receipt]\nfooter = [\"*See {store}\"]\nhide = [\"cashier\"]\n\n[[slip]]\nkind = \"refund\"\nfooter = [\"Three days\"]\n\n[printer]\nlogo = \"logo.png\"", 1)
	if err := os.WriteFile(file, []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, kind := range previewKinds() {
		code, text := typed(t, "receipt", "preview", "-config", file, "--kind", kind)
		if code != exitDone || !strings.Contains(text, "[logo]") || strings.Contains(text, "Cashier Amy") {
			t.Errorf("%s: %d\n%s", kind, code, text)
		}
		want := map[string]string{"refund": "Three days", "attention": "", "cancelled": "", "order": "", "day": ""}
		footer, special := want[kind]
		if !special {
			footer = "See Sandbox Branch"
		}
		if strings.Contains(text, "Three days") != (footer == "Three days") || strings.Contains(text, "See ") != !special {
			t.Errorf("%s has another slip's footer:\n%s", kind, text)
		}
		for _, ext := range []string{".png", ".html", ".txt"} {
			out := filepath.Join(dir, kind+ext)
			if code, text := typed(t, "receipt", "preview", "-config", file, "--kind", kind, "--out", out); code != exitDone {
				t.Fatalf("%s%s: %d %s", kind, ext, code, text)
			}
			b, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			switch ext {
			case ".png":
				if _, err := png.Decode(bytes.NewReader(b)); err != nil {
					t.Error(err)
				}
			case ".html":
				if !bytes.Contains(b, []byte("<article class=\"paper")) {
					t.Errorf("%s: %.200s", out, b)
				}
			}
		}
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"receipt"}, "0 arguments"},
		{[]string{"receipt", "print"}, "write preview"},
		{[]string{"receipt", "preview", "--kind", "invoice"}, "write one of sale"},
		{[]string{"receipt", "preview", "-config", file, "--out", "x.gif"}, ".png, .html or .txt"},
		{[]string{"drawer"}, "say why"},
	} {
		if code, text := typed(t, c.args...); code != exitUsage || !strings.Contains(text, c.says) {
			t.Errorf("%q: %d %s", c.args, code, text)
		}
	}
}
