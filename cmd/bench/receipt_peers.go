package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"tillpay/printer"
	"tillpay/printer/escpos"
)

// npmPeers is where deps.sh bench installs the JavaScript encoders.
const npmPeers = "cmd/bench/peers/npm"

// longReceipt measures a Chinese receipt of 20 lines with a QR code, against the
// encoders that a JavaScript till would take, turn by turn, and drawn as a picture.
func longReceipt(ctx context.Context, b *bench) error {
	r := teaHouse()
	for len(r.Items) < 20 {
		r.Items = append(r.Items, r.Items[len(r.Items)%7])
	}
	text, err := escpos.Generic(80, "gb18030")
	if err != nil {
		return err
	}
	var ours samples
	length, rounds := 0, b.of(5, 2)
	fastest := math.Inf(1)
	peer := ""
	for range rounds {
		n, err := encodeOften(r, text, b.of(5000, 1000), &ours)
		if err != nil {
			return err
		}
		length = n
		name, p50, err := fastestPeer(ctx, b.of(1000, 200))
		if err != nil {
			b.note("NOT MEASURED: npm's receipt encoders: %v: run packaging/deps.sh bench, from the repository's root", err)
			break
		}
		if p50 < fastest {
			fastest, peer = p50, name
		}
	}
	p50 := ours.p50(time.Microsecond)
	b.limit("receipt, Chinese, 20 lines and QR, p50", "µs", len(ours), p50, 60)
	b.limit("the same, its length", "bytes", 1, float64(length), 1100)
	if peer != "" {
		b.faster("the same, against "+peer+" with Latin text", "µs", len(ours), fastest, p50, 10)
	}

	drawn, err := escpos.Generic(80, "raster")
	if err != nil {
		return err
	}
	var pictures samples
	if _, err := encodeOften(r, drawn, b.of(200, 50), &pictures); err != nil {
		return err
	}
	b.limit("the same drawn as a picture, p50", "ms", len(pictures), pictures.p50(time.Millisecond), 30)
	return nil
}

// encodeOften encodes n times, after a tenth of that unmeasured.
func encodeOften(r printer.Receipt, p escpos.Profile, n int, took *samples) (length int, err error) {
	for i := range n + n/10 {
		began := time.Now()
		out, err := escpos.Encode(printer.Layout(r, printer.Options{Columns: p.Columns, Barcode: printer.QR}), p)
		if err != nil {
			return 0, err
		}
		if i >= n/10 {
			*took = append(*took, time.Since(began))
		}
		length = len(out)
	}
	return length, nil
}

// fastestPeer runs the encoders once and answers the quickest.
func fastestPeer(ctx context.Context, n int) (name string, p50 float64, err error) {
	if _, err := os.Stat(filepath.Join(npmPeers, "node_modules")); err != nil {
		return "", 0, fmt.Errorf("%s/node_modules is not there", npmPeers)
	}
	node := exec.CommandContext(ctx, "node", "receipt.mjs", strconv.Itoa(n))
	node.Dir = npmPeers
	out, err := node.Output()
	if err != nil {
		return "", 0, fmt.Errorf("node: %w", err)
	}
	p50 = math.Inf(1)
	for line := range bytes.Lines(out) {
		var peer struct {
			Name string
			P50  float64
		}
		if err := json.Unmarshal(line, &peer); err != nil {
			return "", 0, fmt.Errorf("node: %.80q: %w", line, err)
		}
		if peer.P50 < p50 {
			name, p50 = peer.Name, peer.P50
		}
	}
	if name == "" {
		return "", 0, fmt.Errorf("node: no encoder answered")
	}
	return name, p50, nil
}
