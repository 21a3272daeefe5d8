package scanner

import (
	"context"
	"strings"
)

// Virtual is a scanner without a device: what is fed to it is what it scans.
// The demo's phone and the page's own input use it.
type Virtual struct {
	name  string
	texts chan string
}

var _ Scanner = (*Virtual)(nil)

// NewVirtual makes a virtual scanner. It is ready whenever Run runs.
func NewVirtual(name string) *Virtual {
	return &Virtual{name: name, texts: make(chan string, 16)}
}

// Name implements Scanner.
func (v *Virtual) Name() string { return v.name }

// Feed scans text. It never blocks: false means that the text was empty or that
// nobody has read the sixteen before it.
func (v *Virtual) Feed(text string) bool {
	text = strings.TrimSpace(text)
	if text == "" {
		return false
	}
	if len(text) > MaxLength {
		text = Overlong
	}
	select {
	case v.texts <- text:
		return true
	default:
		return false
	}
}

// Run implements Scanner.
func (v *Virtual) Run(ctx context.Context, sink Sink) error {
	sink.State(State{Status: Ready})
	for {
		select {
		case <-ctx.Done():
			return nil
		case text := <-v.texts:
			sink.Scanned(text)
		}
	}
}
