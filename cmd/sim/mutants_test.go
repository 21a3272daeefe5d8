package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The bugs that `make mutants` plants still fit the sources: whoever changes a
// line that one of them changes learns it here.
func TestMutantsFit(t *testing.T) {
	patches, err := filepath.Glob("testdata/mutants/*.patch")
	if err != nil || len(patches) != 25 {
		t.Fatalf("%d bugs, not 25: %v", len(patches), err)
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git to apply them with")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	p := &prover{root: root, work: t.TempDir()}
	for _, patch := range patches {
		text, err := os.ReadFile(patch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.overlay(t.Context(), patch, string(text)); err != nil {
			t.Errorf("%s: %v", filepath.Base(patch), err)
		}
	}
}
