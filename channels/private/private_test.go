package private_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tillpay/channels/private"
	"tillpay/channels/private/privatetest"
)

// What everybody could use is kept to its owner, who can still use it, and so is
// what is made in a folder that is kept.
func TestKeep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(dir, "secret.key")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, file} {
		privatetest.Expose(t, path)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		want, mend := "x", "chmod "
		if runtime.GOOS == "windows" {
			want, mend = "Everyone", `/remove:g *S-1-1-0`
		}
		if others := private.Exposed(path, info); !strings.Contains(others, want) {
			t.Errorf("%s is told to be open to %q", path, others)
		}
		if got := private.Mend(path, info); !strings.Contains(got, mend) || !strings.Contains(got, path) {
			t.Error(got)
		}
		if err := private.Keep(path, 0o700); err != nil {
			t.Fatal(err)
		}
		privatetest.Check(t, path)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "secret" {
		t.Errorf("%q, %v", text, err)
	}
	later := filepath.Join(dir, "later.key")
	if err := os.WriteFile(later, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	privatetest.Check(t, later)
	if err := private.Keep(filepath.Join(dir, "none"), 0o600); err == nil {
		t.Error("what is not there was kept")
	}
}
