package scannertest_test

import (
	"context"
	"testing"

	"tillpay/scanner"
	"tillpay/scanner/scannertest"
)

func TestPlay(t *testing.T) {
	moment := make(chan struct{})
	s := scannertest.Play("gun",
		scannertest.Becomes(scanner.Ready, ""),
		scannertest.Await(moment),
		scannertest.Scan("1"), scannertest.Scan("2"),
		scannertest.Becomes(scanner.Missing, "unplugged"),
	)
	r := scannertest.NewRecorder()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx, r.Sink()) }()

	if got := r.State(t); got.Status != scanner.Ready {
		t.Errorf("first state: %+v", got)
	}
	close(moment)
	if a, b := r.Text(t), r.Text(t); a != "1" || b != "2" {
		t.Errorf("scanned %q, %q", a, b)
	}
	<-s.Done()
	if got := r.State(t); got != (scanner.State{Status: scanner.Missing, Detail: "unplugged"}) {
		t.Errorf("last state: %+v", got)
	}
	r.Empty(t)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
