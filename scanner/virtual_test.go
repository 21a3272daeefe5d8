package scanner_test

import (
	"context"
	"strings"
	"testing"

	"tillpay/scanner"
	"tillpay/scanner/scannertest"
)

func TestVirtual(t *testing.T) {
	v := scanner.NewVirtual("phone")
	r := scannertest.NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- v.Run(ctx, r.Sink()) }()

	if got := r.State(t); got.Status != scanner.Ready {
		t.Errorf("state: %+v", got)
	}
	if !v.Feed(" 134650720866361395\r\n") || !v.Feed(strings.Repeat("1", 300)) {
		t.Fatal("not taken")
	}
	if got := r.Text(t); got != "134650720866361395" {
		t.Errorf("got %q", got)
	}
	if got := r.Text(t); got != scanner.Overlong {
		t.Errorf("got %q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if v.Feed(" ") {
		t.Error("an empty text was taken")
	}
	for range 16 {
		v.Feed("1")
	}
	if v.Feed("1") {
		t.Error("a seventeenth unread text was taken")
	}
}
