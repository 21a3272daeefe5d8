package printer

import (
	"flag"
	"os"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// TestLetters: the file is what Unicode says of Latin letters; -update makes it.
func TestLetters(t *testing.T) {
	made := ""
	for r := rune(0xC0); r <= 0x1EFF; r++ {
		if 0x24F < r && r < 0x1E00 {
			continue
		}
		apart := []rune(norm.NFD.String(string(r)))
		if len(apart) < 2 || norm.NFC.String(string(r)) != string(r) {
			continue
		}
		base := []rune(norm.NFC.String(string(apart[:len(apart)-1])))
		if len(base) == 1 {
			made += string([]rune{r, base[0], apart[len(apart)-1]})
		}
	}
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile("letters.txt", []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if made != letters {
		t.Error("letters.txt is not what Unicode says")
	}
	for _, r := range made {
		s := string(r)
		if got := compose(norm.NFD.String(s)); got != norm.NFC.String(s) {
			t.Errorf("%q is composed to %q", norm.NFD.String(s), got)
		}
	}
	for r, want := range map[rune]rune{'é': 'e', 'ế': 'e', 'Å': 'A', 'ｗ': 'w', '！': '!', '茶': '茶', 'ø': 'ø', 'x': 'x'} {
		if got := Plain(r); got != want {
			t.Errorf("%c is %c plain, want %c", r, got, want)
		}
	}
}
