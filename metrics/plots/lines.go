package plots

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/sapwood-ml/sapwood/dataset"
)

// lineStyle returns the style of line k: lines differ by their dashes as well as by
// colour.
func lineStyle(k int) draw.LineStyle {
	dashes := [][]vg.Length{
		nil,
		{vg.Points(6), vg.Points(3)},
		{vg.Points(1.5), vg.Points(2.5)},
		{vg.Points(8), vg.Points(2.5), vg.Points(1.5), vg.Points(2.5)},
	}
	return draw.LineStyle{Color: colorOf(k), Width: vg.Points(1.6), Dashes: dashes[k%len(dashes)]}
}

// reference is a thin line to compare with.
func reference(points ...plotter.XY) *plotter.Line {
	return &plotter.Line{XYs: points, LineStyle: draw.LineStyle{
		Color: pale, Width: vg.Points(1), Dashes: []vg.Length{vg.Points(3), vg.Points(3)},
	}}
}

// xys pairs coordinates of equal number.
func xys(x, y []float64) plotter.XYs {
	points := make(plotter.XYs, len(x))
	for i := range x {
		points[i] = plotter.XY{X: x[i], Y: y[i]}
	}
	return points
}

// checkSeries wants slices that are not empty, of equal length, of numbers that can be drawn.
func checkSeries(what string, series ...[]float64) error {
	for _, s := range series {
		if len(s) == 0 {
			return fmt.Errorf("plots: %s: %w", what, dataset.ErrEmpty)
		}
		if len(s) != len(series[0]) {
			return fmt.Errorf("plots: %s: %d values and %d: %w", what, len(series[0]), len(s), dataset.ErrShape)
		}
		for i, v := range s {
			// The span of larger ones overflows, and what is drawn has no end.
			if !(math.Abs(v) <= 1e150) {
				return fmt.Errorf("plots: %s: value %d is %v, want at most ±1e150: %w", what, i, v, dataset.ErrNotFinite)
			}
		}
	}
	return nil
}

// checkNames wants no names, or so many.
func checkNames(what string, names []string, n int) error {
	if n == 0 {
		return fmt.Errorf("plots: no %s: %w", what, dataset.ErrEmpty)
	}
	if len(names) != 0 && len(names) != n {
		return fmt.Errorf("plots: %d names for %d %s: %w", len(names), n, what, dataset.ErrShape)
	}
	return nil
}

// nameOf returns names[k], or kind and number where there are no names.
func nameOf(names []string, k int, kind string) string {
	if k < len(names) && names[k] != "" {
		return names[k]
	}
	return fmt.Sprintf("%s %d", kind, k)
}

// unitSquare fixes both axes to [0, 1].
func unitSquare(p *plot.Plot) {
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
}

// setRange fixes an axis to the range of the values with a margin of 5 %.
func setRange(axis *plot.Axis, values ...float64) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	margin := 0.05 * (high - low)
	if margin == 0 {
		margin = max(0.05*math.Abs(low), 1e-3)
	}
	axis.Min, axis.Max = low-margin, high+margin
}

// faint returns c, see-through.
func faint(c color.NRGBA, share float64) color.NRGBA {
	c.A = uint8(255 * share)
	return c
}
