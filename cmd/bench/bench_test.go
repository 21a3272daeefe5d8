package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// The page in docs is what the program prints.
func TestSchedulePage(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors round exp and fused products differently")
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "query-schedules.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(page, schedulePage()) {
		t.Error("docs/query-schedules.md is not what bench prints: go run ./cmd/bench -doc docs/query-schedules.md")
	}
}

// The default keeps the platform's advice: never two queries under 3 s apart,
// the last at 44 s, and no order that was paid before is given up before.
func TestSchedulesKeepTheirPromise(t *testing.T) {
	all := everySchedule()
	for i, least := range []time.Duration{3 * time.Second, 1500 * time.Millisecond} {
		s := all[i]
		if s.gap() < least || s.at[len(s.at)-1] != 44 {
			t.Errorf("%s: gap %s, last at %g s", s.name, s.gap(), s.at[len(s.at)-1])
		}
	}
}

func TestQuantiles(t *testing.T) {
	s := samples{4 * time.Millisecond, time.Millisecond, 3 * time.Millisecond, 2 * time.Millisecond}
	if p50, p99 := s.p50(time.Millisecond), s.p99(time.Millisecond); p50 != 2 || p99 != 4 {
		t.Error(p50, p99)
	}
}
