package model

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"
)

func TestCalibrationMaps(t *testing.T) {
	text, err := os.ReadFile("testdata/calibration.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Scores, Weights, Grid, Isotonic []float64
		Labels                          []int
		A, B                            float64
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	ones := slices.Repeat([]float64{1}, len(golden.Scores))
	a, b := platt(golden.Scores, golden.Labels, ones)
	// scikit-learn stops its search at a gradient of about 1e-5.
	if math.Abs(a-golden.A) > 1e-4 || math.Abs(b-golden.B) > 1e-4 {
		t.Errorf("sigmoid %v, %v, want %v, %v", a, b, golden.A, golden.B)
	}
	// The scale of the scores is taken up by A.
	large := make([]float64, len(golden.Scores))
	for i, s := range golden.Scores {
		large[i] = 1e8 * s
	}
	if la, lb := platt(large, golden.Labels, ones); math.Abs(la*1e8-a) > 1e-9 || math.Abs(lb-b) > 1e-9 {
		t.Errorf("scaled: %v, %v, want %v, %v", la*1e8, lb, a, b)
	}
	xs, ys := isotonic(golden.Scores, golden.Labels, golden.Weights)
	if !slices.IsSorted(ys) || !slices.IsSorted(xs) {
		t.Error("the map falls")
	}
	for i, x := range golden.Grid {
		if got := interpolate(xs, ys, x); math.Abs(got-golden.Isotonic[i]) > 1e-12 {
			t.Errorf("isotonic map of %v is %v, want %v", x, got, golden.Isotonic[i])
		}
	}
}
