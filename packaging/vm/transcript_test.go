//go:build vm && linux

package vm

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tillpay/printer/escpos/escpostest"
	"tillpay/printer/raster"
)

// kept is where a run leaves what it saw: a text a test, and receipts as pictures.
var kept = filepath.Join("..", "..", "bin", "vm")

// keep begins a test's text; a failed run leaves what it got to.
func keep(t *testing.T) *os.File {
	t.Helper()
	err := os.MkdirAll(kept, 0o755)
	var f *os.File
	if err == nil {
		f, err = os.Create(filepath.Join(kept, t.Name()+".txt"))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		verdict := "passed"
		if t.Failed() {
			verdict = "FAILED"
		}
		fmt.Fprintln(f, "\n"+verdict)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// say is t.Log that is kept.
func (c *counter) say(format string, args ...any) {
	c.Helper()
	line := strings.TrimSpace(fmt.Sprintf(format, args...))
	c.Log(line)
	fmt.Fprintln(c.text, line)
}

// figures says the least, the middle and the most of some milliseconds, and sorts them.
func (c *counter) figures(what string, ms []int) {
	c.Helper()
	if len(ms) == 0 {
		c.Fatalf("%s: nothing was measured", what)
	}
	slices.Sort(ms)
	c.say("%s: min %d, median %d, max %d ms of %d (emulated)", what, ms[0], ms[len(ms)/2], ms[len(ms)-1], len(ms))
}

// picture draws what a printer with 48 columns was sent, the last job of it, as paper
// would show it: bin/vm/NAME.png. The reader knows nothing of the encoder.
func (c *counter) picture(name string, sent []byte) {
	c.Helper()
	jobs := bytes.Split(sent, []byte("\x1b@")) // ESC @ begins each
	job := append([]byte("\x1b@"), withoutQuestions(jobs[len(jobs)-1])...)
	paper, err := escpostest.Printer{Columns: 48, Draw: true}.Read(job)
	if err != nil {
		c.Errorf("%s: no printer would print this: %v", name, err)
		return
	}
	b, err := raster.PNG(paper.Picture, 32)
	if err == nil {
		err = os.WriteFile(filepath.Join(kept, name+".png"), b, 0o644)
	}
	if err != nil {
		c.Fatal(err)
	}
	c.say("the receipt, as picture: %s.png; as text:\n%s", name, strings.Join(paper.Lines, "\n"))
}

// withoutQuestions leaves out what asks the printer how it is: DLE EOT, GS a and GS r
// put nothing on paper. A slip of characters has these bytes nowhere else.
func withoutQuestions(b []byte) (rest []byte) {
	for i := 0; i < len(b); i++ {
		if i+2 < len(b) && (b[i] == 0x10 && b[i+1] == 0x04 || b[i] == 0x1d && (b[i+1] == 'a' || b[i+1] == 'r')) {
			i += 2
			continue
		}
		rest = append(rest, b[i])
	}
	return rest
}
