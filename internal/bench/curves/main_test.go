package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDrawCurves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curves.png")
	const panels = `[{"title":"a","ours":[{"X":1000,"Y":1e-3},{"X":4000,"Y":3e-3}],"peer":[{"X":1000,"Y":2e-2}]},
		{"title":"the peer did not finish","ours":[{"X":1000,"Y":1e-3}]}, {"title":"not measured"}]`
	if err := drawCurves(path, strings.NewReader(panels)); err != nil {
		t.Fatal(err)
	}
	picture, err := os.ReadFile(path)
	if err != nil || len(picture) < 10_000 {
		t.Errorf("a picture of %d bytes, %v", len(picture), err)
	}
	if err := drawCurves(path, strings.NewReader("{")); err == nil {
		t.Error("no error from what is no JSON")
	}
}
