package cluster

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// A state keeps the label, and bounds that hold while centres move: they are wider
// than what was put in and what centres have moved since, and not much wider.
func TestStateKeepsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]int{1, 2, 50, labelMask}).Draw(t, "k")
		label := rapid.IntRange(0, k-1).Draw(t, "label")
		number := rapid.OneOf(rapid.Just(0.), rapid.Float64Range(0, 1e-30), rapid.Float64Range(0, 3), rapid.Float64Range(0, 1e30))
		b := newBounds(nil, k)
		b.path[label], b.drift[label] = number.Draw(t, "path"), number.Draw(t, "drift")
		upper, lower := number.Draw(t, "upper"), number.Draw(t, "lower")
		s := b.state(label, upper, lower)
		moved, drifted := 0.0, 0.0
		for range rapid.IntRange(0, 5).Draw(t, "iterations") {
			path, drift := b.path[label], b.drift[label]
			b.path[label], b.drift[label] = farther(path, number.Draw(t, "shift")), farther(drift, number.Draw(t, "others' shift"))
			moved += b.path[label] - path
			drifted += b.drift[label] - drift
		}
		got, u, l := b.of(s)
		if got != label {
			t.Fatalf("label %d, want %d", got, label)
		}
		const width = 0x1p-11
		if atMost := upper + moved; u < atMost*(1-1e-15) || u > atMost+width*(upper+b.path[label])+1e-37 {
			t.Errorf("upper bound %v, want %v or a little more", u, atMost)
		}
		if atLeast := lower - drifted; l > 0 && l > atLeast*(1+1e-15)+1e-15*drifted || l < atLeast-width*(lower+b.drift[label])-1e-37 {
			t.Errorf("lower bound %v, want %v or a little less", l, atLeast)
		}
	})
}

// What float32 cannot hold is no bound.
func TestStateOfGreatDistances(t *testing.T) {
	b := newBounds(nil, 1)
	for _, c := range [][2]float64{{1e300, 1e300}, {math.Inf(1), math.Inf(1)}, {1, 1e300}} {
		_, u, l := b.of(b.state(0, c[0], c[1]))
		if u < c[0] || l > c[1] || math.IsNaN(u) || math.IsNaN(l) {
			t.Errorf("bounds %v became %v and %v", c, u, l)
		}
	}
	b.path[0] = 1e300
	if _, u, _ := b.of(b.state(0, 1, 0)); u < 1 {
		t.Errorf("after a long path an upper bound of 1 became %v", u)
	}
}
