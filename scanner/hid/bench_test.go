package hid

import (
	"context"
	"errors"
	"testing"
	"time"

	"tillpay/scanner"
	"tillpay/scanner/usb"
)

// fast is a device that scans again as soon as the sink has the code before.
type fast struct {
	reports [][]byte
	next    int
	again   chan struct{}
	left    time.Time // when the last report was handed over
}

func (f *fast) ReadTimeout(b []byte, _ int) (int, error) {
	if f.next == 0 {
		if _, ok := <-f.again; !ok {
			return 0, errors.New("unplugged")
		}
	}
	n := copy(b, f.reports[f.next])
	if f.next = (f.next + 1) % len(f.reports); f.next == 0 {
		f.left = time.Now()
	}
	return n, nil
}

func (f *fast) Close() error { return nil }

// keyReports is text and Enter, as a boot keyboard types it.
func keyReports(text string) (reports [][]byte) {
	for _, c := range []byte(text + "\r") {
		usage, shift, _ := Stroke(c)
		mods := byte(0)
		if shift {
			mods = 2
		}
		reports = append(reports, make([]byte, 8), []byte{mods, 0, usage, 0, 0, 0, 0, 0})
	}
	return reports
}

// BenchmarkScan is the whole way of a code through the driver, from its first report
// to the sink; ns/last-report is from its last one, which is what a cashier could
// feel. A scanner without a suffix adds the silence and nothing else: see TestTiming.
func BenchmarkScan(b *testing.B) {
	for name, c := range map[string]struct {
		layout  string
		reports [][]byte
	}{
		"keyboard": {bootKeyboard, keyReports(code)},
		"hid-pos":  {barcode, [][]byte{posReport(code, len(code), 0)}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			f := &fast{reports: c.reports, again: make(chan struct{}, 1)}
			f.again <- struct{}{}
			s, err := New(Config{Vendor: 1, Product: 2})
			if err != nil {
				b.Fatal(err)
			}
			l := layout(b, c.layout)
			ctx, cancel := context.WithCancel(b.Context())
			s.sys = system{
				find: func(usb.Identity) (place, scanner.State) {
					return place{"3-1:1.0", l}, scanner.State{Status: scanner.Ready}
				},
				open: func(string) (device, error) { return f, nil },
			}
			codes, late := 0, time.Duration(0)
			err = s.Run(ctx, scanner.Sink{State: func(scanner.State) {}, Scanned: func(text string) {
				late += time.Since(f.left)
				if codes++; codes == b.N {
					cancel()
					close(f.again)
				} else {
					f.again <- struct{}{}
				}
			}})
			if err != nil || codes != b.N {
				b.Fatalf("%d of %d codes, %v", codes, b.N, err)
			}
			b.ReportMetric(float64(late.Nanoseconds())/float64(b.N), "ns/last-report")
		})
	}
}
