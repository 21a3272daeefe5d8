package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pos.token")
	token, err := Token(path)
	if err != nil || len(token) != 64 {
		t.Fatalf("%d characters, %v", len(token), err)
	}
	if again, err := Token(path); err != nil || again != token {
		t.Errorf("the second time: %v", err)
	}
	if other, _ := Token(filepath.Join(t.TempDir(), "pos.token")); other == token {
		t.Error("two tokens are the same")
	}
	if runtime.GOOS == "windows" {
		return
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Token(path)
	if want := path + ": the token can be read or changed by others than its owner and group (-rw-r--r--): chmod 640 " + path; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// Nobody ever meets half a token: not another process at the same first start,
// and not the next start after a plug that was pulled in between.
func TestTokenIsThereWholeOrNotAtAll(t *testing.T) {
	for range 50 {
		dir := t.TempDir()
		path := filepath.Join(dir, "pos.token")
		tokens := make(chan string)
		const starts = 8
		for range starts {
			go func() {
				token, err := Token(path)
				if err != nil {
					t.Error(err)
				}
				tokens <- token
			}()
		}
		seen := map[string]bool{}
		for range starts {
			seen[<-tokens] = true
		}
		left, err := os.ReadDir(dir)
		if len(seen) != 1 || len(left) != 1 || err != nil {
			t.Fatalf("%d tokens, %d files, %v", len(seen), len(left), err)
		}
	}
}

func TestTokenRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "short": "123", "spaced": strings.Repeat("ab ", 20), "chinese": strings.Repeat("一", 20)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Token(path); err == nil || !strings.Contains(err.Error(), "delete the file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Token(dir); err == nil {
		t.Error("a folder was taken")
	}
	if _, err := Token(filepath.Join(dir, "none", "pos.token")); err == nil || strings.Count(err.Error(), "none") != 1 {
		t.Errorf("no folder: %v", err)
	}
}
